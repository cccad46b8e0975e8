"""Rows of approvals: each step is one statement, and the number of rows it changed decides."""

import json
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Row, case, delete, func, insert, select, update

from chasedata_mcp.ledger.approval_models import (
    Approval,
    ApprovalAnswer,
    ApprovalState,
    AssuranceLevel,
    Offer,
    Unspent,
)
from chasedata_mcp.ledger.connection import Connection
from chasedata_mcp.ledger.errors import EntryExistsError
from chasedata_mcp.ledger.events import canonical, format_time, parse_time
from chasedata_mcp.ledger.models import Json, read_principal
from chasedata_mcp.ledger.questions import Question
from chasedata_mcp.ledger.rows import decode, encode
from chasedata_mcp.ledger.schema import APPROVALS, STORE

_OVER = timedelta(hours=1)
"""The time for which an approval is kept after its end: a late answer is told why it is late."""
_QUESTION = TypeAdapter(Question)
_CALLS = TypeAdapter(tuple[dict[str, Any], ...] | None)
_OFFERS = TypeAdapter(tuple[Offer, ...] | None)
# What a person was shown is kept no longer than they have to decide.
_EMPTIED = {
    "question": canonical({"text": "", "typed": None}),
    "calls": canonical(None),
    "known": "",
    "offers": canonical(None),
}


def ask(connection: Connection, new: Approval) -> None:
    """Keep a new question; those that have been over for an hour go.

    Raises:
        EntryExistsError: Another one that is open has its code.
    """
    forget(connection, new.asked - _OVER)
    # In PostgreSQL this keeps out whoever asks with the same code at the same time.
    connection.execute(select(STORE.c.one).with_for_update())
    same = _waiting(new.asked) & (APPROVALS.c.code == encode(new.code))
    if new.code and connection.execute(select(APPROVALS.c.id).where(same)).first():
        raise EntryExistsError("The ledger has an open question of this code already.")
    values = {
        "id": encode(new.id),
        "digest": encode(new.digest),
        "caller": encode(new.caller),
        "question": canonical(_question_body(new.question)),
        "asked": format_time(new.asked),
        "ends": format_time(new.ends),
        "state": ApprovalState.ASKED.value,
        "account": encode(new.account),
        "code": encode(new.code),
        "calls": canonical(new.calls),
        "known": encode("\n".join(new.known)),
        "needs": new.needs.value,
        "offers": canonical([_offer_body(offer) for offer in new.offers]),
    }
    connection.execute(insert(APPROVALS), values)


def find_or_ask(connection: Connection, new: Approval) -> Approval:
    """Find the question of a code that waits for this call by this caller, or keep this new one.

    Raises:
        EntryExistsError: As `ask`.
    """
    # Whoever asks at the same time comes after this, in PostgreSQL by the lock.
    connection.execute(select(STORE.c.one).with_for_update())
    waits = _last(connection, *_of(new.digest, new.caller), _waiting(new.asked), _CODED)
    if waits is not None:
        return waits
    ask(connection, new)
    return new


def get(connection: Connection, approval_id: str) -> Approval | None:
    """Get the approval of an id, in whatever state it is."""
    row = connection.execute(select(APPROVALS).where(_is(approval_id))).first()
    return _approval(row) if row else None


def by_code(connection: Connection, code: str) -> Approval | None:
    """Find the last approval of a code, in whatever state it is."""
    return _last(connection, APPROVALS.c.code == encode(code))


def active(connection: Connection, digest: str, caller: str, now: datetime) -> Approval | None:
    """Find the last approval for a call by a caller that is asked or granted, and in time."""
    return _last(connection, *_of(digest, caller), _unspent(now))


def pending(connection: Connection, account: str | None, now: datetime) -> list[Approval]:
    """List the questions of an account, or of all, that can be answered; first what ends first."""
    ours = () if account is None else (APPROVALS.c.account == encode(account),)
    soonest = (APPROVALS.c.ends, APPROVALS.c.asked, APPROVALS.c.id)
    wanted = select(APPROVALS).where(*ours, _waiting(now)).order_by(*soonest)
    return [_approval(row) for row in connection.execute(wanted)]


def answer(connection: Connection, approval_id: str, given: ApprovalAnswer) -> bool:
    """Grant or decline a question in time; a no also takes back a yes that was not used.

    A yes holds until its question ends, and for as long as is given at least.
    """
    takes_back = given.state is ApprovalState.DECLINED
    holds = format_time(given.at + given.holds)
    changed = connection.execute(
        update(APPROVALS)
        .where(_is(approval_id), _unspent(given.at) if takes_back else _waiting(given.at))
        .values(
            state=given.state.value,
            how=encode(given.how),
            by=encode(given.by),
            sureness=None if given.sureness is None else given.sureness.value,
            ends=case((APPROVALS.c.ends < holds, holds), else_=APPROVALS.c.ends),
            **(_EMPTIED if given.state is ApprovalState.DECLINED else {}),
        )
    )
    return changed.rowcount == 1


