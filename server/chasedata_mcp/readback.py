"""What became of each field of an update: read before, sent, read after."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from chasedata_mcp.actions.leads import UpdateLead
from chasedata_mcp.fields import shown
from chasedata_mcp.readings import Matched, Seen, same, written


class Fate(StrEnum):
    """What the dialer did with a field that it was sent."""

    TOOK = "took"
    """It reads as it was sent."""
    DROPPED = "dropped"
    """The lead doesn't have it, or kept what it had; the dialer said nothing of it."""
    CHANGED = "changed"
    """It reads neither as it was sent nor as it was before."""


@dataclass(frozen=True, slots=True)
class FieldRead:
    """One field of an update, by wire name.

    `old` and `new` are what the dialer wrote, and untrusted; None where the lead didn't have the
    field. `new` of a field that was cleared is empty.
    """

    name: str
    fate: Fate
    old: str | None
    new: str | None


def read_back(
    action: UpdateLead, before: Mapping[str, str], after: Mapping[str, str]
) -> tuple[FieldRead, ...]:
    """What became of every field that a call gave or cleared, in the order in which it was sent.

    Names are compared without regard to case; values without regard to spaces at the ends, kinds of
    line breaks and the ways of writing a phone number.
    """
    earlier, later = Seen("", dict(before)), Seen("", dict(after))
    sent = {name: text or "" for name, text in written(action.form()).items()}
    return tuple(
        FieldRead(
            name,
            _fate(name, text, earlier.value(name), later.value(name)),
            earlier.value(name),
            later.value(name),
        )
        for name, text in sent.items()
    )


def _fate(name: str, sent: str, old: str | None, new: str | None) -> Fate:
    # Of a field that is cleared nothing may be left to be shown.
    reads = "" if new is None and old is not None and not sent else new
    if reads is not None and same(name, reads, sent):
        return Fate.TOOK
    if reads is None or reads == old:
        return Fate.DROPPED
    return Fate.CHANGED


def sentences(fields: Sequence[FieldRead]) -> tuple[str, tuple[str, ...]]:
    """A sentence for the result's message, and its warnings; no value of a field is in them."""
    names = {fate: [field.name for field in fields if field.fate is fate] for fate in Fate}
    warnings: list[str] = []
    if dropped := names[Fate.DROPPED]:
        warnings.append(
            f"The dialer dropped {shown.listed(dropped)} without a word: the lead doesn't have "
            "such a field, or kept what it had."
        )
    if changed := names[Fate.CHANGED]:
        warnings.append(f"Read back otherwise than sent: {shown.listed(changed)}.")
    return _took(len(names[Fate.TOOK]), len(fields)), tuple(warnings)


def unread(found: Matched | None) -> str:
    """The warning where there is nothing to compare with."""
    match found:
        case Matched(0):
            return "The update could not be read back: no lead was found."
        case Matched(count):
            return f"The update could not be read back: {count} leads match, and it is one of them."
        case None:
            return "The update could not be read back, so which fields took is unknown."


def _took(took: int, of: int) -> str:
    match took, of:
        case _, 0:
            return "A callback can't be read back."
        case 1, 1:
            return "Read back: the field took."
        case 2, 2:
            return "Read back: both fields took."
        case _ if took == of:
            return f"Read back: all {of} fields took."
        case _:
            return f"Read back: {took} of {of} fields took."
