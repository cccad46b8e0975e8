"""The gap that a restore leaves: the events that were recorded and that the backup lacks.

It is known by the store that is replaced, by the head beside it, or by one that was kept elsewhere.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from chasedata_mcp.ledger.checkpoints import Checkpoint
from chasedata_mcp.ledger.events import FIRST, parse_time
from chasedata_mcp.ledger.restores import ChainEnd, Gap, GapSource

_END = "SELECT seq, hash, at FROM ledger_events ORDER BY seq DESC LIMIT 1"
_FIRST = "SELECT min(seq) FROM ledger_events"
_HASH = "SELECT hash FROM ledger_events WHERE seq = ?"


@dataclass(frozen=True, slots=True)
class Heads:
    """Heads that are known beside a store: the one in its directory, and one from elsewhere."""

    beside: Checkpoint | None = None
    kept: Checkpoint | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A backup compared with what is there.

    Attributes:
        gap: The events that the backup lacks, as far as that is known.
        fork: The last event that the backup and the present store share; 0 where they are records
            of their own, or where there is no store.
        present: The end of the present store, None where there is none or it is empty.
    """

    gap: Gap
    fork: int
    present: ChainEnd | None

    @property
    def loses(self) -> int:
        """The number of events that the present store has and the backup hasn't."""
        return 0 if self.present is None else self.present.checkpoint.count - self.fork

    @property
    def is_other(self) -> bool:
        """True where the present store is a record of its own, which tells nothing of the gap."""
        return self.present is not None and self.fork == 0


def read_chain_end(connection: sqlite3.Connection) -> ChainEnd:
    """Read the end of a chain."""
    row: tuple[int, str, str] | None = connection.execute(_END).fetchone()
    if row is None:
        return ChainEnd(Checkpoint(0, FIRST))
    return ChainEnd(Checkpoint(row[0], row[1]), _read_time(row[2]))


def compare(
    backup: sqlite3.Connection, present: sqlite3.Connection | None, heads: Heads
) -> Comparison:
    """Compare a backup with the present store, if there is one, and with known heads."""
    end = None if present is None else read_chain_end(present)
    if present is None or end is None or not end.checkpoint.count:
        return Comparison(_largest(_by_heads(backup, heads)), 0, None)
    fork = find_fork(backup, present)
    if fork == 0:
        only_kept = Heads(kept=heads.kept)
        return Comparison(_largest(_by_heads(backup, only_kept)), 0, end)
    found = [Gap(missing=end.checkpoint.count - fork, known_by=GapSource.STORE, replaced=end)]
    # A head beyond the store shows that the store itself had lost events.
    found += [
        gap
        for gap in _by_heads(backup, heads, fork)
        if gap.replaced is not None and gap.replaced.checkpoint.count > end.checkpoint.count
    ]
    return Comparison(_largest(iter(found)), fork, end)


def _by_heads(backup: sqlite3.Connection, heads: Heads, fork: int | None = None) -> Iterator[Gap]:
    """Find what each head tells of missing events behind the backup, or behind a fork."""
    end = read_chain_end(backup).checkpoint
    for head, source in ((heads.beside, GapSource.HEAD), (heads.kept, GapSource.KEPT_HEAD)):
        if head is None:
            continue
        if head.count > end.count:
            missing = head.count - (end.count if fork is None else fork)
            yield Gap(missing=missing, known_by=source, replaced=ChainEnd(head))
        # One from elsewhere may be of any time before. The one beside a store is its last, so that
        # nothing came after it, if it is of this record.
        elif source is GapSource.HEAD and hash_at(backup, head.count) == head.hash:
            yield Gap(missing=0, known_by=source, replaced=ChainEnd(head))


def _largest(gaps: Iterator[Gap]) -> Gap:
    return max(gaps, key=lambda gap: gap.missing or 0, default=Gap())


def find_fork(one: sqlite3.Connection, other: sqlite3.Connection) -> int:
    """Find the last event that two chains share; 0 where they share none.

    Each hash is of all that came before, so that two chains are equal up to one place and nowhere
    after it.
    """
    last = min(read_chain_end(one).checkpoint.count, read_chain_end(other).checkpoint.count)
    first = max(_first(one), _first(other))
    if last < first:
        # One is pruned beyond the other's end, and there is nothing to compare.
        return last
    if hash_at(one, first) != hash_at(other, first):
        return 0
    while first < last:
        middle = (first + last + 1) // 2
        if hash_at(one, middle) == hash_at(other, middle):
            first = middle
        else:
            last = middle - 1
    return first


def _first(connection: sqlite3.Connection) -> int:
    row: tuple[int | None] = connection.execute(_FIRST).fetchone()
    return row[0] or 1


def hash_at(connection: sqlite3.Connection, seq: int) -> str | None:
    """Read the hash of an event; None where it isn't there."""
    row: tuple[str] | None = connection.execute(_HASH, (seq,)).fetchone()
    return None if row is None else row[0]


def _read_time(text: str) -> datetime | None:
    try:
        return parse_time(text)
    except ValueError:
        return None
