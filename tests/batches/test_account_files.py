"""The account of a batch in three files: all of them whole, or none."""

import csv
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from typing_extensions import override

from _support.ledger import NOON
from batches.test_batch_store import make_batch, make_row
from chasedata_mcp.batches.account_files import write_account
from chasedata_mcp.batches.errors import BatchError, BatchStoreError
from chasedata_mcp.batches.models import BatchRow, RowState
from chasedata_mcp.batches.store import BatchStore
from chasedata_mcp.ledger.sqlite import SqliteDatabase


class Breaking(BatchStore):
    """A store that can't be read any more once it has given some rows."""

    @override
    def stream_rows(
        self, batch: str, state: RowState | None = None, at_once: int = 1000
    ) -> Iterator[BatchRow]:
        yield from super().stream_rows(batch, state, at_once)
        raise BatchStoreError("The store of batches can't be read: no disk.")


def test_of_an_account_that_can_not_be_written_to_its_end_no_file_is_kept(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    database = SqliteDatabase(tmp_path / "batches.sqlite3")
    with closing(Breaking(database)) as store:
        store.add(make_batch(planned=NOON))
        store.add_rows("b1", [make_row(number) for number in (1, 2)])
        with pytest.raises(BatchError, match="can't be read"):
            write_account(store, make_batch(), folder)
    assert list(folder.iterdir()) == []


def test_half_a_character_in_a_cell_keeps_no_account_from_being_written(tmp_path: Path) -> None:
    with closing(BatchStore(SqliteDatabase(tmp_path / "batches.sqlite3"))) as store:
        store.add(make_batch())
        store.add_rows("b1", [make_row(1, cells=("9545550154", "Jos\ud83d"))])
        written = dict(write_account(store, make_batch(), tmp_path))
    (path,) = [path for path, count in written.items() if count]
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file))[1] == ["9545550154", "Jos?"]
