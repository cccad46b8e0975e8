"""The tables of batches, apart from the ledger's: they hold customers' data only until it is done.

Statements are the same for SQLite and PostgreSQL but for the words in `TYPES`.
"""

from typing import Final

from chasedata_mcp.ledger.connection import Connection

VERSION: Final = 1
"""The version of these tables; it grows with every change to them."""

TYPES: Final = {
    "sqlite": {"text": "TEXT", "number": "INTEGER", "clustered": "WITHOUT ROWID"},
    # Compared as bytes, as SQLite does.
    "postgresql": {"text": 'TEXT COLLATE "C"', "number": "BIGINT", "clustered": ""},
}

TABLES: Final = """
CREATE TABLE IF NOT EXISTS batches_store (version {number} NOT NULL PRIMARY KEY);

-- `body` is JSON of what never changes after planning. The other columns are looked up, or change.
CREATE TABLE IF NOT EXISTS batches (
    id {text} NOT NULL PRIMARY KEY,
    account {text} NOT NULL,
    planned {text} NOT NULL,
    body {text} NOT NULL,
    state {text} NOT NULL,
    approved_until {text} NOT NULL,
    approval {text} NOT NULL,
    policy {text} NOT NULL,
    stopped_because {text} NOT NULL
);
CREATE INDEX IF NOT EXISTS batches_account ON batches (account, planned);

-- `cells` and `arguments` are JSON, and empty once a batch's data has been removed.
CREATE TABLE IF NOT EXISTS batch_rows (
    batch {text} NOT NULL,
    number {number} NOT NULL,
    line {number} NOT NULL,
    cells {text} NOT NULL,
    arguments {text} NOT NULL,
    state {text} NOT NULL,
    code {text} NOT NULL,
    reason {text} NOT NULL,
    entry {text} NOT NULL,
    lead_id {text} NOT NULL,
    PRIMARY KEY (batch, number)
) {clustered};
CREATE INDEX IF NOT EXISTS batch_rows_state ON batch_rows (batch, state, code, number);

-- The processes that run batches, or died as they did. `holder` is the process that has a name.
CREATE TABLE IF NOT EXISTS batch_workers (
    name {text} NOT NULL PRIMARY KEY,
    holder {text} NOT NULL,
    until {text} NOT NULL
);

-- The mapping that was used last for a header and a tool, as JSON. The key is a hash of both.
CREATE TABLE IF NOT EXISTS batch_mappings (
    header {text} NOT NULL PRIMARY KEY,
    mapping {text} NOT NULL
)
"""

ROWS: Final = "batch_rows"
ROW_COLUMNS: Final = (
    "batch",
    "number",
    "line",
    "cells",
    "arguments",
    "state",
    "code",
    "reason",
    "entry",
    "lead_id",
)

_MAKING: Final = 0x1ED6E3
"""The key of the advisory lock under which one process makes the tables in PostgreSQL."""


def make_tables(connection: Connection) -> int:
    """Make the tables where there are none, and return their version."""
    if connection.database == "postgresql":
        connection.run("SELECT pg_advisory_xact_lock(?)", (_MAKING,))
    for statement in TABLES.format_map(TYPES[connection.database]).split(";"):
        connection.run(statement)
    connection.run("INSERT INTO batches_store VALUES (?) ON CONFLICT DO NOTHING", (VERSION,))
    return int(connection.fetch_value("SELECT max(version) FROM batches_store"))
