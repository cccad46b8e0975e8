"""A transport that records requests and answers them as done, and the pipeline over one."""

from collections.abc import Mapping
from ssl import PROTOCOL_TLS_CLIENT, SSLContext
from urllib.parse import parse_qsl

import httpx
import pytest
from typing_extensions import override

from _support.clock import Clock
from _support.ledger import LedgerInMemory
from _support.pipeline import DESTRUCTIVE, AssembledPipeline, Parts
from _support.sandbox import NOON
from chasedata_mcp.dialer import Client, Endpoint
from chasedata_mcp.errors import CallError, Changed, Code, Outcome, Retry
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.tools.account import Account

BASE = "https://api.example.com/HttpImport/"
TOKEN = "0F1E2D3C-4B5A-6978-8796-A5B4C3D2E1F0"
ACCID = "acme-of-the-tests"

_READS = {
    "SearchLead": '{"id": 1001,"LeadExists": true}',
    "AvailableInboundAgents": '[{"name": "Maria", "state": "waiting"}]',
}


class RecordingTransport(httpx.AsyncBaseTransport):
    """A transport that records every request, and answers each as done."""

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
        """The names and values of the one request, in order."""
        (request,) = self.requests
        return pairs(request)


def pairs(request: httpx.Request) -> list[tuple[str, str]]:
    """List the names and values of a form, as a server reads them."""
    return parse_qsl(
        request.content.decode("ascii"),
        keep_blank_values=True,
        strict_parsing=True,
        errors="strict",
    )


def a_pipeline_over(
    transport: httpx.AsyncBaseTransport, policy: Policy = DESTRUCTIVE, *, read_back: bool = False
) -> AssembledPipeline:
    """Assemble a pipeline on the real client over this transport; its clock stands still."""
    tls = SSLContext(PROTOCOL_TLS_CLIENT)  # loading certificates takes longer than a test
    client = Client(Endpoint(BASE, TOKEN, ACCID, {}), transport=transport, tls=tls)
    clock = Clock(NOON)
    account, ledger = Account("live", ACCID, "api.example.com"), LedgerInMemory(clock, "live")
    return AssembledPipeline(
        Parts(
            account=account,
            dialer=client,
            clock=clock,
            ledger=ledger,
            policy=policy,
            read_back=read_back,
        )
    )


async def refusal(tool: str, arguments: Mapping[str, object]) -> str:
    """Make a call whose arguments are refused, nothing sent, and give what is wrong with them."""
    transport = RecordingTransport()
    with pytest.raises(CallError) as caught:
        await a_pipeline_over(transport).run(tool, **arguments)
    assert transport.requests == []
    error = caught.value
    assert error.code is Code.INVALID_ARGUMENTS
    standing = error.info
    assert (standing.outcome, standing.changed) == (Outcome.REFUSED, Changed.NO)
    assert standing.retry is Retry.AFTER_CHANGE
    assert error.hint == "Nothing was sent. Correct the arguments that are named and call again."
    assert error.message.startswith("The arguments don't fit this tool. ")
    assert error.dialer_said is None
    return error.message.removeprefix("The arguments don't fit this tool. ")
