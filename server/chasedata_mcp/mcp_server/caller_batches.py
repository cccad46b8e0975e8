"""The batches that one caller may see, and what of them counts as read."""

from dataclasses import dataclass
from typing import Final

from anyio import to_thread

from chasedata_mcp.batches.batch_service import NO_BATCH, BatchView
from chasedata_mcp.batches.errors import BatchError
from chasedata_mcp.batches.present import BatchPresenter
from chasedata_mcp.mcp_server.batch_jobs import BatchJobs
from chasedata_mcp.mcp_server.tool_call import ToolCall
from chasedata_mcp.tools.batches import BatchResult
from chasedata_mcp.tools.free_text import holds_free_text

_LATEST: Final = 50
"""The batches that are looked through for a caller's own."""


@dataclass(frozen=True, slots=True)
class CallerBatches:
    """The batches of one account, for the caller of one call."""

    call: ToolCall

    @property
    def jobs(self) -> BatchJobs:
        """The batches that are planned and run here, without which no tool about them is there."""
        load = self.call.server_context.load_batches
        assert load is not None  # noqa: S101 - as it says
        return load()

    async def view(self, batch_id: str, *, to_run: bool = False) -> BatchView:
        """Read a batch that the caller may see; to run it, it must be the principal's own.

        Raises:
            BatchError: There is none.
        """
        view = await self.jobs.view(batch_id)
        if (to_run or self.call.own) and not self.call.is_of_same_principal(view.batch.caller):
            raise BatchError(NO_BATCH)
        return view

    async def list_latest(self) -> list[BatchView]:
        """List the latest batches that the caller may see, the newest first."""
        views = await self.jobs.batches.service.list_views(_LATEST)
        is_own = self.call.is_of_same_principal
        return [one for one in views if not self.call.own or is_own(one.batch.caller)]

    async def present(self, view: BatchView, before: str = "") -> BatchResult:
        """Make the result of the call; what others wrote in it counts as read."""
        batches, pipeline = self.jobs.batches, self.call.pipeline
        presenter = BatchPresenter(batches.store, pipeline.account, pipeline.policy.redactor)
        until = await batches.service.find_end_of_yes(view)
        frozen = await batches.service.describe_freeze(view)
        result = await to_thread.run_sync(presenter.present, view, until, frozen, before)
        shown = [row.values for row in result.first_rows or ()]
        self.note_reading(view, [*shown, list(result.columns or ())])
        return result

    def note_reading(self, view: BatchView, shown: object) -> None:
        """Note what the caller is shown of a batch, unless it gave all of it itself in a call."""
        batch = view.batch
        is_its_own = not batch.source and batch.caller == self.call.caller
        if not is_its_own and holds_free_text(shown):
            self.call.pipeline.has_read(self.call.caller, (f"rows of batch {batch.id}",))
