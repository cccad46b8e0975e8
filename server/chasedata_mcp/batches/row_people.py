"""The people whom a batch's rows are about: a mark in one row counts for all rows of its person."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from chasedata_mcp.fields.phone import parse_phone

_PHONES: Final = ("primary_phone", "phone")
_IDS: Final = ("client_id", "lead_id")
_TABLES: Final = (
    "CREATE TABLE marked (person TEXT PRIMARY KEY, line INTEGER) WITHOUT ROWID",
    "CREATE TABLE ready (person TEXT, number INTEGER, PRIMARY KEY (person, number)) WITHOUT ROWID",
)


class RowPeople:
    """A memory of who is marked, and of the rows that would have somebody called.

    As `RepeatedRows`, it is in a temporary file of SQLite's.
    """

    def __init__(self) -> None:
        self._seen = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._seen.execute("PRAGMA journal_mode=OFF")
        for table in _TABLES:
            self._seen.execute(table)
        self._seen.execute("BEGIN")

    def mark(self, people: Sequence[str], line: int) -> list[int]:
        """Remember that a row says of people not to call; give the ready rows that would."""
        numbers: dict[int, None] = {}
        for person in people:
            self._seen.execute("INSERT OR IGNORE INTO marked VALUES (?, ?)", (person, line))
            found = self._seen.execute("SELECT number FROM ready WHERE person = ?", (person,))
            numbers.update(dict.fromkeys([number for (number,) in found]))
        return list(numbers)

    def find_mark(self, people: Sequence[str]) -> int | None:
        """Find the line of a row that says of one of these people not to call."""
        for person in people:
            query = "SELECT line FROM marked WHERE person = ?"
            found = self._seen.execute(query, (person,)).fetchone()
            if found is not None:
                line: int = found[0]
                return line
        return None

    def add_ready(self, people: Sequence[str], number: int) -> None:
        """Remember a row that would have people called."""
        for person in people:
            self._seen.execute("INSERT OR IGNORE INTO ready VALUES (?, ?)", (person, number))

    def close(self) -> None:
        """Forget everything."""
        self._seen.close()


def list_people(arguments: Mapping[str, object]) -> tuple[str, ...]:
    """List whom a row's arguments are about, also where they are none that the tool takes."""
    return tuple(dict.fromkeys(_list_people(arguments)))


def _list_people(arguments: Mapping[str, object]) -> Iterator[str]:
    for name in _PHONES:
        yield from _name_phone(arguments.get(name))
    for name in _IDS:
        yield from _name_id(name, arguments.get(name))
    match arguments.get("search_field"):
        case "phone":
            yield from _name_phone(arguments.get("identifier"))
        case str(field):
            yield from _name_id(field, arguments.get("identifier"))
        case _:
            pass


def _name_phone(value: object) -> Iterator[str]:
    try:
        yield f"phone\0{parse_phone(str(value))}"
    except ValueError:
        return


def _name_id(name: str, value: object) -> Iterator[str]:
    text = str(value or "").strip().encode("utf-8", "replace").decode()
    if text:
        yield f"{name}\0{text}"
