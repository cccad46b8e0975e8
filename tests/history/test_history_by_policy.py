"""The policy's rules for `undo`, `list_history` and `freeze` by name hold."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from mcp.shared.exceptions import MCPError
from mcp_types import TextResourceContents

from _support.commands import command
from _support.conversations import DECLINED, Person, accepted, client, code, each_era, told
from _support.pipeline import CALLER
from _support.served import SANDBOX, client_of
from _support.served_pipeline import Served, a_served_pipeline, history_policy
from _support.terminals import Ended
from chasedata_mcp.approvals.models import Reply
from chasedata_mcp.cli.exit_codes import Exit
from chasedata_mcp.history.undo_service import UndoService
from chasedata_mcp.ledger import EntryKind, Filter
from chasedata_mcp.pipeline.pipeline import PendingApproval
from chasedata_mcp.policy.decision import RefusedError
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.policy.models import ToolRule
from chasedata_mcp.sandbox import ACCID
from chasedata_mcp.tools.history import HISTORY
from chasedata_mcp.tools.render import IN_SANDBOX

pytestmark = pytest.mark.anyio
NEW: dict[str, object] = {"agent": "Maria", "list_name": "Spring-2"}
CITY: dict[str, object] = {"search_field": "client_id", "identifier": "WEB-1001", "city": "Tampa"}
YES = accepted({"confirm": True})
URI = "chasedata://history"


def with_tools(**tools: ToolRule) -> Policy:
    return replace(history_policy(), tools=tools)


async def updated(pipeline: Served) -> str:
    """An update on record, and nothing of it among what was sent."""
    entry = await pipeline.do("update_lead", **CITY)
    pipeline.dialer.forms.clear()
    return entry


def json_of(content: object) -> dict[str, Any]:
    assert isinstance(content, TextResourceContents)
    found: dict[str, Any] = json.loads(content.text)
    return found


# undo


@each_era
async def test_an_undo_that_is_to_ask_asks_for_what_goes_unasked_else(era: str) -> None:
    async with a_served_pipeline(with_tools(undo="ask")) as pipeline:
        somebody = Person(YES)
        result = await pipeline.undo(await updated(pipeline), era, somebody)
        assert code(result) is None
        [form] = somebody.asked
        said, *details = form.message.split("\n")
        assert re.search(r"^Change .+\? .*This takes back entry \w+\.$", said)
        assert details == ["City: “Tampa” → “Miami”"]
        [sent] = pipeline.dialer.writes
        assert sent["City"] != "Tampa"


@each_era
async def test_a_no_or_nobody_to_ask_takes_nothing_back(era: str) -> None:
    async with a_served_pipeline(with_tools(undo="ask")) as pipeline:
        entry = await updated(pipeline)
        assert code(await pipeline.undo(entry, era, Person(DECLINED))) == "declined"
        assert code(await pipeline.undo(entry, era)) == "needs_confirmation"
        assert pipeline.dialer.writes == []


@each_era
async def test_only_the_calls_that_take_back_ask(era: str) -> None:
    async with (
        a_served_pipeline(with_tools(undo="ask")) as pipeline,
        client(pipeline.server(), era) as connected,
    ):
        assert code(await connected.call_tool("update_lead", dict(CITY))) is None
        assert code(await connected.call_tool("create_dial_list", dict(NEW))) is None


@each_era
async def test_every_undo_is_refused_by_name_and_each_call_of_it_is_on_record(era: str) -> None:
    async with a_served_pipeline(with_tools(undo="refuse")) as pipeline:
        entry = await updated(pipeline)
        no = told(await pipeline.undo(entry, era, Person(YES)))
        said = f"{IN_SANDBOX} The policy refuses undo ([tools]). Nothing was changed."
        assert (no["code"], no["message"]) == ("not_allowed", said)
        assert pipeline.dialer.writes == []
        [refused] = (await pipeline.ledger.history(Filter(kind=EntryKind.REFUSAL))).entries
        assert (refused.intent.tool, refused.intent.undoes) == ("update_lead", entry)
        assert "tools" in {ruling.rule for ruling in refused.intent.verdict}


async def test_a_yes_to_an_undo_is_none_once_the_policy_refuses_it() -> None:
    async with a_served_pipeline(with_tools(undo="ask")) as pipeline:
        undoing = UndoService(pipeline, pipeline.ledger)
        plan = await undoing.plan(await updated(pipeline), None)
        held = await undoing.admit(plan, CALLER)
        assert isinstance(held, PendingApproval)
        refusing = UndoService(pipeline.over(policy=with_tools(undo="refuse")), pipeline.ledger)
        with pytest.raises(RefusedError):
            await refusing.redeem(plan, CALLER, held.approval.id, Reply(YES.content))
        assert pipeline.dialer.writes == []


@each_era
@pytest.mark.parametrize(
    ("tools", "said"),
    [({"undo": "ask"}, "Always: a person must say yes."), ({}, "As the calls that it makes do.")],
)
async def test_the_tools_own_page_says_when_it_asks(
    era: str, tools: dict[str, ToolRule], said: str
) -> None:
    async with (
        a_served_pipeline(with_tools(**tools)) as pipeline,
        client(pipeline.server(), era) as connected,
    ):
        [content] = (await connected.read_resource("chasedata://tools/undo")).contents
        assert json_of(content)["asks_a_person"] == said


# list_history, freeze


@each_era
@pytest.mark.parametrize("tool", ["list_history", "freeze"])
@pytest.mark.parametrize("word", ["refuse", "ask"])
async def test_they_are_refused_by_name_and_where_they_would_have_to_ask(
    era: str, tool: str, word: ToolRule
) -> None:
    tools: dict[str, ToolRule] = {tool: word}
    async with (
        a_served_pipeline(with_tools(**tools)) as pipeline,
        client(pipeline.server(), era, Person(YES)) as connected,
    ):
        no = told(await connected.call_tool(tool, {}))
        assert (no["code"], no["changed"]) == ("not_allowed", "no")
        assert tool in no["message"]
        assert "entries" not in no
        assert await pipeline.ledger.freezes.frozen(ACCID) is None


@each_era
@pytest.mark.parametrize("word", ["refuse", "off"])
async def test_the_last_entries_are_no_resource_where_they_are_not_to_be_listed(
    era: str, word: ToolRule
) -> None:
    async with (
        a_served_pipeline(with_tools(list_history=word)) as pipeline,
        client(pipeline.server(), era) as connected,
    ):
        await updated(pipeline)
        listed = (await connected.list_resources()).resources
        assert URI not in {str(one.uri) for one in listed}
        with pytest.raises(MCPError):
            await connected.read_resource(URI)


@each_era
async def test_what_is_refused_is_listed_with_the_others(era: str) -> None:
    everything: dict[str, ToolRule] = dict.fromkeys(HISTORY, "refuse")
    async with (
        a_served_pipeline(with_tools(**everything)) as pipeline,
        client(pipeline.server(), era) as connected,
    ):
        listed = {tool.name for tool in (await connected.list_tools()).tools}
        assert set(HISTORY) <= listed


# Of a file, to a client and at the terminal


@each_era
@pytest.mark.parametrize("tool", HISTORY)
async def test_a_file_that_refuses_one_is_held_to(era: str, tool: str, tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(f'tools.{tool} = "refuse"\n', encoding="utf-8")
    async with client_of(era, {**SANDBOX, "CHASEDATA_POLICY": str(file)}) as connected:
        entry = told(await connected.call_tool("update_lead", dict(CITY)))["entry"]
        arguments = {"entry": entry} if tool == "undo" else {}
        assert code(await connected.call_tool(tool, arguments)) == "not_allowed"


def at_the_terminal(place: Path, text: str, *words: str) -> Ended:
    file = place / "policy.toml"
    file.write_text(text, encoding="utf-8")
    return command(place, *words, POLICY=str(file))


@pytest.mark.parametrize(
    ("word", "failed"), [("refuse", "not_allowed"), ("ask", "needs_confirmation"), ("off", None)]
)
def test_the_command_undo_is_held_to_it_but_for_off_which_only_hides_the_tool(
    word: str, failed: str | None, tmp_path: Path
) -> None:
    lead = ("--search-field", "client_id", "--identifier", "WEB-1001", "--city", "Tampa")
    done = at_the_terminal(tmp_path, "", "call", "update_lead", *lead, "--json")
    entry = json.loads(done.out)["entry"]
    ended = at_the_terminal(tmp_path, f'tools.undo = "{word}"\n', "undo", entry, "--json")
    assert ended.code == (Exit.REFUSED if failed else Exit.DONE)
    assert json.loads(ended.out).get("code") == failed


def test_the_command_freeze_is_a_persons_whatever_becomes_of_the_tool(tmp_path: Path) -> None:
    ended = at_the_terminal(tmp_path, 'tools.freeze = "refuse"\n', "freeze")
    assert ended.code == Exit.DONE
    assert "Frozen." in ended.words
