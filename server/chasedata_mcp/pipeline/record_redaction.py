"""The redaction of the record: hidden fields wherever they stand, and what a model may not see."""

import hmac
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Final, cast

from chasedata_mcp.fields.field_names import CUSTOM_PREFIX
from chasedata_mcp.fields.phones_in_text import find_numbers
from chasedata_mcp.fields.sanitize import MASK, blank
from chasedata_mcp.ledger.approval_models import Grant
from chasedata_mcp.ledger.models import Json
from chasedata_mcp.ledger.usage import Unit
from chasedata_mcp.redaction import DEFAULT_REDACTOR, Redactor
from chasedata_mcp.tools.argument_details import ArgumentDetail
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.effects import MakesCallable
from chasedata_mcp.tools.lead_snapshot import LeadSnapshot, Lookup, lookup_to_json
from chasedata_mcp.tools.resource_keys import find_ten_digits, list_numbers, list_resource_keys

LEAD_ID: Final = "LeadId"
_IDENTIFIER: Final = "identifier"
# The lead's phone is the same number wherever a call names it.
_WITH_IT: Final[Mapping[str, frozenset[str]]] = {
    "primaryphone": frozenset({"phone", "number", "to", "callid"}),
}
_PERSON = frozenset({"primaryphone", "to", "phone"})
_AGENT, _PLAYLIST, _SKILL = frozenset({"agent"}), frozenset({"playlist"}), frozenset({"skill"})
# The fields that each part of a subject's key may come from, by the key's kind.
_PARTS: Final[Mapping[str, tuple[frozenset[str], ...]]] = {
    "dnc": (frozenset({"number"}),),
    "list": (_AGENT, frozenset({"list"})),
    "listphone": (_AGENT, frozenset({"list"}), frozenset({"phone"})),
    "phone": (_PERSON,),
    "filter": (_PLAYLIST, frozenset({"filter"})),
    "playlist": (_PLAYLIST,),
    "skill": (_SKILL, frozenset({"source"})),
    "ringgroup": (frozenset({"did"}),),
    "campaign": (frozenset({"campaign"}),),
    "lead:phone": (frozenset({"primaryphone", "phone", _IDENTIFIER}),),
    "lead:client_id": (frozenset({"clientid", _IDENTIFIER}),),
    "lead:lead_id": (frozenset({"leadid", _IDENTIFIER}),),
}
_LETTERS_AND_DIGITS = re.compile(r"[\W_]+")
_CANONICAL = json.JSONEncoder(sort_keys=True)
_MOST_KNOWN = 10_000
_NONE: frozenset[str] = frozenset()
_UNMISTAKABLE = 7
"""A value of so many letters and digits is kept out wherever it stands, not in its field alone."""
_OF_FIELDS = {"custom_fields": CUSTOM_PREFIX, "other_fields": "", "callback": "Callback"}
"""The arguments that hold fields by name, and how the wire names of these begin."""


