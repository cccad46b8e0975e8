"""A sandbox's pipeline with the MCP server over it, and a person who answers beside the client."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any, cast

import anyio.lowlevel
from mcp.server.lowlevel import Server
from mcp_types import CallToolResult
from typing_extensions import override

from _support.clock import START
from _support.conversations import Person, client
from _support.examples import Arguments, Guarded
from _support.pipeline import CALLER, Parts
from _support.sandbox import Behind, SandboxPipeline, a_sandbox_pipeline
from chasedata_mcp.app.out_of_band import OutOfBand
from chasedata_mcp.approvals.grants import unredacted
from chasedata_mcp.approvals.second_factor import SecondFactor
from chasedata_mcp.approvals_page.answer_service import (
    AnswerResult,
    AnswerService,
    Approver,
    Confirmation,
)
from chasedata_mcp.approvals_page.question_views import QuestionView
from chasedata_mcp.ledger import Environment, Intent, Json, fresh_id
from chasedata_mcp.mcp_server.callers import CallerOf, caller_of
from chasedata_mcp.mcp_server.server import build
from chasedata_mcp.mcp_server.server_context import ServerContext
from chasedata_mcp.pipeline.pipeline import Pipeline
from chasedata_mcp.pipeline.recorder import Keeping
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.policy.models import ConfirmLevel
from chasedata_mcp.sandbox import ACCID
from chasedata_mcp.tools.account import Account
from chasedata_mcp.tools.registry import TOOLSETS
from chasedata_mcp.tools.request import Request
from chasedata_mcp.tools.resource_keys import list_numbers, list_resource_keys

PRINCIPAL = CALLER.partition("/")[0]
ACCOUNT = Account("sandbox", ACCID)
NUMBER = "6025550121"
DELETE: Arguments = {"number": "602-555-0121"}
GUARDED = Guarded("delete_dnc", DELETE, {"confirm": NUMBER}, {})
SENT = [{"Action": "DeleteDnc", "Number": NUMBER}]
PAGE = "http://127.0.0.1:8766"
AT_THE_TERMINAL = Approver("maria/terminal", "on the terminal")


def history_policy(
    level: ConfirmLevel = ConfirmLevel.DESTRUCTIVE, *, read_only: bool = False
) -> Policy:
    """Make a policy that offers the history too."""
    return Policy(level, read_only, frozenset({*TOOLSETS, "history"}))


class Served(SandboxPipeline):
    """A sandbox's own pipeline with the MCP server over it."""

    def server(
        self,
        *,
        pipeline: Pipeline | None = None,
        of_all: bool = False,
        principal: str = PRINCIPAL,
        caller: CallerOf | None = None,
    ) -> Server[Any]:
        """Build the server of this pipeline, or of another one on the same ledger."""
        site = ServerContext(ledger=self.ledger, history_of_all=of_all)
        return build(pipeline or self, caller or caller_of(principal), site)

    async def do(self, tool: str, /, **arguments: object) -> str:
        """Make a call, with a person's yes where it takes one; gives its entry's id."""
        return await self.do_as(CALLER, tool, **arguments)

    async def do_as(self, caller: str, tool: str, /, **arguments: object) -> str:
        """Make a call of a caller as above."""
        result = await self.run_as(caller, tool, **arguments)
        assert result.entry is not None
        return result.entry

    async def undo(
        self,
        entry: str,
        era: str,
        person: Person | None = None,
        server: Server[Any] | None = None,
    ) -> CallToolResult:
        """Have a client call the tool `undo`."""
        if person is not None:
            person.clock = self.clock
        async with client(server or self.server(), era, person) as connected:
            return await connected.call_tool("undo", {"entry": entry})

    async def left_open(self, tool: str, /, **arguments: object) -> str:
        """Record an intent as a process leaves it that is killed before the call ends."""
        intent = self.intent(tool, arguments)
        await self.ledger.intend(intent)
        return intent.entry

    def intent(self, tool: str, arguments: Mapping[str, object]) -> Intent:
        """Build the intent of a call as the pipeline would record it."""
        action = self.read(tool, arguments)
        return Intent(
            entry=fresh_id(),
            at=self.clock(),
            caller=CALLER,
            environment=cast("Environment", self.account.environment),
            account=self.account.accid,
            host="",
            tool=tool,
            digest=fresh_id(),
            arguments=cast("Json", arguments),
            form=action.build_form(),
            numbers=list_numbers(action),
            resource_keys=list_resource_keys(action),
            before={"leads": 0} if tool == "insert_lead" else None,
        )

    async def post(self, tool: str, arguments: Mapping[str, object]) -> None:
        """Send a call past the pipeline, as somebody at the dialer makes it."""
        action = self.read(tool, arguments)
        await self.dialer.post(Request(action.script, action.build_form(), action.expects))


