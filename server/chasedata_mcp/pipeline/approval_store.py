"""Consents kept in the ledger: asked, granted, declined and spent across processes and restarts."""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import cast

from chasedata_mcp.approvals.assurance import AssuranceLevel
from chasedata_mcp.approvals.grants import Approval, Offer, Scope
from chasedata_mcp.approvals.models import (
    PLAIN,
    YES_HOLDS,
    Consent,
    Particulars,
    State,
    not_confirmed,
    why_not,
)
from chasedata_mcp.approvals.questions import Kind, Question, Typed
from chasedata_mcp.ledger import Approval as StoredApproval
from chasedata_mcp.ledger import (
    ApprovalAnswer,
    ApprovalState,
    ApprovalStore,
    Grant,
    Json,
    Ledger,
    LedgerError,
    fresh_id,
)
from chasedata_mcp.pipeline.errors import without_ledger


class ConsentsInLedger:
    """The guards' consents, over the ledger's rows of one account."""

    def __init__(self, ledger: Ledger, account: str = "") -> None:
        self._rows = ledger.approvals
        self._account = account

    async def ask(
        self,
        digest: str,
        caller: str,
        question: Question,
        now: datetime,
        more: Particulars = PLAIN,
    ) -> Consent:
        """Keep a new question, or find the one that is asked elsewhere for this call already."""
        consent = Consent.new(digest, caller, question, now, more)
        row = StoredApproval(
            id=consent.id,
            digest=digest,
            caller=caller,
            question=written(question),
            asked=now,
            ends=consent.ends,
            account=self._account,
            code=consent.code,
            calls=cast("Json", list(more.calls)),
            known="\n".join(more.known),
            needs=more.needs.value,
            offers=[offer_written(offer) for offer in more.offers],
        )
        with _kept():
            if not more.out_of_band:
                await self._rows.ask(row)
                return consent
            while (kept := await self._rows.find_or_ask(row)).id != row.id:
                found = consent_of(kept)
                if found is not None:
                    return found
                # Another version asked it, in words that this one can't hold a yes against.
                no = ApprovalAnswer(ApprovalState.DECLINED, _UNREADABLE, "nobody", now)
                await self._rows.answer(kept.id, no)
        return consent

    async def find(self, consent_id: str) -> Consent | None:
        """The consent of this id, whatever became of it; none where its question can't be read."""
        with _kept():
            return consent_of(await self._rows.get(consent_id))

    async def standing(self, digest: str, caller: str, now: datetime) -> Consent | None:
        """The last consent for this call by this caller that is asked or granted, and in time."""
        with _kept():
            return consent_of(await self._rows.active(digest, caller, now))

    async def grant(self, consent_id: str, yes: Approval) -> None:
        """Record a person's yes; only a question that is open and in time takes one."""
        with _kept():
            await say_yes(self._rows, consent_id, yes)

    async def decline(self, consent_id: str, now: datetime, how: str, by: str) -> None:
        """Record that a person didn't give the right answer; no later yes changes that."""
        with _kept():
            no = ApprovalAnswer(ApprovalState.DECLINED, how, by, now)
            await self._rows.answer(consent_id, no)

    async def spend(self, consent_id: str, digest: str, caller: str, now: datetime) -> None:
        """Use a yes up, for exactly this call by this caller."""
        with _kept():
            unspent = await self._rows.spend(consent_id, digest, caller, now)
        if unspent is None:
            return
        raise not_confirmed(why_not(await self.find(consent_id), digest, caller, now))


_UNREADABLE = "another version asked it"


async def say_yes(rows: ApprovalStore, consent_id: str, yes: Approval) -> bool:
    """Record a person's yes; true where the question was open and in time."""
    granted = ApprovalState.GRANTED
    answer = ApprovalAnswer(granted, yes.how, yes.by, yes.at, yes.sureness.value, YES_HOLDS)
    return await rows.answer(consent_id, answer)


Telling = Callable[[Grant], Grant]
"""A grant as it is put on record."""


def as_it_is(grant: Grant) -> Grant:
    """Nothing of a grant is kept out of the record."""
    return grant


