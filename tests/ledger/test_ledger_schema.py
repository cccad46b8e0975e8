"""The schema: a store of this version is read, one of another version is refused."""

import sqlite3
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from typing_extensions import override

from _support.ledger import NOON, PHONE, Place, done, facts, grant, intent, question
from _support.restores import FileStore
from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import (
    Approval,
    ApprovalState,
    ApprovalSummary,
    AssuranceLevel,
    Checkpoint,
    EntryKind,
    Filter,
    Ledger,
    LedgerUnreadableError,
    LedgerUnwritableError,
    Reservation,
    Ruling,
)
from chasedata_mcp.ledger.engine import prepare
from chasedata_mcp.ledger.sqlite import SqliteDatabase
from chasedata_mcp.ledger.store import Store

pytestmark = pytest.mark.anyio
FILE = "ledger-sandbox.sqlite3"
DUMP = Path(__file__).with_name("store_of_version_5.sql")
HEAD = '{"count": 34, "hash": "7905aafbc6fc53a110f897fe41aeb5a11a33a02dac7132e79274dc74cab1ba6d"}\n'
COUNTS = '{"ever": {"test": 3}, "lost": [], "others_lost": false}\n'


@pytest.fixture
def kept(tmp_path: Path) -> Place:
    """A store that an earlier program left, with the files beside it."""
    connection = sqlite3.connect(tmp_path / FILE)
    connection.executescript(DUMP.read_text(encoding="ascii"))
    connection.close()
    (tmp_path / "ledger-sandbox-head.json").write_text(HEAD, encoding="ascii")
    (tmp_path / "memory-sandbox.json").write_text(COUNTS, encoding="ascii")
    return Place(str(tmp_path), tmp_path / "ledger-sandbox-head.json")


async def test_a_kept_store_is_whole_and_goes_on(kept: Place) -> None:
    async with kept.ledger() as ledger:
        found = await ledger.verify()
        assert (found.sound, found.pruned) == (True, 9)
        assert found.checkpoint == found.checkpoint_beside == Checkpoint.parse(HEAD)
        await done(ledger)
        assert await ledger.freezes.rearm("stopped", "jose", NOON)
        assert (await ledger.prune(NOON + timedelta(days=1))).removed
        assert (await ledger.verify()).sound


async def test_a_kept_stores_entries_are_read(kept: Place) -> None:
    async with kept.ledger() as ledger:
        page = await ledger.history()
        tools = [entry.intent.tool for entry in page.entries]
        assert sorted(tools) == [
            *("delete_dnc", "delete_dnc", "freeze", "grant", "insert_dnc", "insert_dnc"),
            *("rearm", "revoke", "search_lead", "send_sms"),
        ]
        sent = await ledger.entry("sent")
        assert sent is not None
        assert sent.intent == intent(
            entry="sent",
            verdict=(Ruling("levels", "ask", "It sends a text."),),
            approval=ApprovalSummary("c1", "Send it?", "elicitation", "maria", "machine"),
            effects=[{"kind": "reached", "number": PHONE}],
            form={"Action": "SendSms"},
            before={"id": "1001"},
        )
        assert [one.outcome for one in sent.endings] == [Outcome.UNKNOWN, Outcome.DONE]
        assert [one.id for one in await ledger.unsettled()] == ["oldopen"]
        assert await ledger.undone_by(["listed"]) == {"listed": ("unlisted",)}
        (refused,) = (await ledger.history(Filter(kind=EntryKind.REFUSAL))).entries
        assert (refused.id, refused.outcome) == ("refused", Outcome.REFUSED)


async def test_a_kept_stores_approvals_grants_freezes_and_numbers_hold(kept: Place) -> None:
    async with kept.ledger() as ledger:
        assert await ledger.approvals.pending("test", NOON) == [
            question(
                code="7f3k",
                calls=({"tool": "send_sms"},),
                known=("It is noon.",),
                needs=AssuranceLevel.MACHINE,
            )
        ]
        granted = await ledger.approvals.get("c2")
        assert granted is not None
        assert (granted.state, granted.sureness) == (ApprovalState.GRANTED, "machine")
        assert isinstance(granted, Approval)
        assert await ledger.approvals.spend("c2", "d2", "maria", NOON) is None
        given = {"given": NOON - timedelta(days=100), "until": NOON + timedelta(days=30)}
        found = await facts(ledger, [PHONE, "9545550101", "9545550103"])
        narrowed = grant(numbers=(PHONE,), at_most=5, sureness="machine", used=1, **given)
        assert found.grants == (narrowed,)
        assert found.suppressed == {"9545550101"}
        assert (found.suppressed_count, found.registry_lost) == (2, False)
        stopped = await ledger.freezes.frozen("stopped")
        assert stopped is not None
        assert stopped.why == "the wrong list"
        assert await ledger.freezes.frozen("another") is None


async def test_a_store_of_an_earlier_version_is_refused_and_stays_as_it_is(
    place: Place, ledger: Ledger
) -> None:
    await done(ledger)
    place.slip("UPDATE ledger_store SET version = 4")
    before = place.rows("SELECT * FROM ledger_events")
    async with place.ledger() as newer:
        for work in (newer.open, newer.history):
            with pytest.raises(LedgerUnreadableError, match="version 4, not 5"):
                await work()
        assert newer.failing is not None
    assert place.rows("SELECT * FROM ledger_events") == before
    assert place.rows("SELECT version FROM ledger_store") == [(4,)]


class Locked(SqliteDatabase):
    """A file that takes no writes until it is unlocked."""

    def __init__(self, place: Place) -> None:
        super().__init__(Path(place.where) / FILE)
        self._made: list[sqlite3.Connection] = []
        self._is_locked = True

    @override
    def connect(self) -> sqlite3.Connection:
        connection = super().connect()
        connection.execute(f"PRAGMA query_only = {int(self._is_locked)}")
        self._made.append(connection)
        return connection

    def open(self) -> Store:
        return prepare(Store(self, "sandbox"), NOON)

    def unlock(self) -> None:
        self._is_locked = False
        for connection in self._made:
            with suppress(sqlite3.ProgrammingError):  # it is closed
                connection.execute("PRAGMA query_only = 0")


async def test_a_store_that_can_only_be_read_still_shows_its_history(kept: Place) -> None:
    locked = Locked(kept)
    async with Ledger(locked.open, clock=lambda: NOON) as ledger:
        assert len((await ledger.history()).entries) == 10
        assert (await ledger.verify()).sound
        assert (await facts(ledger)).suppressed_count == 2
        with pytest.raises(LedgerUnwritableError, match="only be read"):
            await ledger.intend(intent())
        locked.unlock()
        assert await ledger.intend(intent(), Reservation(suppresses=(PHONE,))) is None
        assert (await facts(ledger, [PHONE])).suppressed == {PHONE}


async def test_a_backup_of_it_is_restored_and_goes_on(kept: Place, tmp_path: Path) -> None:
    place = FileStore(Path(kept.where))
    backup = place.back_up(f"{tmp_path.name}-backup")
    elsewhere = FileStore(tmp_path / "elsewhere")
    restored = elsewhere.restore(backup)
    assert str(restored.restore.backup.checkpoint) == HEAD.strip()
    await elsewhere.record(1)
    verified = await elsewhere.verify()
    assert (verified.sound, verified.restores) == (True, (restored.restore,))
