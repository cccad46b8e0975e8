"""Consents as rows: each step is one statement, and the number of rows it changed decides."""

import json
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, case, delete, insert, select, update

from chasedata_mcp.ledger.chain import indexed, plain
from chasedata_mcp.ledger.errors import EntryExistsError
from chasedata_mcp.ledger.events import canonical, read_time, written
from chasedata_mcp.ledger.models import (
    ConsentAnswer,
    ConsentRow,
    ConsentState,
    Unspent,
)
from chasedata_mcp.ledger.schema import CONSENTS, STORE

_OVER = timedelta(hours=1)
"""For so long a late answer is told why it is late."""
# What a person was shown is kept no longer than they have to decide.
_EMPTIED = {
    "question": canonical({"text": "", "typed": None}),
    "calls": canonical(None),
    "known": "",
    "offers": canonical(None),
}


def ask(connection: Connection, row: ConsentRow) -> None:
    """Keep a new question; those that have been over for an hour go.

    Raises:
        EntryExistsError: Another one that is open has its code.
    """
    forget(connection, row.asked - _OVER)
    # In PostgreSQL this keeps out whoever asks with the same code at the same time.
    connection.execute(select(STORE.c.one).with_for_update())
    same = _waiting(row.asked) & (CONSENTS.c.code == indexed(row.code))
    if row.code and connection.execute(select(CONSENTS.c.id).where(same)).first():
        raise EntryExistsError("The ledger has an open question of this code already.")
    values = {
        "id": indexed(row.id),
        "digest": indexed(row.digest),
        "caller": indexed(row.caller),
        "question": canonical(row.question),
        "asked": written(row.asked),
        "ends": written(row.ends),
        "state": ConsentState.ASKED.value,
        "account": indexed(row.account),
        "code": indexed(row.code),
        "calls": canonical(row.calls),
        "known": indexed(row.known),
        "needs": indexed(row.needs),
        "offers": canonical(row.offers),
    }
    connection.execute(insert(CONSENTS), values)


def find_or_ask(connection: Connection, row: ConsentRow) -> ConsentRow:
    """The question that waits for a code to be typed for this call by this caller, or this new one.

    Raises:
        EntryExistsError: As `ask`.
    """
    # Whoever asks at the same time comes after this, in PostgreSQL by the lock.
    connection.execute(select(STORE.c.one).with_for_update())
    waits = _last(connection, *_of(row.digest, row.caller), _waiting(row.asked), _CODED)
    if waits is not None:
        return waits
    ask(connection, row)
    return row


def find(connection: Connection, consent_id: str) -> ConsentRow | None:
    """The consent of this id, whatever became of it."""
    row = connection.execute(select(CONSENTS).where(_is(consent_id))).first()
    return _consent(row) if row else None


def by_code(connection: Connection, code: str) -> ConsentRow | None:
    """The last consent of this code, whatever became of it."""
    return _last(connection, CONSENTS.c.code == indexed(code))


def standing(connection: Connection, digest: str, caller: str, now: datetime) -> ConsentRow | None:
    """The last consent for this call by this caller that is asked or granted, and in time."""
    return _last(connection, *_of(digest, caller), _unspent(now))


def waiting(connection: Connection, account: str, now: datetime) -> list[ConsentRow]:
    """The questions of an account that wait for an answer and are in time, newest first."""
    ours = CONSENTS.c.account == indexed(account)
    wanted = select(CONSENTS).where(ours, _waiting(now)).order_by(*_NEWEST_FIRST)
    return [_consent(row) for row in connection.execute(wanted)]


