"""A lead as it read at some time, which the ledger keeps beside an update and compares."""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from chasedata_mcp.fields.sanitize import CUT, visible
from chasedata_mcp.ledger.models import Json
from chasedata_mcp.tools.answer_types import Lead, LeadsRead

# Parameters of a form that are no fields of the lead (the vendor's description).
_STEERING = frozenset(
    name.lower()
    for name in (
        "SearchField",
        "Identifier",
        "CallbackAgent",
        "CallbackDate",
        "CallbackNotes",
        "timezone",
        "AllowDialingDups",
        "DialNonCallables",
        "DuplicatesCheck",
        "ImportOnly",
    )
)
_PHONE = re.compile("phone", re.IGNORECASE)
_NOT_DIGITS = re.compile("[^0-9]")
_ELEVEN = 11


@dataclass(frozen=True, slots=True)
class LeadSnapshot:
    """One lead as it read: its fields by wire name.

    A value that is None is withheld from the ledger (`hidden_fields`). `altered` are the fields
    whose text was cleaned or cut when it was read, so that it isn't what the dialer holds; `hashes`
    has one of the whole text of those that were cut, which is keyed where a ledger keeps it.
    """

    lead_id: str
    fields: Mapping[str, str | None] = field(default_factory=dict[str, str | None])
    altered: frozenset[str] = frozenset()
    hashes: Mapping[str, str] = field(default_factory=dict[str, str])

    def find_name(self, wanted: str) -> str | None:
        """Find the field's name as the dialer spells it, None where the lead doesn't have it."""
        folded = wanted.lower()
        for name in self.fields:
            if name.lower() == folded:
                return name
        return None

    def find_value(self, wanted: str) -> str | None:
        """Find the field's text; None where the lead doesn't have it or it is withheld."""
        name = self.find_name(wanted)
        return None if name is None else self.fields[name]

    def is_withheld(self, wanted: str) -> bool:
        """Tell whether the lead has the field, and its value was kept out of the ledger."""
        return self.find_name(wanted) is not None and self.find_value(wanted) is None

    def is_verbatim(self, wanted: str) -> bool:
        """Tell whether the text is what the dialer holds, to the letter."""
        name, value = self.find_name(wanted), self.find_value(wanted)
        return value is not None and name not in self.altered and not value.endswith(CUT)

    def find_hash(self, wanted: str) -> str | None:
        """Find the hash of the whole text of a field that was cut, None where there is none."""
        name = self.find_name(wanted)
        return None if name is None else self.hashes.get(name)


@dataclass(frozen=True, slots=True)
class LeadCount:
    """A search that found no lead or several, so that it is unknown which one is meant.

    `ids` are those of the leads that were found, where somebody still knows them: they tell a new
    lead from the others, and aren't kept.
    """

    leads: int
    ids: frozenset[str] = field(default=frozenset(), compare=False)


Lookup = LeadSnapshot | LeadCount


def build_lookup(leads: tuple[Lead, ...], altered: Iterable[str] = ()) -> Lookup:
    """Build the result of a detailed search: one lead, or how many there are."""
    match leads:
        case [lead]:
            cut_or_cleaned = lead.altered.union(altered)
            return LeadSnapshot(lead.lead_id, dict(lead.fields), cut_or_cleaned, dict(lead.hashes))
        case _:
            return LeadCount(len(leads))


def is_never_hidden(_name: str, _text: str) -> bool:
    """Say that no field is kept out of the ledger."""
    return False


def lookup_to_json(read: Lookup, keeps_out: Callable[[str, str], bool] = is_never_hidden) -> Json:
    """Write a lookup as kept: `{"lead_id": "1001", "fields": {...}}` or `{"leads": 3}`."""
    match read:
        case LeadSnapshot(lead_id, fields, altered, wholes):
            left = withhold(fields, keeps_out)
            kept: dict[str, Json] = {"lead_id": lead_id, "fields": left}
            if altered:
                kept["altered"] = sorted(altered)
            if hashes := {name: one for name, one in wholes.items() if left.get(name) is not None}:
                kept["wholes"] = hashes
            return kept
        case LeadCount(count):
            return {"leads": count}


