"""The freeze tool stops every write at once, for a client of either era."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from mcp import Client
from mcp_types import ElicitRequestParams, ElicitResult

from _support.clock import START
from _support.conversations import Person, accepted, client, code, each_era, told, unmarked
from _support.served_pipeline import (
    ACCOUNT,
    DELETE,
    NUMBER,
    Attended,
    an_attended_pipeline,
    history_policy,
)
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.history.freeze import freeze
from chasedata_mcp.ledger import open_ledger
from chasedata_mcp.sandbox import ACCID
from chasedata_mcp.tools import schema as publish
from chasedata_mcp.tools.history import Freeze

pytestmark = pytest.mark.anyio
LIST = {"agent": "Maria", "list_name": "Spring"}
OFFERED = history_policy()


@pytest.fixture
async def pipeline() -> AsyncIterator[Attended]:
    async with an_attended_pipeline(OFFERED) as opened:
        yield opened


@each_era
async def test_nothing_is_written_any_more_until_a_person_rearms(
    era: str, pipeline: Attended
) -> None:
    yes = Person(accepted({"confirm": NUMBER}))
    async with client(pipeline.server(), era, yes) as connected:
        result = told(await connected.call_tool("freeze", {"reason": "it rang twice"}))
        assert result["outcome"] == "done"
        assert "`chasedata-mcp policy rearm`" in result["message"]
        assert code(await connected.call_tool("delete_dnc", dict(DELETE))) == "not_allowed"
        assert not pipeline.dialer.writes
        search = {"search_field": "phone", "identifier": NUMBER}
        assert code(await connected.call_tool("search_lead", search)) is None
        await pipeline.ledger.freezes.rearm(ACCID, "maria/terminal", pipeline.clock())
        assert code(await connected.call_tool("delete_dnc", dict(DELETE))) is None


@each_era
async def test_its_result_says_that_the_dialer_goes_on_and_where_that_is_stopped(
    era: str, pipeline: Attended
) -> None:
    async with client(pipeline.server(), era) as connected:
        for first in ("Every write is stopped.", "Every write was stopped already."):
            message = told(await connected.call_tool("freeze", {}))["message"]
            assert f"{first} The dialer itself goes on: " in message
            assert "pauses the campaigns and logs the agents out, in the dialer." in message


@each_era
async def test_a_yes_into_a_stop_is_refused_and_is_no_yes_once_it_is_over(
    era: str, pipeline: Attended
) -> None:
    async def stop(context: object, params: ElicitRequestParams) -> ElicitResult:
        del context, params
        now = pipeline.clock()
        await pipeline.ledger.freezes.freeze(ACCID, "it rang twice", "maria/terminal", now)
        return accepted({"confirm": NUMBER})

    async with Client(pipeline.server(), mode=era, elicitation_callback=stop) as connected:
        refused = told(await connected.call_tool("delete_dnc", dict(DELETE)))
        assert (refused["code"], refused["changed"]) == ("not_allowed", "no")
        assert "All writes are stopped since" in refused["message"]
    # The question is over, so the same answer brought back later finds nothing to say yes to.
    assert not await pipeline.ledger.approvals.pending(ACCID, pipeline.clock())
    assert not pipeline.dialer.writes


@each_era
@pytest.mark.parametrize("given", [{"reason": "it rang twice"}, {}])
async def test_who_stopped_it_and_why_is_kept(
    era: str, given: dict[str, str], pipeline: Attended
) -> None:
    async with client(pipeline.server(), era) as connected:
        await connected.call_tool("freeze", dict(given))
    frozen = await pipeline.ledger.freezes.frozen(ACCID)
    assert frozen is not None
    assert frozen.by == "somebody/an assistant"
    assert frozen.why == given.get("reason", "an assistant stopped the writes")


@each_era
async def test_the_history_shows_it_and_that_only_a_person_takes_it_back(
    era: str, pipeline: Attended
) -> None:
    async with client(pipeline.server(), era) as connected:
        await connected.call_tool("freeze", {"reason": "it rang twice"})
        listed = told(await connected.call_tool("list_history", {"tool": "freeze"}))
        (entry,) = listed["entries"]
        assert entry["outcome"] == "done"
        assert unmarked(entry["arguments"]) == {"reason": "it rang twice"}
        refused = await connected.call_tool("undo", {"entry": entry["id"]})
        assert code(refused) == "not_allowed"
        assert "Only a person takes that back" in told(refused)["message"]


@each_era
async def test_twice_is_as_once_and_the_first_reason_stays(era: str, pipeline: Attended) -> None:
    async with client(pipeline.server(), era) as connected:
        await connected.call_tool("freeze", {"reason": "the first"})
        again = told(await connected.call_tool("freeze", {"reason": "the second"}))
    assert again["outcome"] == "done"
    assert "already" in again["message"]
    frozen = await pipeline.ledger.freezes.frozen(ACCID)
    assert frozen is not None
    assert frozen.why == "the first"


@each_era
async def test_it_stops_other_processes_on_the_store(era: str, pipeline: Attended) -> None:
    async with pipeline.of_another_process() as other:
        async with client(other.server(), era) as connected:
            await connected.call_tool("freeze", {})
        async with client(pipeline.server(), era) as connected:
            assert code(await connected.call_tool("create_dial_list", dict(LIST))) == "not_allowed"
            assert code(await connected.call_tool("insert_dnc", dict(DELETE))) is None


@each_era
async def test_it_is_offered_and_works_where_all_else_is_read_only(era: str) -> None:
    async with (
        an_attended_pipeline(replace(OFFERED, read_only=True)) as pipeline,
        client(pipeline.server(), era) as connected,
    ):
        assert "freeze" in {tool.name for tool in (await connected.list_tools()).tools}
        assert code(await connected.call_tool("freeze", {})) is None


async def test_invisible_characters_of_a_reason_are_not_shown_to_people(
    pipeline: Attended,
) -> None:
    async with client(pipeline.server(), "auto") as connected:
        await connected.call_tool("freeze", {"reason": "all is\N{RIGHT-TO-LEFT OVERRIDE} well"})
    frozen = await pipeline.ledger.freezes.frozen(ACCID)
    assert frozen is not None
    assert frozen.why == "all is\N{REPLACEMENT CHARACTER} well"


@each_era
@pytest.mark.parametrize("reason", ["", "x" * 201, 1, ["a"]])
async def test_a_reason_that_is_none_is_refused(
    era: str, reason: object, pipeline: Attended
) -> None:
    async with client(pipeline.server(), era) as connected:
        result = await connected.call_tool("freeze", {"reason": reason})
    assert code(result) == "invalid_arguments"
    assert await pipeline.ledger.freezes.frozen(ACCID) is None


async def test_a_ledger_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "ledger-sandbox.sqlite3").write_bytes(b"no database, " * 100)
    async with open_ledger(tmp_path, "sandbox") as broken:
        with pytest.raises(CallError) as caught:
            await freeze(broken, Freeze(), "somebody", ACCOUNT, START)
    assert caught.value.code is Code.NOT_ALLOWED


def test_it_takes_less_than_400_bytes_of_the_list() -> None:
    entry = publish.build_entry(Freeze)
    shown = {key: entry[key] for key in ("name", "description", "inputSchema")}
    assert len(json.dumps(shown, separators=(",", ":")).encode()) < 400
