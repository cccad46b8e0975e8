"""Rows of approvals: each step is one statement, and the number of rows it changed decides."""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter

from chasedata_mcp.fields.assurance_level import AssuranceLevel
from chasedata_mcp.ledger.approval_models import (
    Approval,
    ApprovalAnswer,
    ApprovalState,
    Offer,
    Unspent,
)
from chasedata_mcp.ledger.connection import Connection, Row, Value, lock_store, marks
from chasedata_mcp.ledger.errors import EntryExistsError
from chasedata_mcp.ledger.events import canonical, format_time, parse_time
from chasedata_mcp.ledger.models import Json, read_principal
from chasedata_mcp.ledger.questions import Question
from chasedata_mcp.ledger.rows import decode, encode

_OVER = timedelta(hours=1)
"""The time for which an approval is kept after its end: a late answer is told why it is late."""
_QUESTION = TypeAdapter(Question)
_CALLS = TypeAdapter(tuple[dict[str, Any], ...] | None)
_OFFERS = TypeAdapter(tuple[Offer, ...] | None)

_ASKED, _GRANTED = ApprovalState.ASKED.value, ApprovalState.GRANTED.value
_COLUMNS = (
    'id, digest, caller, question, asked, ends, state, how, "by", account, code, calls, known, '
    "needs, sureness, offers"
)
_NO_WORDS = canonical({"text": "", "typed": None})
# What a person was shown is kept no longer than they have to decide.
_EMPTIED = f"question = '{_NO_WORDS}', calls = 'null', known = '', offers = 'null'"
# By the clock and by the store's own time, whichever ends it sooner.
_IN_TIME = "ends > ? AND store_ends > ?"
_WAITS = f"state = '{_ASKED}' AND {_IN_TIME}"
_UNSPENT = f"state IN ('{_ASKED}', '{_GRANTED}') AND {_IN_TIME}"
# By a caller's principal, whatever its client is called.
_IS_OF = "digest = ? AND (caller = ? OR substr(caller, 1, ?) = ?)"
_SELECT = f"SELECT {_COLUMNS} FROM ledger_consents"  # noqa: S608 - names of our own
_LAST = "ORDER BY asked DESC, id LIMIT 1"
_SOONEST = "ORDER BY ends, asked, id"

_HAS_CODE = f"SELECT 1 FROM ledger_consents WHERE {_WAITS} AND code = ?"  # noqa: S608 - as above
_INSERT = f"INSERT INTO ledger_consents ({_COLUMNS}, store_ends) VALUES ({marks(17)})"  # noqa: S608 - as above
_GET = f"{_SELECT} WHERE id = ?"
_LAST_OF_CODE = f"{_SELECT} WHERE code = ? {_LAST}"
_LAST_WAITING = f"{_SELECT} WHERE {_IS_OF} AND {_WAITS} AND code <> '' {_LAST}"
_LAST_UNSPENT = f"{_SELECT} WHERE {_IS_OF} AND {_UNSPENT} {_LAST}"
_PENDING = f"{_SELECT} WHERE {_WAITS} {_SOONEST}"
_PENDING_OF_ACCOUNT = f"{_SELECT} WHERE account = ? AND {_WAITS} {_SOONEST}"
_ANSWER = (
    'UPDATE ledger_consents SET state = ?, how = ?, "by" = ?, sureness = ?, '
    "ends = CASE WHEN ends < ? THEN ? ELSE ends END, "
    "store_ends = CASE WHEN store_ends < ? THEN ? ELSE store_ends END"
)
_GRANT = f"{_ANSWER} WHERE id = ? AND {_WAITS}"
_DECLINE = f"{_ANSWER}, {_EMPTIED} WHERE id = ? AND {_UNSPENT}"
_SPEND = f"""
    UPDATE ledger_consents SET state = '{ApprovalState.SPENT.value}', {_EMPTIED}
    WHERE id = ? AND {_IS_OF} AND state = '{_GRANTED}' AND {_IN_TIME}
"""  # noqa: S608 - as above
_EXPIRE = f"""
    UPDATE ledger_consents SET {_EMPTIED}
    WHERE (ends <= ? OR store_ends <= ?) AND question <> '{_NO_WORDS}'
"""  # noqa: S608 - as above
_END_OPEN = f"""
    UPDATE ledger_consents SET store_ends = '' WHERE state IN ('{_ASKED}', '{_GRANTED}')
"""  # noqa: S608 - as above
_FORGET = "DELETE FROM ledger_consents WHERE ends < ? AND store_ends < ?"


def ask(connection: Connection, new: Approval) -> None:
    """Keep a new question; those that have been over for an hour go.

    Raises:
        EntryExistsError: Another one that is open has its code.
    """
    forget(connection, new.asked - _OVER)
    # In PostgreSQL this keeps out whoever asks with the same code at the same time.
    lock_store(connection)
    same = *_times(connection, new.asked), encode(new.code)
    if new.code and connection.fetch_one(_HAS_CODE, same) is not None:
        raise EntryExistsError("The ledger has an open question of this code already.")
    connection.run(_INSERT, (*_encode(new), format_time(connection.time.of(new.ends))))


