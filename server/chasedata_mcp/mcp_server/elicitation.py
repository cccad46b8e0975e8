"""Asking a person: through their client as it can, else on the terminal or the approvals page."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Protocol, Self

from mcp_types import CallToolRequestParams, InputRequiredResult

from chasedata_mcp.app.out_of_band import Deadline, OutOfBand, Progress, nobody
from chasedata_mcp.approvals.models import Consent, State, not_confirmed
from chasedata_mcp.errors import CallError
from chasedata_mcp.mcp_server import forms
from chasedata_mcp.mcp_server.callers import Context
from chasedata_mcp.mcp_server.forms import WENT, Went
from chasedata_mcp.pipeline.pipeline import (
    AskedAgainError,
    Cleared,
    PendingApproval,
    Pipeline,
    Reply,
)

_TOO_FAST: Final = "by nobody: the client declined faster than a person reads"
_AT_MOST: Final = 3
"""So often one call is asked about while what is known of it changes."""


class Admit(Protocol):
    """Has a call judged: it is cleared or held, its question put elsewhere if that is said."""

    def __call__(self, *, out_of_band: bool) -> Awaitable[Cleared | PendingApproval]:
        """Judge it."""
        ...


Redeem = Callable[[str, Reply | None], Awaitable[Cleared]]
"""Clears a held call by a reply, or by the answer that was given elsewhere."""


@dataclass(frozen=True, slots=True)
class Round:
    """What a client of the newer era brings back, sealed: which question, and the how manieth."""

    consent_id: str
    times: int = 0

    def __str__(self) -> str:
        """As it is sealed."""
        return f"{self.times}.{self.consent_id}"

    @classmethod
    def read(cls, state: str) -> Self:
        """As it was sealed; nothing else passes the seal."""
        times, _, consent_id = state.partition(".")
        return cls(consent_id, int(times))


@dataclass(slots=True)
class ApprovalLoop:
    """One call, and the person who may have to be asked about it.

    `out_of_band` is None where nobody could answer beside the client; else the call waits there
    until its one `deadline`.
    """

    pipeline: Pipeline
    context: Context
    out_of_band: OutOfBand | None
    admit: Admit
    redeem: Redeem
    deadline: Deadline | None = field(init=False)

    def __post_init__(self) -> None:
        """Take what patience there is for this call."""
        self.deadline = self.out_of_band.deadline() if self.out_of_band else None

    async def cleared(self, params: CallToolRequestParams) -> Cleared | InputRequiredResult:
        """What is cleared at once or by a person's answer, or the question of a second round.

        Raises:
            CallError: It is not allowed, or nobody said yes.
        """
        if params.request_state is None or not forms.is_modern(self.context):
            return await self._asked(self._begun)
        back = Round.read(params.request_state)
        return await self._asked(partial(self._gone_on, back, params), back.times)

    async def _asked(
        self, step: Callable[[], Awaitable[Cleared | InputRequiredResult]], times: int = 0
    ) -> Cleared | InputRequiredResult:
        """Take a step; where what is known has changed under a question, it is put anew."""
        while True:
            try:
                return await step()
            except AskedAgainError as again:
                times += 1
                if times == _AT_MOST or self._has_waited_for(again.pending):
                    raise self._open_anew(again) from None
                step = partial(self._put, again.pending, times)

    def _has_waited_for(self, pending: PendingApproval) -> bool:
        """Whether a question that is put elsewhere comes when the call has to be answered."""
        return bool(pending.code) and self.deadline is not None and self.deadline.is_over

    def _open_anew(self, again: AskedAgainError) -> CallError:
        """The end of a call whose question is put anew, with how it can still be answered."""
        if self.out_of_band is None or not again.pending.code:
            return again
        return self.out_of_band.unanswered(self.pipeline, again.pending, anew=again.why)

    async def _begun(self) -> Cleared | InputRequiredResult:
        beside = self.out_of_band is not None and not forms.shows_forms(self.context)
        admitted = await self.admit(out_of_band=beside)
        return await self._put(admitted, 0) if isinstance(admitted, PendingApproval) else admitted

    async def _put(self, pending: PendingApproval, times: int) -> Cleared | InputRequiredResult:
        """Put a question in the best way that there is."""
        back = Round(pending.consent_id, times)
        if not pending.code and forms.shows_forms(self.context):
            if forms.is_modern(self.context):
                return forms.another_round(forms.FORM, forms.form_of(pending), str(back))
            return await self._by_form(pending)
        address = self._address(pending)
        if address is None:
            return await self._awaited(pending)
        if forms.is_modern(self.context):
            return forms.another_round(forms.LINK, forms.link_of(pending, address), str(back))
        return await self._by_link(pending, address)

    def _address(self, pending: PendingApproval) -> str | None:
        if self.out_of_band is None or not forms.opens_links(self.context):
            return None
        return self.out_of_band.address(pending)

    async def _by_form(self, pending: PendingApproval) -> Cleared:
        try:
            reply = await forms.filled_in(self.context, pending, self.pipeline.now())
        except CallError as error:
            raise self.pipeline.refused(pending.unanswered(), error) from None
        if reply is None:
            return await self._without_the_client()
        if self._is_no_too_fast(pending, reply):
            return await self._without_the_client(_TOO_FAST)
        return await self.redeem(pending.consent_id, reply)

    async def _by_link(self, pending: PendingApproval, address: str) -> Cleared:
        left = self.deadline.left if self.deadline else 0.0
        answer = await forms.opened(self.context, pending, address, left)
        if isinstance(answer, Reply) and not self._is_too_fast(pending):
            return await self.redeem(pending.consent_id, answer)
        try:
            return await self._awaited(pending)
        finally:
            if answer is WENT and await self.pipeline.answer(pending) is not State.ASKED:
                await forms.answered(self.context, pending)

    async def _gone_on(self, back: Round, params: CallToolRequestParams) -> Cleared:
        """The second round of the newer era."""
        answer, asked = forms.brought_back(params), await self.pipeline.consent(back.consent_id)
        is_open = asked is not None and asked.state is State.ASKED
        match answer:
            case None:
                raise not_confirmed("The call came back without an answer to its question.")
            case Went() if is_open:
                return await self._back_from_the_page(back)
            case Went():
                return await self.redeem(back.consent_id, None)
            case Reply() if asked is not None and is_open and self._is_no_too_fast(asked, answer):
                return await self._without_the_client(_TOO_FAST)
            case Reply():
                return await self.redeem(back.consent_id, answer)

    async def _back_from_the_page(self, back: Round) -> Cleared:
        admitted = await self.admit(out_of_band=True)
        if not isinstance(admitted, PendingApproval):
            return admitted
        if admitted.consent_id != back.consent_id:
            raise AskedAgainError(admitted)
        return await self._awaited(admitted)

    def _is_no_too_fast(self, asked: PendingApproval | Consent, reply: Reply) -> bool:
        return asked.question.is_bare_no(reply.content) and self._is_too_fast(asked)

    def _is_too_fast(self, asked: PendingApproval | Consent) -> bool:
        return forms.is_too_fast(asked.question.text, self.pipeline.now() - asked.asked)

    async def _without_the_client(self, how: str = "by nobody") -> Cleared:
        """Go on as for a client that can't ask."""
        admitted = await self.admit(out_of_band=self.out_of_band is not None)
        return (
            await self._awaited(admitted, how)
            if isinstance(admitted, PendingApproval)
            else admitted
        )

    @property
    def _progress(self) -> Progress:
        return self.context.session.report_progress

    async def _awaited(self, pending: PendingApproval, how: str = "by nobody") -> Cleared:
        """Wait for the answer that is given on the terminal or the page."""
        if self.out_of_band is None or self.deadline is None:
            raise self.pipeline.refused(pending.unanswered(how), nobody())
        waited = self.out_of_band.waited(self.pipeline, self._progress, pending, self.deadline)
        if await waited is State.ASKED:
            error = self.pipeline.refused(
                pending.unanswered(how), self.out_of_band.unanswered(self.pipeline, pending)
            )
            # Whoever says yes a moment later is told that the call has ended, by the record.
            await self.pipeline.written()
            raise error
        return await self.redeem(pending.consent_id, None)
