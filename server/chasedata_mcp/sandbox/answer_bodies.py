"""The dialer's answers as text, in the words of a wire profile (docs/wire.md).

The client reads the same profile by patterns; here its forms are filled in, and nothing is shared.
"""

import json
from collections.abc import Mapping, Sequence

from chasedata_mcp.sandbox.operations import AgentsFound, LeadsFound, Refusal
from chasedata_mcp.settings.wire.profile import NUMBER, SENTENCE, VALUE, SentenceKind, WireProfile

Found = LeadsFound | AgentsFound


class AnswerBodies:
    """Writes the bodies of answers as one dialer spells them."""

    def __init__(self, profile: WireProfile) -> None:
        self._profile = profile
        # Observed in public code (docs/wire.md, "Answers"): two spaces stand before OK.
        self.done = profile.answers.done[0]

    def operation_error(self, refusal: Refusal) -> str:
        """Write a refusal by the dialer, which the API relays as a failed request of its own."""
        number = str(self._profile.answers.refusing[0])
        return self._frame(self._profile.answers.relayed.replace(NUMBER, number), refusal)

    def invalid_request(self, refusal: Refusal) -> str:
        """Write a refusal by the API, before the dialer saw the request."""
        return self._frame(self._profile.answers.refused, refusal)

    def found(self, found: Found) -> str:
        """Write what a read found, in its own form."""
        match found:
            case LeadsFound(leads):
                text = self._write_leads([self._lead(lead.id, lead.fields) for lead in leads])
                if self._profile.search.framed:
                    return self._profile.answers.refused.replace(SENTENCE, text)
                return text
            case AgentsFound(agents):
                # The form of the vendor's answer is unknown: a list of objects is our own.
                name, state = self._profile.agents.names[0], self._profile.agents.states[0]
                return _as_json([{name: agent, state: how} for agent, how in agents])

    def _frame(self, form: str, refusal: Refusal) -> str:
        bare = self._profile.answers.bare_sentences
        return self._say(refusal) if bare else form.replace(SENTENCE, self._say(refusal))

    def _say(self, refusal: Refusal) -> str:
        """Give the profile's sentence for the occasion, or the sandbox's own where it has none."""
        known = refusal.kind and self._profile.sentences[SentenceKind(refusal.kind)]
        return known[0].replace(VALUE, refusal.value) if known else refusal.sentence

    def _lead(self, lead_id: object, fields: Mapping[str, str] | None) -> dict[str, object]:
        shape = self._profile.search
        lead: dict[str, object] = {shape.id: lead_id, shape.exists: True}
        if fields is None:
            return lead
        return {**lead, shape.fields: dict(fields)} if shape.fields else {**lead, **fields}

    def _write_leads(self, leads: Sequence[Mapping[str, object]]) -> str:
        """Write the leads that `SearchLead` found: one as an object, several as the profile says.

        The vendor documents the object for none without an id, and no form for several: the id and
        the list are the project's own.
        """
        shape = self._profile.search
        match leads, shape.several:
            case [], _:
                return _as_json({shape.id: 0, shape.exists: False})
            case [lead], _:
                return _as_json(lead)
            case _, "wrapper":
                return _as_json({shape.leads: leads})
            case _, "objects":
                return "".join(map(_as_json, leads))
            case _:
                return _as_json(leads)


def _as_json(value: object) -> str:
    """Write compact JSON, beyond ASCII as escapes, as the vendor's language does by default."""
    return json.dumps(value, separators=(",", ":"))
