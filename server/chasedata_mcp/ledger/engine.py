"""Opens a store: its files, its engine, its version and its environment."""

import os
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    create_engine,
    create_mock_engine,
    event,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.exc import ArgumentError
from sqlalchemy.schema import ExecutableDDLElement

from chasedata_mcp.ledger.errors import (
    LedgerElsewhereError,
    LedgerTooNewError,
    LedgerUnwritableError,
)
from chasedata_mcp.ledger.events import written
from chasedata_mcp.ledger.migrating import migrate
from chasedata_mcp.ledger.models import Environment
from chasedata_mcp.ledger.schema import GUARDS, STORE, TABLES, VERSION

BUSY_SECONDS = 5
"""How long a writer waits for another process before it gives up."""

OURS = ("ledger-", "memory-", "approvals-", "second-factor")
"""How the names of the files in the state directory begin."""

_ADDRESSES = {"sqlite": "sqlite://", "postgresql": "postgresql+psycopg://"}
_MAKING = 0x1ED6E2
"""The advisory lock that keeps two processes from making the same store in PostgreSQL."""


def sqlite_engine(path: Path, busy_seconds: float = BUSY_SECONDS) -> Engine:
    """An engine for a file; its transactions begin at once as what they are, reading or writing."""
    engine = create_engine(
        URL.create("sqlite", database=str(path.absolute())),
        hide_parameters=True,
        connect_args={"timeout": busy_seconds},
    )
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def postgresql_engine(address: str) -> Engine:
    """An engine for a PostgreSQL database; no statement waits for ever.

    Raises:
        LedgerUnwritableError: It is not an address that can be used.
    """
    try:
        engine = create_engine(
            address,
            hide_parameters=True,
            pool_pre_ping=True,
            connect_args={"connect_timeout": BUSY_SECONDS},
        )
    except (ArgumentError, ImportError, ValueError):
        engine = None
    if engine is None or engine.url.drivername != "postgresql+psycopg":
        raise LedgerUnwritableError(
            "The ledger's address can't be used: it has to be postgresql+psycopg://user@host/name, "
            "and the package psycopg has to be installed."
        )
    event.listen(engine, "begin", _begin_postgresql)
    return engine


def own_file(directory: Path, name: str) -> Path:
    """A file that only its owner can read, in a directory that is the ledger's own or becomes it.

    A directory that holds other things too keeps its permissions.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = directory / name
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    with suppress(PermissionError):
        path.chmod(0o600)
        if all(file.name.startswith(OURS) for file in directory.iterdir()):
            directory.chmod(0o700)
    return path


def make(connection: Connection, environment: Environment) -> None:
    """Make the tables, or bring them up to date, unless somebody else has done so meanwhile.

    Raises:
        LedgerError: As `version_of`.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MAKING})
    match version_of(connection, environment):
        case None:
            _make(connection, environment)
        case version if version < VERSION:
            # As whoever appends, so that no entry is made while the memory is filled from them.
            connection.execute(select(STORE.c.one).with_for_update())
            migrate(connection, version)
        case _:
            pass


def _make(connection: Connection, environment: Environment) -> None:
    for statement in _statements(connection.dialect.name):
        connection.exec_driver_sql(statement)
    made = written(datetime.now(UTC))
    row = {"one": 1, "version": VERSION, "environment": environment, "made": made, "pruned": 0}
    connection.execute(insert(STORE), row)


@cache
def _statements(database: str) -> Sequence[str]:
    """What makes the tables with their guards, put together once."""
    statements: list[str] = []

    def take(statement: ExecutableDDLElement, *_: object, **__: object) -> None:
        statements.append(str(statement.compile(dialect=noting.dialect)))

    noting = create_mock_engine(_ADDRESSES[database], take)
    TABLES.create_all(noting, checkfirst=False)
    return [*statements, *GUARDS[database]]


def version_of(connection: Connection, environment: Environment) -> int | None:
    """The version of the tables that are there, None where there are none.

    Raises:
        LedgerTooNewError: A newer version of this program made it.
        LedgerElsewhereError: It was made for another environment.
    """
    if not inspect(connection).has_table(STORE.name):
        return None
    found = connection.execute(select(STORE.c.version, STORE.c.environment)).one()
    if found.version > VERSION:
        raise LedgerTooNewError(
            f"This ledger has version {found.version} and this program knows up to {VERSION}. "
            "Upgrade chasedata-mcp, or give this one a directory of its own."
        )
    if found.environment != environment:
        raise LedgerElsewhereError(
            f"This ledger is of the environment '{found.environment}', not '{environment}'. "
            "Sandbox and live never share a ledger; give each its own."
        )
    return int(found.version)


def _set_up_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _begin_postgresql(connection: Connection) -> None:
    if connection.get_execution_options().get("writes"):
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{BUSY_SECONDS}s'")
