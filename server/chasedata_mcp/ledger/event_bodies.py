"""Values become events, and the events of an entry become the entry again."""

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger.events import Body, Draft, Event, What, read_time, written
from chasedata_mcp.ledger.models import (
    Consented,
    Ending,
    Entry,
    Intent,
    Kind,
    Note,
    Read,
    Ruling,
)

_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
KINDS = {What.INTENT: Kind.WRITE, What.READ: Kind.READ, What.REFUSAL: Kind.REFUSAL}
"""The events that open an entry, and of which kind it is then."""


def draft_of_intent(intent: Intent) -> Draft:
    """The event that is written before a call is sent.

    Raises:
        ValueError, TypeError: It holds what is not JSON, a time without a zone, or an odd id.
    """
    return Draft.of(written(intent.at), What.INTENT, _intent_body(intent), _id(intent.entry))


def draft_of_ending(ending: Ending, what: What) -> Draft:
    """The event of an outcome, or of what was found."""
    return Draft.of(written(ending.at), what, _ending_body(ending), ending.entry)


def draft_of_note(note: Note) -> Draft:
    """The one event of a read or of a refusal."""
    what = What.READ if isinstance(note, Read) else What.REFUSAL
    body = {"intent": _intent_body(note.intent), "ending": _ending_body(note.ending)}
    return Draft.of(written(note.intent.at), what, body, _id(note.intent.entry))


@dataclass(frozen=True, slots=True)
class Unfolded:
    """An event with its body read. `seq` is the one that it was first written with."""

    seq: int
    what: What
    at: str
    entry: str
    body: Body

    @property
    def opens(self) -> Kind | None:
        """The kind of the entry that this event begins, if it does."""
        return KINDS.get(self.what)

    @property
    def called(self) -> Body:
        """The call, of an event that opens an entry; its values are `intent`'s."""
        call: Body = self.body if self.what is What.INTENT else self.body["intent"]
        return call

    @property
    def ended(self) -> Body | None:
        """What came of the call, where this event says it; its values are `ending`'s."""
        match self.what:
            case What.OUTCOME | What.FOUND:
                return self.body
            case What.READ | What.REFUSAL:
                ending: Body = self.body["ending"]
                return ending
            case _:
                return None

    @property
    def intent(self) -> Intent:
        """The call, of an event that opens an entry."""
        return _intent(self.entry, self.at, self.called)

    @property
    def ending(self) -> Ending | None:
        """What came of the call, where this event says it."""
        return _ending(self.entry, self.ended) if self.ended is not None else None


def unfold(event: Event) -> Unfolded:
    """Read an event's body; one that was carried over a cut is read as it first was.

    Raises:
        ValueError, KeyError, TypeError: This program didn't write it so.
    """
    what, body = What(event.what), json.loads(event.body)
    if what is What.CARRIED:
        return Unfolded(body["seq"], What(body["kind"]), body["at"], event.entry, body["body"])
    return Unfolded(event.seq, what, event.at, event.entry, body)


def carried(event: Event) -> Draft:
    """The event again, for behind a cut that takes the event itself away."""
    if event.what == What.CARRIED:
        return Draft.of(event.at, What.CARRIED, json.loads(event.body), event.entry)
    body = {
        "seq": event.seq,
        "kind": event.what,
        "at": event.at,
        "hash": event.hash,
        "body": json.loads(event.body),
    }
    return Draft.of(event.at, What.CARRIED, body, event.entry)


def fold(events: Iterable[Event]) -> Entry:
    """Make the entry of all of its events."""
    opening, *later = sorted(map(unfold, events), key=lambda event: event.seq)
    endings = [event.ending for event in (opening, *later)]
    return Entry(
        opening.seq,
        KINDS[opening.what],
        opening.intent,
        tuple(ending for ending in endings if ending is not None),
    )


def _id(entry: str) -> str:
    if not _ID.fullmatch(entry):
        raise ValueError("an entry's id is of up to 64 ASCII letters, digits, - and _")
    return entry


def _intent_body(intent: Intent) -> Body:
    return {
        "caller": intent.caller,
        "environment": intent.environment,
        "account": intent.account,
        "host": intent.host,
        "tool": intent.tool,
        "digest": intent.digest,
        "arguments": intent.arguments,
        "consequences": intent.consequences,
        "verdict": [_ruling_body(ruling) for ruling in intent.verdict],
        "consent": intent.consent and asdict(intent.consent),
        "form": intent.form,
        "numbers": list(intent.numbers),
        "subjects": list(intent.subjects),
        "before": intent.before,
        "undoes": intent.undoes,
    }


def _ruling_body(ruling: Ruling) -> Body:
    return {"rule": ruling.rule, "decision": ruling.decision, "reason": ruling.reason}


def _intent(entry: str, at: str, body: Body) -> Intent:
    made: Body = {
        "verdict": tuple(Ruling(**ruling) for ruling in body["verdict"]),
        "consent": body["consent"] and Consented(**body["consent"]),
        "numbers": tuple(body["numbers"]),
        "subjects": tuple(body["subjects"]),
    }
    return Intent(entry=entry, at=read_time(at), **{**body, **made})


def _ending_body(ending: Ending) -> Body:
    return {
        "at": written(ending.at),
        "outcome": ending.outcome.value,
        "code": ending.code,
        "message": ending.message,
        "answer": ending.answer,
        "after": ending.after,
        "milliseconds": ending.milliseconds,
        "how": ending.how,
    }


def _ending(entry: str, body: Body) -> Ending:
    made: Body = {"at": read_time(body["at"]), "outcome": Outcome(body["outcome"])}
    return Ending(entry=entry, **{**body, **made})