class Attended(Served):
    """A served pipeline with a person at a terminal, who acts while a call waits.

    `meanwhile` is by the seconds that a call has waited; `waited` is how long calls did.
    """

    def __init__(self, parts: Parts, behind: Behind) -> None:
        super().__init__(parts, behind)
        self.page: str | None = None
        self.on_a_terminal = True
        self.waited = 0.0
        self.meanwhile: dict[float, Callable[[], Awaitable[object]]] = {}
        self.answers = AnswerService(
            self.ledger, self.account, self.clock, SecondFactor(Path("/nowhere")), unredacted
        )
        self._leads = count(1001)

    async def pause(self, seconds: float) -> None:
        """Let time pass, and what is due meanwhile happen."""
        await anyio.lowlevel.checkpoint()
        self.waited += seconds
        self.clock.move(timedelta(seconds=seconds))
        due = self.meanwhile.pop(self.waited, None)
        if due is not None:
            await due()

    @override
    def server(
        self,
        *,
        pipeline: Pipeline | None = None,
        of_all: bool = False,
        principal: str = PRINCIPAL,
        caller: CallerOf | None = None,
    ) -> Server[Any]:
        beside = OutOfBand(
            lambda: self.page, self.pause, self.on_a_terminal, clock=lambda: self.waited
        )
        site = ServerContext(ledger=self.ledger, history_of_all=of_all, out_of_band=beside)
        return build(pipeline or self, caller or caller_of(principal), site)

    async def open_question(self) -> QuestionView:
        """Get the newest open question that is asked beside the client."""
        return next(one for one in await self.answers.questions() if one.code)

    async def approve(self, offer: str | None = None) -> None:
        """Say yes on the terminal."""
        question = await self.open_question()
        given = Confirmation(question.typed or "yes", offer, None)
        yes = AnswerResult.APPROVED if question.waited_until is None else AnswerResult.APPROVED_LATE
        assert await self.answers.approve(question.id, given, AT_THE_TERMINAL) is yes

    async def decline(self) -> None:
        """Say no on the terminal."""
        question = await self.open_question()
        declined = await self.answers.decline(question.id, AT_THE_TERMINAL)
        assert declined is AnswerResult.DECLINED

    async def another_lead(self) -> None:
        """Give one more lead the number that is asked about."""
        by_id = {"search_field": "lead_id", "identifier": str(next(self._leads))}
        await self.post("update_lead", {**by_id, "primary_phone": NUMBER})
        self.dialer.forms.clear()

    @asynccontextmanager
    async def of_another_process(self) -> AsyncGenerator["Attended"]:
        """Open the same store once more, with a server and a person of its own."""
        async with await self.another_ledger() as ledger:
            yield Attended(replace(self.parts, ledger=ledger), self.behind)


@asynccontextmanager
async def a_served_pipeline(policy: Policy | None = None) -> AsyncGenerator[Served]:
    """Assemble a served pipeline to a new sandbox."""
    async with _a_pipeline(policy) as opened:
        yield Served(opened.parts, opened.behind)


@asynccontextmanager
async def an_attended_pipeline(policy: Policy | None = None) -> AsyncGenerator[Attended]:
    """Assemble a served pipeline to a new sandbox, with a person at a terminal."""
    async with _a_pipeline(policy) as opened:
        yield Attended(opened.parts, opened.behind)


def _a_pipeline(policy: Policy | None) -> AbstractAsyncContextManager[SandboxPipeline]:
    return a_sandbox_pipeline(
        policy or history_policy(), environment="sandbox", keeping=Keeping(), start=START
    )
