"""A store as version 1 made it, with its own definitions of the tables."""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    create_engine,
    insert,
)

from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger.chain import Chain
from chasedata_mcp.ledger.checkpoints import HeadFile
from chasedata_mcp.ledger.engine import postgresql_engine, sqlite_engine
from chasedata_mcp.ledger.event_bodies import draft_of_ending, draft_of_intent
from chasedata_mcp.ledger.events import What
from chasedata_mcp.ledger.models import Intent
from chasedata_mcp.ledger.schema import GUARDS
from chasedata_mcp.ledger.transactions import Transactions
from ledgers import Place, ending

_OLD = MetaData()
_SEQ = BigInteger().with_variant(Integer(), "sqlite")
_TEXT = Text().with_variant(Text(collation="C"), "postgresql")


def _texts(*names: str) -> list[Column[str]]:
    return [Column(name, _TEXT, nullable=False) for name in names]


_STORE = Table(
    "ledger_store",
    _OLD,
    Column("one", Integer, CheckConstraint("one = 1"), primary_key=True),
    Column("version", Integer, nullable=False),
    *_texts("environment", "made"),
    Column("pruned", _SEQ, nullable=False),
)
Table(
    "ledger_events",
    _OLD,
    Column("seq", _SEQ, primary_key=True, autoincrement=False),
    *_texts("at", "what", "entry", "body", "prev", "hash"),
    Index("ledger_events_entry", "entry", "seq"),
    Index("ledger_events_at", "at", "seq"),
)
Table(
    "ledger_entries",
    _OLD,
    Column("seq", _SEQ, primary_key=True, autoincrement=False),
    Column("entry", _TEXT, nullable=False, unique=True),
    *_texts("at", "kind", "tool", "caller", "account", "digest", "outcome"),
    Index("ledger_entries_at", "at", "seq"),
    Index("ledger_entries_tool", "tool", "seq"),
    Index("ledger_entries_tool_outcome", "tool", "outcome", "seq"),
    Index("ledger_entries_caller", "caller", "seq"),
    Index("ledger_entries_caller_tool", "caller", "tool", "outcome", "seq"),
    Index("ledger_entries_outcome", "outcome", "kind", "seq"),
    Index("ledger_entries_digest", "digest", "seq"),
)
Table(
    "ledger_keys",
    _OLD,
    Column("key", _TEXT, primary_key=True),
    Column("seq", _SEQ, primary_key=True, autoincrement=False),
    Index("ledger_keys_seq", "seq"),
    sqlite_with_rowid=False,
)
Table(
    "ledger_consents",
    _OLD,
    Column("id", _TEXT, primary_key=True),
    *_texts("digest", "caller", "question", "asked", "ends", "state"),
    Column("how", _TEXT),
    Column("by", _TEXT),
)


def old_store(place: Place, *calls: tuple[Intent, Outcome | None]) -> None:
    """Make a store of version 1, with calls that came to this, or have come to nothing yet."""
    is_file = "://" not in place.where
    if is_file:
        Path(place.where).mkdir()
    engine = create_engine(place._address())
    with engine.begin() as connection:
        _OLD.create_all(connection)
        for guard in GUARDS[connection.dialect.name]:
            connection.exec_driver_sql(guard)
        row = {"one": 1, "version": 1, "environment": "sandbox", "made": "", "pruned": 0}
        connection.execute(insert(_STORE), row)
    engine.dispose()
    file = Path(place.where) / "ledger-sandbox.sqlite3"
    made = sqlite_engine(file) if is_file else postgresql_engine(place.where)
    transactions = Transactions(made, HeadFile(place.head))
    for call, outcome in calls:
        transactions.append(_write(call, outcome))
    transactions.close()


def _write(call: Intent, outcome: Outcome | None) -> Callable[[Chain], None]:
    def write(chain: Chain) -> None:
        chain.open([draft_of_intent(call)])
        if outcome is not None:
            chain.append([draft_of_ending(ending(call.entry, outcome, at=call.at), What.OUTCOME)])
            chain.settle(call.entry, outcome.value)

    return write
