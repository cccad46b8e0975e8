"""The tables: events, rows derived of them, rows that calls are decided by, the store's own row."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache

from chasedata_mcp.ledger.connection import Connection
from chasedata_mcp.ledger.errors import LedgerElsewhereError, LedgerTooNewError, LedgerTooOldError
from chasedata_mcp.ledger.events import FIRST, format_time
from chasedata_mcp.ledger.models import Environment

VERSION = 5
"""The version of this schema; it grows with every change to it."""

TABLES = """
-- One row, which writers lock in PostgreSQL. `pruned` is the last event that pruning removed, and
-- `pruned_hash` that event's hash.
CREATE TABLE ledger_store (
    one {one} NOT NULL CHECK (one = 1),
    version INTEGER NOT NULL,
    environment {text} NOT NULL,
    made {text} NOT NULL,
    pruned {number} NOT NULL,
    pruned_hash {bytes} NOT NULL,
    PRIMARY KEY (one)
);

-- One row: the last mark of the store's time (clock_marks.py).
CREATE TABLE ledger_clock (
    one {one} NOT NULL CHECK (one = 1),
    time {text} NOT NULL,
    clock {text} NOT NULL,
    uptime {number} NOT NULL,
    boot {text} NOT NULL,
    moved_at {text} NOT NULL,
    moved_by {number} NOT NULL,
    PRIMARY KEY (one)
);

-- The chain. `body` is JSON, packed as packed_texts.py says. The hash of the event before is that
-- of the row before.
CREATE TABLE ledger_events (
    seq {number} NOT NULL,
    at {text} NOT NULL,
    what {text} NOT NULL,
    entry {text} NOT NULL,
    body {packed} NOT NULL,
    hash {bytes} NOT NULL,
    PRIMARY KEY (seq)
);
CREATE INDEX ledger_events_entry ON ledger_events (entry{by_seq});

-- One row for each combination that entries have; `free_text` is 1 where the caller was shown some.
CREATE TABLE ledger_labels (
    id {counter} NOT NULL,
    account {text} NOT NULL,
    caller {text} NOT NULL,
    tool {text} NOT NULL,
    kind {text} NOT NULL,
    outcome {text} NOT NULL,
    free_text {number} NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (account, caller, tool, kind, outcome, free_text)
);

-- One row an entry, derived of its events.
CREATE TABLE ledger_calls (
    seq {number} NOT NULL,
    entry {text} NOT NULL,
    at {text} NOT NULL,
    label {number} NOT NULL,
    PRIMARY KEY (seq),
    UNIQUE (entry)
);
CREATE INDEX ledger_calls_label ON ledger_calls (label{by_seq});

-- The same with its label, to be read.
CREATE VIEW ledger_entries AS
    SELECT seq, entry, at, kind, tool, caller, account, outcome, free_text
    FROM ledger_calls JOIN ledger_labels ON ledger_labels.id = ledger_calls.label;

-- The times of the entries among so many events each; the last events have no such row yet.
CREATE TABLE ledger_spans (
    first {number} NOT NULL,
    last {number} NOT NULL,
    earliest {text} NOT NULL,
    latest {text} NOT NULL,
    PRIMARY KEY (first)
);
CREATE INDEX ledger_spans_latest ON ledger_spans (latest);

-- The entries that touch a number or a resource, or undo an entry; `seq` is the entry's. The key is
-- nearly the whole row, which would else be stored twice (sqlite.org/withoutrowid.html).
CREATE TABLE ledger_keys (
    key {text} NOT NULL,
    seq {number} NOT NULL,
    PRIMARY KEY (key, seq)
){without_rowid};

