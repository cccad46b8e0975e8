"""The list of tools: exactly what is published, in its order, narrowed by the settings alone."""

from collections.abc import Awaitable, Callable

import pytest
from mcp import Client
from mcp.server.lowlevel import Server
from mcp_types import ListToolsResult, PaginatedRequestParams, Tool

from _support.conversations import client, each_era
from _support.examples import EXAMPLES, READS
from _support.pipeline import a_pipeline
from chasedata_mcp.mcp_server.callers import Context
from chasedata_mcp.mcp_server.tool_list import ToolList
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.policy.models import ConfirmLevel
from chasedata_mcp.tools.published import load_published
from chasedata_mcp.tools.registry import CATALOGUE, TOOLSETS
from chasedata_mcp.tools.schema import build_entry

pytestmark = [pytest.mark.anyio, each_era]


_NONE = ListToolsResult(tools=[])


def _lister(
    listed: ListToolsResult,
) -> Callable[[Context, PaginatedRequestParams | None], Awaitable[ListToolsResult]]:
    async def lists(_context: Context, _params: PaginatedRequestParams | None) -> ListToolsResult:
        return listed

    return lists


async def names(connected: Client) -> list[str]:
    return [tool.name for tool in (await connected.list_tools()).tools]


async def test_every_tool_is_listed_exactly_as_it_is_published(era: str) -> None:
    async with client(a_pipeline(), era) as connected:
        tools = (await connected.list_tools()).tools
    listed = [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in tools]
    assert listed == [build_entry(action) for action in CATALOGUE.values()]
    assert len(listed) == len(EXAMPLES)


async def test_the_answer_is_the_one_that_the_sdk_makes_of_the_same_tools(era: str) -> None:
    offered = list(load_published().values())
    tools = ToolList(offered)
    made = ListToolsResult(tools=[Tool.model_validate(tool.entry) for tool in offered])
    answers: list[object] = []
    for given in (made, None):
        server: Server[dict[str, object]] = Server("test", on_list_tools=_lister(given or _NONE))
        server.middleware += [tools.fill] if given is None else []
        async with client(server, era) as connected:
            answers.append((await connected.list_tools()).model_dump(by_alias=True))
    assert answers[0] == answers[1]


async def test_read_only_lists_the_reads(era: str) -> None:
    async with client(a_pipeline(Policy(read_only=True)), era) as connected:
        assert await names(connected) == list(READS)


@pytest.mark.parametrize("toolset", TOOLSETS)
async def test_toolsets_narrow_the_list(era: str, toolset: str) -> None:
    pipeline = a_pipeline(Policy(toolsets=frozenset({toolset})))
    async with client(pipeline, era) as connected:
        listed = await names(connected)
    assert listed == [name for name, action in CATALOGUE.items() if action.toolset == toolset]


async def test_the_order_of_toolsets_does_not_change_the_order_of_tools(era: str) -> None:
    for toolsets in (["dnc", "leads"], ["leads", "dnc"]):
        async with client(a_pipeline(Policy(toolsets=frozenset(toolsets))), era) as connected:
            assert (await names(connected))[0] == "insert_lead"
            assert (await names(connected))[-1] == "delete_dnc"


@pytest.mark.parametrize("level", ConfirmLevel)
async def test_the_level_of_confirmation_hides_nothing(era: str, level: ConfirmLevel) -> None:
    async with client(a_pipeline(Policy(level)), era) as connected:
        assert await names(connected) == list(CATALOGUE)


async def test_without_a_dialer_every_tool_is_listed(era: str) -> None:
    pipeline = a_pipeline().over(dialer=None)
    async with client(pipeline, era) as connected:
        assert await names(connected) == list(CATALOGUE)


async def test_every_client_sees_the_same_list(era: str) -> None:
    pipeline = a_pipeline()
    async with client(pipeline, era, name="one") as one, client(pipeline, era, name="two") as two:
        assert await names(one) == await names(two) == await names(one)
