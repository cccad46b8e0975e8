"""How a lead read at some time: what the ledger keeps beside an update, and compares."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import cast

from chasedata_mcp.ledger.values import Json
from chasedata_mcp.results import Lead
from chasedata_mcp.untrusted import CUT, visible

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
class Seen:
    """One lead as it read: its fields by wire name.

    A value that is None is withheld from the ledger (`hidden_fields`). `altered` are the fields
    whose text was cleaned or cut when it was read, so that it isn't what the dialer holds.
    """

    lead_id: str
    fields: Mapping[str, str | None] = field(default_factory=dict[str, str | None])
    altered: frozenset[str] = frozenset()

    def name(self, wanted: str) -> str | None:
        """The field's name as the dialer spells it, None where the lead doesn't have it."""
        return next((name for name in self.fields if name.lower() == wanted.lower()), None)

    def value(self, wanted: str) -> str | None:
        """The field's text; None where the lead doesn't have it or it is withheld."""
        name = self.name(wanted)
        return None if name is None else self.fields[name]

    def is_withheld(self, wanted: str) -> bool:
        """Whether the lead has the field, and what was in it was kept out of the ledger."""
        return self.name(wanted) is not None and self.value(wanted) is None

    def is_verbatim(self, wanted: str) -> bool:
        """Whether the text is what the dialer holds, to the letter."""
        name, value = self.name(wanted), self.value(wanted)
        return value is not None and name not in self.altered and not value.endswith(CUT)


@dataclass(frozen=True, slots=True)
class Matched:
    """A search that found no lead or several, so that nobody knows which one is meant."""

    leads: int


Reading = Seen | Matched


def reading(leads: tuple[Lead, ...], altered: Iterable[str] = ()) -> Reading:
    """What a detailed search found."""
    match leads:
        case [lead]:
            return Seen(lead.lead_id, dict(lead.fields), frozenset(altered))
        case _:
            return Matched(len(leads))


def nothing(_name: str, _text: str) -> bool:
    """That a field is kept out of the ledger, where none is."""
    return False


def to_json(read: Reading, keeps_out: Callable[[str, str], bool] = nothing) -> Json:
    """As the ledger keeps it: `{"lead_id": "1001", "fields": {...}}` or `{"leads": 3}`."""
    match read:
        case Seen(lead_id, fields, altered):
            kept: dict[str, Json] = {"lead_id": lead_id, "fields": withhold(fields, keeps_out)}
            return {**kept, "altered": sorted(altered)} if altered else kept
        case Matched(count):
            return {"leads": count}


def of_json(kept: object) -> Reading | None:
    """What `to_json` wrote, None where there is nothing or something else."""
    match kept:
        case {"lead_id": str(lead_id), "fields": Mapping()}:
            texts = cast("Mapping[str, Mapping[str, object]]", kept)["fields"]
            values = {
                name: value if isinstance(value, str) else None for name, value in texts.items()
            }
            return Seen(lead_id, values, _altered(cast("Mapping[str, object]", kept)))
        case {"leads": int(count)}:
            return Matched(count)
        case _:
            return None


def withhold(
    fields: Mapping[str, str | None], keeps_out: Callable[[str, str], bool]
) -> dict[str, str | None]:
    """The fields with what is kept out as None: that they were there is kept, what was in them not.

    `keeps_out` tells it by a field's name and its text.
    """
    return {
        name: None if text is None or keeps_out(name, text) else text
        for name, text in fields.items()
    }


def written(form: Mapping[str, str | None]) -> dict[str, str | None]:
    """The lead fields that a form writes; what steers the dialer and the callback aside."""
    return {name: text for name, text in form.items() if name.lower() not in _STEERING}


def same(name: str, one: str, other: str) -> bool:
    """Whether two texts of a field say the same, however ends, line breaks, phones are written."""
    one, other = visible(one).strip(), visible(other).strip()
    if one == other or (name.lower() == "state" and one.upper() == other.upper()):
        return True
    return bool(_PHONE.search(name)) and _digits(one) == _digits(other) != ""


def _digits(phone: str) -> str:
    digits = _NOT_DIGITS.sub("", phone)
    return digits[1:] if len(digits) == _ELEVEN and digits.startswith("1") else digits


def _altered(kept: Mapping[str, object]) -> frozenset[str]:
    names = kept.get("altered")
    return frozenset(str(name) for name in cast("list[object]", names)) if names else frozenset()
