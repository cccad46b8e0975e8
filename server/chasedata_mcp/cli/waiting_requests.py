"""The requests not to be called that a person at a terminal sends, since they wait."""

from collections.abc import Sequence
from functools import partial

from chasedata_mcp.cli.call_session import TerminalSession
from chasedata_mcp.history.waiting_requests import SentRequest, build_group, send_requests
from chasedata_mcp.ledger import WaitingRequest
from chasedata_mcp.pipeline.pipeline import Cleared, Pipeline


def send_waiting(session: TerminalSession) -> list[SentRequest]:
    """Send the requests that wait, those that may be under way left out.

    Raises:
        CallError: They were not cleared.
        LedgerError: The ledger can't be read.
    """
    pipeline, registry = session.pipeline, session.require_ledger().dnc_registry
    found = session.portal.call(registry.waiting, pipeline.account.accid, pipeline.now())
    waiting = [one for one in found if not one.is_under_way]
    if not waiting:
        return []
    group = build_group(pipeline, waiting, session.name)
    cleared = session.approve(
        partial(pipeline.admit, group, session.name), partial(pipeline.redeem, group, session.name)
    )
    return session.portal.call(_send_all, pipeline, cleared, waiting)


async def _send_all(
    pipeline: Pipeline, cleared: Cleared, waiting: Sequence[WaitingRequest]
) -> list[SentRequest]:
    return [one async for one in send_requests(pipeline, cleared, waiting)]


def count_waiting(session: TerminalSession) -> int:
    """Count the requests that still wait.

    Raises:
        LedgerError: The ledger can't be read.
    """
    registry = session.require_ledger().dnc_registry
    return session.portal.call(registry.count_waiting, session.pipeline.account.accid)
