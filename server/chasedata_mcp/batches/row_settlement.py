"""The settlement of a row whose answer was lost: by reading, before anything is sent again."""

from chasedata_mcp.batches.models import Batch, BatchRow, RowOutcome, RowState
from chasedata_mcp.batches.row_outcomes import outcome_of_entry
from chasedata_mcp.ledger import Entry, Ledger
from chasedata_mcp.pipeline.pipeline import Pipeline
from chasedata_mcp.pipeline.settlement import may_arrive, settling_read
from chasedata_mcp.tools.answer_types import Lead
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.effects import EffectTime
from chasedata_mcp.tools.lead_snapshot import LeadSnapshot, has_text, select_written
from chasedata_mcp.tools.leads import InsertLead


async def settle_row(
    pipeline: Pipeline, ledger: Ledger, batch: Batch, row: BatchRow, entry: Entry
) -> RowOutcome | None:
    """Settle a row whose outcome is unknown; None where it surely isn't there and may be sent.

    What can't be read stays unknown, and so does what may still arrive.
    """
    unknown = outcome_of_entry(row, entry)
    action = pipeline.read(batch.tool, row.arguments, resolves=False)
    if action.only_protects:
        return None  # a request to stop may come twice, and must not be lost
    search = settling_read(action) if isinstance(action, InsertLead) else None
    found = None if search is None else await pipeline.search(search)
    if found is None:
        return unknown
    for lead in found.leads:
        if _reads_as_sent(action, lead):
            reason = "Its answer was lost; a lead with these values is there."
            return RowOutcome(row.number, RowState.DONE, "found", reason, entry.id, lead.lead_id)
    if found.leads:
        reason = "Its answer was lost; another lead is there, as before."
        return RowOutcome(row.number, RowState.DUPLICATE, "found", reason, entry.id)
    if any(contact.when is EffectTime.NOW for contact in action.contacts):
        return unknown  # their phone may have rung: nobody is rung twice
    now = pipeline.now()
    return unknown if may_arrive(entry, now, ledger.time.of(now)) else None


def _reads_as_sent(action: Action, lead: Lead) -> bool:
    """Tell whether a lead has all that was sent, as far as that can be read."""
    snapshot = LeadSnapshot(lead.lead_id, dict(lead.fields), lead.altered, dict(lead.hashes))
    written = select_written(action.sent_form).items()
    return all(
        text is None or has_text(snapshot, name, text, None) is not False for name, text in written
    )
