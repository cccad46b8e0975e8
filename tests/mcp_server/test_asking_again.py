"""What a yes depends on changes while it is asked for: it is asked anew, thrice at most."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from mcp_types import InputRequiredResult
from typing_extensions import override

from _support.conversations import (
    ERAS,
    Answer,
    Person,
    accepted,
    client,
    code,
    first_round,
    second_round,
    told,
)
from _support.waiting import DELETE, GUARDED, NUMBER, SENT, Room, open_room

pytestmark = pytest.mark.anyio
each_era = pytest.mark.parametrize("era", ERAS)
RIGHT = accepted({"confirm": NUMBER})


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with open_room(tmp_path) as opened:
        yield opened


class Interrupted(Person):
    """Somebody who says yes, while so many times a lead with the number is added."""

    def __init__(self, room: Room, times: int) -> None:
        super().__init__(RIGHT)
        self._room, self._times = room, times

    @override
    async def __call__(self, *asked: object) -> Answer:
        if self._times:
            self._times -= 1
            await self._room.another_lead()
        return await super().__call__(*asked)  # type: ignore[arg-type] # as the SDK gives them


@each_era
@pytest.mark.parametrize("times", [1, 2])
async def test_a_person_is_asked_anew_with_what_is_known_now(
    era: str, times: int, room: Room
) -> None:
    person = Interrupted(room, times)
    async with client(room.server(), era, person) as connected:
        assert code(await connected.call_tool("delete_dnc", dict(DELETE))) is None
    texts = [form.message for form in person.asked]
    assert len(set(texts)) == len(texts) == times + 1
    assert room.house.writes() == SENT


@each_era
async def test_after_three_times_nobody_is_asked_again(era: str, room: Room) -> None:
    person = Interrupted(room, 3)
    async with client(room.server(), era, person) as connected:
        result = told(await connected.call_tool("delete_dnc", dict(DELETE)))
    assert result["code"] == "needs_confirmation"
    assert "has changed" in result["message"]
    assert len(person.asked) == 3
    assert not room.house.writes()


async def test_only_the_new_question_can_be_answered(room: Room) -> None:
    person = Person(RIGHT)
    async with client(room.server(), "auto", person) as connected:
        state = await first_round(connected, GUARDED)
        await room.another_lead()
        anew = await second_round(connected, GUARDED, state)
        assert isinstance(anew, InputRequiredResult)
        assert code(await second_round(connected, GUARDED, state)) == "needs_confirmation"
        assert code(await second_round(connected, GUARDED, anew.request_state)) is None
    assert room.house.writes() == SENT


@each_era
async def test_a_yes_on_the_terminal_to_what_has_changed_is_asked_for_anew(
    era: str, room: Room
) -> None:
    async def late() -> None:
        await room.approve()
        await room.another_lead()

    room.meanwhile[2], room.meanwhile[5] = late, room.approve
    async with client(room.server(), era) as connected:
        assert code(await connected.call_tool("delete_dnc", dict(DELETE))) is None
    assert room.waited == 5
    assert room.house.writes() == SENT


@each_era
async def test_an_undo_is_asked_about_anew(era: str, room: Room) -> None:
    entry = await room.house.do("insert_dnc", number=NUMBER)
    room.house.wire.forms.clear()
    person = Interrupted(room, 1)
    async with client(room.server(), era, person) as connected:
        room.house.clock.move(timedelta(seconds=1))
        assert code(await connected.call_tool("undo", {"entry": entry})) is None
    assert len(person.asked) == 2
    assert room.house.writes() == SENT
