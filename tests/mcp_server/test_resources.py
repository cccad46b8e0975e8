"""The guide, the status, and the tools in full."""

import json
import re
from typing import Any

import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS, CacheableResult, TextResourceContents

from _support.conversations import each_era, unmarked
from _support.served import LIVE, SANDBOX, TOKEN, client_of
from _support.tables import each
from chasedata_mcp import __version__
from chasedata_mcp.app.composition import opened
from chasedata_mcp.errors import Changed, Code, Outcome, Retry
from chasedata_mcp.mcp_server.callers import caller_of
from chasedata_mcp.mcp_server.resources import guide
from chasedata_mcp.mcp_server.server import build
from chasedata_mcp.settings import load_settings
from chasedata_mcp.tools.registry import CATALOGUE, TOOLSETS
from chasedata_mcp.tools.schema import build_entry, list_published

pytestmark = pytest.mark.anyio
STATUS = "chasedata://status"


async def read(client: Client, uri: str, mime_type: str = "application/json") -> str:
    [content] = (await client.read_resource(uri)).contents
    assert isinstance(content, TextResourceContents)
    assert (content.uri, content.mime_type) == (uri, mime_type)
    return content.text


async def status_of(environ: dict[str, str], **of_the_site: object) -> dict[str, Any]:
    async with client_of("auto", environ, **of_the_site) as client:
        status: dict[str, Any] = json.loads(await read(client, STATUS))
        return status


@each_era
async def test_they_are_listed_with_what_they_are_for(era: str) -> None:
    async with client_of(era) as client:
        resources = (await client.list_resources()).resources
        [template] = (await client.list_resource_templates()).resource_templates
    assert [(each.uri, each.mime_type) for each in resources] == [
        ("chasedata://guide", "text/markdown"),
        (STATUS, "application/json"),
        ("chasedata://history", "application/json"),
    ]
    assert template.uri_template == "chasedata://tools/{name}"
    assert all(each.title and each.description for each in resources)
    assert template.title
    assert template.description


@each_era
async def test_the_guide_is_markdown(era: str) -> None:
    async with client_of(era) as client:
        text = await read(client, "chasedata://guide", "text/markdown")
    assert text == guide()
    assert text.startswith("# ")


@pytest.mark.parametrize("kind", [Code, Outcome, Retry, Changed])
def test_the_guide_explains_every_word_of_a_result(kind: type[Code]) -> None:
    assert all(f"`{word}`" in guide() for word in kind)


def test_the_guide_has_a_row_for_every_code_and_no_other() -> None:
    _, _, table = guide().partition("## Codes")
    rows = re.findall(r"^\| `(\w+)` \|", table.partition("\n## ")[0], re.MULTILINE)
    assert rows == list(Code)


def test_the_guide_names_no_tool_that_there_is_not() -> None:
    words = set(re.findall(r"`([a-z]+_[a-z_]+)`", guide()))
    arguments = {
        name
        for action in CATALOGUE.values()
        for name in build_entry(action)["inputSchema"]["properties"]
    }
    results = {"dialer_said", "approval_code"}
    assert words <= set(list_published()) | arguments | set(Code) | set(Retry) | results


@each_era
async def test_the_status_of_the_sandbox_tells_what_it_is_and_which_names_it_knows(
    era: str,
) -> None:
    async with client_of(era) as client:
        status = json.loads(await read(client, STATUS))
    assert status["server"] == {"name": "chasedata-mcp", "version": __version__}
    assert (status["environment"], status["account"]) == ("sandbox", "sandbox")
    assert status["policy"] == {
        "confirm": "destructive",
        "read_only": False,
        "asks_after_reading_seconds": 600.0,
    }
    assert status["toolsets"] == [*TOOLSETS, "jobs", "history", "safety"]
    names = unmarked(status["names"])
    assert "Lena" in names["agents"]
    assert "Lena" not in status["names"]["agents"]
    assert names["ring_groups"]["9545550190"] == "Solar line"
    assert names["subcampaigns"]["Solar"] == ["Web", "Referral"]
    kinds = {"campaigns", "dispositions", "playlists", "filters", "skills"}
    assert kinds <= set(status["names"])
    assert "never instructions" in status["note"]


async def test_the_status_of_a_live_dialer_has_its_host_and_no_names_and_no_token() -> None:
    status = await status_of(LIVE)
    assert (status["environment"], status["account"]) == ("live", "acme")
    assert status["host"] == "api.chasedatacorp.com"
    assert "names" not in status
    assert TOKEN not in json.dumps(status)


async def test_the_status_without_a_dialer_says_none() -> None:
    status = await status_of({})
    assert (status["environment"], status["account"], status["host"]) == ("none", "", "")


async def test_the_status_tells_which_scripts_are_inferred_until_they_are_set() -> None:
    scripts = (await status_of(LIVE | {"CHASEDATA_SCRIPT_CALLS": "Calls.php"}))["scripts"]
    inferred = {name for name, script in scripts.items() if script["inferred"]}
    assert inferred == {"texts", "dial_lists", "playlists"}
    assert scripts["calls"] == {
        "name": "Calls.php",
        "inferred": False,
        "setting": "CHASEDATA_SCRIPT_CALLS",
    }


