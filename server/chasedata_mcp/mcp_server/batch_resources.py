"""Batches as resources: the latest of a caller, each as it stands, and the parts of its account."""

import re
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Final

from anyio import to_thread

from chasedata_mcp.batches.account_page import PARTS, AccountPage, describe_row, read_account_page
from chasedata_mcp.batches.batch_service import BatchView
from chasedata_mcp.batches.errors import BatchError, BatchStoreError
from chasedata_mcp.batches.models import BatchRow
from chasedata_mcp.batches.present import render_batch
from chasedata_mcp.batches.row_redaction import RowRedaction
from chasedata_mcp.mcp_server.caller_batches import CallerBatches
from chasedata_mcp.mcp_server.callers import Context
from chasedata_mcp.mcp_server.resource_list import BATCHES
from chasedata_mcp.mcp_server.tool_call import ToolCall
from chasedata_mcp.mcp_server.tool_groups import ToolGroups
from chasedata_mcp.tools.batches import BatchResult, ShowBatch
from chasedata_mcp.tools.marks import Marks
from chasedata_mcp.tools.render import render_views
from chasedata_mcp.tools.result_size import count_fitting, keep_beginning
from chasedata_mcp.tools.results import Result

_Reader = Callable[[CallerBatches], Awaitable[BatchResult | dict[str, Any]]]
_ONE: Final = re.compile(rf"{BATCHES}/(\w{{1,20}})")
_PART: Final = re.compile(rf"{BATCHES}/(\w{{1,20}})/({'|'.join(PARTS)})/([0-9]{{1,9}})")


class BatchResources:
    """The resources of one account's batches, for whoever may call `show_batch`."""

    def __init__(self, tools: ToolGroups) -> None:
        self._tools = tools

    async def read(self, context: Context, uri: str) -> dict[str, Any] | None:
        """Read what is at an address; None where it is none of a batch that the caller may see."""
        reader = _find_reader(uri)
        if reader is None or not self._tools.permits(ShowBatch):
            return None

        async def read(call: ToolCall) -> BatchResult | dict[str, Any] | None:
            try:
                return await reader(CallerBatches(call))
            except BatchStoreError:
                raise
            except BatchError:
                return None

        match await self._tools.look(context, ShowBatch, read):
            case BatchResult() as shown:
                return render_batch(shown).fields
            case Result() as failure:
                return render_views(failure).fields
            case found:
                return found

    async def list_ids(self, context: Context) -> dict[str, str]:
        """List the ids of the caller's latest batches, each with what it is."""
        if not self._tools.permits(ShowBatch):
            return {}

        async def read(call: ToolCall) -> list[BatchView]:
            return await CallerBatches(call).list_latest()

        found = await self._tools.look(context, ShowBatch, read)
        views = [] if isinstance(found, Result) else found
        return {one.batch.id: f"{one.batch.tool} {one.batch.source}" for one in views}


def _find_reader(uri: str) -> _Reader | None:
    """Find what reads an address, None where it is none of batches."""
    if uri == BATCHES:
        return _read_list
    if (one := _ONE.fullmatch(uri)) is not None:
        return partial(_read_one, one[1])
    if (part := _PART.fullmatch(uri)) is not None:
        return partial(_read_part, part[1], part[2], int(part[3]))
    return None


async def _read_list(batches: CallerBatches) -> dict[str, Any]:
    return {"batches": [_describe(view) for view in await batches.list_latest()]}


async def _read_one(batch_id: str, batches: CallerBatches) -> BatchResult:
    return await batches.present(await batches.view(batch_id))


async def _read_part(
    batch_id: str, part: str, after: int, batches: CallerBatches
) -> dict[str, Any]:
    view = await batches.view(batch_id)
    store = batches.jobs.batches.store
    page = await to_thread.run_sync(read_account_page, store, view.batch.id, part, after)
    redaction = RowRedaction(view.batch, batches.call.pipeline.policy.redactor)
    cells = [redaction.show_all_cells(row) for row in page.rows]
    # Rows of a wide file don't all fit into a page: the next one begins with those behind.
    page = page.keep_first(count_fitting(cells))
    cells = cells[: len(page.rows)]
    batches.note_reading(view, cells)
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
