"""The way back from an update of a lead: the values that were read before it."""

from collections.abc import Callable, Mapping

from chasedata_mcp.errors import CallError
from chasedata_mcp.fields.context import ValidationContext
from chasedata_mcp.fields.field_names import CUSTOM_PREFIX, LEAD_FIELDS
from chasedata_mcp.history.undo.models import NotUndoable, UndoFacts, UndoPlan, UndoStep, UndoSteps
from chasedata_mcp.history.undo.past_calls import PastCall
from chasedata_mcp.ledger.models import Entry
from chasedata_mcp.pipeline.settlement import by_lead_id
from chasedata_mcp.tools.lead_snapshot import (
    LeadCount,
    LeadSnapshot,
    Lookup,
    has_text,
    is_unchanged,
    lookup_from_json,
    select_written,
)
from chasedata_mcp.tools.leads import SearchLead, UpdateLead

_BY_HAND = "Look at the lead with search_lead, and set what it should be with update_lead."
_ARGUMENTS = {wire.lower(): argument for argument, wire in LEAD_FIELDS.items()}
_KEPT_OUT = NotUndoable(
    "The update wrote a field that is kept out of the ledger (hidden_fields, and card and social "
    "security numbers), or found the lead by one; so what was in it is unknown.",
    _BY_HAND,
)
_READS_DIFFERENTLY = NotUndoable(
    "The lead reads differently from what the update left, and what somebody else wrote is not "
    "overwritten.",
    _BY_HAND,
)
_NOT_COMPARED = NotUndoable(
    "A field is too long to be read whole, and could not be compared with what the update left.",
    _BY_HAND,
)
_CALLBACK_STAYS = "The callback that the update booked stays: the API can't take it back."
_MARK_STAYS = "A mark that the do-not-call list left on the lead stays."


def lead_to_read(entry: Entry) -> SearchLead | None:
    """The read that a way back needs as `Known.now`, None where it needs none or there is none."""
    read = lookup_from_json(entry.intent.before)
    if entry.intent.tool != UpdateLead.name or not isinstance(read, LeadSnapshot):
        return None
    return by_lead_id(read.lead_id)


def same_lead(one: PastCall, other: PastCall) -> bool:
    """Whether both are updates of one lead, or of two that nobody can tell apart."""
    if other.action is not UpdateLead:
        return False
    match lookup_from_json(one.entry.intent.before), lookup_from_json(other.entry.intent.before):
        case LeadSnapshot(lead_id), LeadSnapshot(other_id):
            return lead_id == other_id
        case _:
            return True


def plan_undo(one: PastCall, known: UndoFacts) -> UndoPlan:
    """Write the values that were read before; the empty ones are cleared."""
    fields = select_written(one.form)
    callback = "CallbackAgent" in one.form
    if not fields:
        return NotUndoable(
            _CALLBACK_STAYS, "Ask the agent to cancel it, or book another with update_lead."
        )
    before, after = lookup_from_json(one.entry.intent.before), _left(one.entry)
    if not isinstance(before, LeadSnapshot):
        return _KEPT_OUT if _names_no_lead(one.entry) else _not_read(before)
    touched = {**{name: text or "" for name, text in fields.items()}, **_moved(fields, after)}
    if None in fields.values() or any(map(_withheld(before, after), touched)):
        return _KEPT_OUT
    now = known.now
    if not isinstance(now, LeadSnapshot) or now.lead_id != before.lead_id:
        return NotUndoable(
            "How the lead reads now can't be told, so nothing is overwritten.", _BY_HAND
        )
    left = [_reads_as_left(name, touched[name], before, after, now) for name in touched]
    if not all(left):
        return _READS_DIFFERENTLY if False in left else _NOT_COMPARED
    return _restored(one, known, touched, before, now, callback=callback)


