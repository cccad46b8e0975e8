"""The outcome of a row: of its result, its error, or its entry in the ledger."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from chasedata_mcp.batches.models import BatchRow, RowOutcome, RowState
from chasedata_mcp.errors import CallError, Code, Outcome
from chasedata_mcp.ledger import Entry
from chasedata_mcp.tools.results import InsertResult, LeadsResult, Result, UpdateResult

_REFUSED_AS: Final[Mapping[str, RowState]] = {
    Code.DUPLICATE_LEAD: RowState.DUPLICATE,
    Code.NOT_REACHED: RowState.READY,
}
"""The states of rows that weren't done, where they aren't refused."""
REPORTED: Final = "reported"
"""The code of a duplicate that is to be looked at, where others are skipped."""
_NOT_OF_AN_UPDATE: Final = frozenset(
    {
        "primary_phone",
        "import_only",
        "check_timezone",
        "allow_dialing_duplicates",
        "dial_non_callables",
        "duplicates_check",
        "campaign",
        "subcampaign",
    }
)
"""The arguments of an insert that say how it is made, or where: an update moves no lead."""


def outcome_of_result(row: BatchRow, result: Result) -> RowOutcome:
    """Say what became of a row by the result of its call, which was done."""
    lead_id = ""
    match result:
        case LeadsResult(leads=[lead]):
            lead_id = str(lead.lead_id)
        case UpdateResult() | InsertResult() if result.lead_id:
            lead_id = str(result.lead_id)
        case _:
            pass
    nothing = isinstance(result, LeadsResult) and not result.leads
    code = "not_found" if nothing else ""
    return RowOutcome(row.number, RowState.DONE, code, "", result.entry or "", lead_id)


def outcome_of_error(row: BatchRow, error: CallError) -> RowOutcome:
    """Say what became of a row whose call failed; one that never arrived is still ready."""
    is_unknown = error.info.outcome is Outcome.UNKNOWN
    state = _REFUSED_AS.get(error.code, RowState.UNKNOWN if is_unknown else RowState.REFUSED)
    lead_ids = [lead_id for lead_id, _ in error.duplicates]
    only = lead_ids[0] if len(lead_ids) == 1 else ""
    return RowOutcome(row.number, state, error.code.value, error.message, error.entry or "", only)


def report_duplicate(outcome: RowOutcome) -> RowOutcome:
    """Tell a duplicate that somebody wants to look at apart from one that is only skipped."""
    return replace(outcome, code=REPORTED)


def outcome_of_entry(row: BatchRow, entry: Entry) -> RowOutcome:
    """Say what became of a row by what is on record of it, by a run that didn't end itself.

    One that surely didn't arrive is ready, as it was for that run.
    """
    ending = entry.ending
    match entry.outcome:
        case Outcome.DONE:
            return RowOutcome(row.number, RowState.DONE, entry=entry.id)
        case Outcome.UNKNOWN:
            state = RowState.UNKNOWN
        case Outcome.REFUSED:
            state = _REFUSED_AS.get(ending.code or "" if ending else "", RowState.REFUSED)
    code = (ending.code if ending else None) or Code.NO_ANSWER.value
    reason = ending.message if ending else "The run ended before its answer came."
    return RowOutcome(row.number, state, code, reason, entry.id, is_of_row=True)


def build_update(arguments: Mapping[str, object]) -> dict[str, object] | None:
    """Build of an insert's arguments the update of the lead with its phone, None without fields."""
    fields = {name: value for name, value in arguments.items() if name not in _NOT_OF_AN_UPDATE}
    phone = arguments.get("primary_phone")
    return {"search_field": "phone", "identifier": phone, **fields} if fields else None
