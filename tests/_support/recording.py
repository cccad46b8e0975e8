"""A dialer that writes down what it is sent and says yes, and the pipeline to it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from ssl import PROTOCOL_TLS_CLIENT, SSLContext
from urllib.parse import parse_qsl

import httpx
import pytest
from typing_extensions import override

from _support.clock import Clock
from _support.ledger import LedgerInMemory
from _support.pipeline import AssembledPipeline, Parts, yes_to
from chasedata_mcp.approvals.models import Reply
from chasedata_mcp.dialer import Client, Endpoint
from chasedata_mcp.errors import CallError, Changed, Code, Outcome, Retry
from chasedata_mcp.pipeline.pipeline import PendingApproval, Pipeline
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.tools.results import Account, Result

BASE = "https://api.example.com/HttpImport/"
TOKEN = "0F1E2D3C-4B5A-6978-8796-A5B4C3D2E1F0"
ACCID = "acme-of-the-tests"
NOW = datetime(2026, 6, 1, 16, 0, tzinfo=UTC)
"""A Monday, noon in New York."""

_READS = {
    "SearchLead": '{"id": 1001,"LeadExists": true}',
    "AvailableInboundAgents": '[{"name": "Maria", "state": "waiting"}]',
}


class RecordingDialer(httpx.AsyncBaseTransport):
    """Writes down every request, and answers each as done."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.requests.append(request)
        word = dict(pairs(request)).get("Action", "")
        return httpx.Response(200, text=_READS.get(word, "<br><br>Result:  OK"))

    @property
    def sent(self) -> list[tuple[str, str]]:
        """What the one request bore, in order."""
        (request,) = self.requests
        return pairs(request)


def pairs(request: httpx.Request) -> list[tuple[str, str]]:
    """Names and values of a form, as a server reads them."""
    return parse_qsl(
        request.content.decode("ascii"),
        keep_blank_values=True,
        strict_parsing=True,
        errors="strict",
    )


def pipeline_over(
    transport: httpx.AsyncBaseTransport, policy: Policy | None = None, *, read_back: bool = False
) -> Pipeline:
    """Assemble a pipeline on the real client over this transport; its clock stands still."""
    tls = SSLContext(PROTOCOL_TLS_CLIENT)  # loading certificates takes longer than a test
    client = Client(Endpoint(BASE, TOKEN, ACCID, {}), transport=transport, tls=tls)
    clock = Clock(NOW)
    account, ledger = Account("live", ACCID, "api.example.com"), LedgerInMemory(clock, "live")
    return AssembledPipeline(
        Parts(
            account=account,
            dialer=client,
            clock=clock,
            ledger=ledger,
            policy=policy or Policy(),
            read_back=read_back,
        )
    )


async def execute(pipeline: Pipeline, tool: str, arguments: Mapping[str, object]) -> Result:
    """A call from its arguments to its result, with a person's yes where one is asked for."""
    action = pipeline.read(tool, arguments)
    cleared = await pipeline.admit(action, "tests")
    if isinstance(cleared, PendingApproval):
        reply = Reply(yes_to(cleared.approval.question))
        cleared = await pipeline.redeem(action, "tests", cleared.approval.id, reply)
    return await pipeline.send(cleared)


async def refusal(tool: str, arguments: Mapping[str, object]) -> str:
    """What an `invalid_arguments` says, once it is sure that nothing was sent."""
    dialer = RecordingDialer()
    with pytest.raises(CallError) as caught:
        await execute(pipeline_over(dialer), tool, arguments)
    assert dialer.requests == []
    error = caught.value
    assert error.code is Code.INVALID_ARGUMENTS
    standing = error.info
    assert (standing.outcome, standing.changed) == (Outcome.REFUSED, Changed.NO)
    assert standing.retry is Retry.AFTER_CHANGE
    assert error.hint == "Nothing was sent. Correct the arguments that are named and call again."
    assert error.message.startswith("The arguments don't fit this tool. ")
    assert error.dialer_said is None
    return error.message.removeprefix("The arguments don't fit this tool. ")
