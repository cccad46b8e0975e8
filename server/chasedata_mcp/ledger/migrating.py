"""Brings an old store up to date: new tables and columns, and the memory that it lacked."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, cast

from sqlalchemy import Connection, Table, inspect, select, update
from sqlalchemy.schema import CreateColumn

from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import dnc_registry
from chasedata_mcp.ledger.chain import indexed
from chasedata_mcp.ledger.dnc_registry import OFF, ON
from chasedata_mcp.ledger.event_bodies import unfold
from chasedata_mcp.ledger.events import Event, What
from chasedata_mcp.ledger.queries import event_of
from chasedata_mcp.ledger.schema import (
    ACCOUNTS,
    CONSENTS,
    ENTRIES,
    EVENTS,
    STORE,
    TABLES,
    VERSION,
)

_WAYS = {"suppressed": ON, "unsuppressed": OFF}
_Row = Mapping[str, Any]


def migrate(connection: Connection, version: int) -> None:
    """Bring a store of an earlier version to this one; only with all other writers kept out."""
    _widen(connection, CONSENTS)
    TABLES.create_all(connection)
    _widen(connection, ACCOUNTS)
    if version == 1:
        dnc_registry.fill(connection, _remembered(connection))
    connection.execute(update(STORE).values(version=VERSION))


def _widen(connection: Connection, table: Table) -> None:
    there = {column["name"] for column in inspect(connection).get_columns(table.name)}
    for column in table.columns:
        if column.name not in there:
            new = CreateColumn(column).compile(dialect=connection.dialect)
            connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {new}")
    for index in table.indexes:
        index.create(connection, checkfirst=True)


def _remembered(connection: Connection) -> list[_Row]:
    """What the memory would hold, had it been there from the beginning."""
    held: dict[tuple[str, str], list[_Row]] = {}
    undecided: list[_Row] = []
    for row, outcome in _written(connection):
        number = (row["account"], row["number"])
        if row["way"] == ON:
            held.setdefault(number, []).append(row)
        elif outcome == Outcome.DONE.value:
            held.pop(number, None)
        else:
            undecided.append(row)
    return [row for rows in held.values() for row in rows] + undecided


def _written(connection: Connection) -> Iterator[tuple[_Row, str]]:
    """What the writes that weren't refused suppress or let go of, in their order."""
    wanted = (
        select(EVENTS, ENTRIES.c.outcome)
        .join(ENTRIES, ENTRIES.c.entry == EVENTS.c.entry)
        .where(
            EVENTS.c.what.in_([What.INTENT.value, What.CARRIED.value]),
            EVENTS.c.body.like('%suppressed"%'),
            ENTRIES.c.outcome != Outcome.REFUSED.value,
        )
        .order_by(ENTRIES.c.seq, EVENTS.c.seq)
    )
    for found in connection.execute(wanted):
        yield from ((row, found.outcome) for row in _rows(event_of(found)))


def _rows(event: Event) -> list[_Row]:
    """The rows of the memory that an intent makes; none where it can't be read."""
    # Whoever tampered with an event is told by verification, not by a store that doesn't open.
    with suppress(ValueError, KeyError, TypeError):
        unfolded = unfold(event)
        if unfolded.what is What.INTENT:
            found = {
                (way, number): {
                    "account": indexed(unfolded.called["account"]),
                    "way": way,
                    "number": indexed(number),
                    "entry": indexed(event.entry),
                    "seq": unfolded.seq,
                    "since": unfolded.at,
                }
                for way, number in _ways(unfolded.called["consequences"])
            }
            return list(found.values())
    return []


def _ways(consequences: object) -> Iterator[tuple[str, str]]:
    for one in cast("list[object]", consequences) if isinstance(consequences, list) else ():
        match one:
            case {"kind": str(kind), "number": str(number)} if kind in _WAYS:
                yield _WAYS[kind], number
            case _:
                pass
