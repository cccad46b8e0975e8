"""A dialer of a test's own, in place of one behind HTTP."""

from collections.abc import Callable, Mapping

import anyio.lowlevel

from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.pipeline.executor import Dialer
from chasedata_mcp.tools.answer_types import (
    Acknowledged,
    AgentsRead,
    Answer,
    Expects,
    Lead,
    LeadsRead,
)
from chasedata_mcp.tools.request import Request

_READS = {"SearchLead", "AvailableInboundAgents"}


def done(request: Request) -> Answer:
    """Answer as a dialer that does everything and finds nothing."""
    match request.expects:
        case Expects.DONE:
            return Acknowledged()
        case Expects.LEADS:
            return LeadsRead(())
        case Expects.AGENTS:
            return AgentsRead((), 0)


class RecordingDialer:
    """A dialer that keeps every request, and answers or fails as the test says."""

    def __init__(self, answers: Callable[[Request], Answer] = done) -> None:
        self.posted: list[Request] = []
        self._answers = answers

    async def post(self, request: Request) -> Answer:
        self.posted.append(request)
        await anyio.lowlevel.checkpoint()
        return self._answers(request)

    @property
    def forms(self) -> list[dict[str, str]]:
        """The forms that were posted, the oldest first."""
        return [dict(request.form) for request in self.posted]


def finding(*leads: Mapping[str, str]) -> RecordingDialer:
    """Make a dialer that finds these leads, by default without a status, and does all else."""
    read = tuple(Lead(str(n), {"CallStatus": "", **fields}) for n, fields in enumerate(leads, 1001))
    return RecordingDialer(
        lambda request: LeadsRead(read) if request.expects is Expects.LEADS else done(request)
    )


def failing_to_search() -> RecordingDialer:
    """Make a dialer whose search fails and that does everything else."""

    def answer(request: Request) -> Answer:
        if request.expects is Expects.LEADS:
            raise CallError(Code.NO_ANSWER, "No answer.", hint="-", read=True)
        return done(request)

    return RecordingDialer(answer)


class ForwardingDialer:
    """Hands calls on to a dialer and keeps their forms."""

    def __init__(self, beyond: Dialer) -> None:
        self._beyond = beyond
        self.forms: list[dict[str, str]] = []

    async def post(self, request: Request) -> Answer:
        self.forms.append(dict(request.form))
        return await self._beyond.post(request)

    @property
    def writes(self) -> list[dict[str, str]]:
        """The forms that may have changed something."""
        return [form for form in self.forms if form.get("Action") not in _READS]
