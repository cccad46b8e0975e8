"""The look-up of rows at the dialer while they are planned, where a caller asks for it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import anyio

from chasedata_mcp.batches.models import BatchRow, LeftOut, RowState
from chasedata_mcp.pipeline.pipeline import Pipeline
from chasedata_mcp.pipeline.settlement import settling_read
from chasedata_mcp.tools.answer_types import Lead
from chasedata_mcp.tools.leads import InsertLead

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
        action = self._pipeline.read(InsertLead.name, row.arguments)
        search = settling_read(action)
        answer = None if search is None else await self._pipeline.search(search)
        if answer is None or not isinstance(action, InsertLead):
            self.failed += 1
            return row
        there = [lead for lead in answer.leads if _is_in_the_way(lead, action)]
        if not there:
            return row
        return replace(
            row,
            state=RowState.LEFT_OUT,
            code=LeftOut.ALREADY_THERE,
            reason=f"lead {there[0].lead_id} is there already",
            lead_id=there[0].lead_id,
        )


def _is_in_the_way(lead: Lead, action: InsertLead) -> bool:
    """Tell whether a lead that was found is the same as one that is to be stored."""
    if action.client_id is not None or action.duplicates_check in _ANYWHERE:
        return True
    campaign = lead.fields.get("Campaign")
    return campaign is None or campaign == action.campaign
