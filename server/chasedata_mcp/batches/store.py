"""The store of batches: frozen rows, and what became of each. Its methods block."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from hashlib import sha256

from chasedata_mcp.batches.database import BatchDatabase
from chasedata_mcp.batches.models import (
    Batch,
    BatchRow,
    BatchState,
    LeftOut,
    RowCounts,
    RowOutcome,
    RowState,
    Standing,
)
from chasedata_mcp.batches.stored_values import (
    read_batch,
    read_row,
    read_standing,
    write_batch,
    write_json,
    write_row,
)
from chasedata_mcp.batches.tables import ROW_COLUMNS, ROWS
from chasedata_mcp.batches.worker_names import WorkerNames
from chasedata_mcp.ledger import ApprovalSummary
from chasedata_mcp.ledger.connection import Connection, Database, Value, marks
from chasedata_mcp.ledger.events import format_time
from chasedata_mcp.ledger.rows import encode, insert_rows

_ADD = """
INSERT INTO batches (id, account, planned, body, state, approved_until, approval, policy,
                     stopped_because)
VALUES (?, ?, ?, ?, ?, '', '', '', '')"""
_FREEZE = "UPDATE batches SET body = ?, state = ? WHERE id = ? AND state = 'planning'"
_GIVE_UP = """
UPDATE batches SET state = 'stopped', stopped_because = ? WHERE id = ? AND state = 'planning'"""
_DROP_ROWS = "DELETE FROM batch_rows WHERE batch = ?"
_GET = """
SELECT body, state, approved_until, approval, policy, stopped_because FROM batches WHERE id = ?"""
_LIST = """
SELECT body, state, approved_until, approval, policy, stopped_because FROM batches
WHERE account = ? ORDER BY planned DESC, id LIMIT ?"""
_APPROVED = """
SELECT id FROM batches WHERE account = ? AND policy = ? AND approved_until > ?
AND state IN ('approved', 'running') ORDER BY planned, id"""
_STANDING = "SELECT state, approved_until, policy, stopped_because FROM batches WHERE id = ?"
_SET_STATE = """
UPDATE batches SET state = ?, stopped_because = ? WHERE id = ? AND state IN ({among})"""
_END_YES = """
UPDATE batches SET approved_until = '',
    stopped_because = CASE WHEN state IN ('approved', 'running') THEN ? ELSE stopped_because END,
    state = CASE WHEN state IN ('approved', 'running') THEN 'stopped' ELSE state END
