"""The read-back of a write to a lead: each field before it, as it was sent, and after it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from chasedata_mcp.fields.format import join_words
from chasedata_mcp.fields.sanitize import CUT
from chasedata_mcp.policy.decision import Ask, Refuse
from chasedata_mcp.redaction import KEEP_ADVICE, Redactor
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.lead_snapshot import (
    LeadCount,
    LeadSnapshot,
    Lookup,
    Seal,
    has_text,
    is_unchanged,
    select_written,
)
from chasedata_mcp.tools.leads import InsertLead, UpdateLead
from chasedata_mcp.tools.results import Result, UpdatedField, UpdateResult


class Fate(StrEnum):
    """The fate of a field that was sent to the dialer."""

    TOOK = "took"
    """It reads as it was sent."""
    DROPPED = "dropped"
    """The lead doesn't have it, or kept what it had; the dialer said nothing of it."""
    CHANGED = "changed"
    """It reads neither as it was sent nor as it was before."""
    UNKNOWN = "unknown"
    """It is too long to be compared."""


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
    action: InsertLead | UpdateLead,
    earlier: LeadSnapshot,
    later: LeadSnapshot,
    seal: Seal | None = None,
) -> tuple[FieldRead, ...]:
    """Compare every field that a call gave or cleared, in the order in which it was sent.

    Names are compared without regard to case; values without regard to spaces at the ends, kinds of
    line breaks and the ways of writing a phone number. What was cut is compared by its hash, sealed
    with `seal`.
    """
    sent = {name: text or "" for name, text in select_written(action.build_form()).items()}
    return tuple(
        FieldRead(
            name,
            _fate(name, text, earlier, later, seal),
            earlier.find_value(name),
            later.find_value(name),
        )
        for name, text in sent.items()
    )


def _fate(
    name: str, sent: str, earlier: LeadSnapshot, later: LeadSnapshot, seal: Seal | None
) -> Fate:
    if later.find_value(name) is None:
        # Of a field that is cleared nothing may be left to be shown.
        cleared = earlier.find_value(name) is not None and not sent
        return Fate.TOOK if cleared else Fate.DROPPED
    took, kept = has_text(later, name, sent, seal), is_unchanged(earlier, later, name)
    if took:
        return Fate.TOOK
    if took is None or kept is None:
        return Fate.UNKNOWN
    return Fate.DROPPED if kept else Fate.CHANGED


def sentences(fields: Sequence[FieldRead]) -> tuple[str, tuple[str, ...]]:
    """A sentence for the result's message, and its warnings; no value of a field is in them."""
    names = {fate: [field.name for field in fields if field.fate is fate] for fate in Fate}
    warnings: list[str] = []
    if dropped := names[Fate.DROPPED]:
        warnings.append(
            f"The dialer dropped {join_words(dropped)} without a word: the lead doesn't have "
            "such a field, or kept what it had."
        )
    if changed := names[Fate.CHANGED]:
        warnings.append(f"Read back otherwise than sent: {join_words(changed)}.")
    if unknown := names[Fate.UNKNOWN]:
        warnings.append(
            f"Too long to be compared: {join_words(unknown)}. Whether it took is unknown."
        )
    took = _took(len(names[Fate.TOOK]), len(fields) - len(unknown))
    return ("A callback can't be read back." if not fields else took), tuple(warnings)


def unread(found: LeadCount | None) -> str:
    """The warning where there is nothing to compare with."""
    match found:
        case LeadCount(0):
            return "The update could not be read back: no lead was found."
        case LeadCount(count):
            return f"The update could not be read back: {count} leads match, and it is one of them."
        case None:
            return "The update could not be read back, so which fields took is unknown."


def add_fields(result: Result, lead_id: str, fields: tuple[FieldRead, ...]) -> UpdateResult:
    """Add to the result of an update which lead it was of, and what became of each field."""
    message, warnings = sentences(fields)
    shown = [UpdatedField(name=f.name, fate=f.fate.value, old=f.old, new=f.new) for f in fields]
    said: dict[str, Any] = {
        **dict(result),
        "message": f"{result.message} {message}",
        "warnings": [*result.warnings, *warnings],
    }
    return UpdateResult(**said, lead_id=lead_id, fields=shown)


def overwritten_unseen(
    action: Action, before: Lookup | None, hidden: Redactor | None
) -> list[Ask | Refuse]:
    """Find what an update would destroy that nobody was shown, by how its lead read before it.

    Args:
        action: The call.
        before: How its lead reads; nothing is known of one that wasn't read.
        hidden: What may not be written since it isn't seen; None where it may be.
    """
    if not (isinstance(action, UpdateLead) and isinstance(before, LeadSnapshot)):
        return []
    over = {name: before.find_value(name) or "" for name in select_written(action.build_form())}
    redact = [n for n, text in over.items() if text and hidden and _is_redacted(n, text, hidden)]
    cut = [name for name, text in over.items() if text.endswith(CUT) and name not in redact]
    verdicts: list[Ask | Refuse] = []
    if redact:
        why = f"Something in {join_words(redact)} is hidden by policy, and would be lost unseen."
        verdicts.append(Refuse("hidden", why, KEEP_ADVICE))
    if cut:
        why = f"Only the beginning of {join_words(cut)} was shown; the rest of it will be lost."
        verdicts.append(Ask("unseen", why, fact=True))
    return verdicts


def _is_redacted(name: str, text: str, redactor: Redactor) -> bool:
    return redactor.hides_name(name) or redactor.redact(text).found


def _took(took: int, of: int) -> str:
    match took, of:
        case _, 0:
            return "Nothing of it could be read back."
        case 1, 1:
            return "Read back: the field took."
        case 2, 2:
            return "Read back: both fields took."
        case _ if took == of:
            return f"Read back: all {of} fields took."
        case _:
            return f"Read back: {took} of {of} fields took."
