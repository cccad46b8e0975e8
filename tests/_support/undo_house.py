"""A sandbox, a ledger on disk and the pipeline between them, for clients and people."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from ssl import PROTOCOL_TLS_CLIENT, SSLContext
from typing import Any, cast

import anyio
import httpx
from mcp.server.lowlevel import Server
from mcp_types import CallToolResult
from typing_extensions import override

from _support.clock import Clock
from _support.conversations import Person, client
from _support.pipeline import AssembledPipeline, Parts, yes_to
from _support.recording import pairs
from chasedata_mcp.approvals.models import Reply
from chasedata_mcp.dialer import Client, Endpoint
from chasedata_mcp.ledger import Entry, Intent, Json, Ledger, fresh_id, open_ledger
from chasedata_mcp.mcp_server.callers import caller_of
from chasedata_mcp.mcp_server.server import build
from chasedata_mcp.mcp_server.server_context import ServerContext
from chasedata_mcp.pipeline.pipeline import PendingApproval, Pipeline
from chasedata_mcp.pipeline.recorder import Keeping
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.policy.models import ConfirmLevel
from chasedata_mcp.sandbox import ACCID, TOKEN
from chasedata_mcp.sandbox.app import create_app
from chasedata_mcp.sandbox.dialer import SandboxDialer
from chasedata_mcp.sandbox.embedded import BASE_URL, SandboxTransport
from chasedata_mcp.tools.registry import TOOLSETS
from chasedata_mcp.tools.resource_keys import list_numbers, list_resource_keys
from chasedata_mcp.tools.results import Account

WHO = "somebody"
CALLER = f"{WHO}/an assistant"
State = dict[str, list[dict[str, Any]]]


class Wire(httpx.AsyncBaseTransport):
    """Notes what is sent to the sandbox, and loses what it is told to lose.

    `goes_wrong` is by the call's word, for the next call of it: `lost` (it never arrives),
    `unanswered` (it is done), `refused` (the dialer says no), `breaks` (what carries it has a
    fault), `waits` (it has `arrived`, and is done when it is `let_through`).
    """

    def __init__(self, dialer: SandboxDialer) -> None:
        self.forms: list[dict[str, str]] = []
        self.goes_wrong: dict[str, str] = {}
        self.arrived, self.let_through = anyio.Event(), anyio.Event()
        self._sandbox = SandboxTransport(create_app(dialer))

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        form = {name: text for name, text in pairs(request) if name not in {"token", "accid"}}
        self.forms.append(form)
        match self.goes_wrong.pop(word_of(form), None):
            case "lost":
                raise httpx.RemoteProtocolError("lost on its way")
            case "unanswered":
                await self._sandbox.handle_async_request(request)
                raise httpx.RemoteProtocolError("its answer was lost")
            case "refused":
                return httpx.Response(200, text="<br><br>Result:  Error: not today")
            case "breaks":
                raise RuntimeError("a fault of ours")
            case "waits":
                self.arrived.set()
                await self.let_through.wait()
                return await self._sandbox.handle_async_request(request)
            case _:
                return await self._sandbox.handle_async_request(request)


def word_of(form: Mapping[str, str]) -> str:
    """What tells a call from others: the two that write leads bear no action."""
    return form.get("Action") or ("UpdateLead" if "SearchField" in form else "InsertLead")


def load_policy(
    level: ConfirmLevel = ConfirmLevel.DESTRUCTIVE, *, read_only: bool = False
) -> Policy:
    """A policy that offers the history too."""
    return Policy(level, read_only, frozenset({*TOOLSETS, "history"}))


@dataclass
class House:
    """Everything behind one server."""

    dialer: SandboxDialer
    wire: Wire
    ledger: Ledger
    clock: Clock
    pipeline: Pipeline
    posts: Client

    def under(self, policy: Policy) -> Pipeline:
        """A pipeline over the same ledger and dialer under another policy."""
        return _pipeline(self.posts, self.ledger, self.clock, policy)

    async def do(self, tool: str, /, **arguments: object) -> str:
        """Have a call done, with a person's yes where it takes one; gives its entry."""
        return await self.do_as(CALLER, tool, **arguments)

    async def do_as(self, caller: str, tool: str, /, **arguments: object) -> str:
        """The same for another caller."""
        action = self.pipeline.read(tool, arguments)
        cleared = await self.pipeline.admit(action, caller)
        if isinstance(cleared, PendingApproval):
            reply = Reply(yes_to(cleared.approval.question))
            cleared = await self.pipeline.redeem(action, caller, cleared.approval.id, reply)
        result = await self.pipeline.send(cleared)
        assert result.entry is not None
        return result.entry

    async def entry(self, entry_id: str) -> Entry:
        found = await self.ledger.entry(entry_id)
        assert found is not None
        return found

    async def newest(self) -> Entry:
        page = await self.ledger.history(limit=1)
        return page.entries[0]

    async def left_open(self, tool: str, /, **arguments: object) -> str:
        """Record an intent as a process leaves it that is killed before it is over."""
        intent = self.intent(tool, arguments)
        await self.ledger.intend(intent)
        return intent.entry

    def intent(self, tool: str, arguments: Mapping[str, object]) -> Intent:
        """The intent of a call, as the pipeline would record it."""
        action = self.pipeline.read(tool, arguments)
        return Intent(
            entry=fresh_id(),
            at=self.clock(),
            caller=CALLER,
            environment="sandbox",
            account=ACCID,
            host="",
            tool=tool,
            digest=fresh_id(),
            arguments=cast("Json", arguments),
            form=action.build_form(),
            numbers=list_numbers(action),
            resource_keys=list_resource_keys(action),
            before={"leads": 0} if tool == "insert_lead" else None,
        )

    def writes(self) -> list[dict[str, str]]:
        """What was sent, searches aside."""
        return [form for form in self.wire.forms if word_of(form) != "SearchLead"]

    def state(self) -> State:
        return deepcopy(self.dialer.state())

    def server(
        self, *, pipeline: Pipeline | None = None, of_all: bool = False, principal: str = WHO
    ) -> Server[Any]:
        site = ServerContext(ledger=self.ledger, history_of_all=of_all)
        return build(pipeline or self.pipeline, caller_of(principal), site)

    async def undo(
        self,
        entry: str,
        era: str,
        person: Person | None = None,
        server: Server[Any] | None = None,
    ) -> CallToolResult:
        """What a client gets that calls the tool `undo`."""
        if person is not None:
            person.clock = self.clock
        async with client(server or self.server(), era, person) as connected:
            return await connected.call_tool("undo", {"entry": entry})


@asynccontextmanager
async def open_house(directory: Path, policy: Policy | None = None) -> AsyncGenerator[House]:
    """A new sandbox, and a ledger in this directory."""
    clock = Clock()
    dialer = SandboxDialer(now=clock)
    wire = Wire(dialer)
    tls = SSLContext(PROTOCOL_TLS_CLIENT)  # loading certificates takes longer than a test
    try:
        async with (
            Client(Endpoint(BASE_URL, TOKEN, ACCID, {}), transport=wire, tls=tls) as posts,
            open_ledger(directory, "sandbox", clock=clock) as ledger,
        ):
            pipeline = _pipeline(posts, ledger, clock, policy or load_policy())
            yield House(dialer, wire, ledger, clock, pipeline, posts)
    finally:
        dialer.close()


def _pipeline(posts: Client, ledger: Ledger, clock: Clock, policy: Policy) -> Pipeline:
    account = Account("sandbox", ACCID)
    return AssembledPipeline(
        Parts(
            account=account,
            dialer=posts,
            clock=clock,
            ledger=ledger,
            policy=policy,
            keeping=Keeping(),
            read_back=True,
        )
    )
