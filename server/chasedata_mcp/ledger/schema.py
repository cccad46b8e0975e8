"""The tables: events, rows derived of them, rows that calls are decided by, the store's own row."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    create_mock_engine,
    insert,
    select,
    text,
)
from sqlalchemy.schema import ExecutableDDLElement

from chasedata_mcp.ledger.connection import Connection
from chasedata_mcp.ledger.errors import (
    LedgerElsewhereError,
    LedgerTooNewError,
    LedgerUnreadableError,
)
from chasedata_mcp.ledger.events import format_time
from chasedata_mcp.ledger.models import Environment

VERSION = 3
"""The version of this schema; it grows with every change to it."""

TABLES = MetaData()
# In SQLite only INTEGER PRIMARY KEY is the row's own id, which needs no index beside the table
# (sqlite.org/lang_createtable.html#rowid).
_SEQ = BigInteger().with_variant(Integer(), "sqlite")
# Compared as bytes, as SQLite does: a language's collation would sort times and keys in its own
# way.
_TEXT = Text().with_variant(Text(collation="C"), "postgresql")

STORE = Table(
    "ledger_store",
    TABLES,
    Column("one", Integer, CheckConstraint("one = 1"), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("environment", _TEXT, nullable=False),
    Column("made", _TEXT, nullable=False),
    Column("pruned", _SEQ, nullable=False),
)
"""One row, which writers lock in PostgreSQL; `pruned` is the last event that pruning removed."""

EVENTS = Table(
    "ledger_events",
    TABLES,
    Column("seq", _SEQ, primary_key=True, autoincrement=False),
    Column("at", _TEXT, nullable=False),
    Column("what", _TEXT, nullable=False),
    Column("entry", _TEXT, nullable=False),
    Column("body", _TEXT, nullable=False),
    Column("prev", _TEXT, nullable=False),
    Column("hash", _TEXT, nullable=False),
    Index("ledger_events_entry", "entry", "seq"),
    Index("ledger_events_at", "at", "seq"),
)

ENTRIES = Table(
    "ledger_entries",
    TABLES,
    Column("seq", _SEQ, primary_key=True, autoincrement=False),
    Column("entry", _TEXT, nullable=False, unique=True),
    Column("at", _TEXT, nullable=False),
    Column("kind", _TEXT, nullable=False),
    Column("tool", _TEXT, nullable=False),
    Column("caller", _TEXT, nullable=False),
    Column("account", _TEXT, nullable=False),
    Column("digest", _TEXT, nullable=False),
    Column("outcome", _TEXT, nullable=False),
    Index("ledger_entries_at", "at", "seq"),
    Index("ledger_entries_tool", "tool", "seq"),
    Index("ledger_entries_tool_outcome", "tool", "outcome", "seq"),
    Index("ledger_entries_caller", "caller", "seq"),
    Index("ledger_entries_caller_tool", "caller", "tool", "outcome", "seq"),
    Index("ledger_entries_outcome", "outcome", "kind", "seq"),
    Index("ledger_entries_digest", "digest", "seq"),
)
"""One row an entry, derived of its events."""

KEYS = Table(
    "ledger_keys",
    TABLES,
    Column("key", _TEXT, primary_key=True),
    Column("seq", _SEQ, primary_key=True, autoincrement=False),
    Index("ledger_keys_seq", "seq"),
    # The key is nearly the whole row, which would else be stored twice
    # (sqlite.org/withoutrowid.html).
    sqlite_with_rowid=False,
)
"""The entries that touch a number or a resource, or undo an entry; `seq` is the entry's."""

APPROVALS = Table(
    "ledger_consents",
    TABLES,
    Column("id", _TEXT, primary_key=True),
    Column("digest", _TEXT, nullable=False),
    Column("caller", _TEXT, nullable=False),
    Column("question", _TEXT, nullable=False),
    Column("asked", _TEXT, nullable=False),
    Column("ends", _TEXT, nullable=False),
    Column("state", _TEXT, nullable=False),
    Column("how", _TEXT),
    Column("by", _TEXT),
    Column("account", _TEXT, nullable=False, server_default=""),
    Column("code", _TEXT, nullable=False, server_default=""),
    Column("calls", _TEXT, nullable=False, server_default="null"),
    Column("known", _TEXT, nullable=False, server_default=""),
    Column("needs", _TEXT, nullable=False, server_default="client"),
    Column("sureness", _TEXT),
    Column("offers", _TEXT, nullable=False, server_default="null"),
    Index("ledger_consents_digest", "digest", "asked"),
    Index("ledger_consents_code", "code", "asked"),
    Index("ledger_consents_account", "account", "state", "ends"),
)

