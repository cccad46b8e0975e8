"""The undo of a batch over MCP: its rows taken back after one question, and what can't be said."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import NoReturn

import anyio
import pytest
from mcp import Client

from _support.conversations import client, code, each_era, text, told, unmarked
from _support.served_batches import COMMON, NEW, BatchDesk, a_batch_desk, batch_policy
from chasedata_mcp.errors import SettingsError
from chasedata_mcp.mcp_server.batch_jobs import BatchJobs

pytestmark = pytest.mark.anyio
LEADS = ("1001", "1002", "1003")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[BatchDesk]:
    async with a_batch_desk(tmp_path) as opened:
        yield opened


async def run(connected: Client, tool: str, rows: list[dict[str, str]], **common: object) -> str:
    """Plan and run a batch to its end."""
    plan = await connected.call_tool("plan_batch", {"tool": tool, "rows": rows, "common": common})
    batch = str(told(plan)["batch_id"])
    ended = told(await connected.call_tool("run_batch", {"batch_id": batch}))
    assert ended["state"] == "finished", ended
    return batch


def cities(desk: BatchDesk) -> list[str]:
    return [desk.pipeline.row("leads", LeadId=int(lead))["City"] for lead in LEADS]


async def update(connected: Client) -> str:
    rows = [{"Lead ID": lead, "City": "Tampa"} for lead in LEADS]
    return await run(connected, "update_lead", rows, search_field="lead_id")


async def refusals(connected: Client, batch: str) -> list[str]:
    """List how the undos of a batch ended in the history that came to no call."""
    listed = told(await connected.call_tool("list_history", {"tool": "undo"}))["entries"]
    return [one["code"] for one in listed if unmarked(one["arguments"]) == {"entry": batch}]


@each_era
async def test_the_rows_of_an_update_are_taken_back_after_one_question(
    desk: BatchDesk, era: str
) -> None:
    before = cities(desk)
    person = desk.typing("3")
    async with client(desk.server(), era, person) as connected:
        batch = await update(connected)
        assert cities(desk) == ["Tampa"] * 3
        undone = await connected.call_tool("undo", {"entry": batch})
        assert code(undone) is None, text(undone)
        assert f"Took back 3 of 3 rows of batch {batch}." in text(undone)
        assert cities(desk) == before
        assert person.asked[-1].message.startswith("Take back 3 rows (update_lead, batch ")
        assert len(person.asked) == 2
        again = await connected.call_tool("undo", {"entry": batch})
    assert code(again) == "not_allowed"
    assert "None was done that isn't taken back already" in text(again)


async def test_what_somebody_changed_since_stays_and_is_said(desk: BatchDesk) -> None:
    async with client(desk.server(), "auto", desk.typing("3")) as connected:
        batch = await update(connected)
        changed = {"search_field": "lead_id", "identifier": LEADS[0], "city": "Ocala"}
        assert code(await connected.call_tool("update_lead", changed)) is None
    async with client(desk.server(), "auto", person := desk.typing("2")) as connected:
        undone = await connected.call_tool("undo", {"entry": batch})
    assert "Took back 2 of 2 rows" in text(undone)
    assert "1 can't be: 1: " in person.asked[0].message
    assert cities(desk)[0] == "Ocala"
    assert "Tampa" not in cities(desk)
    assert len(told(undone)["warnings"]) == 1


@each_era
async def test_what_is_still_being_sent_is_not_taken_back_meanwhile(
    tmp_path: Path, era: str
) -> None:
    gate = anyio.Event()
    async with (
        a_batch_desk(tmp_path, gate=gate) as desk,
        client(desk.server(), era, person := desk.typing("3")) as connected,
    ):
        before = cities(desk)
        rows = [{"Lead ID": lead, "City": "Tampa"} for lead in LEADS]
        usual = {"tool": "update_lead", "rows": rows, "common": {"search_field": "lead_id"}}
        batch = str(told(await connected.call_tool("plan_batch", usual))["batch_id"])
        await connected.call_tool("run_batch", {"batch_id": batch})
        refused = await connected.call_tool("undo", {"entry": batch})
        assert (code(refused), len(person.asked)) == ("not_allowed", 1)
        assert "stop_batch" in text(refused)
        gate.set()
        await connected.call_tool("show_batch", {"batch_id": batch, "wait_seconds": 45})
        assert code(await connected.call_tool("undo", {"entry": batch})) is None
        assert cities(desk) == before


async def test_without_the_count_nothing_is_taken_back(desk: BatchDesk) -> None:
    async with client(desk.server(), "auto", desk.typing("3")) as connected:
        batch = await update(connected)
    async with client(desk.server(), "auto", desk.typing("yes")) as connected:
        assert code(await connected.call_tool("undo", {"entry": batch})) == "declined"
        assert await refusals(connected, batch) == ["declined"]
    assert cities(desk) == ["Tampa"] * 3


async def test_what_has_no_way_back_is_said_before_anybody_is_asked(desk: BatchDesk) -> None:
    person = desk.typing("1")
    async with client(desk.server(), "auto", person) as connected:
        stored = await run(connected, "insert_lead", [{"Phone": NEW[0]}], **COMMON)
        stopped = await run(connected, "insert_dnc", [{"Phone": NEW[1]}])
        asked = len(person.asked)
        for batch, why in ((stored, "can't remove a lead"), (stopped, "do-not-call list")):
            refused = await connected.call_tool("undo", {"entry": batch})
            assert code(refused) == "not_allowed"
            assert why in text(refused)
            assert await refusals(connected, batch) == ["not_allowed"]
    assert len(person.asked) == asked


async def test_a_batch_of_another_principal_is_none(desk: BatchDesk) -> None:
    async with client(desk.server(), "auto", desk.typing("3")) as connected:
        batch = await update(connected)
    async with client(desk.server(principal="another"), "auto", desk.typing("3")) as connected:
        refused = await connected.call_tool("undo", {"entry": batch})
    assert code(refused) == "invalid_arguments"
    assert cities(desk) == ["Tampa"] * 3


async def test_a_policy_that_refuses_undo_refuses_it_for_batches(tmp_path: Path) -> None:
    policy = batch_policy(tools={"undo": "refuse"})
    async with (
        a_batch_desk(tmp_path, policy) as desk,
        client(desk.server(), "auto", desk.typing("3")) as connected,
    ):
        batch = await update(connected)
        assert code(await connected.call_tool("undo", {"entry": batch})) == "not_allowed"


async def test_batches_that_can_not_be_opened_are_in_no_entrys_way(desk: BatchDesk) -> None:
    def opening() -> NoReturn:
        raise SettingsError("CHASEDATA_FILES_DIR names something that is not a directory")

    desk.jobs = BatchJobs(opening, desk.lifetime)
    async with client(desk.server(), "auto") as connected:
        changed = {"search_field": "lead_id", "identifier": LEADS[0], "city": "Ocala"}
        entry = told(await connected.call_tool("update_lead", changed))["entry"]
        assert code(await connected.call_tool("undo", {"entry": entry})) is None
        assert code(await connected.call_tool("undo", {"entry": "nothing"})) == "invalid_arguments"
        refused = await connected.call_tool("show_batch", {"batch_id": "nothing"})
    assert code(refused) == "not_allowed"
    assert "CHASEDATA_FILES_DIR" in text(refused)


async def test_phones_of_one_list_are_all_taken_off_it_by_one_undo(desk: BatchDesk) -> None:
    phones = [f"954555{number}" for number in range(7100, 7120)]
    async with client(desk.server(), "auto", desk.typing("20")) as connected:
        rows = [{"Phone": phone} for phone in phones]
        of_list = {"agent": "Maria", "list_name": "Spring"}
        assert code(await connected.call_tool("create_dial_list", of_list)) is None
        batch = await run(connected, "add_dial_list_phone", rows, **of_list)
        undone = await connected.call_tool("undo", {"entry": batch})
    assert f"Took back 20 of 20 rows of batch {batch}." in text(undone), text(undone)