class GrantsInLedger:
    """The guards' grants, over the ledger's rows of one account."""

    def __init__(self, ledger: Ledger, account: str, told: Telling) -> None:
        self._rows = ledger.grants
        self._account = account
        self._told = told

    async def give(self, scope: Scope, caller: str, yes: Approval) -> None:
        """Keep a person's yes to more than one call."""
        grant = grant_row(scope, self._account, caller, yes)
        with _kept():
            await self._rows.give(grant, self._told(grant))


def grant_row(scope: Scope, account: str, caller: str, yes: Approval) -> Grant:
    """A grant as the ledger keeps it, new."""
    return Grant(
        id=fresh_id(),
        account=account,
        caller=caller,
        tools=scope.tools,
        numbers=scope.numbers,
        campaign=scope.campaign,
        at_most=scope.at_most,
        given=yes.at,
        until=scope.until,
        by=yes.by,
        how=yes.how,
        sureness=yes.sureness.value,
    )


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
    ApprovalState.ASKED: State.ASKED,
    ApprovalState.GRANTED: State.GRANTED,
    ApprovalState.DECLINED: State.DECLINED,
    ApprovalState.SPENT: State.SPENT,
}


def consent_of(row: StoredApproval | None) -> Consent | None:
    """A row as the guards see it; None where this version can't read its question."""
    if row is None:
        return None
    try:
        question, needs = read(row.question), AssuranceLevel(row.needs)
        more = Particulars(
            calls=tuple(cast("list[Mapping[str, object]]", row.calls or [])),
            known=tuple(row.known.split("\n")) if row.known else (),
            needs=needs,
            offers=tuple(offer_read(one) for one in cast("list[Json]", row.offers or [])),
            out_of_band=bool(row.code),
        )
        sureness = None if row.sureness is None else AssuranceLevel(row.sureness)
    except ValueError:
        return None
    return Consent(
        id=row.id,
        digest=row.digest,
        caller=row.caller,
        question=question,
        asked=row.asked,
        ends=row.ends,
        state=_STATES[row.state],
        code=row.code,
        more=more,
        how=row.how or "",
        by=row.by or "",
        sureness=sureness,
    )


def written(question: Question) -> Json:
    """A question as it is kept."""
    typed = question.typed
    must = None if typed is None else {"kind": typed.kind.value, "expected": typed.expected}
    offers = {"offers": [list(offer) for offer in question.offers]} if question.offers else {}
    again = {"again": True} if question.again else {}
    return {"text": question.text, "typed": must, **offers, **again}


def read(kept: Json) -> Question:
    """The question as it was kept.

    Raises:
        ValueError: It was not kept by this version; then it can't be answered.
    """
    match kept:
        case {"text": str(text), "typed": None, "offers": [*offers]}:
            pairs = cast("list[tuple[str, str]]", offers)
            return Question(text, None, tuple((named, said) for named, said in pairs))
        case {"text": str(text), "typed": None}:
            return Question(text)
        case {"text": str(text), "typed": {"kind": str(kind), "expected": str(expected)}, **more}:
            return Question(text, Typed(Kind(kind), expected), again="again" in more)
        case _:
            raise ValueError("a kept question that this version can't read")


def offer_written(offer: Offer) -> Json:
    """A wider answer as it is kept."""
    scope = offer.scope
    return {
        "id": offer.id,
        "text": offer.text,
        "tools": list(scope.tools),
        "numbers": None if scope.numbers is None else list(scope.numbers),
        "campaign": scope.campaign,
        "at_most": scope.at_most,
        "until": scope.until.isoformat(),
    }


def offer_read(kept: Json) -> Offer:
    """A wider answer as it was kept.

    Raises:
        ValueError: It was not kept by this version.
    """
    match kept:
        case {
            "id": str(named),
            "text": str(text),
            "tools": [*tools],
            "numbers": numbers,
            "campaign": str() | None as campaign,
            "at_most": int(at_most),
            "until": str(until),
        }:
            narrowed = None if numbers is None else tuple(cast("list[str]", numbers))
            ends = datetime.fromisoformat(until)
            scope = Scope(tuple(str(tool) for tool in tools), narrowed, campaign, at_most, ends)
            return Offer(named, text, scope)
        case _:
            raise ValueError("a kept offer that this version can't read")
