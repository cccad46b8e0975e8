"""The store of batches: frozen rows, and what became of each. Its methods block."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from hashlib import sha256
from typing import Final, TypeVar

from pydantic import TypeAdapter

from chasedata_mcp.batches.errors import BatchStoreError
from chasedata_mcp.batches.models import (
    Batch,
    BatchRow,
    BatchState,
    RowCounts,
    RowOutcome,
    RowState,
)
from chasedata_mcp.batches.tables import ROW_COLUMNS, ROWS, VERSION, make_tables
from chasedata_mcp.ledger import ApprovalSummary
from chasedata_mcp.ledger.connection import Connection, Database, Row, Value
from chasedata_mcp.ledger.errors import describe_failure
from chasedata_mcp.ledger.events import format_time, parse_time
from chasedata_mcp.ledger.rows import decode, encode, insert_rows

T = TypeVar("T")

_BATCH: Final = TypeAdapter(Batch)

_ADD = """
INSERT INTO batches (id, account, planned, body, state, approved_until, approval,
                     stopped_because, worker, worker_until)
VALUES (?, ?, ?, ?, ?, '', '', '', '', '')"""
_FREEZE = "UPDATE batches SET body = ?, state = ? WHERE id = ? AND state = 'planning'"
_GET = """
SELECT body, state, approved_until, approval, stopped_because FROM batches WHERE id = ?"""
_LIST = """
SELECT body, state, approved_until, approval, stopped_because FROM batches
WHERE account = ? ORDER BY planned DESC, id LIMIT ?"""
_SET_STATE = "UPDATE batches SET state = ?, stopped_because = ? WHERE id = ?"
_APPROVE = """
UPDATE batches SET state = 'approved', approved_until = ?, approval = ?, stopped_because = ''
WHERE id = ?"""
_COUNT = "SELECT state, code, count(*) FROM batch_rows WHERE batch = ? GROUP BY state, code"
_ROWS = """
SELECT number, line, cells, arguments, state, code, reason, entry, lead_id FROM batch_rows
WHERE batch = ? AND number > ? ORDER BY number LIMIT ?"""
_ROWS_IN_STATE = """
SELECT number, line, cells, arguments, state, code, reason, entry, lead_id FROM batch_rows
WHERE batch = ? AND state = ? AND number > ? ORDER BY number LIMIT ?"""
_PLANNED = """
SELECT number, arguments FROM batch_rows WHERE batch = ? AND state <> 'left_out' ORDER BY number"""
_SETTLE = """
UPDATE batch_rows SET state = ?, code = ?, reason = ?, entry = ?, lead_id = ?
WHERE batch = ? AND number = ?"""
_FORGET_ROWS = """
UPDATE batch_rows SET cells = '[]', arguments = '{}' WHERE cells <> '[]' AND batch IN
(SELECT id FROM batches WHERE planned < ? AND state = 'finished')"""
_FORGET_UNFROZEN = "DELETE FROM batches WHERE state = 'planning' AND planned < ?"
_FORGET_ORPHANS = "DELETE FROM batch_rows WHERE batch NOT IN (SELECT id FROM batches)"
_REMEMBER = """
INSERT INTO batch_mappings (header, mapping) VALUES (?, ?)
ON CONFLICT (header) DO UPDATE SET mapping = excluded.mapping"""
_RECALL = "SELECT mapping FROM batch_mappings WHERE header = ?"
# A lease that nobody else holds, or that has run out.
_TAKE = """
UPDATE batches SET worker = ?, worker_until = ?
WHERE id = ? AND (worker = ? OR worker = '' OR worker_until < ?)"""
_GIVE_BACK = "UPDATE batches SET worker = '', worker_until = '' WHERE id = ? AND worker = ?"


class BatchStore:
    """Batches and their rows in a database, which may be that of the ledger of a team."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # The database's one writer is for one thread at a time.
        self._one_writer = threading.Lock()
        self._is_open = False

    def add_rows(self, batch: str, rows: Sequence[BatchRow]) -> None:
        """Add rows of a batch that is being planned."""
        values = [_row_values(batch, row) for row in rows]
        self._write(lambda connection: insert_rows(connection, ROWS, ROW_COLUMNS, values))

    def digest_planned(self, batch: Batch) -> str:
        """Hash what was planned to be run: the tool and its ways, and each row's arguments."""
        what = [batch.id, batch.account, batch.tool, batch.on_duplicate]
        hashed = sha256(_write_json(what).encode())
        for row in self._stream(_PLANNED, (batch.id,)):
            hashed.update(_write_json(row).encode())
        return hashed.hexdigest()

    def freeze(self, batch: Batch) -> None:
        """Keep a batch whose rows are all there: from now on neither they nor it change."""
        values = (_write_json(_BATCH.dump_python(batch, mode="json")), batch.state, batch.id)
        self._write(lambda connection: connection.run(_FREEZE, values))

    def add(self, batch: Batch) -> None:
        """Add a batch that is being planned."""
        values = (
            *(batch.id, encode(batch.account), format_time(batch.planned)),
            *(_write_json(_BATCH.dump_python(batch, mode="json")), batch.state),
        )
        self._write(lambda connection: connection.run(_ADD, values))

    def get(self, batch: str) -> Batch | None:
        """Read a batch, None where there is none of this id."""
        row = self._read(lambda connection: connection.fetch_one(_GET, (encode(batch),)))
        return None if row is None else _parse_batch(row)

    def list_batches(self, account: str, limit: int) -> list[Batch]:
        """List the batches of an account, the newest first."""
        values = (encode(account), limit)
        rows = self._read(lambda connection: connection.fetch_all(_LIST, values))
        return [_parse_batch(row) for row in rows]

    def count_rows(self, batch: str) -> RowCounts:
        """Count the rows of a batch."""
        rows = self._read(lambda connection: connection.fetch_all(_COUNT, (batch,)))
        return RowCounts({(RowState(state), code): count for state, code, count in rows})

    def read_rows(
        self, batch: str, *, after: int = 0, limit: int, state: RowState | None = None
    ) -> list[BatchRow]:
        """Read rows behind a number, in their order."""
        statement = _ROWS if state is None else _ROWS_IN_STATE
        values: list[Value] = [batch, after, limit]
        if state is not None:
            values.insert(1, state)
        rows = self._read(lambda connection: connection.fetch_all(statement, values))
        return [_parse_row(row) for row in rows]

    def stream_rows(
        self, batch: str, state: RowState | None = None, at_once: int = 1000
    ) -> Iterator[BatchRow]:
        """Read all rows, a part at a time, so that they are never all in memory."""
        after = 0
        while rows := self.read_rows(batch, after=after, limit=at_once, state=state):
            yield from rows
            after = rows[-1].number

    def settle_rows(self, batch: str, outcomes: Sequence[RowOutcome]) -> None:
        """Record what became of rows."""
        values = [
            (
                *(one.state, one.code, encode(one.reason), one.entry, encode(one.lead_id)),
                *(batch, one.number),
            )
            for one in outcomes
        ]
        self._write(lambda connection: [connection.run(_SETTLE, row) for row in values])

    def approve(self, batch: str, until: datetime, approval: ApprovalSummary) -> None:
        """Keep a person's yes to a batch, and until when it holds, by the ledger's own time."""
        values = (format_time(until), _write_json(asdict(approval)), batch)
        self._write(lambda connection: connection.run(_APPROVE, values))

    def set_state(self, batch: str, state: BatchState, because: str = "") -> None:
        """Set the state of a batch, and why it stopped."""
        values = (state, encode(because), batch)
        self._write(lambda connection: connection.run(_SET_STATE, values))

    def take(self, batch: str, worker: str, now: datetime, until: datetime) -> bool:
        """Take or keep a lease, by the ledger's own time; false while another worker has it."""
        values = (worker, format_time(until), batch, worker, format_time(now))
        return self._write(lambda connection: connection.run(_TAKE, values)) == 1

    def give_back(self, batch: str, worker: str) -> None:
        """Give the lease of a batch back."""
        self._write(lambda connection: connection.run(_GIVE_BACK, (batch, worker)))

    def remember_mapping(
        self, tool: str, header: Sequence[str], mapping: Mapping[str, str]
    ) -> None:
        """Remember how the columns of a header were mapped for a tool."""
        values = (_header_key(tool, header), _write_json({**mapping}))
        self._write(lambda connection: connection.run(_REMEMBER, values))

    def recall_mapping(self, tool: str, header: Sequence[str]) -> dict[str, str]:
        """Recall how the columns of this header were mapped last; empty where they never were."""
        key = _header_key(tool, header)
        found = self._read(lambda connection: connection.fetch_value(_RECALL, (key,)))
        return json.loads(found) if found else {}

    def forget(self, before: datetime) -> None:
        """Remove the data of batches from before a time that are finished or were never frozen."""
        at = format_time(before)

        def forget(connection: Connection) -> None:
            connection.run(_FORGET_ROWS, (at,))
            connection.run(_FORGET_UNFROZEN, (at,))
            connection.run(_FORGET_ORPHANS)

        self._write(forget)

    def close(self) -> None:
        """Close its connections."""
        with self._one_writer:
            self._database.close()
            self._is_open = False

    def _write(self, work: Callable[[Connection], T]) -> T:
        """Do work that writes.

        Raises:
            BatchStoreError: Nothing was written.
        """
        with self._one_writer:
            try:
                with self._database.write() as connection:
                    self._open(connection)
                    return work(connection)
            except self._database.error as error:
                problem = describe_failure(error)
        # Out here, so that the driver's error, which may hold a row, isn't its context.
        raise BatchStoreError(f"The store of batches can't be written: {problem}.")

    def _read(self, work: Callable[[Connection], T]) -> T:
        """Do work that reads.

        Raises:
            BatchStoreError: It can't be read.
        """
        if not self._is_open:
            self._write(lambda _: None)
        try:
            with self._database.read() as connection:
                return work(connection)
        except self._database.error as error:
            problem = describe_failure(error)
        raise BatchStoreError(f"The store of batches can't be read: {problem}.")

    def _stream(self, statement: str, values: Sequence[Value]) -> Iterator[Row]:
        """Read rows that are too many to be in memory at once.

        Raises:
            BatchStoreError: They can't be read.
        """
        try:
            with self._database.read() as connection:
                connection.lift_time_limits()
                yield from connection.stream(statement, values)
                return
        except self._database.error as error:
            problem = describe_failure(error)
        raise BatchStoreError(f"The store of batches can't be read: {problem}.")

    def _open(self, connection: Connection) -> None:
        """Make the tables, once.

        Raises:
            BatchStoreError: A newer version of this program made them.
        """
        if self._is_open:
            return
        if make_tables(connection) > VERSION:
            raise BatchStoreError(
                "The store of batches was made by a newer version of this program. Upgrade it."
            )
        self._is_open = True


def _header_key(tool: str, header: Sequence[str]) -> str:
    return sha256(_write_json([tool, *header]).encode()).hexdigest()


def _row_values(batch: str, row: BatchRow) -> tuple[Value, ...]:
    return (
        *(batch, row.number, row.line),
        *(_write_json(row.cells), _write_json({**row.arguments})),
        *(row.state, row.code, encode(row.reason), row.entry, encode(row.lead_id)),
    )


def _parse_row(row: Row) -> BatchRow:
    number, line, cells, arguments, state, code, reason, entry, lead_id = row
    return BatchRow(
        *(number, line, tuple(json.loads(cells)), json.loads(arguments), RowState(state)),
        *(code, decode(reason), entry, decode(lead_id)),
    )


def _parse_batch(row: Row) -> Batch:
    body, state, until, approval, because = row
    return replace(
        _BATCH.validate_json(body),
        state=BatchState(state),
        approved_until=parse_time(until) if until else None,
        approval=ApprovalSummary(**json.loads(approval)) if approval else None,
        stopped_because=decode(because),
    )


def _write_json(value: object) -> str:
    """Write JSON in ASCII, which both databases take whatever text is in it."""
    return json.dumps(value, separators=(",", ":"))
