"""The refusal of an undo is recorded as an entry."""

import json
from pathlib import Path

import pytest

from _support.commands import killed, settings
from _support.conversations import client, code, each_era, told, unmarked
from _support.pipeline import CALLER
from _support.served_pipeline import PRINCIPAL, Served, history_policy
from _support.terminals import run_wide
from chasedata_mcp.approvals.models import Reply
from chasedata_mcp.errors import CallError, Outcome
from chasedata_mcp.history.undo_service import UndoService
from chasedata_mcp.ledger import Entry, EntryKind, Filter
from chasedata_mcp.pipeline.pipeline import PendingApproval
from chasedata_mcp.tools.render import IN_SANDBOX

pytestmark = pytest.mark.anyio
NUMBER = "6025550121"
UNDO = Filter(tool="undo")


async def refusals(pipeline: Served) -> list[Entry]:
    """The undos that were refused, the newest first."""
    return list((await pipeline.ledger.history(UNDO)).entries)


@each_era
async def test_an_undo_that_something_is_in_the_way_of_is_on_record(
    era: str, pipeline: Served
) -> None:
    entry = await pipeline.do("insert_dnc", number=NUMBER)
    await pipeline.do("insert_dnc", number=NUMBER)
    no = told(await pipeline.undo(entry, era))
    [refused] = await refusals(pipeline)
    assert (refused.kind, refused.outcome) == (EntryKind.REFUSAL, Outcome.REFUSED)
    assert refused.intent.caller.startswith(f"{PRINCIPAL}/")
    assert refused.intent.arguments == {"entry": entry}
    assert refused.intent.undoes is None
    assert refused.intent.numbers == (NUMBER,)
    assert refused.intent.resource_keys == (await pipeline.entry(entry)).intent.resource_keys
    assert refused.ending is not None
    said = no["message"].removeprefix(f"{IN_SANDBOX} ")
    assert (refused.ending.code, refused.ending.message) == ("not_allowed", said)
    assert [ruling.reason for ruling in refused.intent.verdict] == [said]
    assert (await pipeline.ledger.verify()).sound


@each_era
async def test_the_history_shows_it_and_is_narrowed_to_it(era: str, pipeline: Served) -> None:
    entry = await pipeline.do("reload_skills")
    await pipeline.undo(entry, era)
    async with client(pipeline.server(), era) as connected:
        result = await connected.call_tool("list_history", {"tool": "undo"})
    [listed] = told(result)["entries"]
    assert (listed["tool"], listed["kind"]) == ("undo", "refusal")
    assert unmarked(listed["arguments"]) == {"entry": entry}
    assert "A reload can't be taken back" in listed["message"]


async def test_it_stands_in_nobodys_way_and_is_nothing_to_undo(pipeline: Served) -> None:
    update: dict[str, object] = {"search_field": "lead_id", "identifier": "1001"}
    entry = await pipeline.do("update_lead", **update, city="Tampa")
    later = await pipeline.do("update_lead", **update, city="Ocala")
    assert code(await pipeline.undo(entry, "auto")) == "not_allowed"
    [refused] = await refusals(pipeline)
    assert "was not done" in told(await pipeline.undo(refused.id, "auto"))["message"]
    assert code(await pipeline.undo(later, "auto")) is None
    assert code(await pipeline.undo(entry, "auto")) is None


async def test_what_comes_in_the_way_while_a_person_is_asked_is_on_record(pipeline: Served) -> None:
    entry = await pipeline.do("insert_dnc", number=NUMBER)
    undoing = UndoService(pipeline, pipeline.ledger)
    plan = await undoing.plan(entry, None, CALLER)
    held = await undoing.admit(plan, CALLER)
    assert isinstance(held, PendingApproval)
    await pipeline.left_open("delete_dnc", number=NUMBER)
    with pytest.raises(CallError, match="A later call"):
        await undoing.redeem(plan, CALLER, held.approval.id, Reply({"confirm": NUMBER}))
    assert len(await refusals(pipeline)) == 1


async def test_a_server_that_only_reads_puts_it_on_record(pipeline: Served) -> None:
    entry = await pipeline.do("insert_dnc", number=NUMBER)
    undoing = UndoService(pipeline.over(policy=history_policy(read_only=True)), pipeline.ledger)
    with pytest.raises(CallError, match="CHASEDATA_READ_ONLY"):
        await undoing.plan(entry, None, CALLER)
    [refused] = await refusals(pipeline)
    assert refused.ending is not None
    assert "CHASEDATA_READ_ONLY" in refused.ending.message


@each_era
async def test_an_entry_that_the_caller_may_not_see_is_no_verdict(
    era: str, pipeline: Served
) -> None:
    out_of_band = await pipeline.do_as("another/an assistant", "insert_dnc", number=NUMBER)
    for entry in (out_of_band, "0000000000"):
        assert code(await pipeline.undo(entry, era)) == "invalid_arguments"
    assert await refusals(pipeline) == []


def test_an_undo_from_the_terminal_is_on_record_too(tmp_path: Path) -> None:
    entry, places = killed(tmp_path), settings(tmp_path)
    assert run_wide("undo", entry, **places).code != 0
    [line] = run_wide("history", "--tool", "undo", "--json", **places).out.splitlines()
    listed = json.loads(line)
    assert (listed["arguments"], listed["outcome"]) == ({"entry": entry}, "refused")
    assert "Nobody knows whether the call was done." in listed["message"]
    # These commands have no terminal, so nobody says that a person typed them.
    assert listed["who"].endswith("/script")
