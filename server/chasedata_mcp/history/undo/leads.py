"""The undo of an update of a lead: the values that were read before it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from chasedata_mcp.errors import CallError
from chasedata_mcp.fields.context import ValidationContext
from chasedata_mcp.fields.field_names import CUSTOM_PREFIX, LEAD_FIELDS
from chasedata_mcp.history.undo.models import NotUndoable, UndoFacts, UndoPlan, UndoStep, UndoSteps
from chasedata_mcp.history.undo.past_calls import PastCall
from chasedata_mcp.ledger.models import Entry
from chasedata_mcp.pipeline.settlement import by_lead_id
from chasedata_mcp.tools.effect_records import has_suppressed
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
from chasedata_mcp.tools.leads.fields import CALLBACK_LIMITS

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
_ASKED_TO_STOP = NotUndoable(
    "The update said that the lead must not be called, and an undo would make it callable.",
    "If that was a mistake, it is for the person to say so, to let the number be called again, and "
    "to change the lead in the dialer.",
)
_CALLBACK_STAYS = f"The callback that the update booked stays. {CALLBACK_LIMITS}"
_MARK_STAYS = "A mark that the do-not-call list left on the lead stays."


def find_lead_to_read(entry: Entry) -> SearchLead | None:
    """Find the read that an undo needs as `UndoFacts.now`, None where it needs none."""
    read = lookup_from_json(entry.intent.before)
    if entry.intent.tool != UpdateLead.name or not isinstance(read, LeadSnapshot):
        return None
    return by_lead_id(read.lead_id)


def is_same_lead(one: PastCall, other: PastCall) -> bool:
    """Tell whether both are updates of one lead, or of two that can't be told apart."""
    if other.action is not UpdateLead:
        return False
    match lookup_from_json(one.entry.intent.before), lookup_from_json(other.entry.intent.before):
        case LeadSnapshot(lead_id), LeadSnapshot(other_id):
            return lead_id == other_id
        case _:
            return True


@dataclass(frozen=True, slots=True)
class _LeadReadings:
    """The lead of an update as it read before the update, after it and now."""

    before: LeadSnapshot
    after: LeadSnapshot | None
    """None where it was not read after the update."""
    now: LeadSnapshot

    def reads_as_left(self, name: str, sent: str) -> bool | None:
        """Tell whether a field reads as the update left it, None where that can't be compared.

        Without a reading after the update, the field may have been kept as well as written.
        """
        if self.after is not None:
            return is_unchanged(self.now, self.after, name)
        kept = is_unchanged(self.now, self.before, name)
        took = has_text(self.now, name, sent, None)
        if kept or took:
            return True
        return None if None in (kept, took) else False


def plan_undo(one: PastCall, known: UndoFacts) -> UndoPlan:
    """Plan to write the values that were read before; a request to stop isn't taken back."""
    is_stop = has_suppressed(one.entry.intent.effects)
    return _ASKED_TO_STOP if is_stop else _plan_former_values(one, known)


def _plan_former_values(one: PastCall, known: UndoFacts) -> UndoPlan:
    """Plan to write the values that were read before; the empty ones are cleared."""
    fields = select_written(one.form)
    if not fields:
        return NotUndoable(
            _CALLBACK_STAYS, "Ask the agent to cancel it, or book another with update_lead."
        )
    before, after = lookup_from_json(one.entry.intent.before), _snapshot_after(one.entry)
    if not isinstance(before, LeadSnapshot):
        return _KEPT_OUT if _has_hidden_lead_id(one.entry) else _not_read(before)
    touched = {**{name: text or "" for name, text in fields.items()}, **_moved(fields, after)}
    if None in fields.values() or any(map(_withheld(before, after), touched)):
        return _KEPT_OUT
    now = known.now
    if not isinstance(now, LeadSnapshot) or now.lead_id != before.lead_id:
        return NotUndoable(
            "How the lead reads now can't be told, so nothing is overwritten.", _BY_HAND
        )
    readings = _LeadReadings(before, after, now)
    # Somebody else may have written the lead since: their values are not overwritten.
    left = [readings.reads_as_left(name, touched[name]) for name in touched]
    if not all(left):
        return _READS_DIFFERENTLY if False in left else _NOT_COMPARED
    return _restore(one, known, readings, list(touched))


def _restore(
    one: PastCall, known: UndoFacts, readings: _LeadReadings, names: Sequence[str]
) -> UndoPlan:
    before = readings.before
    books_callback = "CallbackAgent" in one.form
    kept = {name: is_unchanged(readings.now, before, name) for name in names}
    if None in kept.values():
        return _NOT_COMPARED
    changed = [name for name, is_kept in kept.items() if not is_kept]
    if not changed:
        return NotUndoable(
            "Every field of the lead that the update wrote reads as before.",
            "Nothing is to be undone." + (f" {_CALLBACK_STAYS}" if books_callback else ""),
        )
    # Writing back a value that was cut or cleaned would change it.
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
    notes = [_CALLBACK_STAYS] if books_callback else []
    notes += [_MARK_STAYS] if any(name.lower() == "primaryphone" for name in changed) else []
    return UndoSteps((step,), tuple(notes))


def _has_hidden_lead_id(entry: Entry) -> bool:
    """Tell whether the lead was read, and its id kept out of the ledger."""
    return entry.intent.before is not None and lookup_from_json(entry.intent.before) is None


def _withheld(before: LeadSnapshot, after: LeadSnapshot | None) -> Callable[[str], bool]:
    return lambda name: any(read.is_withheld(name) for read in (before, after) if read)


def _snapshot_after(entry: Entry) -> LeadSnapshot | None:
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
    """Find the subcampaign that a move to another campaign took from the lead."""
    names = {name.lower() for name in fields}
    if "campaign" not in names or "subcampaign" in names:
        return {}
    return {"Subcampaign": (after.find_value("Subcampaign") or "") if after else ""}


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
    """Tell whether the step writes these very values: a trimmed text or tidied phone is another."""
    try:
        action = step.action.read(step.arguments, context)
    except CallError:
        return False
    return select_written(action.build_form()) == dict(values)
