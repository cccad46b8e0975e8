"""The tables: events, what is derived of them, what calls are judged by, and the store's row."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
)

VERSION = 3
"""The version of this schema; it grows with every change to it, and `migrating` keeps up."""

TABLES = MetaData()
# In SQLite only this type makes the sequence the row's own id.
_SEQ = BigInteger().with_variant(Integer(), "sqlite")
# Compared as bytes everywhere, so that the order of text is that of time.
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
"""One row; in PostgreSQL, locking it is what puts writers in line."""

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
    sqlite_with_rowid=False,
)
"""Which entries touch a number or a subject, or undo an entry; `seq` is the entry's."""

CONSENTS = Table(
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
    # Since version 2; a process of version 1 that is still running leaves them out.
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
    # Since version 3.
    Column("let_go", _SEQ, nullable=False, server_default="0"),
)
"""One row an account that was ever frozen or remembered anything.

`remembered` counts the numbers that it holds, `let_go` those that it held once.
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
"""What each call uses of the caps, until it is too old to count."""

MEMORY = Table(
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
"""Which entries hold a number back (`on`), and which want to let go of it (`off`); never pruned."""

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
"""Grants: `body` is as it was given, the other columns are what is looked for and what changes."""

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
"""What refuses a slip; not somebody who may drop them, that is what the hashes are for."""
