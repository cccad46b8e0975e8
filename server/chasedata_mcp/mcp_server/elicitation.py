"""A person's approval through an MCP client: by a form or a link, else out of band."""

from dataclasses import dataclass
from typing import Final, Self

from mcp_types import CallToolRequestParams, InputRequiredResult
from typing_extensions import override

from chasedata_mcp.app.approval_loop import ApprovalLoop, Step
from chasedata_mcp.approvals.errors import refuse_unconfirmed
from chasedata_mcp.approvals.models import Reply
from chasedata_mcp.approvals.reading_time import is_too_fast
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.ledger import Approval, ApprovalState
from chasedata_mcp.mcp_server import forms
from chasedata_mcp.mcp_server.callers import CallerOf, Context
from chasedata_mcp.mcp_server.forms import LINK_OPENED, LinkOpened
from chasedata_mcp.pipeline.pending_approval import PendingApproval
from chasedata_mcp.pipeline.pipeline import Cleared

_TOO_LONG: Final = "by nobody: the question is longer than a form can show"
_TOO_FAST: Final = "by nobody: the client answered faster than a person reads"


@dataclass(frozen=True, slots=True)
class Round:
    """The state of a call that a client of the newer era brings back, sealed.

    It says which question was put, and how often the call was asked about before.
    """

    # The seal alone is not single-use: replayed, it deleted three times (design.md, rule 3). What
    # makes a yes single-use is that its approval is spent.

    approval_id: str
    times: int = 0

    @override
    def __str__(self) -> str:
        """Write it as it is sealed."""
        return f"{self.times}.{self.approval_id}"

    @classmethod
    def read(cls, state: str) -> Self:
        """Read it as it was sealed; nothing else passes the seal."""
        times, _, approval_id = state.partition(".")
        return cls(approval_id, int(times))


@dataclass(slots=True)
class Elicitation:
    """The questions about one tool call, put through the client that made it as well as it can."""

    context: Context
    caller_of: CallerOf
    loop: ApprovalLoop

    async def cleared(self, params: CallToolRequestParams) -> Cleared | InputRequiredResult:
        """Have the call cleared at once or by a person's answer, or ask for a second round.

        Raises:
            CallError: It is not allowed, nobody said yes, or the caller may not come in any more.
        """
        if params.request_state is None or not forms.is_modern(self.context):
            beside = self.loop.out_of_band is not None and not forms.shows_forms(self.context)
            step = await self.loop.begin(out_of_band=beside)
        else:
            step = await self._second_round(Round.read(params.request_state), params)
        while isinstance(step, PendingApproval):
            asked = await self._put(step)
            if isinstance(asked, InputRequiredResult):
                return asked
            step = asked
        # A person may have taken minutes: the caller's key can have been revoked meanwhile.
        self.caller_of(self.context)
        return step

    async def _put(self, pending: PendingApproval) -> Step | InputRequiredResult:
        """Put a question in the best way that there is."""
        if self._is_too_long(pending):
            if self.loop.out_of_band is None:
                raise self.loop.pipeline.refused(pending.mark_unanswered(_TOO_LONG), _refuse_long())
            return await self.loop.ask_out_of_band(_TOO_LONG)
        shows_form = not pending.approval.code and forms.shows_forms(self.context)
        address = None if shows_form else self._address(pending)
        if not shows_form and address is None:
            return await self.loop.wait(pending)
        if forms.is_modern(self.context):
            state = str(Round(pending.approval.id, self.loop.times))
            if address is None:
                return forms.ask_for_round(forms.FORM, forms.request_form(pending), state)
            return forms.ask_for_round(forms.LINK, forms.request_link(pending, address), state)
        if address is None:
            return await self._by_form(pending)
        return await self._by_link(pending, address)

    def _is_too_long(self, pending: PendingApproval) -> bool:
        """Say whether a form that would be shown can't bear the question whole."""
        by_form = not pending.approval.code and forms.shows_forms(self.context)
        return by_form and not forms.can_bear(pending.approval.question)

    def _address(self, pending: PendingApproval) -> str | None:
        if self.loop.out_of_band is None or not forms.opens_links(self.context):
            return None
        return self.loop.out_of_band.address(pending)

    async def _by_form(self, pending: PendingApproval) -> Step:
        with self.loop.recording(pending):
            reply = await forms.show_form(self.context, pending, self.loop.pipeline.now())
        if reply is None:
            return await self.loop.ask_out_of_band()
        if self._is_bare_too_fast(pending.approval, reply):
            return await self.loop.ask_out_of_band(_TOO_FAST)
        return await self.loop.take(pending.approval.id, reply)

    async def _by_link(self, pending: PendingApproval, address: str) -> Step:
        left = self.loop.deadline.left if self.loop.deadline else 0.0
        answer = await forms.open_link(self.context, pending, address, left)
        if isinstance(answer, Reply) and not self._is_too_fast(pending.approval):
            return await self.loop.take(pending.approval.id, answer)
        try:
            return await self.loop.wait(pending)
        finally:
            if answer is LINK_OPENED and not await self._is_open(pending.approval.id):
                await forms.report_answered(self.context, pending)

    async def _second_round(self, back: Round, params: CallToolRequestParams) -> Step:
        """Go on with what a client of the newer era brought back."""
        self.loop.times = back.times
        approval = await self.loop.pipeline.approvals.get(back.approval_id)
        is_open = approval is not None and approval.state is ApprovalState.ASKED
        match forms.read_answer(params):
            case None:
                raise refuse_unconfirmed("The call came back without an answer to its question.")
            case LinkOpened() if is_open:
                return await self.loop.rejoin(back.approval_id)
            case LinkOpened():
                return await self.loop.take(back.approval_id, None)
            case Reply() as reply if (
                approval is not None and is_open and self._is_bare_too_fast(approval, reply)
            ):
                return await self.loop.ask_out_of_band(_TOO_FAST)
            case Reply() as reply:
                return await self.loop.take(back.approval_id, reply)

    async def _is_open(self, approval_id: str) -> bool:
        approval = await self.loop.pipeline.approvals.get(approval_id)
        return approval is not None and approval.state is ApprovalState.ASKED

    def _is_bare_too_fast(self, approval: Approval, reply: Reply) -> bool:
        """Say whether an answer without a typed word came sooner than the question can be read."""
        # A client that clears questions by itself says yes as readily as no: neither is a person's.
        return approval.question.is_bare(reply.content) and self._is_too_fast(approval)

    def _is_too_fast(self, approval: Approval) -> bool:
        return is_too_fast(approval.question.whole, self.loop.pipeline.now() - approval.asked)


def _refuse_long() -> CallError:
    return CallError(
        Code.NEEDS_CONFIRMATION,
        "The question is longer than a form can show, and nobody can answer it elsewhere. Nothing "
        "was sent.",
        hint="Make the texts shorter, or change fewer fields at once.",
    )
