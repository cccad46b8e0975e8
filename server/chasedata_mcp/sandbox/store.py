"""The file or the memory that the sandbox's state lives in, and its transactions."""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager, suppress
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

IN_MEMORY: Final = ":memory:"

# SQLite's application_id says whose file it is: another program's is never written to.
_OURS: Final = 0x5A4DB0C5
_VERSION: Final = 1
_TABLES: Final = (
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
)


def connect(path: str | Path, busy_seconds: float) -> sqlite3.Connection:
    """Open the state at a path, or a new one in memory; several processes may share a file.

    Args:
        path: The file of the state, or `IN_MEMORY`.
        busy_seconds: Seconds that a request waits for another process to release the file.

    Raises:
        ValueError: The file can't be opened, or holds something other than the state of this
            version's sandbox.
    """
    try:
        db = _open(path, busy_seconds)
    except sqlite3.DatabaseError as error:
        raise ValueError(f"{path} can't be opened as the state of a sandbox: {error}.") from error
    if not is_new(db) and _marks(db) != (_OURS, _VERSION):
        db.close()
        raise ValueError(f"{path} is not the state of this version's sandbox. Name another file.")
    _keep_private(path)
    return db


def _keep_private(path: str | Path) -> None:
    """Let nobody else read the state; what SQLite puts beside it has the same mode."""
    # Only its owner may change a file's mode (chmod(2)). In memory there is none.
    with suppress(OSError):
        if path != IN_MEMORY:
            Path(path).chmod(0o600)


def is_new(db: sqlite3.Connection) -> bool:
    """Tell whether there are no tables yet."""
    return db.execute(_TABLES).fetchone() is None


def make_tables(db: sqlite3.Connection) -> None:
    """Make the tables anew, within a transaction; what was in them is gone."""
    # Tables go in any order, so the references between them are checked at the commit only.
    db.execute("PRAGMA defer_foreign_keys = ON")
    for (table,) in db.execute(_TABLES).fetchall():
        db.execute(f'DROP TABLE "{table}"')
    for statement in _statements():
        db.execute(statement)
    db.execute(f"PRAGMA application_id = {_OURS}")
    db.execute(f"PRAGMA user_version = {_VERSION}")


@cache
def _statements() -> list[str]:
    schema = files("chasedata_mcp.sandbox").joinpath("schema.sql").read_text("utf-8")
    return schema.split(";\n")


@contextmanager
def transaction(db: sqlite3.Connection, *, reads: bool = False) -> Generator[None]:
    """Run one request, all of it or nothing. A write waits for its turn before it begins."""
    # A write that began as a read could fail with SQLITE_BUSY in the middle, whatever the time-out
    # (sqlite.org/lang_transaction.html).
    db.execute("BEGIN" if reads else "BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise


def _open(path: str | Path, busy_seconds: float) -> sqlite3.Connection:
    # One thread at a time uses it, but not always the one that opened it: a server may run in
    # another. Transactions are our own, so that a write holds its lock from the beginning.
    db = sqlite3.connect(
        path,
        timeout=busy_seconds,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        db.row_factory = sqlite3.Row
        db.execute("PRAGMA foreign_keys = ON")
        # Made-up data needs no care against a power cut, and a file of leads loads faster.
        db.execute("PRAGMA synchronous = OFF")
        is_new(db)  # the first reading, which fails where the file is none of SQLite's
    except sqlite3.DatabaseError:
        db.close()
        raise
    return db


def _marks(db: sqlite3.Connection) -> tuple[int, int]:
    (application,) = db.execute("PRAGMA application_id").fetchone()
    (version,) = db.execute("PRAGMA user_version").fetchone()
    return application, version
