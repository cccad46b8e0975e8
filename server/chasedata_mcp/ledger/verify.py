"""Verification: a walk along the whole chain that reports where it isn't what was written."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import islice

from chasedata_mcp.ledger.chain import EVENTS, parse_event, read_pruned
from chasedata_mcp.ledger.checkpoints import Checkpoint
from chasedata_mcp.ledger.connection import Connection
from chasedata_mcp.ledger.event_bodies import parse
from chasedata_mcp.ledger.events import FIRST, Event, EventKind
from chasedata_mcp.ledger.restores import Restore
from chasedata_mcp.ledger.row_checks import EntryRows, FreezeAndGrantRows, KeyRows, RowReader
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
    walk = _Walk(beside, given, read_pruned(connection))
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

    def __init__(
        self, beside: Checkpoint | None, given: Checkpoint | None, pruned: Checkpoint
    ) -> None:
        self.end = Checkpoint(0, FIRST)
        self.pruned = 0
        self.restores: list[Restore] = []
        self.is_given_lost = False
        self._given = given
        self._checkpoints = [one for one in (beside, given) if one is not None]
        self._misfits: list[tuple[Checkpoint, VerificationProblem]] = []
        self._last_pruned = pruned
        # The hash that the last event has to have by its content, where that can be known.
        self._expected: str | None = None
        self._cuts: set[Checkpoint] = set()
        self._keys = KeyRows()
        self._entries = EntryRows()
        self._freezes_and_grants = FreezeAndGrantRows()

    def problems(self, rows: RowReader) -> Iterator[VerificationProblem]:
        """Report everything that is wrong, as it is found."""
        start: Checkpoint | None = None
        for row in rows.of(f"{EVENTS} ORDER BY seq"):
            event = parse_event(row)
            if start is None:
                start = self.end = self._start(event)
            yield from self._step(event)
            yield from self._check_body(event)
        yield from self._end(start)
        yield from self._keys.problems(rows)
        yield from self._entries.problems(rows, self.end.count)
        yield from self._freezes_and_grants.problems(rows)

    def _start(self, event: Event) -> Checkpoint:
        """Find the end of what was pruned before the first event, or the beginning of all."""
        if event.seq <= 1:
            return self.end
        self.pruned = event.seq - 1
        known = self._last_pruned
        return known if known.count == self.pruned else Checkpoint(self.pruned, "")

    def _step(self, event: Event) -> Iterator[VerificationProblem]:
        if event.seq <= self.end.count:
            text = "There is an event where none can be."
            yield VerificationProblem(Flaw.INSERTED, event.seq, text)
            return
        gone = event.seq - self.end.count - 1
        expected = _hash_behind(event, self.end.hash) if gone == 0 and self.end.hash else None
        if gone:
            text = f"{_events(gone)} before this one {'is' if gone == 1 else 'are'} gone."
            yield VerificationProblem(Flaw.REMOVED, event.seq, text)
        elif expected is not None and expected != event.hash:
            yield self._describe_break(event)
        self.end, self._expected = Checkpoint(event.seq, event.hash), expected
        self._compare()

    def _describe_break(self, event: Event) -> VerificationProblem:
        if self._expected is not None and _hash_behind(event, self._expected) == event.hash:
            text = "It follows what the event before it was, and not what that one's hash is now."
            return VerificationProblem(Flaw.BROKEN, event.seq, text)
        text = "Its content, or the event before it, is not what was sealed."
        return VerificationProblem(Flaw.EDITED, event.seq, text)

    def _compare(self) -> None:
        """Compare the chain with the checkpoints that have its count."""
        for checkpoint in self._checkpoints:
            if checkpoint.count == self.end.count and checkpoint.hash != self.end.hash:
                text = "A head kept elsewhere has another hash here: the chain was written anew."
                problem = VerificationProblem(Flaw.EDITED, checkpoint.count, text)
                self._misfits.append((checkpoint, problem))

    def _check_body(self, event: Event) -> Iterator[VerificationProblem]:
        try:
            parsed = parse(event)
            if parsed.what is EventKind.PRUNED:
                upto = Checkpoint(parsed.body["upto"], parsed.body["hash"])
                self._cuts.add(upto)
            if parsed.what is EventKind.RESTORED:
                self.restores.append(Restore.parse(parsed.at, parsed.body))
            self._keys.expect(parsed)
            self._entries.expect(parsed)
            self._freezes_and_grants.expect(parsed)
        except (ValueError, KeyError, TypeError, AttributeError):
            yield VerificationProblem(Flaw.EDITED, event.seq, "Its content can't be read.")

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
            if start.hash and checkpoint.hash != start.hash:
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


def _hash_behind(event: Event, prev: str) -> str:
    # SQLite keeps bytes in a column of text as they are (sqlite.org/flextypegood.html), which only
    # somebody who tampers with it would put there.
    try:
        return event.hash_behind(prev)
    except (TypeError, ValueError):
        return ""
