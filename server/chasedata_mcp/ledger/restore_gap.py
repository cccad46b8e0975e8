"""The gap that a restore leaves: the events that were recorded and that the backup lacks.

It is known by the store that is replaced, by the head beside it, or by one that was kept elsewhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from chasedata_mcp.ledger.chain import read_end, read_hash
from chasedata_mcp.ledger.checkpoints import Checkpoint
from chasedata_mcp.ledger.connection import Connection
from chasedata_mcp.ledger.errors import BackupError
from chasedata_mcp.ledger.events import parse_time
from chasedata_mcp.ledger.restores import ChainEnd, Gap, GapSource

_LAST_TIME = "SELECT at FROM ledger_events ORDER BY seq DESC LIMIT 1"
_FIRST = "SELECT min(seq) FROM ledger_events"


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


def read_chain_end(connection: Connection) -> ChainEnd:
    """Read the end of a chain."""
    at = connection.fetch_value(_LAST_TIME)
    return ChainEnd(read_end(connection), None if at is None else _read_time(at))


def compare(backup: Connection, present: Connection | None, heads: Heads) -> Comparison:
    """Compare a backup with the present store, if there is one, and with known heads."""
    end = None if present is None else read_chain_end(present)
    if present is None or end is None or not end.checkpoint.count:
        return Comparison(find_gap(backup, heads), 0, None)
    fork = find_fork(backup, present)
    if fork == 0:
        return Comparison(find_gap(backup, Heads(kept=heads.kept)), 0, end)
    found = [Gap(missing=end.checkpoint.count - fork, known_by=GapSource.STORE, replaced=end)]
    # A head beyond the store shows that the store itself had lost events.
    found += [
        gap
        for gap in _by_heads(backup, heads, fork)
        if gap.replaced is not None and gap.replaced.checkpoint.count > end.checkpoint.count
    ]
    return Comparison(_largest(iter(found)), fork, end)


def require_fit(backup: Connection, end: ChainEnd, kept: Checkpoint | None) -> None:
    """Refuse a backup, or a restored store, that isn't of the ledger from which a head was kept.

    Raises:
        BackupError: It isn't.
    """
    if kept is None or kept.count > end.checkpoint.count:
        return
    # Without that event: it was pruned.
    if read_hash(backup, kept.count) not in {kept.hash, None}:
        raise BackupError(
            "The head that you gave doesn't fit: it is of another ledger, or one of the two was "
            "changed. Nothing was restored."
        )


def find_gap(backup: Connection, heads: Heads) -> Gap:
    """Find what a backup lacks by the heads alone."""
    return _largest(_by_heads(backup, heads))


def _by_heads(backup: Connection, heads: Heads, fork: int | None = None) -> Iterator[Gap]:
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
        elif source is GapSource.HEAD and read_hash(backup, head.count) == head.hash:
            yield Gap(missing=0, known_by=source, replaced=ChainEnd(head))


def _largest(gaps: Iterator[Gap]) -> Gap:
    return max(gaps, key=lambda gap: gap.missing or 0, default=Gap())


def find_fork(one: Connection, other: Connection) -> int:
    """Find the last event that two chains share; 0 where they share none.

    Each hash is of all that came before, so that two chains are equal up to one place and nowhere
    after it.
    """
    last = min(read_chain_end(one).checkpoint.count, read_chain_end(other).checkpoint.count)
    first = max(_first(one), _first(other))
    if last < first:
        # One is pruned beyond the other's end, and there is nothing to compare.
        return last
    if read_hash(one, first) != read_hash(other, first):
        return 0
    while first < last:
        middle = (first + last + 1) // 2
        if read_hash(one, middle) == read_hash(other, middle):
            first = middle
        else:
            last = middle - 1
    return first


def _first(connection: Connection) -> int:
    return connection.fetch_value(_FIRST) or 1


def _read_time(text: str) -> datetime | None:
    try:
        return parse_time(text)
    except ValueError:
        return None
