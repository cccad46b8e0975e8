"""A sandbox whose state can be looked at, and a pipeline to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from typing import Any

from _support.clock import Clock
from _support.ledger import LedgerInMemory
from _support.pipeline import AssembledPipeline, Parts
from _support.recording import NOW, execute
from chasedata_mcp.dialer import Client, Endpoint
from chasedata_mcp.pipeline.pipeline import Pipeline
from chasedata_mcp.sandbox import ACCID, TOKEN
from chasedata_mcp.sandbox.app import create_app
from chasedata_mcp.sandbox.dialer import SandboxDialer
from chasedata_mcp.sandbox.embedded import BASE_URL, SandboxTransport
from chasedata_mcp.tools.results import Account, Result

Row = dict[str, Any]


@dataclass
class Floor:
    """A sandbox, and the pipeline to it."""

    dialer: SandboxDialer
    pipeline: Pipeline

    async def call(self, tool: str, **arguments: object) -> Result:
        result = await execute(self.pipeline, tool, arguments)
        assert (result.outcome, result.environment) == ("done", "sandbox")
        return result

    def rows(self, table: str, **like: object) -> list[Row]:
        rows: list[Row] = self.dialer.state()[table]
        return [row for row in rows if all(row[key] == value for key, value in like.items())]

    def row(self, table: str, **like: object) -> Row:
        (row,) = self.rows(table, **like)
        return row


@asynccontextmanager
async def open_floor() -> AsyncIterator[Floor]:
    """A new sandbox in memory, whose clock stands still."""
    target = Endpoint(BASE_URL, TOKEN, ACCID, {})
    with closing(SandboxDialer(now=lambda: NOW)) as dialer:
        transport = SandboxTransport(create_app(dialer))
        async with Client(target, transport=transport) as client:
            clock = Clock(NOW)
            account, ledger = Account("sandbox", ACCID), LedgerInMemory(clock)
            parts = Parts(account=account, dialer=client, clock=clock, ledger=ledger)
            yield Floor(dialer, AssembledPipeline(parts))
