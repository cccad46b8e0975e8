"""The store of batches: frozen rows, what became of each, and what may end a run."""

import sqlite3
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from typing_extensions import override

from _support.ledger import NOON
from _support.postgresql import ledger_address, make_schema
from chasedata_mcp.batches.errors import BatchStoreError
from chasedata_mcp.batches.models import (
    Batch,
    BatchRow,
    BatchState,
    OnDuplicate,
    RowOutcome,
    RowState,
    Standing,
)
from chasedata_mcp.batches.store import BatchStore
from chasedata_mcp.ledger import ApprovalSummary
from chasedata_mcp.ledger.connection import Connection, Database
from chasedata_mcp.ledger.postgresql import PostgresqlDatabase
from chasedata_mcp.ledger.sqlite import SqliteDatabase

YES = ApprovalSummary("a1", "Store 5 leads?", "at the terminal", "maria")
ODD = 'José "the \0 one" \\ {x}'


Opening = Callable[[], Database]


@pytest.fixture(params=["sqlite", "postgresql"])
def opening(request: pytest.FixtureRequest, tmp_path: Path) -> Opening:
    """Give what opens one database, as each process does."""
    if request.param == "sqlite":
        return lambda: SqliteDatabase(tmp_path / "batches.sqlite3")
    server: str = request.getfixturevalue("postgresql")
    address = ledger_address(server, make_schema(server))
    return lambda: PostgresqlDatabase(address)


@pytest.fixture
def store(opening: Opening) -> Iterator[BatchStore]:
    made = BatchStore(opening())
    yield made
    made.close()


def make_batch(batch: str = "b1", **other: object) -> Batch:
    usual: dict[str, object] = {
        "id": batch,
        "account": "test",
        "caller": "maria/desk",
        "tool": "insert_lead",
        "source": "leads.csv",
        "header": ("Phone", ODD),
        "arguments": ("primary_phone", ""),
        "common": {"campaign": "Solar", "import_only": True},
        "on_duplicate": OnDuplicate.SKIP,
        "planned": NOON,
    }
    return Batch(**{**usual, **other})  # type: ignore[arg-type]


def make_row(number: int, **other: object) -> BatchRow:
    usual: dict[str, object] = {
        "number": number,
        "line": number + 1,
        "cells": ("9545550154", ODD),
        "arguments": {"primary_phone": "9545550154", "custom_fields": {"Odd": ODD}},
        "state": RowState.READY,
    }
    return BatchRow(**{**usual, **other})  # type: ignore[arg-type]


def planned(store: BatchStore, batch: str = "b1", rows: int = 5, **other: object) -> Batch:
    made = make_batch(batch, **other)
    store.add(made)
    store.add_rows(batch, [make_row(number) for number in range(1, rows + 1)])
    frozen = make_batch(batch, **other, digest="d", state=BatchState.PLANNED, notes=(ODD,))
    store.freeze(frozen)
    return frozen


def test_a_batch_and_its_rows_read_as_they_were_planned(store: BatchStore) -> None:
    batch = planned(store, rows=3)
    assert store.get("b1") == batch
    assert store.get("b2") is None
    assert store.read_rows("b1", limit=10) == [make_row(number) for number in (1, 2, 3)]
    assert [row.number for row in store.stream_rows("b1", at_once=2)] == [1, 2, 3]


def test_a_frozen_batch_is_not_frozen_again(store: BatchStore) -> None:
    batch = planned(store)
    store.freeze(make_batch(tool="update_lead", state=BatchState.PLANNED))
    assert store.get("b1") == batch


def test_outcomes_change_what_became_of_rows_and_nothing_else(store: BatchStore) -> None:
    planned(store, rows=3)
    store.settle_rows(
        "b1",
        [
            RowOutcome(2, RowState.DONE, entry="e2", lead_id="1005"),
            RowOutcome(3, RowState.REFUSED, "dialer_refused", ODD, "e3"),
        ],
    )
    assert store.read_rows("b1", limit=9) == [
        make_row(1),
        make_row(2, state=RowState.DONE, entry="e2", lead_id="1005"),
        make_row(3, state=RowState.REFUSED, code="dialer_refused", reason=ODD, entry="e3"),
    ]
    assert [row.number for row in store.stream_rows("b1", RowState.READY)] == [1]


def test_rows_are_counted_by_state_and_reason(store: BatchStore) -> None:
    planned(store, rows=4)
    store.settle_rows("b1", [RowOutcome(1, RowState.REFUSED, "x"), RowOutcome(2, RowState.DONE)])
    counts = store.count_rows("b1")
    assert (counts.total, counts.of(RowState.READY), counts.of(RowState.DONE)) == (4, 2, 1)
    assert counts.reasons(RowState.REFUSED) == {"x": 1}


def test_batches_are_listed_by_account_the_newest_first(store: BatchStore) -> None:
    first, other = planned(store, "b1"), planned(store, "b2", account=ODD)
    last = planned(store, "b3", planned=NOON + timedelta(minutes=1))
    assert store.list_batches("test", 10) == [last, first]
    assert store.list_batches("test", 1) == [last]
    assert store.list_batches(ODD, 10) == [other]


