"""The databases of DBOS as it needs them: PostgreSQL without waiting, and any SQLite.

It is imported only where a batch runs, since SQLAlchemy takes half a second.
"""

import sqlite3
import time
from functools import partial
from typing import Final

from sqlalchemy import Engine, create_engine, event, text

_SUBSECONDS: Final = (3, 42)
_SCHEMA_END: Final = "_batch_runs"
_CONNECTIONS: Final = 6


def make_engine(address: str) -> Engine:
    """Make what connects to PostgreSQL as the ledger does, with its time limits."""
    # A team's alone, and the driver takes a tenth of a second.
    from chasedata_mcp.ledger.postgresql import connect_for_others  # noqa: PLC0415 - as above

    engine = create_engine(
        "postgresql+psycopg://",
        creator=partial(connect_for_others, address),
        pool_size=_CONNECTIONS,
        max_overflow=_CONNECTIONS,
        pool_pre_ping=True,
    )
    event.listen(engine, "before_cursor_execute", _index_at_once, retval=True)
    return engine


def let_sqlite_tell_the_time(connection: object, _record: object) -> None:
    """Give a connection the milliseconds that DBOS asks of SQLite.

    DBOS goes by Python's version for whether there are some (3.4), and SQLite knows them from its
    own version 3.42 on (sqlite.org/lang_datefunc.html): Debian 12 has an older one.
    """
    if isinstance(connection, sqlite3.Connection) and sqlite3.sqlite_version_info < _SUBSECONDS:
        connection.create_function("unixepoch", 1, _read_unix_time)


def _read_unix_time(precision: object) -> float:
    """Read the seconds since 1970, as SQLite's `unixepoch('subsec')` does.

    Raises:
        ValueError: Something else is asked for, which DBOS never does.
    """
    if precision != "subsec":
        raise ValueError(precision)
    return time.time()


# The one library here that goes by SQLAlchemy is DBOS, which makes its engine itself.
event.listen(Engine, "connect", let_sqlite_tell_the_time)


def _index_at_once(
    _connection: object, _cursor: object, statement: str, parameters: object, *_: object
) -> tuple[str, object]:
    """Have DBOS make its indexes without waiting for every open transaction of the database.

    It makes them concurrently, so that a backup or an export would hold up the first batch for as
    long as it takes ("Building Indexes Concurrently", CREATE INDEX in PostgreSQL's documentation).
    Its tables are new then, or small.
    """
    return statement.replace(" INDEX CONCURRENTLY ", " INDEX "), parameters


def find_schema(engine: Engine | None) -> str | None:
    """Find the schema of DBOS's tables: that of the ledger, with an end of its own."""
    if engine is None:
        return None
    with engine.connect() as connection:
        ledgers: str = connection.execute(text("SELECT current_schema()")).scalar_one()
    # A name has 63 bytes at most (section 4.1.1 of PostgreSQL's documentation).
    return f"{ledgers[: 63 - len(_SCHEMA_END)]}{_SCHEMA_END}"
