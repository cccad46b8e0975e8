"""An earlier version's store: brought up to date by opening it, and read even where it can't be."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import (
    ConsentRow,
    Intent,
    Known,
    Ledger,
    LedgerUnreadableError,
    LedgerUnwritableError,
    Reserve,
)
from chasedata_mcp.ledger.engine import sqlite_engine
from chasedata_mcp.ledger.store import Store
from chasedata_mcp.ledger.transactions import Transactions
from ledgers import NOON, PHONE, Place, done, ending, intent
from version_one import old_store

pytestmark = pytest.mark.anyio
DONE, REFUSED, UNKNOWN = Outcome.DONE, Outcome.REFUSED, Outcome.UNKNOWN


def insertion(number: str, **other: object) -> Intent:
    told = [{"kind": "suppressed", "number": number}]
    return intent(**{"tool": "insert_dnc", "consequences": told, **other})


def deletion(number: str, **other: object) -> Intent:
    told = [{"kind": "unsuppressed", "number": number}]
    return intent(tool="delete_dnc", consequences=told, **other)


async def held(place: Place, account: str = "test") -> list[str]:
    async with place.ledger() as ledger:
        return [one.number for one in await ledger.memory.suppressed(account)]


async def test_an_old_store_is_opened_with_all_that_it_holds(place: Place) -> None:
    call = intent()
    old_store(place, (call, DONE))
    place.slip(
        "INSERT INTO ledger_consents (id, digest, caller, question, asked, ends, state) VALUES "
        "('c1', 'd', 'c', '{}', '2026-03-02T12:00:00.000000Z', '2026-03-02T12:05:00.000000Z',"
        " 'asked')"
    )
    async with place.ledger() as ledger:
        await ledger.open()
        assert place.rows("SELECT version FROM ledger_store") == [(3,)]
        entry = await ledger.entry(call.entry)
        assert entry is not None
        assert (entry.intent, entry.outcome) == (call, DONE)
        assert (await ledger.verify()).sound
        ends = NOON + timedelta(minutes=5)
        row = ConsentRow(id="c1", digest="d", caller="c", question={}, asked=NOON, ends=ends)
        assert await ledger.consents.find("c1") == row
        assert await ledger.known("test", "maria", [PHONE], (), (), NOON) == Known()
        await done(ledger)
    async with place.ledger() as again:
        assert (await again.verify()).sound


async def test_what_its_calls_suppressed_is_remembered(place: Place) -> None:
    old_store(
        place,
        (insertion("9545550101"), DONE),
        (insertion("9545550102"), REFUSED),
        (insertion("9545550103"), UNKNOWN),
        (insertion("9545550104"), None),
        (insertion("9545550105", account="another"), DONE),
    )
    assert await held(place) == ["9545550101", "9545550103", "9545550104"]
    assert await held(place, "another") == ["9545550105"]
    async with place.ledger() as ledger:
        assert (await ledger.known("test", "maria", (), (), (), NOON)).remembered == 3
    file = place.head.parent / "memory-sandbox.json"
    assert json.loads(file.read_text())["ever"] == {"another": 1, "test": 3}


async def test_what_they_surely_let_go_of_is_not(place: Place) -> None:
    one, two, three, four = (f"954555010{number}" for number in range(4))
    old_store(
        place,
        *((insertion(number), DONE) for number in (one, one, two, three, four)),
        (deletion(one), DONE),
        (deletion(two), REFUSED),
        (deletion(three), UNKNOWN),
        (deletion(four), DONE),
        (insertion(four), DONE),
        (deletion(four, account="another"), DONE),
    )
    assert await held(place) == [two, three, four]


async def test_a_letting_go_that_is_settled_afterwards_counts(place: Place) -> None:
    late = deletion(PHONE)
    old_store(place, (insertion(PHONE), DONE), (late, None))
    async with place.ledger() as ledger:
        await ledger.finish(ending(late.entry))
    assert await held(place) == []


async def test_an_old_insertion_that_turns_out_refused_is_forgotten(place: Place) -> None:
    late = insertion(PHONE)
    old_store(place, (late, UNKNOWN))
    async with place.ledger() as ledger:
        await ledger.found(ending(late.entry, REFUSED, how="somebody looked"))
    assert await held(place) == []


async def test_what_was_carried_over_a_cut_is_remembered_too(place: Place) -> None:
    async with place.ledger() as ledger:
        call = insertion(PHONE, at=NOON - timedelta(days=9))
        await ledger.intend(call)
        await done(ledger)
        await done(ledger, at=NOON - timedelta(days=9))
        await ledger.intend(insertion("9545550177", at=NOON))
        await ledger.prune(NOON - timedelta(days=1))
    # Version 1 had pruned just so; only the tables that it lacked are taken away again.
    for table in ("accounts", "memory", "grants", "reservations"):
        place.slip(f"DROP TABLE ledger_{table}")
    for index in ("digest", "code", "account"):
        place.slip(f"DROP INDEX ledger_consents_{index}")
    place.slip("UPDATE ledger_store SET version = 1")
    assert await held(place) == [PHONE, "9545550177"]


async def test_a_store_of_version_two_keeps_its_memory_and_counts_on(place: Place) -> None:
    async with place.ledger() as ledger:
        await ledger.intend(insertion(PHONE), reserve=Reserve(suppresses=(PHONE,)))
        await ledger.freezing.freeze("another", "why", "jose", NOON)
    place.slip("ALTER TABLE ledger_accounts DROP COLUMN let_go")
    place.slip("UPDATE ledger_store SET version = 2")
    # So the file was then.
    (place.head.parent / "memory-sandbox.json").write_text('{"test": 1}')
    async with place.ledger() as ledger:
        known = await ledger.known("test", "maria", [PHONE], (), (), NOON)
        assert known.suppressed == {PHONE}
        assert (known.remembered, known.memory_lost) == (1, False)
        call = deletion(PHONE)
        await ledger.intend(call, reserve=Reserve(unsuppresses=(PHONE,)))
        await ledger.finish(ending(call.entry))
        known = await ledger.known("test", "maria", [PHONE], (), (), NOON)
        assert (known.remembered, known.memory_lost) == (0, False)
        assert (await ledger.verify()).sound


async def test_an_event_that_can_not_be_read_keeps_no_store_from_opening(place: Place) -> None:
    odd = [
        insertion(PHONE, consequences={"kind": "suppressed"}),
        insertion(PHONE, consequences=['suppressed"', {"kind": "suppressed", "number": None}]),
        insertion("9545550101"),
    ]
    old_store(place, *((call, DONE) for call in odd), (insertion("9545550102"), DONE))
    place.tamper("UPDATE ledger_events SET body = '\"suppressed\"' WHERE seq = 5")
    assert await held(place) == ["9545550102"]


async def test_two_that_open_it_at_once_bring_it_up_to_date_once(place: Place) -> None:
    old_store(place, (insertion(PHONE), DONE))
    async with place.ledger() as one, place.ledger() as other:
        await one.open()
        await other.open()
        assert await other.memory.suppressed("test") == await one.memory.suppressed("test")


class Locked:
    """A file whose store takes no writes until it is told to."""

    def __init__(self, place: Place) -> None:
        self.engine = sqlite_engine(Path(place.where) / "ledger-sandbox.sqlite3")
        self.locked = True
        event.listen(self.engine, "connect", self._set_up)
        event.listen(self.engine, "checkout", self._set_up)

    def open(self) -> Store:
        return Store(Transactions(self.engine, None), "sandbox")

    def _set_up(self, connection: object, *_: object) -> None:
        connection.execute(f"PRAGMA query_only = {int(self.locked)}")  # type: ignore[attr-defined]


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
async def test_an_old_store_that_can_only_be_read_still_shows_its_history(place: Place) -> None:
    call = insertion(PHONE)
    old_store(place, (call, DONE))
    locked = Locked(place)
    async with Ledger(locked.open, clock=lambda: NOON) as ledger:
        assert [entry.id for entry in (await ledger.history()).entries] == [call.entry]
        assert (await ledger.verify()).sound
        with pytest.raises(LedgerUnreadableError):
            await ledger.known("test", "maria", (), (), (), NOON)
        with pytest.raises(LedgerUnwritableError, match="only be read"):
            await ledger.intend(intent())
        locked.locked = False
        assert await ledger.intend(intent(), reserve=Reserve()) is None
        known = await ledger.known("test", "maria", [PHONE], (), (), NOON)
        assert known.suppressed == {PHONE}
    assert place.rows("SELECT version FROM ledger_store") == [(3,)]
