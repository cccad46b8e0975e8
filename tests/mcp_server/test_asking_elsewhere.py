"""A client that can't show a form: its call waits for a person at the terminal, and goes on."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from _support.conversations import ERAS, Person, accepted, client, code, told
from _support.sandbox import TEXT
from _support.undo_house import load_policy
from _support.waiting import DELETE, NUMBER, PAGE, SENT, Room, next_door, open_room
from chasedata_mcp.app.out_of_band import WAIT
from chasedata_mcp.approvals.models import LIFE_OUT_OF_BAND
from chasedata_mcp.ledger import EntryKind
from chasedata_mcp.ledger.approval_models import AssuranceLevel
from chasedata_mcp.policy.models import ConfirmLevel, RequiredAssurance

pytestmark = pytest.mark.anyio
each_era = pytest.mark.parametrize("era", ERAS)
OTHER = {"number": "602-555-0128"}


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with open_room(tmp_path) as opened:
        yield opened


@each_era
async def test_a_yes_on_the_terminal_lets_the_waiting_call_go_on(era: str, room: Room) -> None:
    room.meanwhile[20] = room.approve
    async with client(room.server(), era) as connected:
        result = await connected.call_tool("delete_dnc", dict(DELETE))
    assert code(result) is None
    assert room.house.writes() == SENT
    assert room.waited == 20
    consent = (await room.house.newest()).intent.approval
    assert consent is not None
    assert (consent.how, consent.by, consent.sureness) == (
        "on the terminal",
        "maria/terminal",
        "machine",
    )


@each_era
async def test_a_no_on_the_terminal_ends_the_waiting_call(era: str, room: Room) -> None:
    room.meanwhile[1] = room.decline
    async with client(room.server(), era) as connected:
        result = await connected.call_tool("delete_dnc", dict(DELETE))
    assert code(result) == "declined"
    assert not room.house.writes()
    assert room.waited == 1


@each_era
async def test_nobody_answers_and_the_result_says_how_one_still_can(era: str, room: Room) -> None:
    began = room.house.clock.time
    async with client(room.server(), era) as connected:
        result = told(await connected.call_tool("delete_dnc", dict(DELETE)))
    asked = await room.question()
    assert room.waited == WAIT < 60
    assert (result["code"], result["outcome"], result["changed"]) == (
        "needs_confirmation",
        "refused",
        "no",
    )
    assert result["approval_code"] == asked.code
    assert datetime.fromisoformat(result["approval_expires"]) == began + LIFE_OUT_OF_BAND
    assert f"chasedata-mcp approve {asked.code} --sandbox" in result["hint"]
    until = f"{(began + LIFE_OUT_OF_BAND).astimezone():%H:%M %Z}"
    assert f"by {until} on this machine" in result["hint"]
    assert "A number leaves the do-not-call list." in result["message"]
    assert "http" not in result["hint"]
    async with client(room.server(), era) as connected:
        (entry,) = told(await connected.call_tool("list_history", {}))["entries"]
    assert (entry["outcome"], entry["answered"]) == ("refused", "by nobody")
    assert "Let the dialer call" in entry["question"]
    assert "answered_by" not in entry
    assert "sureness" not in entry
    assert not room.house.writes()
    await room.ledger.flush()
    [entry] = (await room.ledger.history()).entries
    assert entry.kind is EntryKind.REFUSAL


@each_era
async def test_where_the_page_runs_the_result_names_it(era: str, room: Room) -> None:
    room.page = PAGE
    async with client(room.server(), era) as connected:
        result = told(await connected.call_tool("delete_dnc", dict(DELETE)))
    assert f" or {PAGE}/approvals in a browser." in result["hint"]


@each_era
async def test_the_client_is_told_what_the_call_waits_for(era: str, room: Room) -> None:
    heard: list[tuple[float, float | None, str | None]] = []

    async def hears(progress: float, total: float | None, message: str | None) -> None:
        heard.append((progress, total, message))

    room.meanwhile[12] = room.approve
    async with client(room.server(), era) as connected:
        result = await connected.call_tool("delete_dnc", dict(DELETE), progress_callback=hears)
    assert code(result) is None
    assert [done for done, _, _ in heard] == [0, 5, 10]
    assert {total for _, total, _ in heard} == {WAIT}
    [message] = {message for _, _, message in heard}
    assert message is not None
    until = (
        f"{(room.house.clock() - timedelta(seconds=12) + LIFE_OUT_OF_BAND).astimezone():%H:%M %Z}"
    )
    assert f"by {until} on this machine: `chasedata-mcp approve " in message
    assert "A number leaves the do-not-call list." in message


@each_era
async def test_a_yes_after_the_wait_lets_the_same_call_through_once(era: str, room: Room) -> None:
    async with client(room.server(), era) as connected:
        first = told(await connected.call_tool("delete_dnc", dict(DELETE)))
        await room.approve()
        assert code(await connected.call_tool("delete_dnc", dict(DELETE))) is None
        assert room.house.writes() == SENT
        assert room.waited == WAIT
        third = told(await connected.call_tool("delete_dnc", dict(DELETE)))
    assert third["code"] == "needs_confirmation"
    assert third["approval_code"] != first["approval_code"]
    assert room.house.writes() == SENT


@each_era
async def test_a_call_that_is_made_again_unanswered_waits_by_the_same_code(
    era: str, room: Room
) -> None:
    async with client(room.server(), era) as connected:
        first = told(await connected.call_tool("delete_dnc", dict(DELETE)))
        second = told(await connected.call_tool("delete_dnc", dict(DELETE)))
    assert first["approval_code"] == second["approval_code"]
    assert first["approval_expires"] == second["approval_expires"]


@each_era
async def test_a_call_that_is_cancelled_while_it_waits_sends_nothing(era: str, room: Room) -> None:
    async with client(room.server(), era) as connected:
        with anyio.CancelScope() as leaving:

            async def leave() -> None:
                leaving.cancel()
                await anyio.lowlevel.checkpoint()

            room.meanwhile[2] = leave
            await connected.call_tool("delete_dnc", dict(DELETE))
        assert leaving.cancelled_caught
        assert not room.house.writes()
        await room.approve()
        assert code(await connected.call_tool("delete_dnc", dict(DELETE))) is None
    assert room.house.writes() == SENT


@each_era
async def test_where_no_terminal_reaches_the_ledger_only_the_page_is_named(
    era: str, room: Room
) -> None:
    room.page, room.on_a_terminal = PAGE, False
    async with client(room.server(), era) as connected:
        result = told(await connected.call_tool("delete_dnc", dict(DELETE)))
    assert f"on this machine: {PAGE}/approvals in a browser. Once" in result["hint"]


@each_era
async def test_a_yes_is_not_for_other_arguments(era: str, room: Room) -> None:
    async with client(room.server(), era) as connected:
        first = told(await connected.call_tool("delete_dnc", dict(DELETE)))
        await room.approve()
        other = told(await connected.call_tool("delete_dnc", dict(OTHER)))
    assert other["code"] == "needs_confirmation"
    assert other["approval_code"] != first["approval_code"]
    assert not room.house.writes()


@each_era
async def test_a_yes_is_not_for_another_client(era: str, room: Room) -> None:
    async with client(room.server(), era) as connected:
        await connected.call_tool("delete_dnc", dict(DELETE))
        await room.approve()
    async with client(room.server(), era, name="another assistant") as connected:
        assert code(await connected.call_tool("delete_dnc", dict(DELETE))) == "needs_confirmation"
    assert not room.house.writes()


@each_era
async def test_after_a_no_the_call_is_asked_about_anew(era: str, room: Room) -> None:
    async with client(room.server(), era) as connected:
        first = told(await connected.call_tool("delete_dnc", dict(DELETE)))
        await room.decline()
        second = told(await connected.call_tool("delete_dnc", dict(DELETE)))
    assert second["code"] == "needs_confirmation"
    assert second["approval_code"] != first["approval_code"]


@each_era
async def test_a_code_that_ends_while_a_call_waits_is_not_given_out(era: str, room: Room) -> None:
    async with client(room.server(), era) as connected:
        await connected.call_tool("delete_dnc", dict(DELETE))
        room.house.clock.move(LIFE_OUT_OF_BAND - timedelta(seconds=WAIT + 10))
        result = told(await connected.call_tool("delete_dnc", dict(DELETE)))
    assert room.waited == WAIT + 10
    assert result["code"] == "needs_confirmation"
    assert "in time" in result["message"]
    assert not {"approval_code", "approval_expires"} & set(result)


@each_era
async def test_a_yes_that_has_ended_lets_nothing_through(era: str, room: Room) -> None:
    async with client(room.server(), era) as connected:
        await connected.call_tool("delete_dnc", dict(DELETE))
        await room.approve()
        room.house.clock.move(LIFE_OUT_OF_BAND)
        assert code(await connected.call_tool("delete_dnc", dict(DELETE))) == "needs_confirmation"
    assert not room.house.writes()


@each_era
async def test_a_yes_given_in_another_process_counts_in_this_one(
    era: str, room: Room, tmp_path: Path
) -> None:
    async with next_door(room, tmp_path) as other:
        room.meanwhile[3] = other.approve
        async with client(room.server(), era) as connected:
            assert code(await connected.call_tool("delete_dnc", dict(DELETE))) is None
        async with client(other.server(), era) as out_of_band:
            again = await out_of_band.call_tool("delete_dnc", dict(DELETE))
    assert code(again) == "needs_confirmation"
    assert room.house.writes() == SENT


@each_era
async def test_of_two_processes_that_wait_for_one_yes_one_sends(
    era: str, room: Room, tmp_path: Path
) -> None:
    codes: list[str | None] = []

    async def call_next_door() -> None:
        async with client(other.server(), era) as connected:
            codes.append(code(await connected.call_tool("delete_dnc", dict(DELETE))))
            other.meanwhile.clear()

    async with next_door(room, tmp_path) as other:
        other.meanwhile[1] = other.approve
        room.meanwhile[1] = call_next_door
        async with client(room.server(), era) as connected:
            codes.append(code(await connected.call_tool("delete_dnc", dict(DELETE))))
    assert codes == [None, "needs_confirmation"]
    assert room.house.writes() == SENT


@each_era
async def test_a_form_is_not_shown_where_the_policy_wants_a_surer_yes(
    era: str, tmp_path: Path
) -> None:
    surer = RequiredAssurance(destructive=AssuranceLevel.MACHINE)
    person = Person(accepted({"confirm": NUMBER}))
    async with open_room(tmp_path, replace(load_policy(), yes=surer)) as room:
        room.meanwhile[2] = room.approve
        async with client(room.server(), era, person) as connected:
            assert code(await connected.call_tool("delete_dnc", dict(DELETE))) is None
        assert room.house.writes() == SENT
    assert not person.asked


@each_era
async def test_an_undo_waits_and_goes_on_as_any_call(era: str, room: Room) -> None:
    entry = await room.house.do("insert_dnc", number=NUMBER)
    room.house.wire.forms.clear()
    room.meanwhile[5] = room.approve
    async with client(room.server(), era) as connected:
        assert code(await connected.call_tool("undo", {"entry": entry})) is None
    assert room.house.writes() == SENT


@each_era
async def test_an_undo_that_nobody_answers_goes_through_once_later(era: str, room: Room) -> None:
    entry = await room.house.do("insert_dnc", number=NUMBER)
    room.house.wire.forms.clear()
    async with client(room.server(), era) as connected:
        assert "approval_code" in told(await connected.call_tool("undo", {"entry": entry}))
        await room.approve()
        assert code(await connected.call_tool("undo", {"entry": entry})) is None
        assert code(await connected.call_tool("undo", {"entry": entry})) == "not_allowed"
    assert room.house.writes() == SENT


@each_era
async def test_a_wider_yes_on_the_terminal_lets_the_next_ones_through(
    era: str, tmp_path: Path
) -> None:
    text = dict(TEXT)
    async with open_room(tmp_path, load_policy(ConfirmLevel.OUTWARD)) as room:
        room.meanwhile[1] = lambda: room.approve("next")
        async with client(room.server(), era) as connected:
            for words in ("Hello", "Are you there?"):
                result = await connected.call_tool("send_sms", {**text, "message": words})
                assert code(result) is None
        assert room.waited == 1
        assert len(room.house.writes()) == 2