@dataclass(frozen=True, slots=True)
class RecordRedactor:
    """The redactor of the record: the hidden fields, and the key of what stands in their place.

    `hidden` are wire names, with or without `adv_`, capitals making no difference; `key` is kept
    nowhere near the ledger, so that nobody who has it can try short values against a hash.
    """

    hidden: Collection[str] = ()
    redactor: Redactor = DEFAULT_REDACTOR
    key: bytes = b""
    _known: dict[str, bool] = field(
        default_factory=dict[str, bool], init=False, repr=False, compare=False
    )

    def hides(self, wire: str) -> bool:
        """Tell whether the field of this wire name is kept out."""
        known = self._known.get(wire)
        if known is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            known = self._is_named(wire.lower()) or self.redactor.hides_name(wire)
            self._known[wire] = known
        return known

    def hides_parameter(self, name: str, form: Mapping[str, str]) -> bool:
        """Tell whether a parameter is kept out; an identifier, if the field that it is of is."""
        sought = name.lower() == _IDENTIFIER and self.hides(form.get("SearchField", name))
        return sought or self.hides(name)

    def keeps_out(self, name: str, text: str) -> bool:
        """Tell whether a field's text is kept out: for its name, or for what is in it."""
        return (
            self.hides(name) or self.redactor.finds_any(text) or self.redactor.has_hidden_text(name)
        )

    def sealed(self, whole: object) -> str:
        """Make a keyed hash of what can be written as JSON: equal for equals, in every process."""
        text = _CANONICAL.encode(whole)
        return hmac.digest(self.key, text.encode(), "sha256").hex()

    def keyed(self, subject: str) -> str:
        """Put a short keyed hash, as in `lead:phone/~3f2a…`, for the parts that are kept out."""
        kind, _, names = subject.partition(":")
        by, slash, name = names.partition("/")
        if kind == "lead":
            return f"lead:{by}/{self._part(f'lead:{by}', 0, name)}" if slash else subject
        parts = [self._part(kind, at, part) for at, part in enumerate(names.split("/"))]
        return f"{kind}:{'/'.join(parts)}"

    def grant(self, grant: Grant) -> Grant:
        """Make the record of a grant, with short keyed hashes of what is kept out."""
        numbers = grant.numbers and tuple([self._part("phone", 0, one) for one in grant.numbers])
        campaign = grant.campaign and self._part("campaign", 0, grant.campaign)
        return replace(grant, numbers=numbers, campaign=campaign)

    def of_call(self, action: Action, before: Lookup | None = None) -> "RedactedCall":
        """Make the redactor of one call's record."""
        form = action.sent_form
        read: Mapping[str, str | None] = before.fields if isinstance(before, LeadSnapshot) else {}
        values = [text for name, text in form.items() if self.hides_parameter(name, form)]
        values += [text for name, text in read.items() if text and self.hides(name)]
        if isinstance(before, LeadSnapshot) and self.hides(LEAD_ID):
            values.append(before.lead_id)
        return RedactedCall(self, tuple(dict.fromkeys([one for one in values if one.strip()])))

    def _is_named(self, name: str) -> bool:
        named = {one.strip().lower().replace(" ", "__") for one in self.hidden}
        out = named.union(*(_WITH_IT.get(one, ()) for one in named))
        return name in out or name.removeprefix(CUSTOM_PREFIX) in out

    def _part(self, kind: str, at: int, part: str) -> str:
        sources = _PARTS.get(kind, ())
        by_name = at < len(sources) and any(self.hides(name) for name in sources[at])
        if not part or not (by_name or self.redactor.redact(part).found):
            return part
        return "~" + hmac.digest(self.key, f"{kind}/{at}/{part}".encode(), "sha256").hex()[:16]


