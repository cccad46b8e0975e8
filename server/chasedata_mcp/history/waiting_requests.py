"""Waiting requests not to be called: sent again to the dialer's own list, each once."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final

from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.ledger import WaitingRequest
from chasedata_mcp.pipeline.errors import SettledMeanwhileError
from chasedata_mcp.pipeline.pipeline import CallGroup, Cleared, Pipeline
from chasedata_mcp.tools.dnc import InsertDnc
from chasedata_mcp.tools.results import Result

_PASSING: Final = frozenset({Code.NOT_REACHED, Code.NO_ANSWER, Code.NOT_UNDERSTOOD})
"""Failures that the next request would meet too: nothing more is sent after one."""
_MOST_REFUSED: Final = 3
"""So many refusals one after another are of no single number: the token may be wrong."""


def describe_waiting(count: int) -> str:
    """Say how many requests wait, and what that means; `count` is one or more."""
    requests, wait = ("1 request", "waits") if count == 1 else (f"{count} requests", "wait")
    return (
        f"{requests} not to be called still {wait} to be sent: the dialer's own list may not have "
        "the number, and only this server holds it back."
    )


@dataclass(frozen=True, slots=True)
class SentRequest:
    """A waiting request with its result; None where another process settled it meanwhile."""

    request: WaitingRequest
    result: Result | None

    @property
    def has_failed(self) -> bool:
        """True where it was tried and isn't done."""
        return self.result is not None and self.result.code is not None


def build_group(pipeline: Pipeline, requests: Sequence[WaitingRequest], caller: str) -> CallGroup:
    """Make the calls that send waiting requests, to be admitted as one.

    Raises:
        CallError: `not_allowed`; the policy or a setting keeps the tool off.
    """
    actions = [
        pipeline.read(InsertDnc.name, {"number": request.number}, caller) for request in requests
    ]
    return CallGroup(tuple(actions), resends=tuple(request.entries for request in requests))


async def send_requests(
    pipeline: Pipeline, cleared: Cleared, requests: Sequence[WaitingRequest]
) -> AsyncIterator[SentRequest]:
    """Send waiting requests in their order, until the dialer can't be reached or refuses them all.

    What isn't sent goes on waiting.
    """
    refused = 0
    for request in requests:
        sent = SentRequest(request, await _send_next(pipeline, cleared))
        yield sent
        refused = refused + 1 if sent.has_failed else 0
        code = sent.result.code if sent.result else None
        if code in _PASSING or refused >= _MOST_REFUSED:
            return


async def _send_next(pipeline: Pipeline, cleared: Cleared) -> Result | None:
    try:
        return await pipeline.send(cleared)
    except SettledMeanwhileError:
        return None
    except CallError as error:
        return pipeline.build_failure(error)