def find_or_ask(connection: Connection, new: Approval) -> Approval:
    """Find the question of a code that waits for this call by this caller, or keep this new one.

    Raises:
        EntryExistsError: As `ask`.
    """
    # Whoever asks at the same time comes after this, in PostgreSQL by the lock.
    lock_store(connection)
    wanted = *_of(new.digest, new.caller), *_times(connection, new.asked)
    waits = _find(connection, _LAST_WAITING, wanted)
    if waits is not None:
        return waits
    ask(connection, new)
    return new


def get(connection: Connection, approval_id: str) -> Approval | None:
    """Get the approval of an id, in whatever state it is."""
    return _find(connection, _GET, (encode(approval_id),))


def by_code(connection: Connection, code: str) -> Approval | None:
    """Find the last approval of a code, in whatever state it is."""
    return _find(connection, _LAST_OF_CODE, (encode(code),))


def active(connection: Connection, digest: str, caller: str, now: datetime) -> Approval | None:
    """Find the last approval for a call by a caller that is asked or granted, and in time."""
    return _find(connection, _LAST_UNSPENT, (*_of(digest, caller), *_times(connection, now)))


def pending(connection: Connection, account: str | None, now: datetime) -> list[Approval]:
    """List the questions of an account, or of all, that can be answered; first what ends first."""
    times = _times(connection, now)
    if account is None:
        rows = connection.fetch_all(_PENDING, times)
    else:
        rows = connection.fetch_all(_PENDING_OF_ACCOUNT, (encode(account), *times))
    return [_decode(row) for row in rows]


def answer(connection: Connection, approval_id: str, given: ApprovalAnswer) -> bool:
    """Grant or decline a question in time; a no also takes back a yes that was not used.

    A yes holds until its question ends, and for as long as is given at least.
    """
    takes_back = given.state is ApprovalState.DECLINED
    holds, store_holds = _times(connection, given.at + given.holds)
    sureness = None if given.sureness is None else given.sureness.value
    values = (
        *(given.state.value, encode(given.how), encode(given.by), sureness),
        *(holds, holds, store_holds, store_holds),
        *(encode(approval_id), *_times(connection, given.at)),
    )
    return connection.run(_DECLINE if takes_back else _GRANT, values) == 1


def spend(
    connection: Connection, approval_id: str, digest: str, caller: str, now: datetime
) -> Unspent | None:
    """Use a yes up, for exactly this call by this caller; None where that was done."""
    values = encode(approval_id), *_of(digest, caller), *_times(connection, now)
    if connection.run(_SPEND, values) == 1:
        return None
    found = get(connection, approval_id)
    if found is None:
        return Unspent.MISSING
    unspent = found.unspent(digest, caller, now)
    # In time by the clock alone, which was put back.
    return unspent or (
        Unspent.LATE if found.state is ApprovalState.GRANTED else Unspent.NOT_GRANTED
    )


def expire(connection: Connection, now: datetime) -> None:
    """Keep no word of what is over, in whatever state it is."""
    connection.run(_EXPIRE, _times(connection, now))


def end_open(connection: Connection) -> None:
    """End every question that is open, and every yes that wasn't used."""
    connection.run(_END_OPEN)


def forget(connection: Connection, before: datetime) -> None:
    """Remove the approvals that ended before a time."""
    connection.run(_FORGET, _times(connection, before))


def _times(connection: Connection, at: datetime) -> tuple[str, str]:
    """Make the values of `_IN_TIME`: a time by the clock, and by the store's own time."""
    return format_time(at), format_time(connection.time.of(at))


def _of(digest: str, caller: str) -> tuple[str, str, int, str]:
    """Make the values of `_IS_OF`."""
    principal = encode(read_principal(caller))
    begins = f"{principal}/"
    return encode(digest), principal, len(begins), begins


def _find(connection: Connection, statement: str, values: Sequence[Value]) -> Approval | None:
    row = connection.fetch_one(statement, values)
    return None if row is None else _decode(row)


def _encode(new: Approval) -> tuple[Value, ...]:
    """Make the row of a new question, in the order of `_COLUMNS`."""
    return (
        *(encode(new.id), encode(new.digest), encode(new.caller)),
        canonical(_question_body(new.question)),
        *(format_time(new.asked), format_time(new.ends), _ASKED),
        *(None, None),
        *(encode(new.account), encode(new.code)),
        canonical(new.calls),
        encode("\n".join(new.known)),
        new.needs.value,
        None,
        canonical([_offer_body(offer) for offer in new.offers]),
    )


def _decode(row: Row) -> Approval:
    """Make the approval of a row; one that this version can't read has no words to say yes to."""
    key, digest, caller, question, asked, ends, state, how, by, account, code, *more = row
    approval = Approval(
        id=decode(key),
        digest=decode(digest),
        caller=decode(caller),
        question=_UNREADABLE,
        asked=parse_time(asked),
        ends=parse_time(ends),
        state=ApprovalState(state),
        how=decode(how or ""),
        by=decode(by or ""),
        account=decode(account),
        code=decode(code),
    )
    calls, known, needs, sureness, offers = more
    try:
        return replace(
            approval,
            question=_question(question),
            calls=_CALLS.validate_python(json.loads(calls)) or (),
            known=tuple(decode(known).split("\n")) if known else (),
            needs=AssuranceLevel(needs),
            sureness=None if sureness is None else AssuranceLevel(sureness),
            offers=_OFFERS.validate_json(offers) or (),
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
