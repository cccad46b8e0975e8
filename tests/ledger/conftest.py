"""Ledgers on both databases, each test on one of its own."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from _support.ledger import Place
from _support.postgresql import ledger_address, make_schema
from chasedata_mcp.ledger import Ledger


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Give an empty place for a ledger, on either database."""
    head = tmp_path / "head.json"
    if request.param == "sqlite":
        return Place(str(tmp_path / "state"), head)
    server: str = request.getfixturevalue("postgresql")
    return Place(ledger_address(server, make_schema(server)), head)


@pytest.fixture
async def ledger(place: Place) -> AsyncGenerator[Ledger]:
    """A new ledger."""
    async with place.ledger() as new:
        yield new