def _restored(  # noqa: PLR0913 - one step of a long thought
    one: PastCall,
    known: UndoFacts,
    touched: Mapping[str, str],
    before: LeadSnapshot,
    now: LeadSnapshot,
    *,
    callback: bool,
) -> UndoPlan:
    kept = {name: is_unchanged(now, before, name) for name in touched}
    if None in kept.values():
        return _NOT_COMPARED
    changed = [name for name, is_kept in kept.items() if not is_kept]
    if not changed:
        return NotUndoable(
            "Every field of the lead that the update wrote reads as before.",
            "Nothing is to be undone." + (f" {_CALLBACK_STAYS}" if callback else ""),
        )
    if not all(before.is_verbatim(name) for name in changed):
        return NotUndoable(
            "What was in a field before the update was not readable to the letter, or not at all.",
            _BY_HAND,
        )
    values = {name: before.find_value(name) or "" for name in changed}
    step = _update(before.lead_id, values)
    if not _is_sent_as_it_was(step, values, ValidationContext(one.began, known.countries)):
        return NotUndoable(
            "A former value is none that update_lead can write as it was.",
            "Set it in the dialer itself.",
        )
    says = [_CALLBACK_STAYS] if callback else []
    says += [_MARK_STAYS] if any(name.lower() == "primaryphone" for name in changed) else []
    return UndoSteps((step,), tuple(says))


def _names_no_lead(entry: Entry) -> bool:
    """Whether the lead was read, and its id kept out."""
    return entry.intent.before is not None and lookup_from_json(entry.intent.before) is None


def _withheld(before: LeadSnapshot, after: LeadSnapshot | None) -> Callable[[str], bool]:
    return lambda name: any(read.is_withheld(name) for read in (before, after) if read)


def _left(entry: Entry) -> LeadSnapshot | None:
    read = lookup_from_json(entry.ending.after if entry.ending else None)
    return read if isinstance(read, LeadSnapshot) else None


def _not_read(before: Lookup | None) -> NotUndoable:
    match before:
        case LeadCount(count) if count > 1:
            reason = "Several leads matched the update, and which one it changed is unknown."
        case LeadCount():
            reason = "No lead was found before the update, so what it changed is unknown."
        case _:
            reason = "The lead was not read before the update, so its former values are unknown."
    return NotUndoable(reason, _BY_HAND)


def _moved(fields: Mapping[str, str | None], after: LeadSnapshot | None) -> dict[str, str]:
    """A lead that moves to another campaign loses its subcampaign with it."""
    names = {name.lower() for name in fields}
    if "campaign" not in names or "subcampaign" in names:
        return {}
    return {"Subcampaign": (after.find_value("Subcampaign") or "") if after else ""}


def _reads_as_left(
    name: str, sent: str, before: LeadSnapshot, after: LeadSnapshot | None, now: LeadSnapshot
) -> bool | None:
    """Whether a field reads as the update left it: as it was read then, else as sent or kept.

    None where that can't be told.
    """
    if after is not None:
        return is_unchanged(now, after, name)
    kept, took = is_unchanged(now, before, name), has_text(now, name, sent, None)
    if kept or took:
        return True
    return None if None in (kept, took) else False


def _update(lead_id: str, values: Mapping[str, str]) -> UndoStep:
    arguments: dict[str, object] = {"search_field": "lead_id", "identifier": lead_id}
    custom, other, clear = dict[str, str](), dict[str, str](), list[str]()
    for name, value in values.items():
        argument = _ARGUMENTS.get(name.lower())
        if not value:
            clear.append(argument or name)
        elif argument:
            arguments[argument] = value
        elif name.startswith(CUSTOM_PREFIX):
            custom[name] = value
        else:
            other[name] = value
    groups = {"custom_fields": custom, "other_fields": other, "clear_fields": clear}
    return UndoStep(UpdateLead, {**arguments, **{name: of for name, of in groups.items() if of}})


def _is_sent_as_it_was(
    step: UndoStep, values: Mapping[str, str], context: ValidationContext
) -> bool:
    """Whether the step writes these very values: a trimmed text or a tidied phone is another."""
    try:
        action = step.action.read(step.arguments, context)
    except CallError:
        return False
    return select_written(action.build_form()) == dict(values)
