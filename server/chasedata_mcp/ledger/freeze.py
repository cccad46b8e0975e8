"""Freezes of accounts and their rearming, each on record in the chain."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from chasedata_mcp.ledger.admin_actions import AdminAction, record
from chasedata_mcp.ledger.chain import Chain
from chasedata_mcp.ledger.connection import Connection
from chasedata_mcp.ledger.events import Draft, EventKind, format_time, parse_time
from chasedata_mcp.ledger.models import Intent
from chasedata_mcp.ledger.obstacles import Broken, Frozen
from chasedata_mcp.ledger.rows import change_account, decode, encode
from chasedata_mcp.ledger.schema import ACCOUNTS


def freeze(chain: Chain, account: str, frozen: Frozen) -> bool:
    """Freeze an account; false, and nothing changed, where it was frozen already."""
    # Nobody else writes meanwhile: of two freezes at once the first one's reason is on record.
    if read_freeze(chain.connection, account) is not None:
        return False
    at = format_time(frozen.at)
    body = {"account": account, "why": frozen.why, "by": frozen.by}
    chain.append([Draft.of(at, EventKind.FROZEN, body)])
    change_account(
        chain.connection,
        account,
        frozen_at=at,
        frozen_why=encode(frozen.why),
        frozen_by=encode(frozen.by),
    )
    record(
        chain,
        AdminAction(
            name="freeze",
            account=account,
            by=frozen.by,
            at=frozen.at,
            message="Every write was stopped.",
            arguments={"reason": frozen.why},
        ),
    )
    return True


def trip(chain: Chain, intent: Intent, broken: Broken) -> None:
    """Freeze the account of a call that would break a limit which trips.

    It is the transaction of that call's intent, so that the next call finds the account frozen.
    """
    limit = broken.limit
    why = (
        f"{limit.name}: this call would make it {broken.count}, and at most {limit.at_most} may be"
    )
    freeze(chain, intent.account, Frozen(intent.at, why, intent.caller))


FROZEN_ACCOUNTS = select(
    ACCOUNTS.c.account, ACCOUNTS.c.frozen_at, ACCOUNTS.c.frozen_why, ACCOUNTS.c.frozen_by
).where(ACCOUNTS.c.frozen_at.is_not(None))


def rearm(chain: Chain, account: str, by: str, now: datetime) -> bool:
    """Let an account go on; false, and nothing changed, where it was not frozen."""
    if read_freeze(chain.connection, account) is None:
        return False
    change_account(chain.connection, account, frozen_at=None, frozen_why=None, frozen_by=None)
    _record_rearming(
        chain,
        AdminAction(
            name="rearm",
            account=account,
            by=by,
            at=now,
            message="Writes were let through again.",
            arguments={},
        ),
    )
    return True


def count_anew(chain: Chain, account: str, by: str, now: datetime, limits: Sequence[str]) -> bool:
    """Let the caps of an account that have stopped count anew; false where it is frozen.

    `limits` are the names of those that a person saw, for the record: every one counts anew.
    """
    # A yes to go on past a cap is none to end a freeze that came meanwhile.
    if read_freeze(chain.connection, account) is not None:
        return False
    _record_rearming(
        chain,
        AdminAction(
            name="rearm",
            account=account,
            by=by,
            at=now,
            message="The caps that had stopped count anew.",
            arguments={"caps": list(limits)},
        ),
    )
    return True


def _record_rearming(chain: Chain, action: AdminAction) -> None:
    at = format_time(action.at)
    body = {"account": action.account, "by": action.by}
    chain.append([Draft.of(at, EventKind.REARMED, body)])
    change_account(chain.connection, action.account, rearmed=at)
    record(chain, action)


def read_freeze(connection: Connection, account: str) -> Frozen | None:
    """Read the freeze of an account; None where it isn't frozen."""
    columns = (ACCOUNTS.c.frozen_at, ACCOUNTS.c.frozen_why, ACCOUNTS.c.frozen_by)
    statement = select(*columns).where(ACCOUNTS.c.account == encode(account))
    row = connection.execute(statement).first()
    return None if row is None else parse_freeze(row.frozen_at, row.frozen_why, row.frozen_by)


def parse_freeze(at: str | None, why: str | None, by: str | None) -> Frozen | None:
    """Read a freeze from the columns of an account; None where it isn't frozen."""
    if not at:
        return None
    return Frozen(parse_time(at), decode(why or ""), decode(by or ""))
