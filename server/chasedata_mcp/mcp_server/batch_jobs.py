"""The batches that a server plans and runs beside its requests, for as long as it lives."""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field, replace
from typing import Final

import anyio

from chasedata_mcp.app.batches import Batches
from chasedata_mcp.batches.batch_service import BatchView
from chasedata_mcp.batches.errors import BatchError
from chasedata_mcp.batches.models import BatchState
from chasedata_mcp.batches.planner import BatchRequest
from chasedata_mcp.mcp_server.server_lifetime import ServerLifetime

_LOG = logging.getLogger(__name__)
_KEY_REVOKED: Final = "the key of the client that ran it was revoked"
Opening = Callable[[], AbstractContextManager[Batches]]
"""Opens the batches of an installation."""


@dataclass(slots=True)
class _Job:
    """Work on a batch that goes on whether its caller waits or not."""

    batch_id: str = ""
    rows: int = 0
    problem: Exception | None = None
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    ended: anyio.Event = field(default_factory=anyio.Event)


class BatchJobs:
    """The batches of one server: opened by the first call about one.

    Args:
        opening: Opens them.
        lifetime: That of the server.
        quick: The seconds in which a short batch ends, whose whole account is the first answer.
        clock: The time in seconds, which only grows.
    """

    def __init__(
        self,
        opening: Opening,
        lifetime: ServerLifetime,
        quick: float = 3.0,
        clock: Callable[[], float] = anyio.current_time,
    ) -> None:
        self._opening, self._lifetime = opening, lifetime
        self.quick, self.clock = quick, clock
        self._batches: Batches | None = None
        self._runs: dict[str, _Job] = {}
        self._is_ending = False
        lifetime.ending.append(self._end)

    @property
    def batches(self) -> Batches:
        """The batches, which are opened by the first look at them.

        Raises:
            BatchStoreError: They can't be kept.
            SettingsError: Their place can't be used.
        """
        if self._batches is None:
            self._batches = self._lifetime.until_end.enter_context(self._opening())
        return self._batches

    async def view(self, batch_id: str) -> BatchView:
        """Read a batch; one that is about to run here counts as running.

        Raises:
            BatchError: There is none of this id in the account.
        """
        view = await self.batches.service.view(batch_id)
        if batch_id not in self._runs:
            return view
        batch = replace(view.batch, state=BatchState.RUNNING, stopped_because="")
        return replace(view, batch=batch)

    async def plan(self, request: BatchRequest, caller: str, seconds: float) -> str:
        """Plan a batch, and give its id; after so many seconds planning goes on by itself.

        Raises:
            BatchError: It can't be planned.
            CallError: As for the planner.
        """
        job = _Job()
        self._lifetime.tasks.start_soon(self._plan, job, request, caller)
        with anyio.move_on_after(seconds):
            await job.ended.wait()
        if job.problem is not None:
            raise job.problem
        if not job.batch_id:
            raise BatchError("Planning hasn't begun yet; the machine is very busy. Try again.")
        return job.batch_id

    def start(self, batch_id: str, is_let_in: Callable[[], bool]) -> None:
        """Run an approved batch beside the requests, as long as its caller is let in."""
        if batch_id not in self._runs:
            job = self._runs[batch_id] = _Job(batch_id)
            self._lifetime.tasks.start_soon(self._run, job, is_let_in)

    async def stop(self, batch_id: str) -> None:
        """Stop a batch wherever it runs; one that runs here has ended when this returns.

        Raises:
            BatchError: There is none of this id in the account.
        """
        await self.batches.service.stop(batch_id)
        if (job := self._runs.get(batch_id)) is not None:
            job.scope.cancel()  # rows in flight are answered first
            await job.ended.wait()
            # It may have been about to begin.
            await self.batches.service.stop(batch_id)

    async def wait(self, batch_id: str, seconds: float) -> None:
        """Wait for the end of a run, for at most so many seconds.

        Raises:
            BatchError: It could not be run.
            CallError: As above.
            LedgerError: The record can't be used.
        """
        job = self._runs.get(batch_id)
        with anyio.move_on_after(seconds):
            if job is None:
                await anyio.sleep(seconds)  # another process may be running it
            else:
                await job.ended.wait()
        if job is not None and job.problem is not None:
            raise job.problem

    async def _plan(self, job: _Job, request: BatchRequest, caller: str) -> None:
        def report(batch: str, rows: int) -> None:
            job.batch_id, job.rows = batch, rows
            if self._is_ending:
                raise BatchError("The server ended before the batch was planned. Plan it again.")

        try:
            await self.batches.planner.plan(request, caller, report)
        except Exception as error:  # noqa: BLE001 - whoever waits for it raises it
            job.problem = error
        finally:
            job.ended.set()

    async def _run(self, job: _Job, is_let_in: Callable[[], bool]) -> None:
        service = self.batches.service

        def report(view: BatchView) -> None:
            if not is_let_in():
                self._lifetime.tasks.start_soon(self._stop_for_its_key, view.batch.id)

        try:
            with job.scope:
                await service.run(job.batch_id, report)
        except Exception as error:  # noqa: BLE001 - a run that fails must not end the server
            _LOG.warning("batch %s can't be run (%s)", job.batch_id, type(error).__name__)
            job.problem = error
        finally:
            self._runs.pop(job.batch_id, None)
            job.ended.set()

    async def _stop_for_its_key(self, batch_id: str) -> None:
        # What can't be written now is tried again with the next report, and ends no server.
        with suppress(BatchError):
            await self.batches.service.stop(batch_id, _KEY_REVOKED)

    def _end(self) -> None:
        self._is_ending = True
        for job in self._runs.values():
            job.scope.cancel()  # rows in flight are answered first