-- Approvals, open and answered.
CREATE TABLE ledger_consents (
    id {text} NOT NULL,
    digest {text} NOT NULL,
    caller {text} NOT NULL,
    question {text} NOT NULL,
    asked {text} NOT NULL,
    ends {text} NOT NULL,
    state {text} NOT NULL,
    how {text},
    "by" {text},
    account {text} DEFAULT '' NOT NULL,
    code {text} DEFAULT '' NOT NULL,
    calls {text} DEFAULT 'null' NOT NULL,
    known {text} DEFAULT '' NOT NULL,
    needs {text} DEFAULT 'client' NOT NULL,
    sureness {text},
    offers {text} DEFAULT 'null' NOT NULL,
    store_ends {text} NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX ledger_consents_digest ON ledger_consents (digest, asked);
CREATE INDEX ledger_consents_code ON ledger_consents (code, asked);
CREATE INDEX ledger_consents_account ON ledger_consents (account, state, ends);

-- One row an account that was ever frozen or suppressed a number. `remembered` counts the numbers
-- that are suppressed, `let_go` those that were released.
CREATE TABLE ledger_accounts (
    account {text} NOT NULL,
    remembered {number} DEFAULT '0' NOT NULL,
    frozen_at {text},
    frozen_why {text},
    frozen_by {text},
    rearmed {text} DEFAULT '' NOT NULL,
    let_go {number} DEFAULT '0' NOT NULL,
    PRIMARY KEY (account)
);

-- The caps' units that each call uses, until they are too old to count.
CREATE TABLE ledger_reservations (
    id {counter} NOT NULL,
    account {text} NOT NULL,
    cap {text} NOT NULL,
    key {text} NOT NULL,
    at {text} NOT NULL,
    entry {text} NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX ledger_reservations_cap ON ledger_reservations (account, cap, at, key);
CREATE INDEX ledger_reservations_key ON ledger_reservations (account, cap, key, at);
CREATE INDEX ledger_reservations_entry ON ledger_reservations (entry);

-- The entries that suppress a number (`on`) or ask for its release (`off`); never pruned.
CREATE TABLE ledger_memory (
    account {text} NOT NULL,
    way {text} NOT NULL,
    number {text} NOT NULL,
    entry {text} NOT NULL,
    seq {number} NOT NULL,
    since {text} NOT NULL,
    PRIMARY KEY (account, way, number, entry)
){without_rowid};
CREATE INDEX ledger_memory_entry ON ledger_memory (entry);

-- Grants: `body` is as it was given; the other columns are looked up, or change.
CREATE TABLE ledger_grants (
    id {text} NOT NULL,
    account {text} NOT NULL,
    caller {text} NOT NULL,
    until {text} NOT NULL,
    at_most {number} NOT NULL,
    used {number} NOT NULL,
    revoked {text},
    body {text} NOT NULL,
    store_until {text} NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX ledger_grants_account ON ledger_grants (account, until);
"""
"""The statements that make the tables, with the words of `WORDS` for what differs."""

WORDS = {
    "sqlite": {
        # Only INTEGER PRIMARY KEY is the row's own id, which needs no index beside the table
        # (sqlite.org/lang_createtable.html#rowid).
        "number": "INTEGER",
        "text": "TEXT",
        "bytes": "BLOB",
        "packed": "BLOB",
        # It has the row's own id besides.
        "by_seq": "",
        "counter": "INTEGER",
        "one": "INTEGER",
        "without_rowid": " WITHOUT ROWID",
    },
    "postgresql": {
        "number": "BIGINT",
        # Compared as bytes, as SQLite does: a language's collation would sort times and keys in its
        # own way.
        "text": 'TEXT COLLATE "C"',
        "bytes": "BYTEA",
        "packed": "TEXT",
        "by_seq": ", seq",
        "counter": "BIGSERIAL",
        "one": "SERIAL",
        "without_rowid": "",
    },
}

GUARDS = {
    "sqlite": (
        """CREATE TRIGGER ledger_events_stay BEFORE UPDATE ON ledger_events
    BEGIN SELECT RAISE(ABORT, 'events are never changed'); END""",
        """CREATE TRIGGER ledger_events_last BEFORE DELETE ON ledger_events
    WHEN OLD.seq > (SELECT pruned FROM ledger_store)
    BEGIN SELECT RAISE(ABORT, 'events are removed by pruning only'); END""",
    ),
    "postgresql": (
        """CREATE FUNCTION ledger_events_stay() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'DELETE' THEN
        IF OLD.seq <= (SELECT pruned FROM ledger_store) THEN RETURN OLD; END IF;
      END IF;
      RAISE EXCEPTION 'events are neither changed nor removed but by pruning';
    END $$""",
        """CREATE TRIGGER ledger_events_stay BEFORE UPDATE OR DELETE ON ledger_events
    FOR EACH ROW EXECUTE FUNCTION ledger_events_stay()""",
    ),
}
"""Triggers that refuse a slip; not somebody who may drop them, whom the hashes are against."""

HAS_STORE = {
    "sqlite": "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'ledger_store'",
    # Not by to_regclass, which may not know yet of a table that another process has just made.
    "postgresql": "SELECT 1 FROM pg_class WHERE relname = 'ledger_store' "
    "AND pg_table_is_visible(oid)",
}
"""The statement that finds the store's table, nothing where there is none."""

_STORE_ROW = """
    INSERT INTO ledger_store (one, version, environment, made, pruned, pruned_hash)
    VALUES (?, ?, ?, ?, ?, ?)
"""
_MAKING = 0x1ED6E2
"""The key of the advisory lock that one process makes the tables under; any number of our own."""


def make_tables(connection: Connection, environment: Environment) -> None:
    """Make the tables, unless somebody else has done so meanwhile.

    Raises:
        LedgerError: As `read_version`.
    """
    if connection.database == "postgresql":
        # There is no row yet to lock, and IF NOT EXISTS fails if two make the same table at once.
        # The lock ends with the transaction (section 13.3.5 of PostgreSQL's documentation).
        connection.fetch_one("SELECT pg_advisory_xact_lock(?)", (_MAKING,))
    if read_version(connection, environment) is not None:
        return
    for statement in _statements(connection.database):
        connection.run(statement)
    made = format_time(datetime.now(UTC))
    connection.run(_STORE_ROW, (1, VERSION, environment, made, 0, bytes.fromhex(FIRST)))


@cache
def _statements(database: str) -> Sequence[str]:
    tables = TABLES.format(**WORDS[database]).split(";\n")
    return [*(statement.strip() for statement in tables if statement.strip()), *GUARDS[database]]


def read_version(connection: Connection, environment: Environment) -> int | None:
    """Read the version of the tables, None where there are none.

    Raises:
        LedgerTooNewError: A newer version of this program made it.
        LedgerTooOldError: Its tables are of a version that was never released.
        LedgerElsewhereError: It was made for another environment.
    """
    if connection.fetch_value(HAS_STORE[connection.database]) is None:
        return None
    version, made_for = connection.fetch_all("SELECT version, environment FROM ledger_store")[0]
    if version > VERSION:
        raise LedgerTooNewError(
            f"This ledger has version {version} and this program knows up to {VERSION}. "
            "Upgrade chasedata-mcp, or give this one a directory of its own."
        )
    if version < VERSION:
        raise LedgerTooOldError(
            f"The ledger can't be read: its tables have version {version}, not {VERSION}. Use the "
            "program that made it, or give this one a directory or database of its own."
        )
    if made_for != environment:
        raise LedgerElsewhereError(
            f"This ledger is of the environment '{made_for}', not '{environment}'. "
            "Sandbox and live never share a ledger; give each its own."
        )
    return int(version)
