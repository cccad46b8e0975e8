"""The suppression of all numbers of a request to stop, before the first of its calls is sent.

It is an entry of its own: if the process ends before a number's own request is sent, the number is
suppressed here and its request waits (`ledger/dnc_requests.py`).
"""

from collections.abc import Sequence
from typing import Final

from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import Ending, FactQuery, Reservation, ledger_required
from chasedata_mcp.pipeline.call import Call
from chasedata_mcp.pipeline.recorder import Recorder
from chasedata_mcp.tools.dnc import InsertDnc

TOOL: Final = "stop_contact"
"""The name that such an entry bears."""
_SENT: Final = "The numbers are suppressed here; their own entries say what the dialer did."
_NOT_SENT: Final = (
    "The numbers are suppressed here. Not all requests went to the dialer: those that didn't wait."
)


class EarlySuppression:
    """The suppression of numbers in one account's registry, by an entry without a call."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    async def suppress(self, requests: Sequence[InsertDnc], caller: str, step: str) -> str | None:
        """Suppress the numbers of requests; gives the entry, None where all were suppressed.

        Raises:
            CallError: `not_allowed`; the ledger can't be written.
        """
        ledger, now = self._recorder.ledger, self._recorder.clock()
        numbers = tuple(request.number for request in requests)
        account = self._recorder.account.accid
        query = FactQuery(account=account, caller=caller, now=now, numbers=numbers)
        with ledger_required:
            if (await ledger.facts(query)).suppressed >= set(numbers):
                return None
            calls = [Call(request, caller) for request in requests]
            intent = self._recorder.intend_suppression(TOOL, calls, step)
            await ledger.intend(intent, Reservation(suppresses=numbers, passes_freeze=True))
        return intent.entry

    async def end(self, entry: str, *, is_sent: bool) -> None:
        """Record that each number's own request was sent, or that one wasn't and waits.

        Raises:
            CallError: `not_allowed`; the ledger can't be written.
        """
        outcome, message = (Outcome.DONE, _SENT) if is_sent else (Outcome.REFUSED, _NOT_SENT)
        now = self._recorder.clock()
        ending = Ending(entry=entry, at=now, outcome=outcome, message=message, milliseconds=0)
        with ledger_required:
            await self._recorder.ledger.finish(ending)