def test_a_yes_and_a_stop_are_kept(store: BatchStore) -> None:
    planned(store)
    store.set_state("b1", BatchState.STOPPED, ODD)
    stopped = store.get("b1")
    assert stopped is not None
    assert (stopped.state, stopped.stopped_because) == (BatchState.STOPPED, ODD)
    store.approve("b1", NOON + timedelta(hours=1), YES, "mark")
    approved = store.get("b1")
    assert approved is not None
    assert (approved.state, approved.stopped_because) == (BatchState.APPROVED, "")
    assert (approved.approval, approved.terms) == (YES, "mark")
    assert approved.approved_until == NOON + timedelta(hours=1)
    standing = Standing(BatchState.APPROVED, NOON + timedelta(hours=1), "mark", "")
    assert (store.read_standing("b1"), store.read_standing("b9")) == (standing, None)


def test_a_state_is_set_only_where_it_was_one_of_these(store: BatchStore) -> None:
    planned(store)
    assert not store.set_state("b1", BatchState.FINISHED, among=(BatchState.RUNNING,))
    assert store.set_state("b1", BatchState.STOPPED, among=(BatchState.PLANNED,))
    assert [one.state for one in store.list_batches("test", 9)] == [BatchState.STOPPED]


def test_a_mapping_is_remembered_for_the_same_header_and_tool(store: BatchStore) -> None:
    store.remember_mapping("insert_lead", ("Tel", ODD), {"Tel": "primary_phone"})
    store.remember_mapping("insert_lead", ("Tel", ODD), {"Tel": "primary_phone", ODD: "notes"})
    assert store.recall_mapping("insert_lead", ("Tel", ODD)) == {
        "Tel": "primary_phone",
        ODD: "notes",
    }
    assert store.recall_mapping("insert_lead", ("Tel",)) == {}
    assert store.recall_mapping("update_lead", ("Tel", ODD)) == {}


def test_customers_data_goes_and_the_account_of_it_stays(store: BatchStore) -> None:
    planned(store, "b1", rows=2)
    planned(store, "b2", rows=1, planned=NOON + timedelta(days=8))
    store.settle_rows("b1", [RowOutcome(1, RowState.DONE, entry="e1")])
    week = NOON + timedelta(days=7)
    assert (store.forget(week, week), store.forget(week, week)) == (1, 0)
    removed: dict[str, object] = {"cells": (), "arguments": {}}
    assert store.read_rows("b1", limit=9) == [
        make_row(1, **removed, state=RowState.DONE, entry="e1"),
        make_row(2, **removed, state=RowState.LEFT_OUT, code="removed"),
    ]
    assert store.read_rows("b2", limit=9) == [make_row(1)]


def test_what_somebody_said_yes_to_and_what_is_unsettled_stays_whole(store: BatchStore) -> None:
    week = NOON + timedelta(days=7)
    for batch, until in (("b1", week), ("b2", NOON)):
        planned(store, batch, rows=1)
        store.approve(batch, until, YES, "mark")
    store.settle_rows("b2", [RowOutcome(1, RowState.UNKNOWN, entry="e1")])
    assert store.forget(week, week - timedelta(hours=1)) == 0
    store.settle_rows("b2", [RowOutcome(1, RowState.DONE, entry="e1")])
    assert store.forget(week, week) == 2


def test_what_a_killed_planning_left_goes(store: BatchStore) -> None:
    store.add(make_batch("b1"))
    store.add_rows("b1", [make_row(1)])
    planned(store, "b2", rows=1, planned=NOON + timedelta(days=8))
    week = NOON + timedelta(days=7)
    assert store.forget(week, week) == 0
    assert (store.get("b1"), store.read_rows("b1", limit=9)) == (None, [])
    assert store.read_rows("b2", limit=9) == [make_row(1)]


def test_half_a_character_in_a_batch_keeps_no_batch_from_being_read(store: BatchStore) -> None:
    """A client's call may hold it, and so may a line of JSON."""
    odd = planned(store, "b1", header=("Phone", "\ud83d"), common={"city": "\ud83d"})
    fine = planned(store, "b2")
    assert store.get("b1") == odd
    assert {one.id for one in store.list_batches("test", 9)} == {odd.id, fine.id}


def test_two_stores_on_one_database_see_each_other(opening: Opening, store: BatchStore) -> None:
    planned(store)
    other = BatchStore(opening())
    assert other.count_rows("b1").total == 5
    other.close()


def test_a_store_of_a_newer_version_is_refused(opening: Opening, store: BatchStore) -> None:
    planned(store)
    with closing(opening()) as database, database.write() as connection:
        connection.run("UPDATE batches_store SET version = 99")
    other = BatchStore(opening())
    with pytest.raises(BatchStoreError, match="newer version"):
        other.get("b1")
    other.close()


def test_a_store_that_cannot_be_used_says_why_and_quotes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "batches.sqlite3"
    path.write_bytes(b"no database " * 100)
    store = BatchStore(SqliteDatabase(path))
    with pytest.raises(BatchStoreError, match="its file is not a database") as refused:
        store.get("b1")
    assert refused.value.__cause__ is None
    store.close()


class FullDisk(SqliteDatabase):
    """A file on a disk that is full until somebody makes room."""

    is_full = True

    @override
    @contextmanager
    def write(self) -> Generator[Connection]:
        with super().write() as connection:
            yield connection
            if self.is_full:
                raise sqlite3.OperationalError("database or disk is full")


def test_tables_that_could_not_be_made_are_made_by_the_next_use(tmp_path: Path) -> None:
    database = FullDisk(tmp_path / "batches.sqlite3")
    with closing(BatchStore(database)) as store:
        uses: list[Callable[[], object]] = [
            lambda: store.get("b1"),
            lambda: store.add(make_batch()),
        ]
        for use in uses:
            with pytest.raises(BatchStoreError, match="can't be written"):
                use()
        database.is_full = False
        planned(store)
        assert store.count_rows("b1").of(RowState.READY) == 5
