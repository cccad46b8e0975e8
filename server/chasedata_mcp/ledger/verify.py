"""Verification: a walk along the chain that reports where it isn't what was written."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice

from chasedata_mcp.ledger.chain import EVENTS, parse_event, read_pruned
from chasedata_mcp.ledger.checkpoints import Checkpoint
from chasedata_mcp.ledger.connection import Connection, Row
from chasedata_mcp.ledger.event_bodies import parse
from chasedata_mcp.ledger.events import Event, EventKind
from chasedata_mcp.ledger.restores import Restore
from chasedata_mcp.ledger.row_checks import (
    EntryRows,
    FreezeAndGrantRows,
    KeyRows,
    RowReader,
    Standing,
)
from chasedata_mcp.ledger.store import Store
from chasedata_mcp.ledger.verification import Flaw, Verification, VerificationProblem
from chasedata_mcp.ledger.verified_place import BEGINNING, VerifiedPlace, count_rows

_TOLD_EACH = 1000
"""The events after which it is told again how many were verified."""

_LOWEST = -(2**63)
"""The lowest number that a column takes, where a row can be that nobody wrote."""
_MOST = 20
"""The most findings that are listed: by then the store is known to be unsound."""
_OF_ENTRY = f"{EVENTS} WHERE entry = ? AND seq <= ?"
_UNREADABLE = ValueError, KeyError, TypeError, AttributeError


@dataclass(frozen=True, slots=True)
class Heads:
    """Heads that a chain has to fit.

    Attributes:
        beside: The one beside its store; with `is_damaged` there is one that can't be read.
        given: One that was kept elsewhere.
        noted: The end of an earlier verification.
    """

    beside: Checkpoint | None = None
    given: Checkpoint | None = None
    noted: Checkpoint | None = None
    is_damaged: bool = False

    @classmethod
    def read(cls, store: Store, given: Checkpoint | None) -> "Heads":
        """Read the one beside a store: before the store, since it may be older and never newer."""
        file = store.checkpoint_file
        beside = file.read() if file else None
        is_damaged = file is not None and beside is None and file.is_damaged()
        return cls(beside, given, is_damaged=is_damaged)

    @property
    def known(self) -> list[Checkpoint]:
        """The heads to compare the chain with, each once."""
        noted = None if self.noted in {self.beside, self.given} else self.noted
        return [one for one in (self.beside, self.given, noted) if one is not None]

    def name(self, head: Checkpoint) -> str:
        """Name one, as it begins a sentence."""
        return "The last verification" if head is self.noted else "A head kept elsewhere"


def verify(store: Store, given: Checkpoint | None) -> Verification:
    """Verify a store by its hashes, the checkpoint beside it, and a `given` one from elsewhere."""
    return store.read(walk_along, Heads.read(store, given))[0]


def verify_alone(store: Store) -> Verification:
    """Verify a store by its own hashes, whatever any head says."""
    return store.read(walk_along, Heads())[0]


def walk_along(
    connection: Connection,
    heads: Heads,
    place: VerifiedPlace | None = None,
    tell: Callable[[int], object] = lambda _done: None,
) -> tuple[Verification, VerifiedPlace | None]:
    """Walk along a chain from its beginning, or on from a place up to which it was verified.

    Returns:
        What was found, and the place to go on from the next time: where the head beside it is,
        since a power cut may take what comes behind. None where something is wrong.
    """
    walk = _Walk(heads, read_pruned(connection), place)
    try:
        with ExitStack() as stack:
            found = walk.problems(RowReader(connection, stack), tell)
            problems = list(islice(found, _MOST))
        reached = None if problems else walk.find_place(connection)
    except connection.error:
        unreadable = "The database can't read the store."
        problems, reached = [VerificationProblem(Flaw.UNREADABLE, None, unreadable)], None
    verification = Verification(
        walk.end,
        heads.beside,
        walk.pruned,
        tuple(problems),
        is_head_damaged=heads.is_damaged,
        restores=tuple(walk.restores),
        is_given_lost=walk.is_given_lost,
    )
    return verification, reached


class _Walk:
    """One walk along the chain, with the state that it has reached."""

    def __init__(self, heads: Heads, pruned: Checkpoint, place: VerifiedPlace | None) -> None:
        begin = place or BEGINNING
        self.end = begin.checkpoint
        self.pruned = begin.pruned
        self.restores = [*begin.restores]
        self.is_given_lost = False
        self._place = place
        self._heads = heads
        self._misfits: list[tuple[Checkpoint, VerificationProblem]] = []
        self._last_pruned = pruned
        # The hash that the last event has to have by its content, where that can be known.
        self._expected: str | None = None
        self._cuts: set[Checkpoint] = set()
        first = _LOWEST if place is None else place.checkpoint.count + 1
        self._keys = KeyRows(first)
        self._entries = EntryRows(first)
        self._freezes_and_grants = FreezeAndGrantRows(begin.standing.copy())
        self._at_head: tuple[Standing, int] | None = None
        self._pass_head()

    def problems(
        self, rows: RowReader, tell: Callable[[int], object]
    ) -> Iterator[VerificationProblem]:
        """Report everything that is wrong, as it is found."""
        start: Checkpoint | None = None
        for done, row in enumerate(self._read_events(rows)):
            event = parse_event(row)
            if start is None and self._place is None:
                start = self.end = self._start(event)
            yield from self._step(event)
            yield from self._check_body(event)
            self._pass_head()
            if done % _TOLD_EACH == 0:
                tell(done)
        yield from self._end(start)
        yield from self._check_earlier(rows)
        yield from self._keys.problems(rows)
        yield from self._entries.problems(rows, self.end.count)
        yield from self._freezes_and_grants.problems(rows)

    def find_place(self, connection: Connection) -> VerifiedPlace | None:
        """Make the place where the head beside the store is; None where the walk wasn't there."""
        head = self._heads.beside
        if head is None or self._at_head is None:
            return None
        standing, restores = self._at_head
        return VerifiedPlace(
            head,
            self.pruned,
            count_rows(connection, head.count),
            standing.of_grants(self._freezes_and_grants.present),
            tuple(self.restores[:restores]),
        )

    def _read_events(self, rows: RowReader) -> Iterator[Row]:
        if self._place is None:
            # All, also where none can be.
            return rows.of(f"{EVENTS} ORDER BY seq")
        return rows.of(f"{EVENTS} WHERE seq > ? ORDER BY seq", (self.end.count,))

    def _pass_head(self) -> None:
        if self.end == self._heads.beside:
            self._at_head = self._freezes_and_grants.standing.copy(), len(self.restores)

    def _check_earlier(self, rows: RowReader) -> Iterator[VerificationProblem]:
        """Read the entries that were opened before the place, and have ended since."""
        upto = 0 if self._place is None else self._place.checkpoint.count
        for entry in self._entries.list_unopened() if upto else ():
            for row in rows.all(_OF_ENTRY, (entry, upto)):
                event = parse_event(row)
                try:
                    self._entries.expect(parse(event))
                except _UNREADABLE:
                    yield _describe_unreadable(event)

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
        for checkpoint in self._heads.known:
            if checkpoint.count == self.end.count and checkpoint.hash != self.end.hash:
                name = self._heads.name(checkpoint)
                text = f"{name} has another hash here: the chain was written anew."
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
        except _UNREADABLE:
            yield _describe_unreadable(event)

    def _end(self, start: Checkpoint | None) -> Iterator[VerificationProblem]:
        if start is not None and start.count > 0 and start not in self._cuts:
            first = "event is" if start.count == 1 else f"{start.count} events are"
            text = f"The first {first} gone, and no checkpoint says so."
            yield VerificationProblem(Flaw.REMOVED, start.count + 1, text)
        for checkpoint in self._heads.known:
            if checkpoint.count > self.end.count:
                text = f"The chain had {_events(checkpoint.count)} once and has {self.end.count}."
                problem = VerificationProblem(Flaw.CUT, self.end.count, text)
                self._misfits.append((checkpoint, problem))
            if start is None or checkpoint.count != start.count:
                continue
            if start.hash and checkpoint.hash != start.hash:
                name = self._heads.name(checkpoint)
                text = f"{name} has another hash where the chain was pruned."
                yield VerificationProblem(Flaw.EDITED, checkpoint.count, text)
        yield from self._judge_misfits()

    def _judge_misfits(self) -> Iterator[VerificationProblem]:
        """Report the checkpoints that no restore explains."""
        restores = [one for restore in self.restores for one in (restore, *restore.earlier)]
        for checkpoint, problem in self._misfits:
            if any(restore.is_known_end(checkpoint) for restore in restores):
                continue
            may_be_lost = any(restore.may_have_lost(checkpoint) for restore in restores)
            if may_be_lost and checkpoint is self._heads.given:
                self.is_given_lost = True
            elif not (may_be_lost and checkpoint is self._heads.noted):
                yield problem


def _describe_unreadable(event: Event) -> VerificationProblem:
    return VerificationProblem(Flaw.EDITED, event.seq, "Its content can't be read.")


def _events(count: int) -> str:
    return "1 event" if count == 1 else f"{count} events"


def _hash_behind(event: Event, prev: str) -> str:
    # SQLite keeps bytes in a column of text as they are (sqlite.org/flextypegood.html), which only
    # somebody who tampers with it would put there.
    try:
        return event.hash_behind(prev)
    except (TypeError, ValueError):
        return ""
