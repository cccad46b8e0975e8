"""Rows of grants: given, used up by one call at a time, revoked."""

import json
import secrets
from dataclasses import asdict, replace
from datetime import datetime
from hashlib import sha256

from pydantic import TypeAdapter

from chasedata_mcp.ledger.admin_actions import AdminAction, record
from chasedata_mcp.ledger.approval_models import Grant
from chasedata_mcp.ledger.chain import Chain
from chasedata_mcp.ledger.connection import Connection
from chasedata_mcp.ledger.events import Draft, EventKind, canonical, format_time
from chasedata_mcp.ledger.models import Intent, Json, read_principal
from chasedata_mcp.ledger.rows import encode

_INSERT = """
    INSERT INTO ledger_grants (id, account, caller, until, store_until, at_most, used, body)
    VALUES (?, ?, ?, ?, ?, ?, 0, ?)
"""
_USE = """
    UPDATE ledger_grants SET used = used + 1
    WHERE id = ? AND account = ? AND caller = ?
    AND revoked IS NULL AND until > ? AND store_until > ? AND used < at_most
"""
_REVOKE = """
    UPDATE ledger_grants SET revoked = ?
    WHERE id = ? AND revoked IS NULL AND until > ? AND store_until > ?
"""
_BODY = "SELECT body FROM ledger_grants WHERE id = ?"
_OPEN = """
    SELECT body, used FROM ledger_grants
    WHERE account = ? AND until > ? AND store_until > ? AND revoked IS NULL
"""
_END_OPEN = "UPDATE ledger_grants SET store_until = ''"
_FORGET = "DELETE FROM ledger_grants WHERE until < ? OR store_until < ?"

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
    after = chain.end.count
    row = canonical({**_body(grant), "salt": secrets.token_hex(16), "after": after})
    draft = Draft.of(
        format_time(grant.given), EventKind.GRANTED, {**_body(recorded), "row": row_hash(row)}
    )
    values = (
        *(encode(grant.id), encode(grant.account), encode(grant.caller)),
        *(*_times(chain.connection, grant.until), grant.at_most, row),
    )
    chain.connection.run(_INSERT, values)
    chain.append([draft])
    record(chain, _admin_action(recorded))


def row_hash(row: str) -> str:
    """Hash a row's body, as the event of its grant has it."""
    return sha256(row.encode()).hexdigest()


def use(connection: Connection, grant_id: str, intent: Intent) -> bool:
    """Count one use of a grant by a call; false where it lets nothing through any more."""
    principal = encode(read_principal(intent.caller))
    times = _times(connection, intent.at)
    values = encode(grant_id), encode(intent.account), principal, *times
    return connection.run(_USE, values) == 1


def revoke(chain: Chain, grant_id: str, by: str, now: datetime) -> bool:
    """End a grant; false, and nothing changed, where it had ended or there is none."""
    at, ours = format_time(now), encode(grant_id)
    if chain.connection.run(_REVOKE, (at, ours, *_times(chain.connection, now))) != 1:
        return False
    account: str = json.loads(chain.connection.fetch_value(_BODY, (ours,)))["account"]
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
    rows = connection.fetch_all(_OPEN, (encode(account), *_times(connection, now)))
    found = [parse_grant(body, used) for body, used in rows]
    return sorted(found, key=lambda grant: (grant.given, grant.id), reverse=True)


def end_open(connection: Connection) -> None:
    """End every grant."""
    connection.run(_END_OPEN)


def forget(connection: Connection, before: datetime) -> None:
    """Remove the grants that ended before a time, with all that stands in them."""
    connection.run(_FORGET, _times(connection, before))


def parse_grant(body: str, used: int) -> Grant:
    """Make the grant of a row that is not revoked."""
    return replace(_GRANT.validate_json(body), used=used)


def _times(connection: Connection, at: datetime) -> tuple[str, str]:
    """Write a time by the clock, and by the store's own time: a grant ends by the sooner one."""
    return format_time(at), format_time(connection.time.of(at))


def _body(grant: Grant) -> dict[str, Json]:
    body = asdict(grant)
    del body["used"], body["revoked"], body["after"]
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
