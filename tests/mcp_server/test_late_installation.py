"""A server over stdio lists before it opens anything; the first call opens it, once and whole."""

import json
from pathlib import Path

import anyio
import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR

from _support.conversations import each_era
from _support.served import LIVE, SANDBOX
from _support.stdio_lines import spoken, started
from _support.terminals import environment, run
from chasedata_mcp.app.composition import opened
from chasedata_mcp.errors import SettingsError
from chasedata_mcp.mcp_server.callers import caller_of
from chasedata_mcp.mcp_server.late_installation import late_installation
from chasedata_mcp.mcp_server.server import build, build_late
from chasedata_mcp.mcp_server.server_context import server_context_of
from chasedata_mcp.settings import load_settings

pytestmark = pytest.mark.anyio
CALLER = caller_of("tester")
SEARCH = {"search_field": "client_id", "identifier": "WEB-1001"}
POLICIES = {
    "preset": 'preset = "attended"\n',
    "toolsets": 'toolsets = ["dnc", "history"]\n',
    "tools": '[tools]\nfreeze = "off"\nsend_sms = "ask"\nlist_history = "refuse"\n',
}
SETTINGS: dict[str, dict[str, str]] = {
    "nothing": {},
    "sandbox": {},
    "live": LIVE,
    "reads": {"CHASEDATA_READ_ONLY": "1"},
    "toolsets": {"CHASEDATA_TOOLSETS": "sms,calls"},
    "writes ask": {"CHASEDATA_CONFIRM": "writes"},
}


def environ(name: str, tmp_path: Path) -> dict[str, str]:
    if name in POLICIES:
        file = tmp_path / "policy.toml"
        file.write_text(POLICIES[name], encoding="utf-8")
        return {**SANDBOX, "CHASEDATA_POLICY": str(file)}
    bare = {"CHASEDATA_STATE_DIR": str(tmp_path)}
    given = SETTINGS[name]
    return {**bare, **given} if name in {"nothing", "live"} else {**SANDBOX, **given}


@each_era
@pytest.mark.parametrize("name", [*SETTINGS, *POLICIES])
async def test_what_is_told_before_the_first_call_is_what_the_whole_server_tells(
    name: str, era: str, tmp_path: Path
) -> None:
    settings = load_settings(environ(name, tmp_path))
    told: list[object] = []
    async with opened(settings) as whole, late_installation(settings, CALLER) as late:
        for server in (
            build(whole.pipeline, CALLER, server_context_of(whole, settings)),
            build_late(late.front, CALLER, late.opened),
        ):
            async with Client(server, mode=era) as client:
                tools, prompts = await client.list_tools(), await client.list_prompts()
                resources = await client.list_resources()
                told.append([client.instructions, tools, prompts, resources])
    assert told[0] == told[1]


async def test_many_first_calls_open_it_once() -> None:
    async with late_installation(load_settings(SANDBOX), CALLER) as late:
        found = [await late.opened()]

        async def ask() -> None:
            found.append(await late.opened())

        async with anyio.create_task_group() as tasks:
            for _ in range(20):
                tasks.start_soon(ask)
        assert len({id(one) for one in found}) == 1


@each_era
async def test_settings_that_went_wrong_since_the_start_are_told_and_may_be_mended(
    era: str, tmp_path: Path
) -> None:
    settings = load_settings(environ("preset", tmp_path))
    file = tmp_path / "policy.toml"
    async with (
        late_installation(settings, CALLER) as late,
        Client(build_late(late.front, CALLER, late.opened), mode=era) as client,
    ):
        file.write_text("preset = 5\n", encoding="utf-8")
        with pytest.raises(MCPError) as caught:
            await client.call_tool("search_lead", SEARCH)
        assert caught.value.code == INTERNAL_ERROR
        assert "can't be used any more, and nothing was sent: " in caught.value.message
        assert "preset" in caught.value.message
        file.write_text('preset = "attended"\n', encoding="utf-8")
        result = await client.call_tool("search_lead", SEARCH)
    assert (result.structured_content or {})["outcome"] == "done"


