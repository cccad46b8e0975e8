"""Verification: a walk along the whole chain that reports where it isn't what was written."""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice

from sqlalchemy import Connection, select
from sqlalchemy.exc import DatabaseError

from chasedata_mcp.ledger.checkpoints import Checkpoint
from chasedata_mcp.ledger.event_bodies import parse
from chasedata_mcp.ledger.events import FIRST, Event, EventKind
from chasedata_mcp.ledger.models import Finding, Flaw, Verification
from chasedata_mcp.ledger.queries import event_of
from chasedata_mcp.ledger.row_checks import EntryRows, FreezeAndGrantRows, KeyRows, RowReader
from chasedata_mcp.ledger.rows import keys_of
from chasedata_mcp.ledger.schema import EVENTS
from chasedata_mcp.ledger.store import Store

_MOST = 20
"""The most problems that are listed; after that, a store is known to be unsound."""


def verify(store: Store, given: Checkpoint | None) -> Verification:
    """Verify a store against itself, the checkpoint beside it, and one that was kept elsewhere."""
    # Read first: a checkpoint that is older than the store is nothing strange.
    kept = store.checkpoint_file.read() if store.checkpoint_file else None
    return store.read(_verify, kept, given)


def _verify(
    connection: Connection, kept: Checkpoint | None, given: Checkpoint | None
) -> Verification:
    walk = _Walk([checkpoint for checkpoint in (kept, given) if checkpoint is not None])
    try:
        with ExitStack() as stack:
            problems = list(islice(walk.problems(RowReader(connection, stack)), _MOST))
    except DatabaseError:
        problems = [Finding(Flaw.UNREADABLE, None, "The database can't read the store.")]
    return Verification(walk.end, kept, walk.pruned, tuple(problems))


class _Walk:
    """One walk along the chain, with what it has passed so far."""

    def __init__(self, kept: list[Checkpoint]) -> None:
        self.end = Checkpoint(0, FIRST)
        self.pruned = 0
        self._kept = kept
        self._cuts: set[Checkpoint] = set()
        self._entries = EntryRows()
        self._standing = FreezeAndGrantRows()

    def problems(self, rows: RowReader) -> Iterator[Finding]:
        """Report everything that is wrong, as it is found."""
        start: Checkpoint | None = None
        keys = KeyRows(rows)
        for row in rows.of(select(EVENTS).order_by(EVENTS.c.seq)):
            event = event_of(row)
            if start is None:
                start = self.end = self._start(event)
                keys.skip_to(event.seq)
            yield from self._step(event)
            yield from self._check_body(event, keys)
        yield from self._end(start)
        yield from keys.left()
        yield from self._entries.problems(rows)
        yield from self._standing.problems(rows)

    def _start(self, event: Event) -> Checkpoint:
        """Find the end of what was pruned before the first event, or the beginning of all."""
        if event.seq <= 1:
            return self.end
        self.pruned = event.seq - 1
        return Checkpoint(event.seq - 1, event.prev)

    def _step(self, event: Event) -> Iterator[Finding]:
        if event.seq <= self.end.count:
            text = "There is an event where none can be."
            yield Finding(Flaw.INSERTED, event.seq, text)
        elif event.seq > self.end.count + 1:
            gone = event.seq - self.end.count - 1
            text = f"{_events(gone)} before this one {'is' if gone == 1 else 'are'} gone."
            yield Finding(Flaw.REMOVED, event.seq, text)
        elif event.prev != self.end.hash:
            text = "It does not follow the event before it: one of the two isn't in its place."
            yield Finding(Flaw.BROKEN, event.seq, text)
        if not _sealed(event):
            yield Finding(Flaw.EDITED, event.seq, "Its content is not what was sealed.")
        self.end = Checkpoint(event.seq, event.hash)
        yield from self._compare()

    def _compare(self) -> Iterator[Finding]:
        """Hold the kept checkpoints against the chain where it has their count."""
        for kept in self._kept:
            if kept.count == self.end.count and kept.hash != self.end.hash:
                text = "A head kept elsewhere has another hash here: the chain was written anew."
                yield Finding(Flaw.EDITED, kept.count, text)

    def _check_body(self, event: Event, keys: KeyRows) -> Iterator[Finding]:
        try:
            parsed = parse(event)
            if parsed.what is EventKind.PRUNED:
                upto = Checkpoint(parsed.body["upto"], parsed.body["hash"])
                self._cuts.add(upto)
            expected = keys_of(parsed)
            self._entries.expect(parsed)
            self._standing.expect(parsed)
        except (ValueError, KeyError, TypeError, AttributeError):
            yield Finding(Flaw.EDITED, event.seq, "Its content can't be read.")
            return
        if parsed.opens is not None and keys.of(parsed.seq) != expected:
            text = "What finds it by number or subject doesn't agree with it."
            yield Finding(Flaw.INDEX, event.seq, text)

    def _end(self, start: Checkpoint | None) -> Iterator[Finding]:
        if start is not None and start.count > 0 and start not in self._cuts:
            first = "event is" if start.count == 1 else f"{start.count} events are"
            text = f"The first {first} gone, and no checkpoint says so."
            yield Finding(Flaw.REMOVED, start.count + 1, text)
        for kept in self._kept:
            if kept.count > self.end.count:
                text = f"The chain had {_events(kept.count)} once and has {self.end.count}."
                yield Finding(Flaw.CUT, self.end.count, text)
            if start is not None and kept.count == start.count and kept.hash != start.hash:
                text = "A head kept elsewhere has another hash where the chain was pruned."
                yield Finding(Flaw.EDITED, kept.count, text)


def _events(count: int) -> str:
    return "1 event" if count == 1 else f"{count} events"


def _sealed(event: Event) -> bool:
    try:
        return event.sealed
    except (TypeError, ValueError):
        return False
