"""The tables in SQLAlchemy's words, until the last statement that uses them is text."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, MetaData, Table, Text

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
