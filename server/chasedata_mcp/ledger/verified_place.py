"""The place up to which a chain was verified, noted beside the store under a seal.

Whoever can change the store can change the note as well, so it counts only with a seal whose key is
made of the API token, which neither holds.
"""

import hmac
import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from chasedata_mcp.files.text import read_text
from chasedata_mcp.ledger.chain import read_end, read_hash, read_pruned
from chasedata_mcp.ledger.checkpoints import Checkpoint, replace_file
from chasedata_mcp.ledger.connection import Connection
from chasedata_mcp.ledger.events import FIRST
from chasedata_mcp.ledger.restores import Restore
from chasedata_mcp.ledger.row_checks import Standing
from chasedata_mcp.ledger.verification import EarlierVerification

_PURPOSE: Final = b"chasedata-mcp verified place\n"
# By the numbers of all: SQLite counts those in a range by reading the bodies.
_EVENTS: Final = "SELECT count(*), min(seq) FROM ledger_events"
_ENTRIES: Final = "SELECT count(*) FROM ledger_calls WHERE seq <= ?"
_KEYS: Final = "SELECT count(*) FROM ledger_keys WHERE seq <= ?"


@dataclass(frozen=True, slots=True)
class VerifiedPlace:
    """All that has to be known of a place in the chain to verify the rest from there.

    Attributes:
        checkpoint: The last event before it.
        pruned: The number of events that had been pruned by then.
        rows: The numbers of rows and of keys that find the entries before it.
        standing: The freezes and grants before it.
        restores: The restores before it, the oldest first.
    """

    checkpoint: Checkpoint
    pruned: int
    rows: tuple[int, int]
    standing: Standing
    restores: tuple[Restore, ...]

    def find_misfit(self, connection: Connection, heads: Iterable[Checkpoint]) -> str | None:
        """Find why a store isn't what it was at this place, as far as that can be told by counts.

        Args:
            connection: The store.
            heads: Heads of it, kept beside it or elsewhere.
        """
        if read_pruned(connection).count != self.pruned:
            return "old entries were pruned since the last verification"
        if read_hash(connection, self.checkpoint.count) != self.checkpoint.hash:
            return "the ledger has no such event as the last verification ended with"
        for head in heads:
            is_before = self.pruned < head.count <= self.checkpoint.count
            if is_before and read_hash(connection, head.count) != head.hash:
                return "a head doesn't fit the events that were verified before"
        # As many different numbers as lie between the first and the last: none is missing.
        events = read_end(connection).count - self.pruned
        if connection.fetch_one(_EVENTS) != (events, self.pruned + 1):
            return "the number of events isn't what it has to be"
        if count_rows(connection, self.checkpoint.count) != self.rows:
            return "the number of rows that find entries isn't what it was"
        return None


BEGINNING: Final = VerifiedPlace(Checkpoint(0, FIRST), 0, (0, 0), Standing(), ())
"""The place before all events."""


def count_rows(connection: Connection, upto: int) -> tuple[int, int]:
    """Count the rows and the keys that find the entries up to a place."""
    entries, keys = (connection.fetch_value(each, (upto,)) for each in (_ENTRIES, _KEYS))
    return int(entries), int(keys)


@dataclass(frozen=True, slots=True)
class PlaceNote:
    """A note of a place.

    Attributes:
        place: The place up to which all was verified.
        at: The time of the verification that ended there.
        whole_at: The time of the last one of everything.
    """

    place: VerifiedPlace
    at: datetime
    whole_at: datetime

    def describe(self) -> EarlierVerification:
        """Describe the verification that left it."""
        return EarlierVerification(self.place.checkpoint.count, self.at, self.whole_at)


_NOTE: Final = TypeAdapter(PlaceNote)


class BrokenSealError(Exception):
    """A note isn't what was written with this key."""


class PlaceNoteFile:
    """The file of a note; `head` is that of the head beside the store, `key` is the seal's."""

    def __init__(self, head: Path, key: bytes) -> None:
        self._path = head.with_name(f"{head.name.removesuffix('head.json')}verified.json")
        self._key = key

    def read(self) -> PlaceNote | None:
        """Read the note, None where there is none.

        Raises:
            BrokenSealError: It was changed, or written with another key.
        """
        with suppress(OSError, ValueError):
            match json.loads(read_text(self._path)):
                case {"note": str(text), "seal": str(seal)}:
                    if hmac.compare_digest(seal.encode(), self._seal(text).encode()):
                        return _NOTE.validate_json(text)
                case _:
                    pass
        if self._path.exists():
            raise BrokenSealError
        return None

    def write(self, note: PlaceNote) -> None:
        """Write a note, where the file can be written."""
        text = _NOTE.dump_json(note).decode()
        with suppress(OSError):
            replace_file(self._path, json.dumps({"note": text, "seal": self._seal(text)}))

    def _seal(self, text: str) -> str:
        return hmac.digest(self._key, _PURPOSE + text.encode(), "sha256").hex()