def lookup_from_json(kept: object) -> Lookup | None:
    """Read what `lookup_to_json` wrote, None where there is nothing or something else."""
    match kept:
        case {"lead_id": str(lead_id), "fields": Mapping()}:
            read = cast("Mapping[str, Mapping[str, object]]", kept)["fields"]
            values = {
                name: value if isinstance(value, str) else None for name, value in read.items()
            }
            texts = cast("Mapping[str, object]", kept)
            return LeadSnapshot(lead_id, values, _altered(texts), _wholes(texts))
        case {"leads": int(count)}:
            return LeadCount(count)
        case _:
            return None


def withhold(
    fields: Mapping[str, str | None], keeps_out: Callable[[str, str], bool]
) -> dict[str, str | None]:
    """Replace values that are kept out by None: that the fields were there is still kept.

    `keeps_out` tells it by a field's name and its text.
    """
    return {
        name: None if text is None or keeps_out(name, text) else text
        for name, text in fields.items()
    }


def select_written(form: Mapping[str, str | None]) -> dict[str, str | None]:
    """Select the lead fields that a form writes, without the parameters and the callback."""
    return {name: text for name, text in form.items() if name.lower() not in _STEERING}


def is_same_text(name: str, one: str, other: str) -> bool:
    """Tell whether two texts of a field differ only in ends, line breaks or a phone's signs."""
    one, other = visible(one).strip(), visible(other).strip()
    # A state is sent in capitals, however it was given (tools.md).
    if one == other or (name.lower() == "state" and one.upper() == other.upper()):
        return True
    # Only the digits of a phone count for the dialer (wire.md, "Duplicates").
    return bool(_PHONE.search(name)) and _digits(one) == _digits(other) != ""


def hash_text(text: str) -> str:
    """Hash a text, to the same for texts that `is_same_text` takes for one."""
    # Of the visible text, since what is read back has lost what can't be seen.
    return hashlib.sha256(visible(text).strip().encode(errors="replace")).hexdigest()


Seal = Callable[[str], str]
"""A keyed hash of a hash: who has the ledger alone can't test guesses against it."""


def seal_leads(found: LeadsRead, seal: Seal) -> LeadsRead:
    """Seal the hashes of leads."""
    if not any(lead.hashes for lead in found.leads):
        return found
    return LeadsRead(
        tuple(
            replace(lead, hashes={name: seal(one) for name, one in lead.hashes.items()})
            for lead in found.leads
        )
    )


def is_unchanged(one: LeadSnapshot, other: LeadSnapshot, name: str) -> bool | None:
    """Tell whether a field reads the same in both; None where that is unknown.

    Of a text that was cut what is left may be the same, and the rest another.
    """
    if (one.find_name(name) is None) is not (other.find_name(name) is None):
        return False
    if one.is_withheld(name) or other.is_withheld(name):
        return None
    value = one.find_value(name)
    if value != other.find_value(name):
        return False
    if value is None or not value.endswith(CUT):
        return True
    hashes = (one.find_hash(name), other.find_hash(name))
    return None if None in hashes else hashes[0] == hashes[1]


def has_text(seen: LeadSnapshot, name: str, text: str, seal: Seal | None) -> bool | None:
    """Tell whether a field reads as this text; None where that is unknown.

    `seal` is what the hashes of this reading were sealed with, None where nobody has it.
    """
    value = seen.find_value(name)
    if value is None:
        return None if seen.is_withheld(name) else False
    if not value.endswith(CUT):
        return is_same_text(name, value, text)
    if not visible(text).strip().startswith(value.removesuffix(CUT).strip()):
        return False
    known = seen.find_hash(name)
    return None if known is None or seal is None else known == seal(hash_text(text))


def _digits(phone: str) -> str:
    digits = _NOT_DIGITS.sub("", phone)
    return digits[1:] if len(digits) == _ELEVEN and digits.startswith("1") else digits


def _altered(kept: Mapping[str, object]) -> frozenset[str]:
    names = kept.get("altered")
    return frozenset(str(name) for name in cast("list[object]", names)) if names else frozenset()


def _wholes(kept: Mapping[str, object]) -> dict[str, str]:
    hashes = kept.get("wholes")
    if not isinstance(hashes, Mapping):
        return {}
    return {str(name): str(one) for name, one in cast("Mapping[str, object]", hashes).items()}