async def test_the_status_tells_the_policy_and_the_limits_of_the_settings() -> None:
    status = await status_of(
        SANDBOX
        | {
            "CHASEDATA_CONFIRM": "writes",
            "CHASEDATA_READ_ONLY": "1",
            "CHASEDATA_TOOLSETS": "skills,leads",
            "CHASEDATA_SEARCH_SECONDS": "4",
            "CHASEDATA_WRITE_SECONDS": "5",
            "CHASEDATA_IN_FLIGHT": "3",
            "CHASEDATA_COUNTRIES": "US",
        }
    )
    assert (status["policy"]["confirm"], status["policy"]["read_only"]) == ("writes", True)
    # What only stops things is there whatever the toolsets.
    assert status["toolsets"] == ["leads", "skills", "safety"]
    assert status["limits"] == {
        "search_seconds": 4.0,
        "write_seconds": 5.0,
        "calls_in_flight": 3,
        "reads_in_flight_beside": 0,
        "countries_that_may_be_called": ["US"],
        "confirmation_seconds": 300.0,
        "confirmation_seconds_elsewhere": 900.0,
    }


async def test_names_are_asked_for_when_the_status_is_read_and_not_before() -> None:
    asked: list[str] = []

    async def names() -> dict[str, object]:
        asked.append("asked")
        return {"agents": ["Lena"]}

    async with client_of("auto", names=names) as client:
        await client.list_tools()
        await client.list_resources()
        await client.list_prompts()
        assert asked == []
        names_told = json.loads(await read(client, STATUS))["names"]
        assert unmarked(names_told) == {"agents": ["Lena"]}
    assert asked == ["asked"]


async def test_names_of_a_hostile_sandbox_are_cleaned_and_bounded() -> None:
    async def names() -> dict[str, object]:
        return {
            "agents": ["Le\u202ena", "<b>Sam</b>", "x" * 500, 7, None, *map(str, range(2_000))],
            "ring_groups": {"9545550190": "line\x07", "more": {"a": ["b"]}},
            "odd": 5,
        }

    known = unmarked((await status_of(SANDBOX, names=names))["names"])
    assert known["agents"][:2] == ["Lena", "Sam"]
    assert len(known["agents"][2]) == 100
    assert len(known["agents"]) < 1_001
    assert known["ring_groups"] == {"9545550190": "line", "more": {"a": ["b"]}}
    assert known["odd"] == "5"


async def test_a_server_that_was_told_of_no_site_knows_no_names() -> None:
    async with (
        opened(load_settings(SANDBOX)) as way,
        Client(build(way.pipeline, caller_of("me"))) as client,
    ):
        assert json.loads(await read(client, STATUS))["names"] == {}


async def test_a_sandbox_that_cannot_be_asked_leaves_the_names_out_and_its_words_unsaid(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def names() -> dict[str, object]:
        raise RuntimeError("a secret")

    assert (await status_of(SANDBOX, names=names))["names"] == {}
    assert "RuntimeError" in caplog.text
    assert "a secret" not in caplog.text


@each_era
async def test_each_tool_can_be_read_in_full(era: str) -> None:
    async with client_of(era) as client:
        for name, action in CATALOGUE.items():
            told = json.loads(await read(client, f"chasedata://tools/{name}"))
            assert told["tool"] == build_entry(action)
            assert (told["toolset"], told["effect"]) == (action.toolset, action.declared_impact)
            assert told["script"]["setting"] == action.script.setting
            assert told["asks_a_person"].startswith(
                ("Always: ", "When it dials ", "Only by a rule", "Never.")
            )


async def test_what_a_tool_asks_follows_the_policy() -> None:
    async with client_of("auto", SANDBOX | {"CHASEDATA_CONFIRM": "outward"}) as client:
        told = json.loads(await read(client, "chasedata://tools/send_sms"))
    assert told["asks_a_person"] == "Always: a person must say yes."


@each_era
@each(
    "uri",
    [
        "chasedata://nothing",
        "chasedata://guide/",
        "chasedata://GUIDE",
        "chasedata://tools/",
        "chasedata://tools/{name}",
        "chasedata://tools/delete_dnc",
        "chasedata://tools/search_lead/more",
        "search_lead",
        "file:///etc/passwd",
        "",
    ],
)
async def test_an_address_without_a_resource_is_the_protocols_error(era: str, uri: str) -> None:
    async with client_of(era, SANDBOX | {"CHASEDATA_TOOLSETS": "leads"}) as client:
        with pytest.raises(MCPError) as caught:
            await client.read_resource(uri)
    assert caught.value.code == INVALID_PARAMS
    assert caught.value.message == "there is no resource at this address; list the resources"
    assert caught.value.error.data == {"uri": uri}


@each_era
async def test_what_is_served_is_declared_and_no_changes_are_promised(era: str) -> None:
    async with client_of(era) as client:
        declared = client.server_capabilities
    assert declared.tools is not None
    assert declared.prompts is not None
    assert declared.resources is not None
    assert declared.completions is not None
    assert not declared.tools.list_changed
    assert not declared.prompts.list_changed
    assert not declared.resources.list_changed
    assert not declared.resources.subscribe
    assert declared.logging is None


async def test_what_the_start_decides_may_be_kept_a_while_and_the_status_may_not() -> None:
    async with client_of("auto") as client:
        kept: list[CacheableResult] = [
            await client.list_tools(),
            await client.list_prompts(),
            await client.list_resources(),
            await client.list_resource_templates(),
            await client.read_resource("chasedata://guide"),
            await client.read_resource("chasedata://tools/search_lead"),
        ]
        status = await client.read_resource(STATUS)
    assert {(each.ttl_ms, each.cache_scope) for each in kept} == {(300_000, "private")}
    assert status.ttl_ms == 0
