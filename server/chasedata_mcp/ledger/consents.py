"""Consents as rows: each step is one statement, and the number of rows it changed decides."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select, update

from chasedata_mcp.ledger.chain import indexed
from chasedata_mcp.ledger.events import canonical, read_time, written
from chasedata_mcp.ledger.tables import CONSENTS
from chasedata_mcp.ledger.values import (
    ConsentAnswer,
    ConsentRow,
    ConsentState,
    Unspent,
)


def ask(connection: Connection, row: ConsentRow) -> None:
    """Keep a new question."""
    values = {
        "id": indexed(row.id),
        "digest": indexed(row.digest),
        "caller": indexed(row.caller),
        "question": canonical(row.question),
        "asked": written(row.asked),
        "ends": written(row.ends),
        "state": ConsentState.ASKED.value,
    }
    connection.execute(insert(CONSENTS), values)


def find(connection: Connection, consent_id: str) -> ConsentRow | None:
    """The consent of this id, whatever became of it."""
    row = connection.execute(select(CONSENTS).where(_is(consent_id))).first()
    return _consent(row) if row else None


def answer(connection: Connection, consent_id: str, given: ConsentAnswer) -> bool:
    """Grant or decline; only a question that is open and in time takes an answer."""
    changed = connection.execute(
        update(CONSENTS)
        .where(
            _is(consent_id),
            CONSENTS.c.state == ConsentState.ASKED.value,
            CONSENTS.c.ends > written(given.at),
        )
        .values(state=given.state.value, how=indexed(given.how), by=indexed(given.by))
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
            CONSENTS.c.state == ConsentState.GRANTED.value,
            CONSENTS.c.digest == indexed(digest),
            CONSENTS.c.caller == indexed(caller),
            CONSENTS.c.ends > written(now),
        )
        .values(state=ConsentState.SPENT.value)
    )
    if changed.rowcount == 1:
        return None
    return _why_not(find(connection, consent_id), digest, caller, now)


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


def _consent(row: Row[Any]) -> ConsentRow:
    return ConsentRow(
        id=_plain(row.id),
        digest=_plain(row.digest),
        caller=_plain(row.caller),
        question=json.loads(row.question),
        asked=read_time(row.asked),
        ends=read_time(row.ends),
        state=ConsentState(row.state),
        how=_plain(row.how) if row.how is not None else None,
        by=_plain(row.by) if row.by is not None else None,
    )


def _plain(text: str) -> str:
    """What `indexed` made into ASCII."""
    return str(json.loads(f'"{text}"'))