ACCOUNTS = Table(
    "ledger_accounts",
    TABLES,
    Column("account", _TEXT, primary_key=True),
    Column("remembered", _SEQ, nullable=False, server_default="0"),
    Column("frozen_at", _TEXT),
    Column("frozen_why", _TEXT),
    Column("frozen_by", _TEXT),
    Column("rearmed", _TEXT, nullable=False, server_default=""),
    Column("let_go", _SEQ, nullable=False, server_default="0"),
)
"""One row an account that was ever frozen or suppressed a number.

`remembered` counts the numbers that are suppressed, `let_go` those that were released.
"""

RESERVATIONS = Table(
    "ledger_reservations",
    TABLES,
    Column("id", _SEQ, primary_key=True),
    Column("account", _TEXT, nullable=False),
    Column("cap", _TEXT, nullable=False),
    Column("key", _TEXT, nullable=False),
    Column("at", _TEXT, nullable=False),
    Column("entry", _TEXT, nullable=False),
    Index("ledger_reservations_cap", "account", "cap", "at", "key"),
    Index("ledger_reservations_key", "account", "cap", "key", "at"),
    Index("ledger_reservations_entry", "entry"),
)
"""The caps' units that each call uses, until they are too old to count."""

DNC_REGISTRY = Table(
    "ledger_memory",
    TABLES,
    Column("account", _TEXT, primary_key=True),
    Column("way", _TEXT, primary_key=True),
    Column("number", _TEXT, primary_key=True),
    Column("entry", _TEXT, primary_key=True),
    Column("seq", _SEQ, nullable=False),
    Column("since", _TEXT, nullable=False),
    Index("ledger_memory_entry", "entry"),
    sqlite_with_rowid=False,
)
"""The entries that suppress a number (`on`) or ask for its release (`off`); never pruned."""

GRANTS = Table(
    "ledger_grants",
    TABLES,
    Column("id", _TEXT, primary_key=True),
    Column("account", _TEXT, nullable=False),
    Column("caller", _TEXT, nullable=False),
    Column("until", _TEXT, nullable=False),
    Column("at_most", _SEQ, nullable=False),
    Column("used", _SEQ, nullable=False),
    Column("revoked", _TEXT),
    Column("body", _TEXT, nullable=False),
    Index("ledger_grants_account", "account", "until"),
)
"""Grants: `body` is as it was given; the other columns are looked up, or change."""

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

_ADDRESSES = {"sqlite": "sqlite://", "postgresql": "postgresql+psycopg://"}
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
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MAKING})
    if read_version(connection, environment) is not None:
        return
    for statement in _statements(connection.database):
        connection.run(statement)
    made = format_time(datetime.now(UTC))
    row = {"one": 1, "version": VERSION, "environment": environment, "made": made, "pruned": 0}
    connection.execute(insert(STORE), row)


@cache
def _statements(database: str) -> Sequence[str]:
    """Compile, once a process, the statements that make the tables with their guards."""
    statements: list[str] = []

    def add(statement: ExecutableDDLElement, *_: object, **__: object) -> None:
        statements.append(str(statement.compile(dialect=engine.dialect)))

    engine = create_mock_engine(_ADDRESSES[database], add)
    TABLES.create_all(engine, checkfirst=False)
    return [*statements, *GUARDS[database]]


def read_version(connection: Connection, environment: Environment) -> int | None:
    """Read the version of the tables, None where there are none.

    Raises:
        LedgerTooNewError: A newer version of this program made it.
        LedgerUnreadableError: Its tables are of a version that was never released.
        LedgerElsewhereError: It was made for another environment.
    """
    if connection.fetch_value(HAS_STORE[connection.database]) is None:
        return None
    row = connection.execute(select(STORE.c.version, STORE.c.environment)).one()
    if row.version > VERSION:
        raise LedgerTooNewError(
            f"This ledger has version {row.version} and this program knows up to {VERSION}. "
            "Upgrade chasedata-mcp, or give this one a directory of its own."
        )
    if row.version < VERSION:
        raise LedgerUnreadableError(
            f"The ledger can't be read: its tables have version {row.version}, not {VERSION}."
        )
    if row.environment != environment:
        raise LedgerElsewhereError(
            f"This ledger is of the environment '{row.environment}', not '{environment}'. "
            "Sandbox and live never share a ledger; give each its own."
        )
    return int(row.version)
