"""The freeze tool: it stops every write at once, and only a person rearms."""

from datetime import datetime

from chasedata_mcp.fields.format import replace_controls
from chasedata_mcp.ledger import Ledger, LedgerError, refuse_without_ledger
from chasedata_mcp.policy.rules.access import DIALER_GOES_ON, TO_GO_ON
from chasedata_mcp.tools.account import Account
from chasedata_mcp.tools.answer_types import AnswerSummary
from chasedata_mcp.tools.history import Freeze
from chasedata_mcp.tools.results import Result, build_success

_DEFAULT_REASON = "an assistant stopped the writes"


async def freeze(
    ledger: Ledger, which: Freeze, caller: str, account: Account, now: datetime
) -> Result:
    """Stop every write of an account, in every process on the ledger.

    Raises:
        CallError: `not_allowed`; the ledger can't be written.
    """
    try:
        stopped = await ledger.freezes.freeze(
            account.accid, replace_controls(which.reason or _DEFAULT_REASON), caller, now
        )
    except LedgerError as error:
        raise refuse_without_ledger(error) from None
    first = "Every write is stopped." if stopped else "Every write was stopped already."
    return build_success(account, AnswerSummary(f"{first} {DIALER_GOES_ON} {TO_GO_ON}"), [])
