"""Consents kept in the ledger: asked, granted, declined and spent across processes and restarts."""

import secrets
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime

from chasedata_mcp.failures import without_ledger
from chasedata_mcp.guards.consents import LIFE, Consent, State, not_confirmed, why_not
from chasedata_mcp.guards.questions import Kind, Question, Typed
from chasedata_mcp.ledger import ConsentRow, ConsentState, Json, Ledger, LedgerError


class ConsentsInLedger:
    """The guards' consents, over the ledger's rows."""

    def __init__(self, ledger: Ledger) -> None:
        self._rows = ledger.consents

    async def ask(self, digest: str, caller: str, question: Question, now: datetime) -> Consent:
        """Keep a new question."""
        consent = Consent(secrets.token_urlsafe(16), digest, caller, question, now + LIFE)
        row = ConsentRow(
            id=consent.id,
            digest=digest,
            caller=caller,
            question=_written(question),
            asked=now,
            ends=consent.ends,
        )
        with _kept():
            await self._rows.ask(row)
        return consent

    async def find(self, consent_id: str) -> Consent | None:
        """The consent of this id, whatever became of it; none where its question can't be read."""
        with _kept():
            row = await self._rows.find(consent_id)
        if row is None:
            return None
        try:
            question = _read(row.question)
        except ValueError:
            return None
        return Consent(row.id, row.digest, row.caller, question, row.ends, _STATES[row.state])

    async def grant(self, consent_id: str, now: datetime, how: str, by: str) -> None:
        """Record a person's yes; only a question that is open and in time takes one."""
        with _kept():
            await self._rows.grant(consent_id, now, how=how, by=by)

    async def decline(self, consent_id: str, now: datetime, how: str, by: str) -> None:
        """Record that a person didn't give the right answer; no later yes changes that."""
        with _kept():
            await self._rows.decline(consent_id, now, how=how, by=by)

    async def spend(self, consent_id: str, digest: str, caller: str, now: datetime) -> None:
        """Use a yes up, for exactly this call by this caller."""
        with _kept():
            unspent = await self._rows.spend(consent_id, digest, caller, now)
        if unspent is None:
            return
        raise not_confirmed(why_not(await self.find(consent_id), digest, caller, now))


@contextmanager
def _kept() -> Generator[None]:
    """A ledger that can't be used means no.

    Raises:
        CallError: `not_allowed`.
    """
    try:
        yield
    except LedgerError as error:
        raise without_ledger(error) from None


_STATES = {
    ConsentState.ASKED: State.ASKED,
    ConsentState.GRANTED: State.GRANTED,
    ConsentState.DECLINED: State.DECLINED,
    ConsentState.SPENT: State.SPENT,
}


def _written(question: Question) -> Json:
    typed = question.typed
    must = None if typed is None else {"kind": typed.kind.value, "expected": typed.expected}
    return {"text": question.text, "typed": must}


def _read(kept: Json) -> Question:
    """The question as it was kept.

    Raises:
        ValueError: It was not kept by this version; then it can't be answered.
    """
    match kept:
        case {"text": str(text), "typed": None}:
            return Question(text)
        case {"text": str(text), "typed": {"kind": str(kind), "expected": str(expected)}}:
            return Question(text, Typed(Kind(kind), expected))
        case _:
            raise ValueError("a kept question that this version can't read")
