"""A ledger in a directory, and the pipeline of the tests of undo and reconciliation."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from _support.served_pipeline import Served, a_served_pipeline
from chasedata_mcp.ledger import Ledger, open_ledger


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncGenerator[Ledger]:
    async with open_ledger(tmp_path / "state", "sandbox") as new:
        yield new


@pytest.fixture
async def pipeline() -> AsyncGenerator[Served]:
    async with a_served_pipeline() as opened:
        yield opened
