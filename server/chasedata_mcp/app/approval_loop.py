"""The loop in which calls get a person's answer: asked, waited for, redeemed, asked anew.

It is the same on every surface. A surface puts the questions, as a form, a link or a prompt, and
takes the loop a step further with whatever came back.
"""

from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, Protocol

from chasedata_mcp.app.out_of_band import Deadline, OutOfBand, Progress, refuse_unattended
from chasedata_mcp.approvals.models import Reply
from chasedata_mcp.approvals.service import OVERTAKEN
from chasedata_mcp.errors import CallError
from chasedata_mcp.ledger import ApprovalState
from chasedata_mcp.pipeline.pending_approval import AskedAgainError, PendingApproval
from chasedata_mcp.pipeline.pipeline import Cleared, Pipeline

_AT_MOST: Final = 3
"""The times that one call is asked about while its facts keep changing."""
BY_NOBODY: Final = "by nobody"

Step = Cleared | PendingApproval
"""The end of the loop, or a question that is to be put next."""


class Admit(Protocol):
    """Evaluates calls: they are cleared, or wait for an answer, out of band if that is said."""

    def __call__(self, *, out_of_band: bool) -> Awaitable[Step]:
        """Evaluate the calls anew."""
        ...


Redeem = Callable[[str, Reply | None], Awaitable[Cleared]]
"""Clears calls by a reply to the approval of an id, or by the answer that was given out of band."""


async def report_nothing(spent: float, of: float | None, doing: str | None) -> None:
    """Leave it to those who don't wait to see how far the waiting is."""
    del spent, of, doing


@dataclass(slots=True)
class ApprovalLoop:
    """The questions about one call, or one batch of calls, until they are cleared.

    `out_of_band` is None where nobody could answer beside the surface; else the call waits there
    until its one `deadline`. `times` is how often it was asked about before.
    """

    pipeline: Pipeline
    admit: Admit
    redeem: Redeem
    out_of_band: OutOfBand | None
    progress: Progress = report_nothing
    times: int = 0
    deadline: Deadline | None = field(init=False)

    def __post_init__(self) -> None:
        """Begin with all of the time that a call may wait."""
        self.deadline = self.out_of_band.deadline() if self.out_of_band else None

    async def begin(self, *, out_of_band: bool) -> Step:
        """Have the calls evaluated; their question, if they have one, is put out of band or not.

        Raises:
            CallError: They are refused.
        """
        return await self.admit(out_of_band=out_of_band)

    async def take(self, approval_id: str, reply: Reply | None) -> Step:
        """Redeem a reply, or without one the answer that was given out of band.

        Raises:
            CallError: It clears nothing, or the calls were asked about too often.
        """
        return await self._step(self.redeem(approval_id, reply))

    async def wait(self, pending: PendingApproval, how: str = BY_NOBODY) -> Step:
        """Wait for the answer that is given out of band; `how` goes on record where none comes.

        Raises:
            CallError: No answer came, or it clears nothing.
        """
        return await self._step(self._awaited(pending, how))

    async def ask_out_of_band(self, how: str = BY_NOBODY) -> Step:
        """Go on without the surface, which didn't put its question to anybody.

        Raises:
            CallError: As for `wait`.
        """
        return await self._step(self._awaited_anew(how))

    async def rejoin(self, approval_id: str) -> Step:
        """Wait for the answer to a question that was put out of band before.

        Raises:
            CallError: As for `wait`.
        """
        pending = await self.admit(out_of_band=True)
        if isinstance(pending, Cleared):
            return pending
        if pending.approval.id != approval_id:
            return self._anew(AskedAgainError(pending, OVERTAKEN))
        return await self.wait(pending)

    @contextmanager
    def recording(self, pending: PendingApproval) -> Generator[None]:
        """Put on record that a question was not answered, where putting it fails.

        Raises:
            CallError: It failed.
        """
        try:
            yield
        except CallError as error:
            raise self.pipeline.refused(pending.mark_unanswered(), error) from None

    async def _step(self, step: Awaitable[Cleared]) -> Step:
        try:
            return await step
        except AskedAgainError as again:
            return self._anew(again)

    def _anew(self, again: AskedAgainError) -> PendingApproval:
        """Give the question that is put in the place of one, unless that must end."""
        self.times += 1
        if self.times == _AT_MOST or self._has_waited_for(again.pending):
            raise self._left_open(again) from None
        return again.pending

    def _has_waited_for(self, pending: PendingApproval) -> bool:
        """Say whether a question that is put out of band comes when the call must be answered."""
        is_over = self.deadline is not None and self.deadline.is_over
        return bool(pending.approval.code) and is_over

    def _left_open(self, again: AskedAgainError) -> CallError:
        """Make the error of a call whose question is put anew, with how it can be answered."""
        if self.out_of_band is None or not again.pending.approval.code:
            return again
        return self.out_of_band.build_unanswered(self.pipeline, again.pending, anew=again.why)

    async def _awaited_anew(self, how: str) -> Cleared:
        step = await self.admit(out_of_band=self.out_of_band is not None)
        return await self._awaited(step, how) if isinstance(step, PendingApproval) else step

    async def _awaited(self, pending: PendingApproval, how: str) -> Cleared:
        if self.out_of_band is None or self.deadline is None:
            raise self.pipeline.refused(pending.mark_unanswered(how), refuse_unattended())
        waited = self.out_of_band.wait_for_answer(
            self.pipeline, self.progress, pending, self.deadline
        )
        if await waited is ApprovalState.ASKED:
            no_answer = self.out_of_band.build_unanswered(self.pipeline, pending)
            error = self.pipeline.refused(pending.mark_unanswered(how), no_answer)
            # Whoever says yes a moment later learns by the record that the call has ended.
            await self.pipeline.written()
            raise error
        return await self.redeem(pending.approval.id, None)
