"""A served pipeline with batches: a client plans and runs them, a person answers beside it."""

from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
from mcp.server.lowlevel import Server

from _support.batch_engine import AtOnce
from _support.conversations import Person, accepted
from _support.served_pipeline import PRINCIPAL, Attended, an_attended_pipeline
from _support.timeouts import TIMEOUT
from chasedata_mcp.app.batches import Batches
from chasedata_mcp.app.out_of_band import OutOfBand
from chasedata_mcp.batches.batch_service import BatchService
from chasedata_mcp.batches.pace import Pace
from chasedata_mcp.batches.planner import Planner
from chasedata_mcp.batches.store import BatchStore
from chasedata_mcp.ledger.connection import Database
from chasedata_mcp.ledger.sqlite import SqliteDatabase
from chasedata_mcp.mcp_server.batch_jobs import BatchJobs
from chasedata_mcp.mcp_server.callers import CallerOf, caller_of
from chasedata_mcp.mcp_server.server import build
from chasedata_mcp.mcp_server.server_context import ServerContext
from chasedata_mcp.mcp_server.server_lifetime import ServerLifetime, server_lifetime
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.tools.registry import TOOLSETS

NEW = [f"954555{number}" for number in range(7001, 7061)]
"""Phones that the sandbox has no lead of."""
COMMON = {"campaign": "Solar", "import_only": True}
OFFERED = frozenset({*TOOLSETS, "history", "batches"})
Json = dict[str, Any]


def batch_policy(**terms: Any) -> Policy:  # noqa: ANN401 - any term
    """Make a policy that offers the batches too."""
    return Policy(**{"toolsets": OFFERED, **terms})


def rows_of(*phones: str, **further: str) -> list[Json]:
    """Make rows of leads, as a caller gives them."""
    return [{"Phone": phone, **further} for phone in phones]


@dataclass
class BatchDesk:
    """A pipeline's batches, with servers over them that live until the desk is left."""

    pipeline: Attended
    batches: Batches
    jobs: BatchJobs
    lifetime: ServerLifetime
    folder: Path

    def server(
        self, *, principal: str = PRINCIPAL, caller: CallerOf | None = None, of_all: bool = False
    ) -> Server[Any]:
        """Build a server of the batches; who can't be asked there may be on the page."""
        attended = self.pipeline
        beside = OutOfBand(lambda: attended.page, attended.pause, clock=lambda: attended.waited)
        context = ServerContext(
            ledger=attended.ledger,
            out_of_band=beside,
            load_batches=lambda: self.jobs,
            history_of_all=of_all,
        )
        return build(attended, caller or caller_of(principal), context)

    def stored(self) -> list[str]:
        """List the new phones that the dialer has a lead of by now."""
        phones = [row["PrimaryPhone"] for row in self.pipeline.state()["leads"]]
        return sorted(phone for phone in phones if phone in NEW)

    def typing(self, text: str) -> Person:
        """Put somebody in front of the client who types this into every form."""
        return Person(accepted({"confirm": text}), clock=self.pipeline.clock)


@asynccontextmanager
async def a_batch_desk(
    place: Path,
    policy: Policy | None = None,
    gate: anyio.Event | None = None,
    make_store: Callable[[Database], BatchStore] = BatchStore,
) -> AsyncGenerator[BatchDesk]:
    """Assemble the batches of a new sandbox; their store is in a folder.

    With a gate, a run sends one row, and the others once the gate is open.
    """

    async def sleep(_: float) -> None:
        assert gate is not None
        await gate.wait()

    def pace() -> Pace:
        return Pace(5) if gate is None else Pace(1, 1.0, lambda: 0.0, sleep)

    folder = place / "files"
    folder.mkdir()
    async with an_attended_pipeline(policy or batch_policy()) as pipeline:

        @contextmanager
        def opening() -> Generator[Batches]:
            with closing(make_store(SqliteDatabase(place / "batches.sqlite3"))) as store:
                service = BatchService(pipeline, pipeline.ledger, store, pace, AtOnce())
                yield Batches(store, Planner(pipeline, store, folder), service)

        async with server_lifetime(TIMEOUT) as lifetime:
            jobs = BatchJobs(opening, lifetime, quick=TIMEOUT if gate is None else 0.0)
            yield BatchDesk(pipeline, jobs.batches, jobs, lifetime, folder)
