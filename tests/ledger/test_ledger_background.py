"""Reads and refusals: queued without waiting, written in batches, counted when they are lost."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

import pytest

from _support.ledger import Place, ending, intent, read, refusal
from _support.timeouts import TIMEOUT
from chasedata_mcp.ledger import (
    EntryKind,
    Ledger,
    LedgerUnwritableError,
    NoSuchEntryError,
    Note,
)
from chasedata_mcp.ledger.background import BackgroundWrites
from chasedata_mcp.ledger.events import Draft


@dataclass
class Shelf:
    """A store that takes batches, or for some time doesn't."""

    broken: bool = False
    batches: list[list[str]] = field(default_factory=list[list[str]])
    lost: list[int] = field(default_factory=list[int])
    tried: threading.Event = field(default_factory=threading.Event)
    full: threading.Event = field(default_factory=threading.Event)

    def write(self, drafts: Sequence[Draft], lost: int) -> None:
        self.tried.set()
        if self.broken:
            raise LedgerUnwritableError("The ledger can't be written: its disk is full.")
        self.batches.append([draft.entry for draft in drafts])
        self.lost.append(lost)
        if sum(map(len, self.batches)) >= 3:
            self.full.set()


@pytest.mark.anyio
async def test_a_read_and_a_refusal_are_entries_of_their_own(ledger: Ledger) -> None:
    searched, refused = read(), refusal()
    ledger.note(searched)
    ledger.note(refused)
    second, first = (await ledger.history()).entries
    assert (first.kind, first.intent, first.endings) == (
        EntryKind.READ,
        searched.intent,
        (searched.ending,),
    )
    assert (second.kind, second.intent, second.endings) == (
        EntryKind.REFUSAL,
        refused.intent,
        (refused.ending,),
    )
    assert (await ledger.verify()).sound


@pytest.mark.anyio
async def test_an_entry_that_was_noted_can_be_shown_at_once(ledger: Ledger) -> None:
    searched = read()
    ledger.note(searched)
    entry = await ledger.entry(searched.intent.entry)
    assert entry is not None
    assert entry.intent == searched.intent


@pytest.mark.anyio
async def test_nothing_more_can_come_of_a_read(ledger: Ledger) -> None:
    searched = read()
    ledger.note(searched)
    await ledger.flush()
    with pytest.raises(NoSuchEntryError):
        await ledger.finish(ending(searched.intent.entry))


@pytest.mark.anyio
async def test_what_was_noted_is_written_when_the_ledger_closes(place: Place) -> None:
    async with place.ledger() as ledger:
        for _ in range(500):
            ledger.note(read())
    async with place.ledger() as again:
        assert (await again.checkpoint()).count == 500


@pytest.mark.anyio
async def test_what_is_noted_after_the_end_is_lost_without_a_word(place: Place) -> None:
    async with place.ledger() as ledger:
        await ledger.open()
    ledger.note(read())
    assert ledger.failing == "1 reads or refusals were not recorded."


@pytest.mark.anyio
async def test_reads_that_cannot_be_kept_are_counted_and_the_others_kept(
    place: Place, ledger: Ledger
) -> None:
    good, twice = read(), read()
    ledger.note(good)
    ledger.note(Note(EntryKind.READ, intent(arguments={"a": float("inf")}), good.ending))
    ledger.note(Note(EntryKind.READ, intent(entry="not an id"), good.ending))
    ledger.note(twice)
    ledger.note(Note(EntryKind.READ, replace(twice.intent, caller="another"), twice.ending))
    await ledger.flush()
    ledger.note(twice)
    entries = (await ledger.history()).entries
    assert [entry.intent for entry in entries] == [twice.intent, good.intent]
    lost = place.rows("SELECT body FROM ledger_events WHERE what = 'lost' ORDER BY seq")
    assert lost == [('{"count":3}',), ('{"count":1}',)]
    assert ledger.failing is None
    assert (await ledger.verify()).sound


def test_reads_are_written_without_anybody_asking() -> None:
    shelf = Shelf()
    writes = BackgroundWrites(shelf.write, pause=0)
    for _ in range(3):
        writes.add(read())
    assert shelf.full.wait(TIMEOUT)
    writes.close()
    assert shelf.lost == [0] * len(shelf.batches)


def test_a_batch_that_is_full_does_not_wait() -> None:
    shelf = Shelf()
    writes = BackgroundWrites(shelf.write, pause=3600, batch=3)
    for _ in range(3):
        writes.add(read())
    assert shelf.full.wait(TIMEOUT)
    writes.close()


def test_batches_are_bounded_and_in_order() -> None:
    shelf = Shelf()
    writes = BackgroundWrites(shelf.write, pause=3600, batch=1000)
    reads = [read() for _ in range(7)]
    small = BackgroundWrites(shelf.write, pause=3600, batch=3)
    for each in reads:
        writes.add(each)
    writes.close()
    assert shelf.batches == [[each.intent.entry for each in reads]]
    for each in reads:
        small.add(each)
    small.close()
    assert all(len(batch) <= 3 for batch in shelf.batches[1:])
    assert list(chain.from_iterable(shelf.batches[1:])) == [each.intent.entry for each in reads]


def test_what_does_not_fit_is_lost_and_counted_when_the_store_takes_writes_again() -> None:
    shelf = Shelf(broken=True)
    writes = BackgroundWrites(shelf.write, pause=0, retry=3600, at_most=2)
    kept = [read(), read()]
    for each in (*kept, read(), read(), read()):
        writes.add(each)
    assert shelf.tried.wait(TIMEOUT)
    writes.flush()
    assert (writes.lost, shelf.batches) == (3, [])
    shelf.broken = False
    writes.flush()
    assert shelf.batches == [[each.intent.entry for each in kept]]
    assert (shelf.lost, writes.lost) == ([3], 0)
    writes.close()


def test_a_store_that_fails_is_tried_again() -> None:
    shelf = Shelf(broken=True)
    writes = BackgroundWrites(shelf.write, pause=0, retry=0)
    for _ in range(3):
        writes.add(read())
    assert shelf.tried.wait(TIMEOUT)
    shelf.broken = False
    assert shelf.full.wait(TIMEOUT)
    writes.close()


def test_closing_does_not_wait_for_a_store_that_fails() -> None:
    shelf = Shelf(broken=True)
    writes = BackgroundWrites(shelf.write, pause=3600, retry=3600)
    writes.add(read())
    writes.close()
    assert shelf.tried.is_set()
    assert not shelf.batches


def test_a_note_is_made_by_the_thread_that_writes_it_and_that_once() -> None:
    shelf = Shelf(broken=True)
    writes = BackgroundWrites(shelf.write, pause=0, retry=3600)
    made: list[str] = []
    note = read()

    def late() -> Note:
        made.append(threading.current_thread().name)
        return note

    writes.add(late)
    assert shelf.tried.wait(TIMEOUT)
    shelf.broken = False
    writes.flush()
    writes.close()
    assert made == ["ledger notes"]
    assert shelf.batches == [[note.intent.entry]]


def test_a_note_that_cannot_be_made_is_counted_and_the_others_kept() -> None:
    shelf = Shelf()
    writes = BackgroundWrites(shelf.write, pause=3600)
    kept = read()

    def late() -> Note:
        raise LookupError

    writes.add(late)
    writes.add(kept)
    writes.close()
    assert (shelf.batches, shelf.lost) == ([[kept.intent.entry]], [1])


def test_closing_what_was_never_used_does_nothing() -> None:
    shelf = Shelf()
    BackgroundWrites(shelf.write).close()
    assert not shelf.tried.is_set()
