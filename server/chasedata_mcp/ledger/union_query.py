"""A union query: several small questions put as one statement, which costs a fraction."""

from collections.abc import Collection, Sequence
from enum import IntEnum
from functools import lru_cache
from itertools import chain
from typing import cast

from sqlalchemy import Connection


class RowKind(IntEnum):
    """The question that a row answers."""

    ACCOUNT = 0
    COUNT = 1
    NUMBER = 2
    GRANT = 3
    READ = 4
    DUPLICATE = 5


Branch = tuple[str, Sequence[str | int]]
"""A SELECT of a row kind, two numbers and four texts; its places are marked `?`."""

Found = tuple[int, int, int, str, str, str, str]
"""A row: its kind, two numbers and four texts."""


def union(branches: Collection[Branch], paramstyle: str) -> tuple[str, tuple[str | int, ...]]:
    """Make the statement of all and its values; its rows come in any order.

    The text is made here and not by SQLAlchemy, whose making of it takes longer than the answer.
    """
    statement = _statement(tuple([text for text, _ in branches]), paramstyle)
    return statement, tuple(chain.from_iterable([values for _, values in branches]))


# The same text is the same object, which the driver finds again the sooner.
@lru_cache(maxsize=512)
def _statement(texts: tuple[str, ...], paramstyle: str) -> str:
    statement = " UNION ALL ".join(texts)
    if paramstyle == "qmark":
        return statement
    return statement.replace("%", "%%").replace("?", "%s")


def run(connection: Connection, branches: Collection[Branch]) -> Sequence[Found]:
    """Read the rows of all, within a transaction."""
    statement, values = union(branches, connection.dialect.paramstyle)
    return cast("Sequence[Found]", connection.exec_driver_sql(statement, values).all())
