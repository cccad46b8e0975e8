"""Grants: given, used up by one call at a time, revoked."""

import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from chasedata_mcp.ledger.admin_actions import Order, record
from chasedata_mcp.ledger.chain import Chain, indexed
from chasedata_mcp.ledger.events import Draft, What, canonical, read_time, written
from chasedata_mcp.ledger.facts import Grant
from chasedata_mcp.ledger.models import Intent
from chasedata_mcp.ledger.schema import GRANTS


def give(chain: Chain, grant: Grant, told: Grant) -> None:
    """Keep a new grant, and put it on record as it may be told.

    The event has the row's hash. What the row is salted with goes with the row, so that nobody can
    try out afterwards what was kept out of the event.

    Raises:
        ValueError: It is used or revoked already.
    """
    if grant.used or grant.revoked is not None:
        raise ValueError("a new grant is unused and not revoked")
    row = canonical({**_body(grant), "salt": secrets.token_hex(16)})
    draft = Draft.of(written(grant.given), What.GRANTED, {**_body(told), "row": hash_of(row)})
    values = {
        "id": indexed(grant.id),
        "account": indexed(grant.account),
        "caller": indexed(grant.caller),
        "until": written(grant.until),
        "at_most": grant.at_most,
        "used": 0,
        "body": row,
    }
    chain.connection.execute(insert(GRANTS), values)
    chain.append([draft])
    record(chain, _order(told))


def hash_of(row: str) -> str:
    """What the event of a grant has of its row."""
    return sha256(row.encode()).hexdigest()


def use(connection: Connection, grant_id: str, intent: Intent) -> bool:
    """Count one use of a grant by a call; false where it lets nothing through any more."""
    changed = connection.execute(
        update(GRANTS)
        .where(
            GRANTS.c.id == indexed(grant_id),
            GRANTS.c.account == indexed(intent.account),
            GRANTS.c.caller.in_([indexed(name) for name in callers(intent.caller)]),
            GRANTS.c.revoked.is_(None),
            GRANTS.c.until > written(intent.at),
            GRANTS.c.used < GRANTS.c.at_most,
        )
        .values(used=GRANTS.c.used + 1)
    )
    return changed.rowcount == 1


def revoke(chain: Chain, grant_id: str, by: str, now: datetime) -> bool:
    """End a grant; false, and nothing changed, where it had ended or there is none."""
    at = written(now)
    ours = GRANTS.c.id == indexed(grant_id)
    changed = chain.connection.execute(
        update(GRANTS)
        .where(ours, GRANTS.c.revoked.is_(None), GRANTS.c.until > at)
        .values(revoked=at)
    )
    if changed.rowcount != 1:
        return False
    text = chain.connection.execute(select(GRANTS.c.body).where(ours)).scalar_one()
    account: str = json.loads(text)["account"]
    chain.append([Draft.of(at, What.REVOKED, {"account": account, "by": by, "id": grant_id})])
    record(
        chain,
        Order(
            name="revoke",
            account=account,
            by=by,
            at=now,
            message="The grant was ended.",
            arguments={"grant": grant_id},
        ),
    )
    return True


def standing(connection: Connection, account: str, now: datetime) -> list[Grant]:
    """The grants of an account that are in time and not revoked, the newest first."""
    wanted = select(GRANTS.c.body, GRANTS.c.used).where(
        GRANTS.c.account == indexed(account),
        GRANTS.c.until > written(now),
        GRANTS.c.revoked.is_(None),
    )
    found = [grant_of(row.body, row.used) for row in connection.execute(wanted)]
    return sorted(found, key=lambda grant: (grant.given, grant.id), reverse=True)


def forget(connection: Connection, before: datetime) -> None:
    """Remove the grants that ended before a time, with all that stands in them."""
    connection.execute(delete(GRANTS).where(GRANTS.c.until < written(before)))


def grant_of(body: str, used: int) -> Grant:
    """The grant of a row that is not revoked; one that doesn't say how sure it is is the least."""
    given: Mapping[str, Any] = json.loads(body)
    numbers = given["numbers"]
    made: Mapping[str, Any] = {
        "tools": tuple(given["tools"]),
        "numbers": None if numbers is None else tuple(numbers),
        "given": read_time(given["given"]),
        "until": read_time(given["until"]),
    }
    kept = {name: value for name, value in given.items() if name != "salt"}
    return Grant(**{**kept, **made}, used=used)


def _body(grant: Grant) -> Mapping[str, Any]:
    return {
        "id": grant.id,
        "account": grant.account,
        "caller": grant.caller,
        "tools": list(grant.tools),
        "numbers": None if grant.numbers is None else list(grant.numbers),
        "campaign": grant.campaign,
        "at_most": grant.at_most,
        "given": written(grant.given),
        "until": written(grant.until),
        "by": grant.by,
        "how": grant.how,
        "sureness": grant.sureness,
    }


def _order(grant: Grant) -> Order:
    return Order(
        name="grant",
        account=grant.account,
        by=grant.by,
        at=grant.given,
        message="A yes to several calls was given.",
        arguments={
            "grant": grant.id,
            "tools": list(grant.tools),
            "numbers": None if grant.numbers is None else list(grant.numbers),
            "campaign": grant.campaign,
            "at_most": grant.at_most,
            "until": written(grant.until),
            "caller": grant.caller,
        },
        numbers=tuple([number for number in grant.numbers or () if number.isdecimal()]),
    )


def callers(caller: str) -> tuple[str, str]:
    """Whom a grant must name to be a caller's: itself, or its principal, by whatever client."""
    return caller, caller.partition("/")[0]
