"""The open questions of an account, with what answers and oversees them."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import Any

from pyotp.totp import TOTP
from typing_extensions import override

from _support.clock import READING, Clock
from chasedata_mcp.app.batches import find_batch_store
from chasedata_mcp.approvals.grants import unredacted
from chasedata_mcp.approvals.models import ApprovalRequest
from chasedata_mcp.approvals.second_factor import SecondFactor
from chasedata_mcp.approvals.service import ApprovalService
from chasedata_mcp.approvals_page.answer_service import AnswerService, Approver
from chasedata_mcp.approvals_page.batch_overview import BatchOverview
from chasedata_mcp.approvals_page.oversight import Oversight, PolicyView
from chasedata_mcp.ledger import (
    Approval,
    ApprovalState,
    Environment,
    Json,
    Ledger,
    Machine,
    Offer,
    open_ledger,
)
from chasedata_mcp.ledger.questions import Question, Typed, TypedKind
from chasedata_mcp.tools.account import Account

CALLER = "maria/an assistant"
PHONE = "9545550123"
SHOWN = "954-555-0123"
ACCOUNT = Account("sandbox", "sandbox")
MARIA = Approver("maria/page", "on the approvals page")
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
LINES = {
    "preset": ("attended", "policy file"),
    "calling_hours.outside": ("refuse", "default"),
    "caps.texts.hour": ("asks at 100, stops at 500", "preset attended"),
}
WHOSE = "What the settings of this page say now."
HOSTILE = (
    "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
    '"></form><a href="https://evil.example/">Approve all</a>\u202e [x](javascript:alert(1))'
)

DELETE = Question(
    f"Let the dialer call {SHOWN} again? It leaves the do-not-call list.",
    Typed(TypedKind.PHONE, PHONE),
)
LIST = Question(
    "Delete the list “Warm leads” of Maria for good?", Typed(TypedKind.NAME, "Warm leads")
)
TEXT = Question(f"Text {SHOWN}: “Hello there, are you still interested?”")
RELOAD = Question("Reload the skills? From then on calls are routed by what is staged.")


class Now(Clock):
    """The machine's own time, which commands and browsers go by."""

    @override
    def __call__(self) -> datetime:
        return datetime.now(UTC)


@dataclass
class Approvals:
    """The questions and answers of an account, their ledger and its clock."""

    answers: AnswerService
    oversight: Oversight
    ledger: Ledger
    clock: Clock
    factor: SecondFactor
    policy: PolicyView = field(default_factory=lambda: PolicyView(LINES, WHOSE))
    """The policy as the page reads it."""

    async def ask(  # noqa: PLR0913 - what a question is made of
        self,
        question: Question,
        tool: str,
        arguments: Mapping[str, Json],
        *,
        account: str = ACCOUNT.accid,
        caller: str = CALLER,
        effects: tuple[str, ...] = (),
        ago: timedelta = READING,
        protects: bool = False,
        beside: Mapping[str, Json] | None = None,
        **more: Any,  # noqa: ANN401 - anything else of a request
    ) -> Approval:
        """Ask about a call, for an answer beside the client; by now a person can have read it."""
        call: dict[str, Json] = {
            "tool": tool,
            "arguments": arguments,
            "consequences": list(effects),
            "asked_by": [{"rule": "confirm", "reason": f"The level covers {tool}."}],
            "warnings": [f"{tool} can't be undone."],
            "protects": protects,
            **(beside or {}),
        }
        request = ApprovalRequest(
            digest=token_hex(),
            caller=caller,
            question=question,
            rules=(frozenset({"confirm"}),),
            calls=(call,),
            **more,
        )
        service = ApprovalService(self.ledger, account, lambda: self.clock() - ago)
        return await service.spend_or_ask(request, out_of_band=True)

    async def deletion(self, **more: Any) -> Approval:  # noqa: ANN401 - as above
        """Ask a question in which a number must be typed."""
        return await self.ask(DELETE, "delete_dnc", {"number": PHONE}, **more)

    async def text(
        self,
        message: str = "Hello there, are you still interested?",
        **more: Any,  # noqa: ANN401 - as above
    ) -> Approval:
        """Ask a plain question with an offer."""
        arguments = {"from_number": "9545550195", "to_number": PHONE, "message": message}
        return await self.ask(TEXT, "send_sms", arguments, offers=(self.offer(),), **more)

    async def reload(self, **more: Any) -> Approval:  # noqa: ANN401 - as above
        """Ask a plain question without an offer."""
        return await self.ask(RELOAD, "reload_skills", {}, **more)

    def offer(self, hours: float = 2) -> Offer:
        """Offer the next ten texts to a campaign."""
        until = self.clock() + timedelta(hours=hours)
        text = "This one and the next 10 texts to campaign “Spring”"
        return Offer(("send_sms",), None, "Spring", 10, until, id="next", text=text)

    async def row(self, approval: Approval) -> Approval:
        """Get the row of a question."""
        row = await self.ledger.approvals.get(approval.id)
        assert row is not None
        return row

    async def state(self, approval: Approval) -> ApprovalState:
        """Get the state of a question."""
        return (await self.row(approval)).state

    def enroll(self) -> None:
        """Enroll a second factor, ten minutes ago."""
        before = self.clock() - timedelta(minutes=10)
        assert self.factor.enroll(SECRET, code_at(before), before)

    def code(self) -> str:
        """Get the code that the second factor shows now."""
        return code_at(self.clock())


def code_at(now: datetime) -> str:
    return TOTP(SECRET).at(now)


@asynccontextmanager
async def open_approvals(
    place: Path, account: Account = ACCOUNT, clock: Clock | None = None
) -> AsyncGenerator[Approvals]:
    """Open the approvals of an account, on a ledger in a directory."""
    clock = clock or Clock()
    environment: Environment = "live" if account.environment == "live" else "sandbox"
    factor = SecondFactor(place, Machine(clock, uptime=None))
    async with open_ledger(place, environment, clock=clock) as ledger:
        answers = AnswerService(ledger, account, clock, factor, unredacted)
        batches = BatchOverview(partial(find_batch_store, place, environment), account)
        oversight = Oversight(ledger, account, clock, lambda: opened.policy, batches)
        opened = Approvals(answers, oversight, ledger, clock, factor)
        with closing(batches):
            yield opened
