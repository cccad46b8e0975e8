"""A connection in a transaction: it runs statements, which are SQL as text with `?` for a value."""

from collections.abc import Generator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy

Value = str | int | None
"""A value that a statement takes; columns hold text and whole numbers alone."""

Row = tuple[Any, ...]
"""A row, whose columns are in the order in which the statement names them."""


class Connection:
    """A transaction of a store. Statements are the same text for SQLite and for PostgreSQL."""

    def __init__(self, under: sqlalchemy.Connection) -> None:
        self.database: str = under.dialect.name
        self._under = under
        # What is still put together by SQLAlchemy.
        self.execute = under.execute

    def fetch_all(self, statement: str, values: Sequence[Value] = ()) -> Sequence[Row]:
        """Read all rows that a statement finds."""
        return [tuple(row) for row in self._run(statement, values)]

    def fetch_one(self, statement: str, values: Sequence[Value] = ()) -> Row | None:
        """Read the first row that a statement finds, None where there is none."""
        row = self._run(statement, values).first()
        return None if row is None else tuple(row)

    def fetch_value(self, statement: str, values: Sequence[Value] = ()) -> Any:  # noqa: ANN401 - the column's own type
        """Read the first column of the first row that a statement finds, None without a row."""
        row = self.fetch_one(statement, values)
        return None if row is None else row[0]

    def stream(self, statement: str, values: Sequence[Value] = ()) -> Generator[Row]:
        """Read rows as they come, a thousand at a time; close it where it isn't read to its end."""
        # psycopg fetches a whole result else; with `yield_per` SQLAlchemy takes a server-side
        # cursor.
        with self._run(statement, values, {"yield_per": 1000}) as result:
            yield from map(tuple, result)

    def run(self, statement: str, values: Sequence[Value] = ()) -> int:
        """Run a statement that changes rows, and return how many it changed."""
        return self._run(statement, values).rowcount

    def _run(
        self, statement: str, values: Sequence[Value], options: Mapping[str, Any] | None = None
    ) -> "sqlalchemy.CursorResult[Any]":
        if self.database == "postgresql":
            statement = mark_for_psycopg(statement)
        return self._under.exec_driver_sql(statement, tuple(values), execution_options=options)


@lru_cache(maxsize=512)
def mark_for_psycopg(statement: str) -> str:
    """Mark the places of values as psycopg does, with `%s`, so that any other `%` is doubled."""
    return statement.replace("%", "%%").replace("?", "%s")


@lru_cache(maxsize=256)
def marks(count: int) -> str:
    """Make the marks of so many values: `?, ?, ?`."""
    return ", ".join("?" * count)
