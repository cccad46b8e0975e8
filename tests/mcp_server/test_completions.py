"""Completing arguments of prompts and addresses of resources."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp import Client
from mcp_types import Completion, PromptReference, ResourceTemplateReference

from _support.conversations import each_era
from _support.served import LISTED, LIVE, SANDBOX, client_of, refused_as_invalid
from _support.tables import each
from chasedata_mcp.mcp_server.completions import USUAL_DISPOSITIONS, matching

pytestmark = pytest.mark.anyio
TOOLS = ResourceTemplateReference(uri="chasedata://tools/{name}")


async def completed(client: Client, prompt: str, argument: str, typed: str) -> Completion:
    reference = PromptReference(name=prompt)
    return (await client.complete(reference, {"name": argument, "value": typed})).completion


async def tools_completed(client: Client, typed: str) -> list[str]:
    result = await client.complete(TOOLS, {"name": "name", "value": typed})
    return result.completion.values


@each_era
@each(
    "prompt, argument, typed, values",
    [
        ("book_callback", "agent", "l", ["Lena"]),
        ("build_dial_list", "agent", "MA", ["Maria"]),
        ("who_can_take_a_call", "ring_group", "954", ["9545550190"]),
        ("who_can_take_a_call", "ring_group", "solar", ["9545550190"]),
        ("add_lead", "campaign", "me", ["Medicare"]),
        ("record_outcome", "disposition", "call", ["CALL BACK", "CALL DROPPED", "DO NOT CALL"]),
        ("switch_playlist_filter", "playlist", "sol", ["Solar-Main"]),
        ("switch_playlist_filter", "filter", "leads", ["New-Leads", "Web-Leads"]),
        ("switch_playlist_filter", "filter", "zzz", []),
        ("look_someone_up", "lead", "WEB", []),
    ],
)
async def test_the_sandboxs_names_complete_arguments(
    era: str, prompt: str, argument: str, typed: str, values: list[str]
) -> None:
    async with client_of(era) as client:
        completion = await completed(client, prompt, argument, typed)
    assert completion.values == values
    assert (completion.total, completion.has_more) == (len(values), False)


@each_era
async def test_a_live_dialer_has_the_usual_dispositions_and_nothing_else(era: str) -> None:
    async with client_of(era, LIVE) as client:
        usual = await completed(client, "record_outcome", "disposition", "")
        agents = await completed(client, "book_callback", "agent", "")
    assert usual.values == list(USUAL_DISPOSITIONS)
    assert agents.values == []


async def test_the_sandboxs_own_dispositions_replace_the_usual_ones() -> None:
    async def names() -> dict[str, object]:
        return {"dispositions": ["OURS"], "ring_groups": "not names"}

    async with client_of("auto", names=names) as client:
        ours = await completed(client, "record_outcome", "disposition", "")
        groups = await completed(client, "who_can_take_a_call", "ring_group", "")
    assert (ours.values, groups.values) == (["OURS"], [])


async def test_at_most_a_hundred_are_given_and_the_rest_is_counted() -> None:
    async def names() -> dict[str, object]:
        return {"agents": [f"Agent{number}" for number in range(250)]}

    async with client_of("auto", names=names) as client:
        completion = await completed(client, "book_callback", "agent", "agent")
    assert completion.values == [f"Agent{number}" for number in range(100)]
    assert (completion.total, completion.has_more) == (250, True)


@each_era
async def test_the_name_of_a_tool_is_completed(era: str) -> None:
    async with client_of(era) as client:
        assert await tools_completed(client, "") == LISTED
        assert await tools_completed(client, "delete_dn") == ["delete_dnc"]
        assert (await tools_completed(client, "SMS")) == ["send_sms"]


async def test_a_hidden_tool_is_not_completed() -> None:
    async with client_of("auto", SANDBOX | {"CHASEDATA_READ_ONLY": "1"}) as client:
        assert await tools_completed(client, "") == [
            "search_lead",
            "available_inbound_agents",
            *("check_contact", "find_names", "status", "summary"),
            "list_history",
            "freeze",
        ]


@each_era
@pytest.mark.parametrize(
    ("reference", "argument", "problem"),
    [
        (PromptReference(name="none"), "agent", "there is no prompt of this name"),
        (PromptReference(name="stop_calling"), "agent", "this prompt has no such argument"),
        (TOOLS, "tool", "there is no resource template with this argument"),
        (ResourceTemplateReference(uri="chasedata://status"), "name", "there is no resource"),
    ],
)
async def test_what_there_is_not_cannot_be_completed(
    era: str,
    reference: PromptReference | ResourceTemplateReference,
    argument: str,
    problem: str,
) -> None:
    async with client_of(era) as client, refused_as_invalid() as said:
        await client.complete(reference, {"name": argument, "value": "x"})
    assert said[0].startswith(problem)


def test_what_begins_with_it_comes_before_what_only_has_it() -> None:
    names = dict.fromkeys(["Big solar", "Solar", "SOLAR-2", "Web"], "")
    assert matching(names, " solar") == ["Solar", "SOLAR-2", "Big solar"]


@given(st.dictionaries(st.text(), st.text()), st.text())
def test_whatever_is_typed_only_candidates_come_and_each_once(
    candidates: dict[str, str], typed: str
) -> None:
    found = matching(candidates, typed)
    assert len(set(found)) == len(found)
    assert set(found) <= set(candidates)
    assert typed not in candidates or typed in found
