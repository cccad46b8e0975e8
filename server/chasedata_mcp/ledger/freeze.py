"""Freezes an account and rearms it, each on record in the chain."""

from datetime import datetime

from sqlalchemy import Connection, select

from chasedata_mcp.ledger import accounts
from chasedata_mcp.ledger.admin_actions import Order, record
from chasedata_mcp.ledger.chain import Chain, indexed, plain
from chasedata_mcp.ledger.events import Draft, What, read_time, written
from chasedata_mcp.ledger.facts import Broken, Frozen
from chasedata_mcp.ledger.models import Intent
from chasedata_mcp.ledger.schema import ACCOUNTS


def freeze(chain: Chain, account: str, frozen: Frozen) -> bool:
    """Freeze an account; false, and nothing changed, where it was frozen already."""
    if frozen_since(chain.connection, account) is not None:
        return False
    at = written(frozen.at)
    body = {"account": account, "why": frozen.why, "by": frozen.by}
    chain.append([Draft.of(at, What.FROZEN, body)])
    accounts.change(
        chain.connection,
        account,
        frozen_at=at,
        frozen_why=indexed(frozen.why),
        frozen_by=indexed(frozen.by),
    )
    record(
        chain,
        Order(
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
    """Freeze the account of a call that would break a limit which trips."""
    limit = broken.limit
    why = (
        f"{limit.name}: this call would make it {broken.count}, and at most {limit.at_most} may be"
    )
    freeze(chain, intent.account, Frozen(intent.at, why, intent.caller))


def rearm(chain: Chain, account: str, by: str, now: datetime) -> bool:
    """Let an account go on; false, and nothing changed, where it was not frozen."""
    if frozen_since(chain.connection, account) is None:
        return False
    at = written(now)
    chain.append([Draft.of(at, What.REARMED, {"account": account, "by": by})])
    accounts.change(
        chain.connection, account, frozen_at=None, frozen_why=None, frozen_by=None, rearmed=at
    )
    said = "Writes were let through again."
    record(chain, Order(name="rearm", account=account, by=by, at=now, message=said, arguments={}))
    return True


def frozen_since(connection: Connection, account: str) -> Frozen | None:
    """Since when, why and by whom an account is frozen, if it is."""
    columns = (ACCOUNTS.c.frozen_at, ACCOUNTS.c.frozen_why, ACCOUNTS.c.frozen_by)
    wanted = select(*columns).where(ACCOUNTS.c.account == indexed(account))
    row = connection.execute(wanted).first()
    return None if row is None else frozen_of(row.frozen_at, row.frozen_why, row.frozen_by)


def frozen_of(at: str | None, why: str | None, by: str | None) -> Frozen | None:
    """What the columns of a row say."""
    if not at:
        return None
    return Frozen(read_time(at), plain(why or ""), plain(by or ""))
