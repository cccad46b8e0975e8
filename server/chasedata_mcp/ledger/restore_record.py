"""The record of restores in the chain, and of a person who opens the caps that one has closed."""

from collections.abc import Collection, Mapping
from datetime import datetime

from chasedata_mcp.ledger import approvals, freeze, grants
from chasedata_mcp.ledger.admin_actions import AdminAction
from chasedata_mcp.ledger.admin_actions import record as record_action
from chasedata_mcp.ledger.approval_models import ApprovalAnswer, ApprovalState
from chasedata_mcp.ledger.chain import Chain, parse_event
from chasedata_mcp.ledger.closed_caps import CLOSED_SINCE, OPEN_CAPS
from chasedata_mcp.ledger.connection import Connection
from chasedata_mcp.ledger.event_bodies import parse
from chasedata_mcp.ledger.events import Draft, EventKind, format_time
from chasedata_mcp.ledger.obstacles import Frozen
from chasedata_mcp.ledger.queries import list_accounts
from chasedata_mcp.ledger.restores import RESTORE_ENTRY, STORE_TIME, Restore
from chasedata_mcp.ledger.rows import decode, encode


def record(chain: Chain, restore: Restore, account: str, frozen: Mapping[str, Frozen]) -> None:
    """Record a restore in the chain of the backup, for its accounts and for this one.

    A yes that the backup has may have been used since, a grant used or revoked, and an account
    frozen: the yeses and grants end here, and the freezes of the replaced store, `frozen`, go on.
    """
    at = format_time(restore.at)
    time, body = chain.connection.time, restore.body
    if time.ahead:
        body[STORE_TIME] = format_time(time.of(restore.at))
    chain.append([Draft.of(at, EventKind.RESTORED, body, RESTORE_ENTRY)])
    _end_yeses(chain, restore)
    for frozen_account, stop in frozen.items():
        freeze.freeze(chain, frozen_account, stop)
    _record_actions(chain, restore, {account, *list_accounts(chain.connection)})


def _record_actions(chain: Chain, restore: Restore, accounts: Collection[str]) -> None:
    """Show the restore to whoever looks at the history of any account."""
    for account in sorted(accounts):
        action = AdminAction(
            name="restore",
            account=account,
            by=restore.by,
            at=restore.at,
            message=restore.describe(lambda time: f"{time:%Y-%m-%d %H:%M} UTC"),
            arguments={"backup": restore.name, "missing": restore.gap.missing},
        )
        record_action(chain, action)


def _end_yeses(chain: Chain, restore: Restore) -> None:
    connection = chain.connection
    no = ApprovalAnswer(ApprovalState.DECLINED, "a restore", restore.by, restore.at)
    asked = "SELECT id FROM ledger_consents WHERE state IN (?, ?)"
    states = (ApprovalState.ASKED.value, ApprovalState.GRANTED.value)
    for (approval,) in connection.fetch_all(asked, states):
        approvals.answer(connection, decode(approval), no)
    given = "SELECT id FROM ledger_grants WHERE revoked IS NULL"
    for (grant,) in connection.fetch_all(given):
        grants.revoke(chain, decode(grant), restore.by, restore.at)


def read_closing(connection: Connection, account: str) -> Restore | None:
    """Read the last restore since which nobody opened an account's caps; None where there is none.

    Raises:
        ValueError, KeyError, TypeError: Somebody has tampered with it.
    """
    columns = "SELECT seq, at, what, entry, body, hash "
    row = connection.fetch_one(f"{columns}{CLOSED_SINCE}", (encode(account),))
    if row is None:
        return None
    event = parse(parse_event(row))
    return Restore.parse(event.at, event.body)


def open_caps(chain: Chain, account: str, by: str, now: datetime) -> bool:
    """Open the caps that a restore has closed, on record; false where none has."""
    if read_closing(chain.connection, account) is None:
        return False
    action = AdminAction(
        name=OPEN_CAPS,
        account=account,
        by=by,
        at=now,
        message="The caps that a restore had closed were opened.",
        arguments={},
    )
    record_action(chain, action)
    return True
