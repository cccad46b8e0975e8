"""The look-up of rows at the dialer while they are planned, where a caller asks for it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import anyio

from chasedata_mcp.batches.errors import BatchError
from chasedata_mcp.batches.models import BatchRow, LeftOut, OnDuplicate, RowState
from chasedata_mcp.errors import CallError
from chasedata_mcp.pipeline.pipeline import Pipeline
from chasedata_mcp.tools.answer_types import Lead
from chasedata_mcp.tools.leads import InsertLead, SearchLead

_IN_FLIGHT: Final = 5
"""The look-ups at once: planning is in no hurry, and the dialer has calls to make."""
_ANYWHERE: Final = frozenset({"all_campaigns"})


class RowLookup:
    """A look-up of leads that are to be stored: those that are there already are left out.

    One that can't be looked up stays ready: the dialer itself refuses a duplicate.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self.failed = 0
        """The rows that could not be looked up."""

    async def leave_out_those_there(self, rows: Sequence[BatchRow]) -> list[BatchRow]:
        """Look up the rows that are ready, and leave those out that are there."""
        found = {row.number: row for row in rows}
        limit = anyio.CapacityLimiter(_IN_FLIGHT)

        async def look_up(row: BatchRow) -> None:
            async with limit:
                found[row.number] = await self._look_up(row)

        async with anyio.create_task_group() as tasks:
            for row in rows:
                if row.state is RowState.READY:
                    tasks.start_soon(look_up, row)
        return [found[row.number] for row in rows]

    async def _look_up(self, row: BatchRow) -> BatchRow:
        try:
            action = self._pipeline.read(InsertLead.name, row.arguments, resolves=False)
        except CallError:
            # Its callback has passed since it was checked, say: it is refused when it is run.
            self.failed += 1
            return row
        assert isinstance(action, InsertLead)  # noqa: S101 - no other tool's rows come here
        for search in _list_searches(action):
            answer = await self._pipeline.search(search)
            if answer is None:
                self.failed += 1
                return row
            for lead in answer.leads:
                if search.search_field == "client_id" or is_in_the_way(lead, action):
                    return _leave_out(row, lead.lead_id)
        return row


def _list_searches(action: InsertLead) -> Iterator[SearchLead]:
    """List the searches that find a lead in the way: the dialer compares phones, a CRM its ids."""
    phone = action.primary_phone
    yield SearchLead(search_field="phone", identifier=phone, detailed=True)
    if action.client_id is not None:
        yield SearchLead(search_field="client_id", identifier=action.client_id, detailed=True)


def _leave_out(row: BatchRow, lead_id: str) -> BatchRow:
    reason = f"lead {lead_id} is there already"
    code = LeftOut.ALREADY_THERE
    return replace(row, state=RowState.LEFT_OUT, code=code, reason=reason, lead_id=lead_id)


def is_in_the_way(lead: Lead, action: InsertLead) -> bool:
    """Tell whether a lead with the phone stands in the way of one that is to be stored."""
    if action.duplicates_check in _ANYWHERE:
        return True
    campaign = lead.fields.get("Campaign")
    if action.duplicates_check == "campaign_and_subcampaign":
        subcampaign = lead.fields.get("Subcampaign")
        if subcampaign is not None and subcampaign != (action.subcampaign or ""):
            return False
    return campaign is None or campaign == action.campaign


def require_lookup_fits(tool: str, on_duplicate: OnDuplicate) -> None:
    """Refuse a look-up of what can't be looked up, or of leads that are to be updated.

    Raises:
        BatchError: It is one.
    """
    if tool != InsertLead.name:
        raise BatchError("Only leads that are to be stored can be looked up (already_there).")
    if on_duplicate is OnDuplicate.UPDATE:
        raise BatchError(
            "already_there leaves out the leads that are there, and on_duplicate update changes "
            "them; give one of the two."
        )