def spend(
    connection: Connection, approval_id: str, digest: str, caller: str, now: datetime
) -> Unspent | None:
    """Use a yes up, for exactly this call by this caller; None where that was done."""
    changed = connection.execute(
        update(APPROVALS)
        .where(
            _is(approval_id),
            *_of(digest, caller),
            APPROVALS.c.state == ApprovalState.GRANTED.value,
            APPROVALS.c.ends > format_time(now),
        )
        .values(state=ApprovalState.SPENT.value, **_EMPTIED)
    )
    if changed.rowcount == 1:
        return None
    found = get(connection, approval_id)
    if found is None:
        return Unspent.MISSING
    return found.unspent(digest, caller, now) or Unspent.NOT_GRANTED


def expire(connection: Connection, now: datetime) -> None:
    """Keep no word of what is over, in whatever state it is."""
    connection.execute(
        update(APPROVALS)
        .where(APPROVALS.c.ends <= format_time(now), APPROVALS.c.question != _EMPTIED["question"])
        .values(**_EMPTIED)
    )


def forget(connection: Connection, before: datetime) -> None:
    """Remove the approvals that ended before a time."""
    connection.execute(delete(APPROVALS).where(APPROVALS.c.ends < format_time(before)))


def _is(approval_id: str) -> ColumnElement[bool]:
    return APPROVALS.c.id == encode(approval_id)


def _of(digest: str, caller: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Choose the approvals for a call by a caller's principal, whatever its client is called."""
    principal = encode(read_principal(caller))
    begins = f"{principal}/"
    by = func.substr(APPROVALS.c.caller, 1, len(begins)) == begins
    return APPROVALS.c.digest == encode(digest), (APPROVALS.c.caller == principal) | by


def _waiting(now: datetime) -> ColumnElement[bool]:
    return (APPROVALS.c.state == ApprovalState.ASKED.value) & (APPROVALS.c.ends > format_time(now))


def _unspent(now: datetime) -> ColumnElement[bool]:
    open_states = (ApprovalState.ASKED.value, ApprovalState.GRANTED.value)
    return APPROVALS.c.state.in_(open_states) & (APPROVALS.c.ends > format_time(now))


_CODED = APPROVALS.c.code != ""
_NEWEST_FIRST = (APPROVALS.c.asked.desc(), APPROVALS.c.id)


def _last(connection: Connection, *like: ColumnElement[bool]) -> Approval | None:
    wanted = select(APPROVALS).where(*like).order_by(*_NEWEST_FIRST).limit(1)
    row = connection.execute(wanted).first()
    return _approval(row) if row else None


def _approval(row: Row[Any]) -> Approval:
    """Make the approval of a row; one that this version can't read has no words to say yes to."""
    approval = Approval(
        id=decode(row.id),
        digest=decode(row.digest),
        caller=decode(row.caller),
        question=_UNREADABLE,
        asked=parse_time(row.asked),
        ends=parse_time(row.ends),
        state=ApprovalState(row.state),
        how=decode(row.how or ""),
        by=decode(row.by or ""),
        account=decode(row.account),
        code=decode(row.code),
    )
    try:
        return replace(
            approval,
            question=_question(row.question),
            calls=_CALLS.validate_python(json.loads(row.calls)) or (),
            known=tuple(decode(row.known).split("\n")) if row.known else (),
            needs=AssuranceLevel(row.needs),
            sureness=None if row.sureness is None else AssuranceLevel(row.sureness),
            offers=_OFFERS.validate_json(row.offers) or (),
        )
    except ValueError:
        return approval


_UNREADABLE = Question("")


def _question_body(question: Question) -> Json:
    # Versions before this one read an `again` of any value as true.
    body = asdict(question)
    kept = body.pop("kept")
    body["details"] = body["details"] if kept is None else kept
    return {key: value for key, value in body.items() if value or key in {"text", "typed"}}


def _question(stored: str) -> Question:
    body = json.loads(stored)
    question = _QUESTION.validate_python(body)
    # Without the key, nobody knows that a plain yes is enough.
    if "typed" not in body:
        raise ValueError("a question that doesn't say whether something must be typed")
    return question


def _offer_body(offer: Offer) -> Json:
    body = {**asdict(offer), "until": offer.until.isoformat()}
    if not offer.caps_only:  # as before there was such an offer
        del body["caps_only"]
    return body
