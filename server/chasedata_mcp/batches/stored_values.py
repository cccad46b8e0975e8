"""Batches and rows as the columns of their tables hold them."""

import json
from dataclasses import replace
from typing import Final

from pydantic import TypeAdapter

from chasedata_mcp.batches.models import Batch, BatchRow, BatchState, RowState, Standing
from chasedata_mcp.ledger import ApprovalSummary
from chasedata_mcp.ledger.connection import Row, Value
from chasedata_mcp.ledger.events import parse_time
from chasedata_mcp.ledger.rows import decode, encode

_BATCH: Final = TypeAdapter(Batch)


def write_batch(batch: Batch) -> str:
    """Write what never changes of a batch."""
    return write_json(_BATCH.dump_python(batch, mode="json"))


def write_row(batch: str, row: BatchRow) -> tuple[Value, ...]:
    """Write a row as it was planned."""
    return (
        *(batch, row.number, row.line),
        *(write_json(row.cells), write_json({**row.arguments})),
        *(row.state, row.code, encode(row.reason), row.entry, encode(row.lead_id)),
    )


def read_row(row: Row) -> BatchRow:
    """Read a row, with what became of it."""
    number, line, cells, arguments, state, code, reason, entry, lead_id = row
    return BatchRow(
        *(number, line, tuple(json.loads(cells)), json.loads(arguments), RowState(state)),
        *(code, decode(reason), entry, decode(lead_id)),
    )


def read_batch(row: Row) -> Batch:
    """Read a batch, with how it stands."""
    body, state, until, approval, terms, because = row
    return replace(
        # By Python's reader: pydantic's own takes no half of a character, and one such batch would
        # keep the whole list from being read.
        _BATCH.validate_python(json.loads(body)),
        state=BatchState(state),
        approved_until=parse_time(until) if until else None,
        approval=ApprovalSummary(**json.loads(approval)) if approval else None,
        terms=terms,
        stopped_because=decode(because),
    )


def read_standing(row: Row) -> Standing:
    """Read what may end a run."""
    state, until, terms, because = row
    ends = parse_time(until) if until else None
    return Standing(BatchState(state), ends, terms, decode(because))


def write_json(value: object) -> str:
    """Write JSON in ASCII, which both databases take whatever text is in it."""
    return json.dumps(value, separators=(",", ":"))
