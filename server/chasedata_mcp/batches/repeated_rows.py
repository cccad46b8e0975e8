"""The rows that are about the same as an earlier one of their batch, in little memory."""

import sqlite3
from collections.abc import Sequence
from typing import Final

_NEW: Final = "INSERT INTO seen VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
_FIRST: Final = "SELECT number, line FROM seen WHERE key = ?"


class RepeatedRows:
    """A memory of what the rows so far were about.

    A set of a million texts would take 150 MB; a database without a name is a temporary file of
    SQLite's, which is removed with its connection (sqlite.org/inmemorydb.html, section 3).
    """

    def __init__(self) -> None:
        self._seen = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._seen.execute("PRAGMA journal_mode=OFF")
        self._seen.execute(
            "CREATE TABLE seen (key TEXT PRIMARY KEY, number INTEGER, line INTEGER) WITHOUT ROWID"
        )
        self._seen.execute("BEGIN")

    def find_first(self, keys: Sequence[str], number: int, line: int) -> tuple[int, int] | None:
        """Find the number and line of an earlier row with one of these keys, or remember this."""
        for key in keys:
            if not self._seen.execute(_NEW, (key, number, line)).rowcount:
                first: tuple[int, int] = self._seen.execute(_FIRST, (key,)).fetchone()
                return first
        return None

    def close(self) -> None:
        """Forget everything."""
        self._seen.close()