async def test_what_is_wrong_at_the_start_stops_it_as_opening_it_would(tmp_path: Path) -> None:
    others = tmp_path / "others"
    others.mkdir(mode=0o777)
    others.chmod(0o777)
    (tmp_path / "text").write_text("no sandbox", encoding="utf-8")
    (tmp_path / "policy.toml").write_text("confirm = 1\n", encoding="utf-8")
    (tmp_path / "names.toml").write_text("agents = 1\n", encoding="utf-8")
    for wrong in (
        {"CHASEDATA_NAMES": str(tmp_path / "names.toml")},
        {"CHASEDATA_NAMES": str(tmp_path / "nowhere.toml")},
        {"CHASEDATA_POLICY": str(tmp_path / "policy.toml")},
        {"CHASEDATA_SANDBOX_FILE": str(tmp_path / "text")},
        {"CHASEDATA_SANDBOX_FAULTS": "nonsense"},
        {"CHASEDATA_STATE_DIR": str(others)},
    ):
        settings = load_settings({**SANDBOX, **wrong})
        errors: list[str] = []
        for opening in (opened(settings), late_installation(settings, CALLER)):
            with pytest.raises(SettingsError) as caught:
                async with opening:
                    pass
            errors.append(str(caught.value))
        assert errors[0] == errors[1]


HEAVY = """
import sys
from chasedata_mcp.cli import main
main()
heavy = ("tools.base", "tools.results", "tools.schema", "pipeline", "redaction", "policy.evaluator",
         "policy.rules", "policy.hours_table", "approvals.models", "history", "sandbox.dialer",
         "ledger")
found = [name for name in heavy if f"chasedata_mcp.{name}" in sys.modules]
print(found + [name for name in ("httpx", "jinja2", "typer", "rich") if name in sys.modules],
      file=sys.stderr)
"""
"""A server that says at its end what it has imported of what a list needs not."""


@each_era
def test_listing_tools_and_resources_imports_nothing_that_only_calls_need(era: str) -> None:
    with started(environment(), "--sandbox", program=HEAVY) as server:
        for request, method in enumerate(("tools/list", "resources/list"), 1):
            server.ask(era, request, method)
            assert "result" in server.answer()
        assert server.end() == (0, "[]\n")


CALLING = """
import sys
from chasedata_mcp.cli import main
main()
terminal = {"rich", "pygments", "typer"}
ours = ("jobs", "history", "batches.store", "tools.jobs", "tools.history", "tools.batches")
beside = {f"chasedata_mcp.{name}" for name in ours}
retries = {"tenacity"}
print(sorted((terminal | beside | retries) & set(sys.modules)), file=sys.stderr)
"""
"""A server that says at its end what it has imported of what an action needs not."""


def test_a_call_imports_nothing_for_a_terminal_for_other_tools_or_for_a_retry() -> None:
    with started(environment(), "--sandbox", program=CALLING) as server:
        changed = {**SEARCH, "city": "Ocala"}
        for request, (name, arguments) in enumerate(
            (("search_lead", SEARCH), ("update_lead", changed)), 1
        ):
            server.ask("2026-07-28", request, "tools/call", name=name, arguments=arguments)
            assert server.answer()["result"]["structuredContent"]["outcome"] == "done"
        assert server.end() == (0, "[]\n")


@each_era
def test_the_first_call_is_recorded_like_every_other(era: str, tmp_path: Path) -> None:
    with spoken(STATE_DIR=str(tmp_path)) as server:
        arguments = {"number": "3055550101"}
        server.ask(era, 1, "tools/call", name="insert_dnc", arguments=arguments)
        assert server.answer()["result"]["structuredContent"]["outcome"] == "done"
        assert server.end()[0] == 0
    recorded = run("history", "--json", SANDBOX="1", STATE_DIR=str(tmp_path)).out.splitlines()
    assert [json.loads(line)["tool"] for line in recorded] == ["insert_dnc"]


@pytest.mark.parametrize("place", ["gone", "a.csv"])
async def test_a_folder_for_files_that_is_none_stops_the_start(tmp_path: Path, place: str) -> None:
    (tmp_path / "a.csv").write_text("Phone\n")
    settings = load_settings(SANDBOX | {"CHASEDATA_FILES_DIR": str(tmp_path / place)})
    with pytest.raises(SettingsError, match="CHASEDATA_FILES_DIR names something that is not"):
        async with late_installation(settings, CALLER):
            pass
