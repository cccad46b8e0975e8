"""Rows of grants: given, used up by one call at a time, revoked."""

import json
import secrets
from dataclasses import asdict, replace
from datetime import datetime
from hashlib import sha256

from pydantic import TypeAdapter
from sqlalchemy import delete, insert, select, update

from chasedata_mcp.ledger.admin_actions import AdminAction, record
from chasedata_mcp.ledger.approval_models import Grant
from chasedata_mcp.ledger.chain import Chain
from chasedata_mcp.ledger.connection import Connection
from chasedata_mcp.ledger.events import Draft, EventKind, canonical, format_time
from chasedata_mcp.ledger.models import Intent, Json, read_principal
from chasedata_mcp.ledger.rows import encode
from chasedata_mcp.ledger.schema import GRANTS

_GRANT = TypeAdapter(Grant)


def give(chain: Chain, grant: Grant, recorded: Grant) -> None:
    """Keep a new grant, and put it on record as it may be shown.

    The event has the row's hash. What the row is salted with goes with the row, so that nobody can
    try out afterwards what was kept out of the event.

    Raises:
        ValueError: It is used or revoked already.
    """
    if grant.used or grant.revoked is not None:
        raise ValueError("a new grant is unused and not revoked")
    row = canonical({**_body(grant), "salt": secrets.token_hex(16)})
    draft = Draft.of(
        format_time(grant.given), EventKind.GRANTED, {**_body(recorded), "row": row_hash(row)}
    )
    values = {
        "id": encode(grant.id),
        "account": encode(grant.account),
        "caller": encode(grant.caller),
        "until": format_time(grant.until),
        "at_most": grant.at_most,
        "used": 0,
        "body": row,
    }
    chain.connection.execute(insert(GRANTS), values)
    chain.append([draft])
    record(chain, _admin_action(recorded))


def row_hash(row: str) -> str:
    """Hash a row's body, as the event of its grant has it."""
    return sha256(row.encode()).hexdigest()


def use(connection: Connection, grant_id: str, intent: Intent) -> bool:
    """Count one use of a grant by a call; false where it lets nothing through any more."""
    changed = connection.execute(
        update(GRANTS)
        .where(
            GRANTS.c.id == encode(grant_id),
            GRANTS.c.account == encode(intent.account),
            GRANTS.c.caller == encode(read_principal(intent.caller)),
            GRANTS.c.revoked.is_(None),
            GRANTS.c.until > format_time(intent.at),
            GRANTS.c.used < GRANTS.c.at_most,
        )
        .values(used=GRANTS.c.used + 1)
    )
    return changed.rowcount == 1


def revoke(chain: Chain, grant_id: str, by: str, now: datetime) -> bool:
    """End a grant; false, and nothing changed, where it had ended or there is none."""
    at = format_time(now)
    ours = GRANTS.c.id == encode(grant_id)
    changed = chain.connection.execute(
        update(GRANTS)
        .where(ours, GRANTS.c.revoked.is_(None), GRANTS.c.until > at)
        .values(revoked=at)
    )
    if changed.rowcount != 1:
        return False
    text = chain.connection.execute(select(GRANTS.c.body).where(ours)).scalar_one()
    account: str = json.loads(text)["account"]
    chain.append([Draft.of(at, EventKind.REVOKED, {"account": account, "by": by, "id": grant_id})])
    record(
        chain,
        AdminAction(
            name="revoke",
            account=account,
            by=by,
            at=now,
            message="The grant was ended.",
            arguments={"grant": grant_id},
        ),
    )
    return True


def current(connection: Connection, account: str, now: datetime) -> list[Grant]:
    """List the grants of an account that are in time and not revoked, the newest first."""
    wanted = select(GRANTS.c.body, GRANTS.c.used).where(
        GRANTS.c.account == encode(account),
        GRANTS.c.until > format_time(now),
        GRANTS.c.revoked.is_(None),
    )
    found = [parse_grant(row.body, row.used) for row in connection.execute(wanted)]
    return sorted(found, key=lambda grant: (grant.given, grant.id), reverse=True)


def forget(connection: Connection, before: datetime) -> None:
    """Remove the grants that ended before a time, with all that stands in them."""
    connection.execute(delete(GRANTS).where(GRANTS.c.until < format_time(before)))


def parse_grant(body: str, used: int) -> Grant:
    """Make the grant of a row that is not revoked."""
    return replace(_GRANT.validate_json(body), used=used)


def _body(grant: Grant) -> dict[str, Json]:
    body = asdict(grant)
    del body["used"], body["revoked"]
    if not grant.caps_only:  # as before there was such a grant
        del body["caps_only"]
    return {**body, "given": format_time(grant.given), "until": format_time(grant.until)}


def _admin_action(grant: Grant) -> AdminAction:
    body = _body(grant)
    only = ("caps_only",) if grant.caps_only else ()
    shown = ("tools", "numbers", "campaign", "at_most", "until", "caller", *only)
    return AdminAction(
        name="grant",
        account=grant.account,
        by=grant.by,
        at=grant.given,
        message="A yes to several calls was given.",
        arguments={"grant": grant.id, **{name: body[name] for name in shown}},
        numbers=tuple([number for number in grant.numbers or () if number.isdecimal()]),
    )
