"""Our server on the embedded sandbox, for `ledger_cost.py`: `--unrecorded` records nothing.

But for that the two are the same, from the way in which they start on.
"""

import gc
import importlib
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import anyio
from mcp.server.stdio import stdio_server
from typing_extensions import override
from unbounded import unbounded

from chasedata_mcp.app.composition import opened, pipeline_of
from chasedata_mcp.app.dialer import OpenedLate, line
from chasedata_mcp.ledger import (
    Ending,
    FactQuery,
    Intent,
    Ledger,
    LedgerFacts,
    LedgerUnreadableError,
    Note,
    Obstacle,
    Reservation,
)
from chasedata_mcp.ledger.background import Late
from chasedata_mcp.ledger.ledger import NO_RESERVATION
from chasedata_mcp.ledger.store import Store
from chasedata_mcp.mcp_server.callers import caller_of
from chasedata_mcp.mcp_server.server import build
from chasedata_mcp.pipeline.pipeline import Pipeline
from chasedata_mcp.settings import Settings, load_settings


class _Unrecorded(Ledger):
    """A ledger that records nothing, knows nothing and opens no store."""

    def __init__(self) -> None:
        super().__init__(_no_store)

    @override
    async def facts(self, query: FactQuery) -> LedgerFacts:
        return LedgerFacts(counts=(0,) * len(query.limits))

    @override
    async def intend(
        self, intent: Intent, reservation: Reservation = NO_RESERVATION
    ) -> Obstacle | None:
        return None

    @override
    async def finish(self, ending: Ending) -> None: ...

    @override
    def note(self, note: Note | Late) -> None: ...

    @override
    async def flush(self) -> None: ...


def _no_store() -> Store:
    raise LedgerUnreadableError("Nothing is recorded.")


@asynccontextmanager
async def _recorded(settings: Settings) -> AsyncIterator[Pipeline]:
    async with opened(settings) as way:
        yield way.pipeline


@asynccontextmanager
async def _unrecorded(settings: Settings) -> AsyncIterator[Pipeline]:
    found = line(settings)
    async with aclosing(OpenedLate(settings, found)) as dialer:
        yield pipeline_of(settings, found, dialer, _Unrecorded())


async def _serve(*, unrecorded: bool) -> None:
    with tempfile.TemporaryDirectory() as place:
        settings = load_settings({"CHASEDATA_POLICY": str(unbounded(Path(place)))}, sandbox=True)
        async with (_unrecorded if unrecorded else _recorded)(settings) as pipeline:
            server = build(pipeline, caller_of("bench"))
            async with stdio_server() as (reading, writing):
                await server.run(reading, writing, server.create_initialization_options())


async def _main() -> None:
    await _serve(unrecorded="--unrecorded" in sys.argv)


if __name__ == "__main__":
    # What each imports with its first call, so that neither has less to look through for garbage.
    for name in (
        "dialer.client",
        "ledger.engine",
        "sandbox.app",
        "sandbox.dialer",
        "sandbox.embedded",
    ):
        importlib.import_module(f"chasedata_mcp.{name}")
    gc.freeze()
    anyio.run(_main)
