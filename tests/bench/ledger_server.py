"""Our server on the embedded sandbox, for `ledger_cost.py`: `--unrecorded` keeps no ledger.

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
from unbounded import unbounded

from chasedata_mcp.app.composition import load_policy, now, opened
from chasedata_mcp.app.dialer import OpenedLate, line
from chasedata_mcp.approvals.service import ApprovalService
from chasedata_mcp.ledger import Ledger, LedgerUnwritableError
from chasedata_mcp.ledger.store import Store
from chasedata_mcp.mcp_server.callers import caller_of
from chasedata_mcp.mcp_server.server import build
from chasedata_mcp.pipeline.pipeline import Pipeline
from chasedata_mcp.settings import Settings, load_settings


@asynccontextmanager
async def _recorded(settings: Settings) -> AsyncIterator[Pipeline]:
    async with opened(settings) as way:
        yield way.pipeline


def _no_store() -> Store:
    raise LedgerUnwritableError("Nothing is recorded here.")


@asynccontextmanager
async def _unrecorded(settings: Settings) -> AsyncIterator[Pipeline]:
    found = line(settings)
    policy, read_back = load_policy(settings), settings.read_back
    approvals = ApprovalService(Ledger(_no_store), found.account.accid, now)
    async with aclosing(OpenedLate(settings, found)) as dialer:
        yield Pipeline(found.account, dialer, policy, approvals, read_back=read_back)


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
    for name in ("client", "ledger.engine", "sandbox.app", "sandbox.dialer", "sandbox.embedded"):
        importlib.import_module(f"chasedata_mcp.{name}")
    gc.freeze()
    anyio.run(_main)
