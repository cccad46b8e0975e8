"""The rows that are about the same as an earlier one of their batch, in little memory."""

import sqlite3
from collections.abc import Sequence
from typing import Final

_NEW: Final = "INSERT INTO seen VALUES (?, ?)"
_FIRST: Final = "SELECT line FROM seen WHERE key = ?"


class RepeatedRows:
    """A memory of what the rows so far were about.

    A set of a million texts would take 150 MB; a database without a name is a temporary file of
    SQLite's, which is removed with its connection (sqlite.org/inmemorydb.html, section 3).
    """

    def __init__(self) -> None:
        self._seen = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._seen.execute("PRAGMA journal_mode=OFF")
        self._seen.execute("CREATE TABLE seen (key TEXT PRIMARY KEY, line INTEGER) WITHOUT ROWID")
        self._seen.execute("BEGIN")

    def find_first(self, keys: Sequence[str], line: int) -> int | None:
        """Find the line of an earlier row with one of these keys, or remember this one.

        Of one that is repeated nothing is remembered: it isn't sent, and what is of its other keys
        is the first of them.
        """
        for key in keys:
            found = self._seen.execute(_FIRST, (key,)).fetchone()
            if found is not None:
                first: int = found[0]
                return first
        self._seen.executemany(_NEW, [(key, line) for key in dict.fromkeys(keys)])
        return None

    def close(self) -> None:
        """Forget everything."""
        self._seen.close()
