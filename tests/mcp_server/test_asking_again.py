"""What a yes depends on changes while it is asked for: it is asked anew, thrice at most."""

from datetime import timedelta

import pytest
from mcp_types import InputRequiredResult
from typing_extensions import override

from _support.conversations import (
    Answer,
    Person,
    accepted,
    client,
    code,
    each_era,
    first_round,
    second_round,
    told,
)
from _support.served_pipeline import (
    DELETE,
    GUARDED,
    NUMBER,
    SENT,
    Attended,
)

pytestmark = pytest.mark.anyio
RIGHT = accepted({"confirm": NUMBER})


class Interrupted(Person):
    """Somebody who says yes, while so many times a lead with the number is added."""

    def __init__(self, pipeline: Attended, times: int) -> None:
        super().__init__(RIGHT)
        self._pipeline, self._times = pipeline, times

    @override
    async def __call__(self, *asked: object) -> Answer:
        if self._times:
            self._times -= 1
            await self._pipeline.another_lead()
        return await super().__call__(*asked)  # type: ignore[arg-type] # as the SDK gives them


@each_era
@pytest.mark.parametrize("times", [1, 2])
async def test_a_person_is_asked_anew_with_what_is_known_now(
    era: str, times: int, pipeline: Attended
) -> None:
    person = Interrupted(pipeline, times)
    async with client(pipeline.server(), era, person) as connected:
        assert code(await connected.call_tool("delete_dnc", dict(DELETE))) is None
    texts = [form.message for form in person.asked]
    assert len(set(texts)) == len(texts) == times + 1
    assert pipeline.dialer.writes == SENT


@each_era
async def test_after_three_times_nobody_is_asked_again(era: str, pipeline: Attended) -> None:
    person = Interrupted(pipeline, 3)
    async with client(pipeline.server(), era, person) as connected:
        result = told(await connected.call_tool("delete_dnc", dict(DELETE)))
    assert result["code"] == "needs_confirmation"
    assert "has changed" in result["message"]
    assert len(person.asked) == 3
    assert not pipeline.dialer.writes


async def test_only_the_new_question_can_be_answered(pipeline: Attended) -> None:
    person = Person(RIGHT)
    async with client(pipeline.server(), "auto", person) as connected:
        state = await first_round(connected, GUARDED)
        await pipeline.another_lead()
        anew = await second_round(connected, GUARDED, state)
        assert isinstance(anew, InputRequiredResult)
        assert code(await second_round(connected, GUARDED, state)) == "needs_confirmation"
        assert code(await second_round(connected, GUARDED, anew.request_state)) is None
    assert pipeline.dialer.writes == SENT


@each_era
async def test_a_yes_on_the_terminal_to_what_has_changed_is_asked_for_anew(
    era: str, pipeline: Attended
) -> None:
    async def late() -> None:
        await pipeline.approve()
        await pipeline.another_lead()

    pipeline.meanwhile[2], pipeline.meanwhile[5] = late, pipeline.approve
    async with client(pipeline.server(), era) as connected:
        assert code(await connected.call_tool("delete_dnc", dict(DELETE))) is None
    assert pipeline.waited == 5
    assert pipeline.dialer.writes == SENT


@each_era
async def test_an_undo_is_asked_about_anew(era: str, pipeline: Attended) -> None:
    entry = await pipeline.do("insert_dnc", number=NUMBER)
    pipeline.dialer.forms.clear()
    person = Interrupted(pipeline, 1)
    async with client(pipeline.server(), era, person) as connected:
        pipeline.clock.move(timedelta(seconds=1))
        assert code(await connected.call_tool("undo", {"entry": entry})) is None
    assert len(person.asked) == 2
    assert pipeline.dialer.writes == SENT
