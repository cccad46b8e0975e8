"""Freezes of accounts and their rearming, each on record in the chain."""

from collections.abc import Sequence
from datetime import datetime

from chasedata_mcp.ledger.admin_actions import AdminAction, record
from chasedata_mcp.ledger.chain import Chain
from chasedata_mcp.ledger.connection import Connection
from chasedata_mcp.ledger.events import Draft, EventKind, format_time, parse_time
from chasedata_mcp.ledger.models import Intent
from chasedata_mcp.ledger.obstacles import Broken, Frozen
from chasedata_mcp.ledger.rows import decode, encode

FROZEN_ACCOUNTS = """
    SELECT account, frozen_at, frozen_why, frozen_by FROM ledger_accounts
    WHERE frozen_at IS NOT NULL
"""
_READ = "SELECT frozen_at, frozen_why, frozen_by FROM ledger_accounts WHERE account = ?"
_FREEZE = """
    INSERT INTO ledger_accounts (account, frozen_at, frozen_why, frozen_by) VALUES (?, ?, ?, ?)
    ON CONFLICT (account) DO UPDATE SET frozen_at = excluded.frozen_at,
    frozen_why = excluded.frozen_why, frozen_by = excluded.frozen_by
"""
_REARM = """
    INSERT INTO ledger_accounts (account, rearmed) VALUES (?, ?)
    ON CONFLICT (account) DO UPDATE SET rearmed = excluded.rearmed,
    frozen_at = NULL, frozen_why = NULL, frozen_by = NULL
"""
_BRING_BACK = "UPDATE ledger_reservations SET at = ? WHERE account = ? AND at > ?"


def freeze(chain: Chain, account: str, frozen: Frozen) -> bool:
    """Freeze an account; false, and nothing changed, where it was frozen already."""
    # Nobody else writes meanwhile: of two freezes at once the first one's reason is on record.
    if read_freeze(chain.connection, account) is not None:
        return False
    at = format_time(frozen.at)
    body = {"account": account, "why": frozen.why, "by": frozen.by}
    chain.append([Draft.of(at, EventKind.FROZEN, body)])
    values = encode(account), at, encode(frozen.why), encode(frozen.by)
    chain.connection.run(_FREEZE, values)
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


def rearm(chain: Chain, account: str, by: str, now: datetime) -> bool:
    """Let an account go on; false, and nothing changed, where it was not frozen."""
    if read_freeze(chain.connection, account) is None:
        return False
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
    account, now = encode(action.account), format_time(chain.connection.time.of(action.at))
    chain.connection.run(_REARM, (account, now))
    # Whatever was counted until now is before this: a clock that was ahead may have dated it later.
    chain.connection.run(_BRING_BACK, (now, account, now))
    record(chain, action)


def read_freeze(connection: Connection, account: str) -> Frozen | None:
    """Read the freeze of an account; None where it isn't frozen."""
    row = connection.fetch_one(_READ, (encode(account),))
    return None if row is None else parse_freeze(*row)


def parse_freeze(at: str | None, why: str | None, by: str | None) -> Frozen | None:
    """Read a freeze from the columns of an account; None where it isn't frozen."""
    if not at:
        return None
    return Frozen(parse_time(at), decode(why or ""), decode(by or ""))
