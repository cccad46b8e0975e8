"""Ledgers to test with: where they are, what is put into them, and how somebody tampers."""

import json
import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Connection, create_engine, text

from _support.forks import forked
from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import (
    Approval,
    ApprovalAnswer,
    ApprovalState,
    AssuranceLevel,
    Ending,
    EntryKind,
    FactQuery,
    Grant,
    Intent,
    Ledger,
    LedgerFacts,
    Note,
    Question,
    fresh_id,
    open_ledger,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PHONE = "9545550123"
TEN_MINUTES = timedelta(minutes=10)
_GUARDS = {
    "sqlite": ("DROP TRIGGER ledger_events_stay", "DROP TRIGGER ledger_events_last"),
    "postgresql": ("DROP TRIGGER ledger_events_stay ON ledger_events",),
}


@dataclass(frozen=True)
class Place:
    """Where a ledger is: a directory, or the address of a schema of its own in PostgreSQL."""

    where: str
    checkpoint: Path

    def ledger(self) -> Ledger:
        """Another ledger on the same store, as another process would have it."""
        return open_ledger(self.where, "sandbox", checkpoint=self.checkpoint, clock=lambda: NOON)

    def tamper(self, *statements: str) -> None:
        """Change the store behind the ledger's back, as whoever may write the database can."""
        with self._connected() as connection:
            for statement in (*_GUARDS[connection.dialect.name], *statements):
                connection.execute(text(statement))

    def slip(self, statement: str) -> None:
        """Change the store, without taking its guards away first."""
        with self._connected() as connection:
            connection.execute(text(statement))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a query of the database gives."""
        with self._connected() as connection:
            return [tuple(row) for row in connection.execute(text(query))]

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        engine = create_engine(self._address())
        try:
            with engine.begin() as connection:
                yield connection
        finally:
            engine.dispose()

    def _address(self) -> str:
        if "://" in self.where:
            return self.where
        return f"sqlite:///{self.where}/ledger-sandbox.sqlite3"


def intent(**other: Any) -> Intent:  # noqa: ANN401 - any field
    """A text that somebody wants sent, with what is to be different about it."""
    usual: dict[str, Any] = {
        "entry": fresh_id(),
        "at": NOON,
        "caller": "maria",
        "environment": "sandbox",
        "account": "test",
        "host": "127.0.0.1",
        "tool": "send_sms",
        "digest": "d1",
        "arguments": {"to_number": PHONE, "message": "Hello"},
        "numbers": (PHONE,),
        "resource_keys": (f"sms:{PHONE}",),
    }
    return Intent(**{**usual, **other})


def ending(entry: str, outcome: Outcome = Outcome.DONE, **other: Any) -> Ending:  # noqa: ANN401 - any field
    """What came of a call, a second after it."""
    usual: dict[str, Any] = {
        "at": NOON + timedelta(seconds=1),
        "message": "It was done.",
        "milliseconds": 120,
    }
    return Ending(entry=entry, outcome=outcome, **{**usual, **other})


def read(**other: Any) -> Note:  # noqa: ANN401 - any field
    """A search that was made."""
    searched = intent(tool="search_lead", **other)
    return Note(EntryKind.READ, searched, ending(searched.entry))


def grant(**other: Any) -> Grant:  # noqa: ANN401 - any field
    """A yes to several texts, for an hour unless said otherwise."""
    given: dict[str, Any] = {
        "id": "g1",
        "account": "test",
        "caller": "maria",
        "tools": ("send_sms",),
        "numbers": None,
        "campaign": None,
        "at_most": 2,
        "given": NOON,
        "until": NOON + timedelta(hours=1),
        "by": "jose",
        "how": "terminal",
    }
    return Grant(**{**given, **other})


def question(**other: Any) -> Approval:  # noqa: ANN401 - any field
    """A question that was just put, open for five minutes unless said otherwise."""
    given: dict[str, Any] = {
        "id": "c1",
        "digest": "d1",
        "caller": "maria",
        "question": Question("Delete it?"),
        "asked": NOON,
        "ends": NOON + timedelta(minutes=5),
        "account": "test",
    }
    return Approval(**{**given, **other})


def yes(
    at: datetime,
    how: str,
    by: str,
    sureness: AssuranceLevel | None = None,
    holds: timedelta = timedelta(0),
) -> ApprovalAnswer:
    """Build a yes."""
    return ApprovalAnswer(ApprovalState.GRANTED, how, by, at, sureness, holds)


def no(at: datetime, how: str, by: str) -> ApprovalAnswer:
    """Build anything but the right answer."""
    return ApprovalAnswer(ApprovalState.DECLINED, how, by, at)


def refusal(**other: Any) -> Note:  # noqa: ANN401 - any field
    """A call that the policy refused."""
    refused = intent(tool="delete_dnc", **other)
    why = ending(refused.entry, Outcome.REFUSED, code="not_allowed", how="policy")
    return Note(EntryKind.REFUSAL, refused, why)


async def facts(ledger: Ledger, numbers: Collection[str] = (), **other: Any) -> LedgerFacts:  # noqa: ANN401 - any field
    """Read the facts for a call of Maria's at noon unless said otherwise."""
    usual: dict[str, Any] = {"account": "test", "caller": "maria", "now": NOON}
    return await ledger.facts(FactQuery(**{**usual, "numbers": numbers, **other}))


async def done(ledger: Ledger, **other: Any) -> Intent:  # noqa: ANN401 - any field
    """A call that was intended and done."""
    call = intent(**other)
    await ledger.intend(call)
    await ledger.finish(ending(call.entry))
    return call


class Child:
    """A process of its own, that says what it has come to a line at a time."""

    def __init__(self, script: str, **given: object) -> None:
        environment: Mapping[str, str] = {**os.environ, "GIVEN": json.dumps(given)}
        self._process = forked(script, [], environment)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def hears(self) -> str:
        """The next line that it says."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def go(self) -> None:
        """Let it go on."""
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def kill(self) -> None:
        """Kill it, as a power cut would."""
        self._process.kill()
        self._process.wait()
