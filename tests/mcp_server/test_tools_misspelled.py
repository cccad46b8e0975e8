"""A name that no tool has: the protocol's error, which names the nearest tool on offer."""

import pytest
from mcp.shared.exceptions import MCPError

from _support.conversations import client, each_era
from _support.pipeline import RecordedPipeline, a_pipeline
from chasedata_mcp.policy.evaluator import Policy

pytestmark = [pytest.mark.anyio, each_era]


async def refused(pipeline: RecordedPipeline, era: str, name: str) -> str:
    async with client(pipeline, era) as connected:
        with pytest.raises(MCPError) as caught:
            await connected.call_tool(name, {})
    return caught.value.error.message


@pytest.mark.parametrize("name", ["serch_lead", "search-lead", "Search_Lead", "searchlead"])
async def test_the_nearest_tool_is_named(era: str, name: str) -> None:
    told = await refused(a_pipeline(), era, name)

    assert told == "there is no tool of this name; did you mean search_lead?"


async def test_of_a_name_that_is_near_to_none_the_list_is_named(era: str) -> None:
    told = await refused(a_pipeline(), era, "qqqqqq")

    assert told == "there is no tool of this name; list the tools"


async def test_a_tool_that_is_not_on_offer_is_not_named(era: str) -> None:
    told = await refused(a_pipeline(Policy(toolsets=frozenset({"leads"}))), era, "send_smss")

    assert "send_sms" not in told
