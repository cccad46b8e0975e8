"""Verification: a walk along the whole chain that reports where it isn't what was written."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import islice

from chasedata_mcp.ledger.checkpoints import Checkpoint
from chasedata_mcp.ledger.connection import Connection
from chasedata_mcp.ledger.event_bodies import parse
from chasedata_mcp.ledger.events import FIRST, Event, EventKind
from chasedata_mcp.ledger.queries import EVENTS, parse_event
from chasedata_mcp.ledger.restores import Restore
from chasedata_mcp.ledger.row_checks import EntryRows, FreezeAndGrantRows, KeyRows, RowReader
from chasedata_mcp.ledger.rows import list_keys
from chasedata_mcp.ledger.store import Store
from chasedata_mcp.ledger.verification import Flaw, Verification, VerificationProblem

_MOST = 20
"""The most findings that are listed: by then the store is known to be unsound."""


def verify(store: Store, given: Checkpoint | None) -> Verification:
    """Verify a store by its hashes, the checkpoint beside it, and a `given` one from elsewhere."""
    # Read before the store: a checkpoint may be older than the store, never newer.
    file = store.checkpoint_file
    beside = file.read() if file else None
    is_damaged = file is not None and beside is None and file.is_damaged()
    found = store.read(_verify, beside, given)
    return replace(found, is_head_damaged=is_damaged)


def verify_alone(store: Store) -> Verification:
    """Verify a store by its own hashes, whatever any head says."""
    return store.read(_verify, None, None)


def _verify(
    connection: Connection, beside: Checkpoint | None, given: Checkpoint | None
) -> Verification:
    walk = _Walk(beside, given)
    try:
        with ExitStack() as stack:
            problems = list(islice(walk.problems(RowReader(connection, stack)), _MOST))
    except connection.error:
        problems = [
            VerificationProblem(Flaw.UNREADABLE, None, "The database can't read the store.")
        ]
    return Verification(
        walk.end,
        beside,
        walk.pruned,
        tuple(problems),
        restores=tuple(walk.restores),
        is_given_lost=walk.is_given_lost,
    )


class _Walk:
    """One walk along the chain, with the state that it has reached."""

    def __init__(self, beside: Checkpoint | None, given: Checkpoint | None) -> None:
        self.end = Checkpoint(0, FIRST)
        self.pruned = 0
        self.restores: list[Restore] = []
        self.is_given_lost = False
        self._given = given
        self._checkpoints = [one for one in (beside, given) if one is not None]
        self._misfits: list[tuple[Checkpoint, VerificationProblem]] = []
        self._cuts: set[Checkpoint] = set()
        self._entries = EntryRows()
        self._freezes_and_grants = FreezeAndGrantRows()

    def problems(self, rows: RowReader) -> Iterator[VerificationProblem]:
        """Report everything that is wrong, as it is found."""
        start: Checkpoint | None = None
        keys = KeyRows(rows)
        for row in rows.of(f"{EVENTS} ORDER BY seq"):
            event = parse_event(row)
            if start is None:
                start = self.end = self._start(event)
                keys.skip_to(event.seq)
            yield from self._step(event)
            yield from self._check_body(event, keys)
        yield from self._end(start)
        yield from keys.left()
        yield from self._entries.problems(rows)
        yield from self._freezes_and_grants.problems(rows)

    def _start(self, event: Event) -> Checkpoint:
        """Find the end of what was pruned before the first event, or the beginning of all."""
        if event.seq <= 1:
            return self.end
        self.pruned = event.seq - 1
        return Checkpoint(event.seq - 1, event.prev)

    def _step(self, event: Event) -> Iterator[VerificationProblem]:
        if event.seq <= self.end.count:
            text = "There is an event where none can be."
            yield VerificationProblem(Flaw.INSERTED, event.seq, text)
        elif event.seq > self.end.count + 1:
            gone = event.seq - self.end.count - 1
            text = f"{_events(gone)} before this one {'is' if gone == 1 else 'are'} gone."
            yield VerificationProblem(Flaw.REMOVED, event.seq, text)
        elif event.prev != self.end.hash:
            text = "It does not follow the event before it: one of the two isn't in its place."
            yield VerificationProblem(Flaw.BROKEN, event.seq, text)
        if not _sealed(event):
            yield VerificationProblem(Flaw.EDITED, event.seq, "Its content is not what was sealed.")
        self.end = Checkpoint(event.seq, event.hash)
        self._compare()

    def _compare(self) -> None:
        """Compare the chain with the checkpoints that have its count."""
        for checkpoint in self._checkpoints:
            if checkpoint.count == self.end.count and checkpoint.hash != self.end.hash:
                text = "A head kept elsewhere has another hash here: the chain was written anew."
                problem = VerificationProblem(Flaw.EDITED, checkpoint.count, text)
                self._misfits.append((checkpoint, problem))

    def _check_body(self, event: Event, keys: KeyRows) -> Iterator[VerificationProblem]:
        try:
            parsed = parse(event)
            if parsed.what is EventKind.PRUNED:
                upto = Checkpoint(parsed.body["upto"], parsed.body["hash"])
                self._cuts.add(upto)
            if parsed.what is EventKind.RESTORED:
                self.restores.append(Restore.parse(parsed.at, parsed.body))
            expected = list_keys(parsed)
            self._entries.expect(parsed)
            self._freezes_and_grants.expect(parsed)
        except (ValueError, KeyError, TypeError, AttributeError):
            yield VerificationProblem(Flaw.EDITED, event.seq, "Its content can't be read.")
            return
        if parsed.opens is not None and keys.of(parsed.seq) != expected:
            text = "What finds it by number or subject doesn't agree with it."
            yield VerificationProblem(Flaw.INDEX, event.seq, text)

    def _end(self, start: Checkpoint | None) -> Iterator[VerificationProblem]:
        if start is not None and start.count > 0 and start not in self._cuts:
            first = "event is" if start.count == 1 else f"{start.count} events are"
            text = f"The first {first} gone, and no checkpoint says so."
            yield VerificationProblem(Flaw.REMOVED, start.count + 1, text)
        for checkpoint in self._checkpoints:
            if checkpoint.count > self.end.count:
                text = f"The chain had {_events(checkpoint.count)} once and has {self.end.count}."
                problem = VerificationProblem(Flaw.CUT, self.end.count, text)
                self._misfits.append((checkpoint, problem))
            if start is None or checkpoint.count != start.count:
                continue
            if checkpoint.hash != start.hash:
                text = "A head kept elsewhere has another hash where the chain was pruned."
                yield VerificationProblem(Flaw.EDITED, checkpoint.count, text)
        yield from self._judge_misfits()

    def _judge_misfits(self) -> Iterator[VerificationProblem]:
        """Report the checkpoints that no restore explains."""
        restores = [one for restore in self.restores for one in (restore, *restore.earlier)]
        for checkpoint, problem in self._misfits:
            if any(restore.is_known_end(checkpoint) for restore in restores):
                continue
            may_be_lost = any(restore.may_have_lost(checkpoint) for restore in restores)
            if may_be_lost and checkpoint is self._given:
                self.is_given_lost = True
            else:
                yield problem


def _events(count: int) -> str:
    return "1 event" if count == 1 else f"{count} events"


def _sealed(event: Event) -> bool:
    # SQLite keeps bytes in a column of text as they are (sqlite.org/flextypegood.html), which only
    # somebody who tampers with it would put there.
    try:
        return event.sealed
    except (TypeError, ValueError):
        return False
