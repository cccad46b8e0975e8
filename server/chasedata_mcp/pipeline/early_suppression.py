"""The suppression of all numbers of a request to stop, before the first of its calls is sent.

It is an entry of its own: if the process ends before a number's own request is sent, the number is
suppressed here and its request waits (`ledger/dnc_requests.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import (
    APPROVAL,
    CONFIRMED_BY,
    STOP_TOOL,
    Ending,
    FactQuery,
    Json,
    LedgerError,
    Reservation,
    ledger_required,
)
from chasedata_mcp.pipeline.call import Call
from chasedata_mcp.pipeline.recorder import Recorder
from chasedata_mcp.tools.dnc import InsertDnc
from chasedata_mcp.tools.sms import SendSms

_SENT: Final = "The numbers are suppressed here; their own entries say what the dialer did."
_NOT_SENT: Final = (
    "The numbers are suppressed here. Not all requests went to the dialer: those that didn't wait."
)


@dataclass(frozen=True, slots=True)
class EarlyRequest:
    """The requests to stop of one job, with the one text that may confirm them.

    Attributes:
        requests: What is sent afterwards; their numbers are suppressed.
        step: The step of the job as which they are suppressed, as `ID.0`.
        confirmation: The text, if the caller asked for one.
        approval: The approval that the job waits for, if it does: with its yes the text may go.
    """

    requests: Sequence[InsertDnc]
    step: str
    confirmation: SendSms | None = None
    approval: str | None = None


class EarlySuppression:
    """The suppression of numbers in one account's registry, by an entry without a call."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    async def suppress(self, early: EarlyRequest, caller: str) -> str | None:
        """Suppress the numbers of requests; gives the entry, None where all were suppressed.

        Raises:
            CallError: `not_allowed`; the ledger can't be written.
        """
        ledger, now = self._recorder.ledger, self._recorder.clock()
        numbers = tuple(request.number for request in early.requests)
        account = self._recorder.account.accid
        query = FactQuery(account=account, caller=caller, now=now, numbers=numbers)
        with ledger_required:
            if (await ledger.facts(query)).suppressed >= set(numbers):
                return None
            calls = [Call(request, caller) for request in early.requests]
            intent = self._recorder.intend_suppression(
                STOP_TOOL, calls, early.step, self._name_confirmation(early)
            )
            await ledger.intend(intent, Reservation(suppresses=numbers, passes_freeze=True))
        return intent.entry

    def _name_confirmation(self, early: EarlyRequest) -> Mapping[str, Json]:
        """Name the one text that the entry lets through, and whose yes may clear it."""
        if early.confirmation is None:
            return {}
        digest = self._recorder.digest(early.confirmation)
        asked = {} if early.approval is None else {APPROVAL: early.approval}
        return {CONFIRMED_BY: digest, **asked}

    async def end(self, entry: str, *, is_sent: bool) -> bool:
        """Record that each number's own request was sent, or that one wasn't and waits.

        False where the ledger doesn't take it: by then requests may have been sent, so that no
        refusal is true of the job.
        """
        outcome, message = (Outcome.DONE, _SENT) if is_sent else (Outcome.REFUSED, _NOT_SENT)
        now = self._recorder.clock()
        ending = Ending(entry=entry, at=now, outcome=outcome, message=message, milliseconds=0)
        try:
            await self._recorder.ledger.finish(ending)
        except LedgerError:
            return False
        return True
