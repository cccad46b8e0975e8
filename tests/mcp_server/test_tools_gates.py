"""The gates before the dialer: no such tool, no dialer, a hidden tool, a client that only reads."""

import httpx
import pytest
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS
from typing_extensions import override

from _support.conversations import Person, accepted, client, code, each_era, told
from _support.examples import EXAMPLES, GUARDED, READS, Guarded, title
from _support.pipeline import CALLER, a_pipeline
from _support.tables import each
from chasedata_mcp.dialer import Client as DialerClient
from chasedata_mcp.dialer import Endpoint
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.pipeline.pipeline import Cleared
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.tools.account import NO_ACCOUNT
from chasedata_mcp.tools.registry import CATALOGUE, TOOLSETS

pytestmark = pytest.mark.anyio
NOT_READS = [tool for tool in EXAMPLES if tool not in READS]


@each_era
@pytest.mark.parametrize("tool", ["delete_everything", "DELETE_DNC", "delete_dnc ", "", "é" * 500])
async def test_a_name_outside_the_catalogue_is_the_protocols_error(era: str, tool: str) -> None:
    pipeline = a_pipeline()
    async with client(pipeline, era) as connected:
        with pytest.raises(MCPError) as caught:
            await connected.call_tool(tool, {"number": "954-555-0101"})
    assert caught.value.code == INVALID_PARAMS
    assert not tool or tool not in repr(caught.value.error)
    assert not pipeline.dialer.posted


@each_era
async def test_without_a_dialer_every_call_says_what_to_set(era: str) -> None:
    pipeline = a_pipeline(account=NO_ACCOUNT).over(dialer=None)
    async with client(pipeline, era, Person(accepted({"confirm": True}))) as connected:
        for tool, arguments in EXAMPLES.items():
            for given in (dict(arguments), {}, {"nonsense": None}):
                result = await connected.call_tool(tool, given)
                assert code(result) == "not_configured"
                assert told(result)["environment"] == "none"
                assert told(result)["account"] == ""
                assert "CHASEDATA_TOKEN" in told(result)["hint"]
                assert "CHASEDATA_SANDBOX=1" in told(result)["hint"]


@each_era
async def test_without_a_dialer_an_unknown_tool_is_still_unknown(era: str) -> None:
    pipeline = a_pipeline().over(dialer=None)
    async with client(pipeline, era) as connected:
        with pytest.raises(MCPError):
            await connected.call_tool("delete_everything", {})


@each_era
async def test_a_tool_hidden_by_read_only_is_refused_when_it_is_called_all_the_same(
    era: str,
) -> None:
    pipeline = a_pipeline(Policy(read_only=True))
    person = Person(accepted({"confirm": "954-555-0101"}))
    async with client(pipeline, era, person) as connected:
        for tool in NOT_READS:
            result = await connected.call_tool(tool, dict(EXAMPLES[tool]))
            assert code(result) == "not_allowed"
            assert "CHASEDATA_READ_ONLY" in told(result)["message"]
        assert not pipeline.dialer.posted
        for tool in READS:
            assert code(await connected.call_tool(tool, dict(EXAMPLES[tool]))) is None
    assert not person.asked
    assert len(pipeline.dialer.posted) == len(READS)


@each_era
@pytest.mark.parametrize("toolset", TOOLSETS)
async def test_a_tool_of_another_toolset_is_refused(era: str, toolset: str) -> None:
    pipeline = a_pipeline(Policy(toolsets=frozenset({toolset})))
    async with client(pipeline, era, Person(accepted({}))) as connected:
        for tool, arguments in EXAMPLES.items():
            if CATALOGUE[tool].toolset == toolset:
                continue
            result = await connected.call_tool(tool, dict(arguments))
            assert code(result) == "not_allowed"
            assert "CHASEDATA_TOOLSETS" in told(result)["message"]
    assert not pipeline.dialer.posted


class Network(httpx.AsyncBaseTransport):
    """A network that takes down what is sent over it."""

    def __init__(self) -> None:
        self.sent: list[httpx.Request] = []

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        return httpx.Response(200, text="<br><br>Result:  OK")


def reading(network: Network) -> DialerClient:
    """The real client, set to read only."""
    target = Endpoint("https://dialer.example.com/", "a-token-of-tests", "test", {}, read_only=True)
    return DialerClient(target, transport=network)


@each("tool", [tool for tool in NOT_READS if not tool.startswith("delete_d")])
async def test_the_client_is_a_third_gate_where_the_first_two_stand_open(tool: str) -> None:
    network = Network()
    async with reading(network) as dialer:
        pipeline = a_pipeline().over(dialer=dialer)
        cleared = await pipeline.admit(pipeline.read(tool, EXAMPLES[tool]), CALLER)
        assert isinstance(cleared, Cleared)
        with pytest.raises(CallError) as caught:
            await pipeline.send(cleared)
    assert caught.value.code is Code.NOT_ALLOWED
    assert "CHASEDATA_READ_ONLY" in caught.value.message
    assert not network.sent


@each_era
@pytest.mark.parametrize("guarded", GUARDED, ids=title)
async def test_the_third_gate_holds_for_a_call_that_a_person_said_yes_to(
    era: str, guarded: Guarded
) -> None:
    network = Network()
    async with reading(network) as dialer:
        pipeline = a_pipeline().over(dialer=dialer)
        async with client(pipeline, era, Person(accepted(guarded.right))) as connected:
            result = await connected.call_tool(guarded.tool, dict(guarded.arguments))
    assert code(result) == "not_allowed"
    assert told(result)["changed"] == "no"
    assert not network.sent


@each_era
async def test_the_third_gate_lets_a_read_through(era: str) -> None:
    network = Network()
    async with reading(network) as dialer:
        pipeline = a_pipeline().over(dialer=dialer)
        async with client(pipeline, era) as connected:
            await connected.call_tool("search_lead", dict(EXAMPLES["search_lead"]))
    assert len(network.sent) == 1