def answer(connection: Connection, consent_id: str, given: ConsentAnswer) -> bool:
    """Grant or decline a question in time; a no also takes back a yes that was not used.

    A yes holds until its question ends, and for as long as is given at least.
    """
    takes_back = given.state is ConsentState.DECLINED
    holds = written(given.at + given.holds)
    changed = connection.execute(
        update(CONSENTS)
        .where(_is(consent_id), _unspent(given.at) if takes_back else _waiting(given.at))
        .values(
            state=given.state.value,
            how=indexed(given.how),
            by=indexed(given.by),
            sureness=None if given.sureness is None else indexed(given.sureness),
            ends=case((CONSENTS.c.ends < holds, holds), else_=CONSENTS.c.ends),
            **(_EMPTIED if given.state is ConsentState.DECLINED else {}),
        )
    )
    return changed.rowcount == 1


def spend(
    connection: Connection, consent_id: str, digest: str, caller: str, now: datetime
) -> Unspent | None:
    """Use a yes up, for exactly this call by this caller; None where that was done."""
    changed = connection.execute(
        update(CONSENTS)
        .where(
            _is(consent_id),
            *_of(digest, caller),
            CONSENTS.c.state == ConsentState.GRANTED.value,
            CONSENTS.c.ends > written(now),
        )
        .values(state=ConsentState.SPENT.value, **_EMPTIED)
    )
    if changed.rowcount == 1:
        return None
    return _why_not(find(connection, consent_id), digest, caller, now)


def empty(connection: Connection, now: datetime) -> None:
    """Keep no word of what is over, whatever became of it."""
    connection.execute(
        update(CONSENTS)
        .where(CONSENTS.c.ends <= written(now), CONSENTS.c.question != _EMPTIED["question"])
        .values(**_EMPTIED)
    )


def forget(connection: Connection, before: datetime) -> None:
    """Remove the consents that ended before a time."""
    connection.execute(delete(CONSENTS).where(CONSENTS.c.ends < written(before)))


def _why_not(row: ConsentRow | None, digest: str, caller: str, now: datetime) -> Unspent:
    match row:
        case None:
            return Unspent.MISSING
        case ConsentRow(state=ConsentState.SPENT):
            return Unspent.USED
        case ConsentRow() if (row.digest, row.caller) != (digest, caller):
            return Unspent.OTHER_CALL
        case ConsentRow() if row.ends <= now:
            return Unspent.LATE
        case _:
            return Unspent.NOT_GRANTED


def _is(consent_id: str) -> ColumnElement[bool]:
    return CONSENTS.c.id == indexed(consent_id)


def _of(digest: str, caller: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return CONSENTS.c.digest == indexed(digest), CONSENTS.c.caller == indexed(caller)


def _waiting(now: datetime) -> ColumnElement[bool]:
    return (CONSENTS.c.state == ConsentState.ASKED.value) & (CONSENTS.c.ends > written(now))


def _unspent(now: datetime) -> ColumnElement[bool]:
    open_states = (ConsentState.ASKED.value, ConsentState.GRANTED.value)
    return CONSENTS.c.state.in_(open_states) & (CONSENTS.c.ends > written(now))


_CODED = CONSENTS.c.code != ""
_NEWEST_FIRST = (CONSENTS.c.asked.desc(), CONSENTS.c.id)


def _last(connection: Connection, *like: ColumnElement[bool]) -> ConsentRow | None:
    wanted = select(CONSENTS).where(*like).order_by(*_NEWEST_FIRST).limit(1)
    row = connection.execute(wanted).first()
    return _consent(row) if row else None


def _consent(row: Row[Any]) -> ConsentRow:
    return ConsentRow(
        id=plain(row.id),
        digest=plain(row.digest),
        caller=plain(row.caller),
        question=json.loads(row.question),
        asked=read_time(row.asked),
        ends=read_time(row.ends),
        state=ConsentState(row.state),
        how=_or_none(row.how),
        by=_or_none(row.by),
        account=plain(row.account),
        code=plain(row.code),
        calls=json.loads(row.calls),
        known=plain(row.known),
        needs=plain(row.needs),
        sureness=_or_none(row.sureness),
        offers=json.loads(row.offers),
    )


def _or_none(text: str | None) -> str | None:
    return None if text is None else plain(text)
