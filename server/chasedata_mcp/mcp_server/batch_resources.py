"""Batches as resources: the latest of a caller, each as it stands, and the parts of its account."""

import re
from collections.abc import Mapping
from typing import Any, Final

from anyio import to_thread

from chasedata_mcp.batches.account_page import PARTS, AccountPage, describe_row, read_account_page
from chasedata_mcp.batches.batch_service import BatchView
from chasedata_mcp.batches.errors import BatchError
from chasedata_mcp.batches.models import BatchRow
from chasedata_mcp.batches.present import render_batch
from chasedata_mcp.batches.row_redaction import RowRedaction
from chasedata_mcp.mcp_server.batch_tools import BatchCall, BatchTools
from chasedata_mcp.mcp_server.callers import Context
from chasedata_mcp.mcp_server.resource_list import BATCHES
from chasedata_mcp.tools.free_text import holds_free_text
from chasedata_mcp.tools.marks import Marks
from chasedata_mcp.tools.result_size import count_fitting, keep_beginning

_ONE: Final = re.compile(rf"{BATCHES}/(\w{{1,20}})")
_PART: Final = re.compile(rf"{BATCHES}/(\w{{1,20}})/({'|'.join(PARTS)})/([0-9]{{1,9}})")


class BatchResources:
    """The resources of one account's batches, for whoever may call `show_batch`."""

    def __init__(self, tools: BatchTools) -> None:
        self._tools = tools

    async def read(self, context: Context, uri: str) -> dict[str, Any] | None:
        """Read what is at an address; None where it is none of a batch that the caller may see."""
        if not self._tools.can_be_read:
            return None
        call = self._tools.make_call(context)
        try:
            if uri == BATCHES:
                return {"batches": [_describe(view) for view in await call.list_own()]}
            if (one := _ONE.fullmatch(uri)) is not None:
                result = await call.present(await call.view(one[1]))
                return render_batch(result).fields
            if (part := _PART.fullmatch(uri)) is not None:
                return await _read_part(call, part[1], part[2], int(part[3]))
        except BatchError:
            return None
        return None

    async def list_ids(self, context: Context) -> dict[str, str]:
        """List the ids of the caller's latest batches, each with what it is."""
        if not self._tools.can_be_read:
            return {}
        views = await self._tools.make_call(context).list_own()
        return {one.batch.id: f"{one.batch.tool} {one.batch.source}" for one in views}


async def _read_part(call: BatchCall, batch_id: str, part: str, after: int) -> dict[str, Any]:
    view = await call.view(batch_id)
    store = call.jobs.batches.store
    page = await to_thread.run_sync(read_account_page, store, view.batch.id, part, after)
    redaction = RowRedaction(view.batch, call.pipeline.policy.redactor)
    cells = [redaction.show_all_cells(row) for row in page.rows]
    # Rows of a wide file don't all fit into a page: the next one begins with those behind.
    page = page.keep_first(count_fitting(cells))
    cells = cells[: len(page.rows)]
    if view.batch.source and holds_free_text(cells):
        call.note_reading(view)
    reasons = [redaction.redact_text(row.reason) for row in page.rows]
    marks = Marks(repr([cells, reasons, [row.lead_id for row in page.rows]]))
    rows = [
        {
            **_describe_row(row, part, marks),
            **({"reason": marks.wrap_text(reason)} if reason else {}),
            **_show_values(values, marks),
        }
        for row, values, reason in zip(page.rows, cells, reasons, strict=True)
    ]
    return {**_describe(view), "part": part, "rows": rows, **_continue(batch_id, part, page, marks)}


def _describe_row(row: BatchRow, part: str, marks: Marks) -> dict[str, object]:
    known = dict(describe_row(row, part))
    if "lead_id" in known:
        known["lead_id"] = marks.wrap_text(known["lead_id"])  # the dialer's own word
    return {"row": row.line, **known}


def _show_values(values: Mapping[str, str], marks: Marks) -> dict[str, object]:
    """Show a row's cells; of one that is longer than a page may be, how many more it has."""
    shown = keep_beginning(values)
    more = len(values) - len(shown)
    return {"values": marks.wrap(shown), **({"more_values": more} if more else {})}


def _continue(batch_id: str, part: str, page: AccountPage, marks: Marks) -> dict[str, str]:
    """Say where the next page is, and what the marks mean."""
    following = page.following
    next_page = {} if following is None else {"next": f"{BATCHES}/{batch_id}/{part}/{following}"}
    return {**next_page, **({"note": marks.meaning} if marks.used else {})}


def _describe(view: BatchView) -> dict[str, Any]:
    batch = view.batch
    counts = [
        {"state": state, "reason": code, "rows": count}
        for (state, code), count in sorted(view.counts.by.items())
    ]
    planned = batch.planned.isoformat(timespec="seconds")
    about = {"tool": batch.tool, "state": batch.state, "planned": planned}
    return {"batch_id": batch.id, **about, "rows": view.counts.total, "counts": counts}