WHERE id = ?"""
_APPROVE = """
UPDATE batches
SET state = 'approved', approved_until = ?, approval = ?, policy = ?, stopped_because = ''
WHERE id = ?"""
_COUNT = "SELECT state, code, count(*) FROM batch_rows WHERE batch = ? GROUP BY state, code"
# In JSON no text can hold this: its quotes are escaped there.
_RINGS = '%"import_only":false%'
_COUNT_LIKE = """
SELECT count(*) FROM batch_rows
WHERE batch = ? AND state IN ('ready', 'unknown') AND arguments LIKE ?"""
_ROWS = """
SELECT number, line, cells, arguments, state, code, reason, entry, lead_id FROM batch_rows
WHERE batch = ? AND number > ? ORDER BY number LIMIT ?"""
_ROWS_IN_STATE = """
SELECT number, line, cells, arguments, state, code, reason, entry, lead_id FROM batch_rows
WHERE batch = ? AND state = ? AND number > ? ORDER BY number LIMIT ?"""
_FIRST_ROWS = """
SELECT number, line, cells, arguments, state, code, reason, entry, lead_id FROM batch_rows
WHERE batch = ? AND state = ? AND code = ? ORDER BY number LIMIT ?"""
_PLANNED = """
SELECT number, arguments FROM batch_rows WHERE batch = ? AND state <> 'left_out' ORDER BY number"""
_SETTLE = """
UPDATE batch_rows SET state = ?, code = ?, reason = ?, entry = ?, lead_id = ?
WHERE batch = ? AND number = ?"""
# Without a yes that holds, and with no row of which nobody knows whether it was done.
_OLD = """
SELECT id FROM batches WHERE planned < ? AND approved_until <= ? AND state <> 'planning'
AND EXISTS (SELECT 1 FROM batch_rows WHERE batch = batches.id AND arguments <> '{}')
AND NOT EXISTS (SELECT 1 FROM batch_rows WHERE batch = batches.id AND state = 'unknown')"""
_FORGET_ROWS = "UPDATE batch_rows SET cells = '[]', arguments = '{}' WHERE batch = ?"
_FORGET_READY = f"""
UPDATE batch_rows SET state = 'left_out', code = '{LeftOut.REMOVED}'
WHERE batch = ? AND state = 'ready'"""  # noqa: S608 - of a constant
_FORGET_UNFROZEN = "DELETE FROM batches WHERE state = 'planning' AND planned < ?"
_FORGET_ORPHANS = "DELETE FROM batch_rows WHERE batch NOT IN (SELECT id FROM batches)"
_REMEMBER = """
INSERT INTO batch_mappings (header, mapping) VALUES (?, ?)
ON CONFLICT (header) DO UPDATE SET mapping = excluded.mapping"""
_RECALL = "SELECT mapping FROM batch_mappings WHERE header = ?"


class BatchStore:
    """Batches and their rows in a database, which may be that of the ledger of a team."""

    def __init__(self, database: Database) -> None:
        self._database = BatchDatabase(database)
        self.workers = WorkerNames(self._database)

    def add_rows(self, batch: str, rows: Sequence[BatchRow]) -> None:
        """Add rows of a batch that is being planned."""
        values = [write_row(batch, row) for row in rows]
        self._database.write(lambda connection: insert_rows(connection, ROWS, ROW_COLUMNS, values))

    def digest_planned(self, batch: Batch) -> str:
        """Hash what was planned to be run: the tool and its ways, and each row's arguments."""
        what = [batch.id, batch.account, batch.tool, batch.on_duplicate]
        hashed = sha256(write_json(what).encode())
        for row in self._database.stream(_PLANNED, (batch.id,)):
            hashed.update(write_json(row).encode())
        return hashed.hexdigest()

    def freeze(self, batch: Batch) -> None:
        """Keep a batch whose rows are all there: from now on neither they nor it change."""
        values = (write_batch(batch), batch.state, batch.id)
        self._database.write(lambda connection: connection.run(_FREEZE, values))

    def add(self, batch: Batch) -> None:
        """Add a batch that is being planned."""
        values = (
            *(batch.id, encode(batch.account), format_time(batch.planned)),
            *(write_batch(batch), batch.state),
        )
        self._database.write(lambda connection: connection.run(_ADD, values))

    def give_up(self, batch: str, because: str) -> None:
        """Keep of a batch that can't be planned to its end why, and none of its rows."""

        def give_up(connection: Connection) -> None:
            connection.lift_time_limits()
            if connection.run(_GIVE_UP, (encode(because), batch)):
                connection.run(_DROP_ROWS, (batch,))

        self._database.write(give_up)

    def get(self, batch: str) -> Batch | None:
        """Read a batch, None where there is none of this id."""
        row = self._database.read(lambda connection: connection.fetch_one(_GET, (encode(batch),)))
        return None if row is None else read_batch(row)

    def list_batches(self, account: str, limit: int) -> list[Batch]:
        """List the batches of an account, the newest first."""
        values = (encode(account), limit)
        rows = self._database.read(lambda connection: connection.fetch_all(_LIST, values))
        return [read_batch(row) for row in rows]

    def count_rows(self, batch: str) -> RowCounts:
        """Count the rows of a batch."""
        rows = self._database.read(lambda connection: connection.fetch_all(_COUNT, (batch,)))
        return RowCounts({(RowState(state), code): count for state, code, count in rows})

    def count_ringing(self, batch: str) -> int:
        """Count the inserts of a batch that are still to be sent and ring a phone at once."""
        return int(self._database.query(_COUNT_LIKE, (batch, _RINGS))[0][0])

    def read_rows(
        self, batch: str, *, after: int = 0, limit: int, state: RowState | None = None
    ) -> list[BatchRow]:
        """Read rows behind a number, in their order."""
        statement = _ROWS if state is None else _ROWS_IN_STATE
        values: list[Value] = [batch, after, limit]
        if state is not None:
            values.insert(1, state)
        rows = self._database.read(lambda connection: connection.fetch_all(statement, values))
        return [read_row(row) for row in rows]

    def read_first_rows(self, batch: str, state: RowState, code: str, limit: int) -> list[BatchRow]:
        """Read the first rows in a state for a reason."""
        values = (batch, state, code, limit)
        rows = self._database.read(lambda connection: connection.fetch_all(_FIRST_ROWS, values))
        return [read_row(row) for row in rows]

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
        self._database.write(lambda connection: [connection.run(_SETTLE, row) for row in values])

    def approve(self, batch: str, until: datetime, approval: ApprovalSummary, terms: str) -> None:
        """Keep a person's yes to a batch: until when it holds, and under which terms.

        The time is the ledger's own.
        """
        values = (format_time(until), write_json(asdict(approval)), terms, batch)
        self._database.write(lambda connection: connection.run(_APPROVE, values))

    def end_yes(self, batch: str, because: str) -> None:
        """End the yes to a batch, and stop it where it runs or is about to."""
        values = (encode(because), batch)
        self._database.write(lambda connection: connection.run(_END_YES, values))

    def find_approved(self, account: str, terms: str, now: datetime) -> list[str]:
        """Find an account's batches that a yes under these terms holds for, the oldest first."""
        values = (encode(account), terms, format_time(now))
        return [batch for (batch,) in self._database.query(_APPROVED, values)]

    def read_standing(self, batch: str) -> Standing | None:
        """Read what may end a batch's run between two rows, None where there is no such batch."""
        rows = self._database.query(_STANDING, (encode(batch),))
        return read_standing(rows[0]) if rows else None

    def set_state(
        self,
        batch: str,
        state: BatchState,
        because: str = "",
        among: Sequence[BatchState] = tuple(BatchState),
    ) -> bool:
        """Set the state of a batch that is in one of some, and why it stopped; tell whether."""
        statement = _SET_STATE.format(among=marks(len(among)))
        values = (state, encode(because), batch, *among)
        return self._database.write(lambda connection: connection.run(statement, values)) == 1

    def remember_mapping(
        self, tool: str, header: Sequence[str], mapping: Mapping[str, str]
    ) -> None:
        """Remember how the columns of a header were mapped for a tool."""
        values = (_header_key(tool, header), write_json({**mapping}))
        self._database.write(lambda connection: connection.run(_REMEMBER, values))

    def recall_mapping(self, tool: str, header: Sequence[str]) -> dict[str, str]:
        """Recall how the columns of this header were mapped last; empty where they never were."""
        key = _header_key(tool, header)
        found = self._database.read(lambda connection: connection.fetch_value(_RECALL, (key,)))
        return json.loads(found) if found else {}

    def forget(self, before: datetime, now: datetime) -> int:
        """Remove the data of batches from before a time; give the number of those that had any.

        What became of each row stays. A batch stays as it is while a yes to it holds, by the
        ledger's own time, and while the outcome of a row is unknown.
        """
        at = format_time(before)

        def forget(connection: Connection) -> int:
            connection.lift_time_limits()
            old = connection.fetch_all(_OLD, (at, format_time(now)))
            for batch in old:
                connection.run(_FORGET_READY, batch)
                connection.run(_FORGET_ROWS, batch)
            connection.run(_FORGET_UNFROZEN, (at,))
            connection.run(_FORGET_ORPHANS)
            return len(old)

        return self._database.write(forget)

    def close(self) -> None:
        """Close its connections."""
        self._database.close()


def _header_key(tool: str, header: Sequence[str]) -> str:
    return sha256(write_json([tool, *header]).encode()).hexdigest()
