"""Identical calls at the same time: one question for all, and one yes for one of them."""

from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest

from _support.conversations import ERAS, Person, accepted, client, code, told
from _support.waiting import DELETE, NUMBER, SENT, Room, next_door, open_room
from chasedata_mcp.ledger.approval_models import ApprovalAnswer, AssuranceLevel
from chasedata_mcp.pipeline.pipeline import PendingApproval

pytestmark = pytest.mark.anyio
each_era = pytest.mark.parametrize("era", ERAS)
FIVE = 5


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with open_room(tmp_path) as opened:
        yield opened


async def coded(room: Room) -> list[str]:
    return [asked.code for asked in await room.answers.questions() if asked.code]


@each_era
async def test_one_question_is_asked_for_all_of_them(era: str, room: Room) -> None:
    codes: list[str] = []
    async with client(room.server(), era) as connected, anyio.create_task_group() as group:

        async def one() -> None:
            result = told(await connected.call_tool("delete_dnc", dict(DELETE)))
            codes.append(result["approval_code"])

        for _ in range(FIVE):
            group.start_soon(one)
    assert len(codes) == FIVE
    assert await coded(room) == list(set(codes))


@each_era
async def test_one_yes_lets_one_of_them_through_and_the_next_is_asked_about_anew(
    era: str, room: Room
) -> None:
    codes: list[str | None] = []
    room.meanwhile[20] = room.approve
    async with client(room.server(), era) as connected:
        async with anyio.create_task_group() as group:

            async def one() -> None:
                codes.append(code(await connected.call_tool("delete_dnc", dict(DELETE))))

            for _ in range(FIVE):
                group.start_soon(one)
        assert sorted(codes, key=str) == [None, *["needs_confirmation"] * (FIVE - 1)]
        assert room.house.writes() == SENT
        assert not await coded(room)
        again = told(await connected.call_tool("delete_dnc", dict(DELETE)))
    assert again["approval_code"] in await coded(room)
    assert room.house.writes() == SENT


@each_era
async def test_so_it_is_for_several_processes(era: str, room: Room, tmp_path: Path) -> None:
    codes: list[str] = []
    async with next_door(room, tmp_path) as other:

        async def one(through: Room) -> None:
            async with client(through.server(), era) as connected:
                result = told(await connected.call_tool("delete_dnc", dict(DELETE)))
                codes.append(result["approval_code"])

        async with anyio.create_task_group() as group:
            for through in (room, other, room, other):
                group.start_soon(one, through)
    assert len(set(codes)) == 1
    assert await coded(room) == [codes[0]]


async def test_a_yes_through_a_form_is_for_the_call_that_asked_alone(room: Room) -> None:
    action = room.pipeline.read("delete_dnc", dict(DELETE))
    pending = await room.pipeline.admit(action, "somebody")
    assert isinstance(pending, PendingApproval)
    now = room.pipeline.now()
    yes = ApprovalAnswer.yes("in the client", "somebody", now, AssuranceLevel.CLIENT)
    assert await room.ledger.approvals.answer(pending.approval.id, yes)
    another = await room.pipeline.admit(action, "somebody")
    assert isinstance(another, PendingApproval)
    assert another.approval.id != pending.approval.id


@each_era
async def test_forms_are_each_shown_and_answered_by_themselves(era: str, room: Room) -> None:
    person = Person(accepted({"confirm": NUMBER}))
    codes: list[str | None] = []
    async with client(room.server(), era, person) as connected, anyio.create_task_group() as group:

        async def one() -> None:
            codes.append(code(await connected.call_tool("delete_dnc", dict(DELETE))))

        for _ in range(2):
            group.start_soon(one)
    assert codes == [None, None]
    assert len(person.asked) == 2
