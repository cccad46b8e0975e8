"""Appends that wait together are one transaction: each has its own outcome, all are on disk."""

import sqlite3
import threading
from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import anyio
import pytest
from anyio import to_thread
from typing_extensions import override

from _support.ledger import NOON, Place, ending, intent
from _support.timeouts import TIMEOUT
from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import (
    EntryExistsError,
    Filter,
    Intent,
    Ledger,
    LedgerUnwritableError,
    Reservation,
)
from chasedata_mcp.ledger.chain import Chain
from chasedata_mcp.ledger.connection import Connection
from chasedata_mcp.ledger.engine import open_store, prepare
from chasedata_mcp.ledger.obstacles import Broken
from chasedata_mcp.ledger.sqlite import SqliteDatabase
from chasedata_mcp.ledger.store import Store
from chasedata_mcp.ledger.usage import TEXTS, Limit, Unit
from chasedata_mcp.ledger.write_line import MOST_TOGETHER
from chasedata_mcp.ledger.writes import Append

pytestmark = pytest.mark.anyio


class Gated(SqliteDatabase):
    """A file whose transactions wait at a gate before their commit, which can be made to fail."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.transactions = 0
        self.failure: sqlite3.Error | None = None
        self.at_the_gate, self.gate = threading.Event(), threading.Event()
        self.gate.set()

    @contextmanager
    @override
    def append(self, *, is_soon: bool) -> Generator[Connection]:
        with super().append(is_soon=is_soon) as connection:
            yield connection
            self.transactions += 1
            self.at_the_gate.set()
            assert self.gate.wait(TIMEOUT)
            if self.failure is not None:
                raise self.failure

    async def reached(self) -> None:
        """Wait until a transaction is at the gate."""
        assert await to_thread.run_sync(self.at_the_gate.wait, TIMEOUT)

    def events(self) -> int:
        """Count the events that another process sees."""
        other = sqlite3.connect(self._path)
        (count,) = other.execute("SELECT count(*) FROM ledger_events").fetchone()
        other.close()
        return int(count)


@pytest.fixture
def gated(tmp_path: Path) -> Gated:
    return Gated(tmp_path / "ledger.sqlite3")


@pytest.fixture
async def through_a_gate(gated: Gated) -> AsyncGenerator[Ledger]:
    async with Ledger(lambda: prepare(Store(gated, "sandbox")), clock=lambda: NOON) as new:
        await new.open()
        gated.transactions = 0
        yield new


def calls(count: int) -> list[Intent]:
    return [intent(entry=f"call{number:02}") for number in range(count)]


async def entries(ledger: Ledger) -> list[str]:
    """List the entries, the oldest first."""
    return [entry.id for entry in reversed((await ledger.history(limit=200)).entries)]


async def test_no_intent_of_a_group_returns_before_all_of_it_is_committed(
    gated: Gated, through_a_gate: Ledger
) -> None:
    sent: list[str] = []

    async def send(call: Intent) -> None:
        await through_a_gate.intend(call)
        assert gated.events() == len(five)
        sent.append(call.entry)

    five = calls(5)
    gated.gate.clear()
    async with anyio.create_task_group() as group:
        for call in five:
            group.start_soon(send, call)
        await gated.reached()
        assert (sent, gated.events()) == ([], 0)
        gated.gate.set()
    assert sorted(sent) == [call.entry for call in five]
    assert gated.transactions == 1


async def test_a_commit_that_fails_fails_all_of_its_group_and_writes_none(
    gated: Gated, through_a_gate: Ledger
) -> None:
    failed: list[LedgerUnwritableError] = []

    async def try_to(call: Intent) -> None:
        with pytest.raises(LedgerUnwritableError, match="can't be written") as raised:
            await through_a_gate.intend(call)
        failed.append(raised.value)

    gated.failure = sqlite3.OperationalError("disk I/O error in 9545550123")
    async with anyio.create_task_group() as group:
        for call in calls(5):
            group.start_soon(try_to, call)
    assert (len(failed), len(set(map(id, failed)))) == (5, 5)
    assert not [error for error in failed if "9545550123" in str(error) or error.__context__]
    assert gated.events() == 0
    assert "can't be written" in str(through_a_gate.failing)
    gated.failure = None
    assert await through_a_gate.intend(intent()) is None
    assert through_a_gate.failing is None
    assert (await through_a_gate.verify()).sound


async def test_one_that_fails_leaves_nothing_and_the_others_of_its_group_are_written(
    place: Place,
) -> None:
    first, second, third = calls(3)
    bad = intent(entry="bad", arguments={"message": object()})
    again = intent(entry=first.entry, arguments={"message": "again"})
    raised: dict[str, type[Exception]] = {}

    async def attempt(name: str, call: Intent) -> None:
        try:
            await ledger.intend(call, Reservation((Unit(TEXTS, name),)))
        except Exception as error:  # noqa: BLE001 - which it is is asserted below
            raised[name] = type(error)

    async with place.ledger() as ledger:
        await ledger.open()
        async with anyio.create_task_group() as group:
            group.start_soon(attempt, "first", first)
            group.start_soon(attempt, "bad", bad)
            group.start_soon(attempt, "second", second)
            group.start_soon(attempt, "again", again)
            group.start_soon(attempt, "third", third)
        assert raised == {"bad": TypeError, "again": EntryExistsError}
        assert await entries(ledger) == [first.entry, second.entry, third.entry]
        verification = await ledger.verify()
        assert (verification.sound, verification.checkpoint.count) == (True, 3)
        assert ledger.failing is None
    used = place.rows("SELECT key FROM ledger_reservations ORDER BY id")
    assert used == [("first",), ("second",), ("third",)]


async def test_a_limit_is_judged_in_order_within_a_group(ledger: Ledger) -> None:
    limit = Limit(name="l", cap=TEXTS, within=timedelta(hours=1), at_most=5)
    reservation = Reservation((Unit(TEXTS, "someone"),), (limit,))
    broken: list[str] = []

    async def attempt(call: Intent) -> None:
        if isinstance(await ledger.intend(call, reservation), Broken):
            broken.append(call.entry)

    fifteen = calls(15)
    await ledger.open()
    async with anyio.create_task_group() as group:
        for call in fifteen:
            group.start_soon(attempt, call)
    assert await entries(ledger) == [call.entry for call in fifteen[:5]]
    assert sorted(broken) == [call.entry for call in fifteen[5:]]


async def test_appends_keep_the_order_in_which_they_came(
    gated: Gated, through_a_gate: Ledger
) -> None:
    number = 2 * MOST_TOGETHER + 2
    came = [intent(entry=f"call{number:03}") for number in range(number)]
    async with anyio.create_task_group() as group:
        for call in came:
            group.start_soon(through_a_gate.intend, call)
    assert await entries(through_a_gate) == [call.entry for call in came]
    assert gated.transactions == 3
    assert (await through_a_gate.verify()).sound


async def test_what_stands_between_two_appends_is_done_between_them(
    gated: Gated, through_a_gate: Ledger
) -> None:
    before, after = calls(2)
    gated.gate.clear()
    async with anyio.create_task_group() as group:
        group.start_soon(through_a_gate.intend, intent(entry="held"))
        await gated.reached()
        group.start_soon(through_a_gate.intend, before)
        group.start_soon(through_a_gate.freezes.freeze, "test", "jose", "enough", NOON)
        group.start_soon(through_a_gate.prune, NOON - timedelta(days=9))
        group.start_soon(through_a_gate.intend, after)
        await anyio.wait_all_tasks_blocked()
        gated.gate.set()
    assert after.entry not in await entries(through_a_gate)
    assert before.entry in await entries(through_a_gate)


async def test_one_that_is_cancelled_in_line_is_not_written_and_one_that_has_begun_is(
    gated: Gated, through_a_gate: Ledger
) -> None:
    begun, cancelled, waiting = calls(3)
    gated.gate.clear()
    scopes = [anyio.CancelScope(), anyio.CancelScope()]

    async def intend(call: Intent, scope: anyio.CancelScope) -> None:
        with scope:
            await through_a_gate.intend(call)

    async with anyio.create_task_group() as group:
        group.start_soon(intend, begun, scopes[0])
        await gated.reached()
        group.start_soon(intend, cancelled, scopes[1])
        group.start_soon(through_a_gate.intend, waiting)
        await anyio.wait_all_tasks_blocked()
        for scope in scopes:
            scope.cancel()
        await anyio.wait_all_tasks_blocked()
        gated.gate.set()
    assert await entries(through_a_gate) == [begun.entry, waiting.entry]


def test_a_group_waits_for_the_disk_if_any_of_it_does(tmp_path: Path) -> None:
    def mode(chain: Chain) -> int:
        return int(chain.connection.fetch_value("PRAGMA synchronous"))

    full, normal = 2, 1
    store = open_store(tmp_path, "sandbox", None)
    try:
        for ways, expected in (((True, True), normal), ((True, False, True), full)):
            group = [Append(mode, is_soon=is_soon) for is_soon in ways]
            store.append_group(group)
            assert {write.get() for write in group} == {expected}
    finally:
        store.close()


async def test_intents_and_outcomes_that_wait_together_are_one_transaction(
    gated: Gated, through_a_gate: Ledger
) -> None:
    five = calls(5)
    for call in five[:3]:
        await through_a_gate.intend(call)
    gated.transactions = 0
    async with anyio.create_task_group() as group:
        for call in five[:3]:
            group.start_soon(through_a_gate.finish, ending(call.entry))
        for call in five[3:]:
            group.start_soon(through_a_gate.intend, call)
    assert gated.transactions == 1
    done = (await through_a_gate.history(Filter(outcome=Outcome.DONE))).entries
    assert len(done) == 3
