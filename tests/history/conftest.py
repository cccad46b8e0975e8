"""A ledger in a directory of the test's own."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from chasedata_mcp.ledger import Ledger, open_ledger


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncGenerator[Ledger]:
    """A new ledger of the sandbox."""
    async with open_ledger(tmp_path / "state", "sandbox") as new:
        yield new