@dataclass(frozen=True, slots=True)
class RedactedCall:
    """The redactor of one call's record; `values` are the hidden ones that the call holds.

    It remembers what it has looked through: a lead is recorded before a call and after it.
    """

    of: RecordRedactor
    values: tuple[str, ...]
    _known: dict[tuple[str, str], bool] = field(
        default_factory=dict[tuple[str, str], bool], init=False, repr=False, compare=False
    )
    _masked: dict[str, str] = field(
        default_factory=dict[str, str], init=False, repr=False, compare=False
    )

    def text(self, text: str) -> str:
        """Mask what is kept out of a text."""
        masked = self._masked.get(text)
        if masked is None:
            redact, _ = self.of.redactor.redact(text)
            masked = self._masked[text] = blank(redact, self.values) if self.values else redact
        return masked

    def texts(self, kept: Json) -> Json:
        """Mask what is kept out of every text in a value."""
        match kept:
            case str():
                return self.text(kept)
            case Mapping():
                return {name: self.texts(value) for name, value in kept.items()}
            case Sequence():
                return [self.texts(value) for value in kept]
            case _:
                return kept

    def form(self, action: Action) -> Json:
        """Give the form that is sent, None for what is kept out."""
        form = action.sent_form
        return {self._name(n): self._parameter(n, text, form) for n, text in form.items()}

    def reading(self, read: Lookup | None) -> Json:
        """Give how a lead read, None for the fields that are kept out."""
        if read is None:
            return None
        kept = lookup_to_json(self._named(read), self._keeps_out)
        if isinstance(kept, Mapping) and isinstance(read, LeadSnapshot) and self.of.hides(LEAD_ID):
            return {**kept, "lead_id": None}
        return kept

    def arguments(self, action: Action) -> Json:
        """Give the arguments, None for what is kept out."""
        given = cast("dict[str, Json]", action.model_dump(mode="json", exclude_none=True))
        form = action.sent_form
        wire = _wire_names(type(action))
        return {
            name: self._fields(_OF_FIELDS[name], cast("Mapping[str, str]", value))
            if name in _OF_FIELDS
            else self._argument(wire[name], value, form)
            for name, value in given.items()
        }

    def numbers(self, action: Action) -> tuple[str, ...]:
        """List the phones of a call that are recorded."""
        found = list_numbers(action)
        if not self.values:
            return found
        out = {find_ten_digits(value) for value in self.values}
        return tuple(number for number in found if number not in out)

    def resource_keys(self, action: Action, lead_id: str | None) -> tuple[str, ...]:
        """List the keys of what a call touches."""
        found = list_resource_keys(action, lead_id)
        return tuple(dict.fromkeys([self.of.keyed(subject) for subject in found]))

    def units(self, action: Action, units: tuple[Unit, ...]) -> tuple[Unit, ...]:
        """List what a call uses up; a phone that is kept out is listed by a keyed hash."""
        further = [one.numbers for one in action.effects if isinstance(one, MakesCallable)]
        if not (further and self.values):
            return units
        held = _NONE.union(*map(find_numbers, self.values))
        out = held.intersection(*further)
        return tuple(
            Unit(unit.cap, self.of.sealed([unit.cap, unit.key])) if unit.key in out else unit
            for unit in units
        )

    def leads(self, lead_ids: Sequence[str]) -> Json:
        """List the ids of leads that were found."""
        return [MASK if self.of.hides(LEAD_ID) else lead_id for lead_id in lead_ids]

    def detail(self, action: Action, detail: ArgumentDetail) -> ArgumentDetail:
        """Leave out of an argument's detail what is kept out."""
        wire, form = detail.wire, action.sent_form
        whole = form.get(wire, detail.value)
        if not wire or self._parameter(wire, whole, form) is None:
            old = detail.old and MASK
            return replace(detail, value=MASK, old=old) if wire else detail
        return replace(detail, old=detail.old and self.text(detail.old))

    def sources(self, sources: Sequence[str]) -> Json:
        """List whose free text was shown, without the ids of leads where they are kept out."""
        return ["a lead" if self.of.hides(LEAD_ID) and "lead " in one else one for one in sources]

    def _argument(self, wire: str, value: Json, form: Mapping[str, str]) -> Json:
        if isinstance(value, str):
            return self._parameter(wire, value, form)
        return None if self.of.hides_parameter(wire, form) else self.texts(value)

    def _parameter(self, name: str, text: str, form: Mapping[str, str]) -> str | None:
        if self.of.hides_parameter(name, form):
            return None
        return None if self._keeps_out(name, text) else text

    def _fields(self, begins: str, texts: Mapping[str, str]) -> Json:
        return {
            self._name(name): None if self._keeps_out(_wire(begins, name), text) else text
            for name, text in texts.items()
        }

    def _name(self, name: str) -> str:
        """Mask what is no name in a field's name."""
        redactor = self.of.redactor
        return redactor.redact(name).text if redactor.has_hidden_text(name) else name

    def _named(self, read: Lookup) -> Lookup:
        """Give how a lead read, without the values of fields whose names have to be masked."""
        if not isinstance(read, LeadSnapshot):
            return read
        masked = {name: self._name(name) for name in read.fields}
        if all(name == shown for name, shown in masked.items()):
            return read
        values = {masked[n]: text if masked[n] == n else None for n, text in read.fields.items()}
        return replace(read, fields=values)

    def _keeps_out(self, name: str, text: str) -> bool:
        known = self._known.get((name, text))
        if known is None:
            known = self.of.keeps_out(name, text) or self._holds_a_value(text)
            self._known[name, text] = known
        return known

    def _holds_a_value(self, text: str) -> bool:
        """Tell whether a text of another field holds a hidden value that is surely this one."""
        if not self.values:
            return False
        sought = [bare for value in self.values if len(bare := _bare(value)) >= _UNMISTAKABLE]
        return any(bare in _bare(text) for bare in sought)


@cache
def _wire_names(kind: type[Action]) -> Mapping[str, str]:
    """By an argument's name that of its parameter, where it is one."""
    fields = kind.model_fields.items()
    return {name: info.serialization_alias or name for name, info in fields}


def _wire(begins: str, name: str) -> str:
    # The one argument of a callback that has another name on the wire.
    wire = "Date" if (begins, name) == ("Callback", "at") else name.strip().replace(" ", "__")
    return wire if wire.lower().startswith(begins.lower()) else f"{begins}{wire}"


def _bare(text: str) -> str:
    return _LETTERS_AND_DIGITS.sub("", text).casefold()
