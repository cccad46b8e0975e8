"""A bare answer that came sooner than a person can read the question is no answer."""

from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest
from mcp_types import ElicitResult

from _support.clock import READING
from _support.conversations import (
    CANCELLED,
    DECLINED,
    Answer,
    Person,
    accepted,
    called,
    client,
    code,
    each_era,
    told,
)
from _support.examples import DELETE_DNC
from _support.pipeline import a_pipeline
from _support.sandbox import TEXT
from _support.served_pipeline import (
    DELETE,
    NUMBER,
    SENT,
    Attended,
    an_attended_pipeline,
    history_policy,
)
from chasedata_mcp.app.out_of_band import WAIT
from chasedata_mcp.approvals.reading_time import is_too_fast
from chasedata_mcp.policy.models import ConfirmLevel

pytestmark = pytest.mark.anyio
EMPTY = accepted({"confirm": ""})
NO = pytest.mark.parametrize(
    "no", [DECLINED, CANCELLED, EMPTY], ids=["decline", "cancel", "an empty form"]
)
A_MICROSECOND = timedelta(microseconds=1)


@pytest.fixture
async def asked_about_texts() -> AsyncGenerator[Attended]:
    async with an_attended_pipeline(history_policy(ConfirmLevel.OUTWARD)) as pipeline:
        yield pipeline


@pytest.mark.parametrize(
    ("letters", "seconds"), [(0, 1), (40, 1), (60, 1.5), (120, 3), (160, 4), (5000, 4)]
)
def test_reading_takes_a_second_for_forty_letters_one_at_least_and_four_at_most(
    letters: int, seconds: float
) -> None:
    text, reading = "x" * letters, timedelta(seconds=seconds)
    assert is_too_fast(text, reading - A_MICROSECOND)
    assert not is_too_fast(text, reading)


def test_a_clock_that_went_back_makes_an_answer_too_fast() -> None:
    assert is_too_fast("Really?", -timedelta(hours=1))


def after(pipeline: Attended, seconds: float, answer: Answer) -> Person:
    """Somebody, or something, that answers after so many seconds."""

    def think() -> Answer:
        pipeline.clock.move(timedelta(seconds=seconds))
        return answer

    return Person(think)


@each_era
@NO
async def test_a_no_at_once_goes_on_as_for_a_client_that_can_not_ask(
    era: str, no: ElicitResult, pipeline: Attended
) -> None:
    person = after(pipeline, 0.9, no)
    async with client(pipeline.server(), era, person) as connected:
        result = told(await connected.call_tool("delete_dnc", dict(DELETE)))
        assert len(person.asked) == 1
        assert result["code"] == "needs_confirmation"
        assert result["approval_code"] == (await pipeline.open_question()).code
        assert pipeline.waited == WAIT
        listed = told(await connected.call_tool("list_history", {}))["entries"][0]
        assert listed["answered"].startswith("by nobody: the client answered faster than")
        await pipeline.approve()
        assert code(await connected.call_tool("delete_dnc", dict(DELETE))) is None
    assert pipeline.dialer.writes == SENT


@each_era
async def test_a_yes_on_the_terminal_helps_a_client_that_declines_at_once(
    era: str, pipeline: Attended
) -> None:
    pipeline.meanwhile[4] = pipeline.approve
    async with client(pipeline.server(), era, after(pipeline, 0, DECLINED)) as connected:
        assert code(await connected.call_tool("delete_dnc", dict(DELETE))) is None
    assert pipeline.dialer.writes == SENT


@each_era
@NO
async def test_a_no_that_was_read_for_is_a_no(
    era: str, no: ElicitResult, pipeline: Attended
) -> None:
    async with client(pipeline.server(), era, after(pipeline, 4, no)) as connected:
        assert code(await connected.call_tool("delete_dnc", dict(DELETE))) == "declined"
    assert pipeline.waited == 0
    assert not pipeline.dialer.writes


@each_era
async def test_a_form_with_a_wrong_answer_is_a_no_however_fast(
    era: str, pipeline: Attended
) -> None:
    person = after(pipeline, 0, accepted({"confirm": "602-555-0128"}))
    async with client(pipeline.server(), era, person) as connected:
        assert code(await connected.call_tool("delete_dnc", dict(DELETE))) == "declined"
    assert pipeline.waited == 0


@each_era
@pytest.mark.parametrize("content", [{"confirm": False}, {"confirm": None}, {}, None])
async def test_a_form_that_says_no_at_once_is_no_answer_and_later_is_one(
    era: str, content: dict[str, bool | None] | None, pipeline: Attended
) -> None:
    async with client(pipeline.server(), era, after(pipeline, 0.2, accepted(content))) as connected:
        at_once = await connected.call_tool("delete_dnc", dict(DELETE))
        assert code(at_once) == "needs_confirmation"
        assert told(at_once)["approval_code"]
    other = {"number": "9545550188"}
    async with client(pipeline.server(), era, after(pipeline, 4, accepted(content))) as connected:
        assert code(await connected.call_tool("delete_dnc", other)) == "declined"
    assert not pipeline.dialer.writes


TICKED = accepted({"confirm": True})
WIDER = accepted({"confirm": True, "also": "Only this one"})


@each_era
@pytest.mark.parametrize("yes", [TICKED, WIDER], ids=["ticked", "with a choice"])
async def test_a_ticked_yes_at_once_is_nobodys_and_one_that_was_read_for_is_a_yes(
    era: str, yes: ElicitResult, asked_about_texts: Attended
) -> None:
    live = asked_about_texts
    async with client(live.server(), era, after(live, 0.9, yes)) as connected:
        result = told(await connected.call_tool("send_sms", dict(TEXT)))
        assert result["code"] == "needs_confirmation"
        assert result["approval_code"] == (await live.open_question()).code
        assert not live.dialer.writes
        listed = told(await connected.call_tool("list_history", {}))["entries"][0]
        assert listed["answered"].startswith("by nobody: the client answered faster than")
    async with client(live.server(), era, after(live, 4, yes)) as connected:
        assert code(await connected.call_tool("send_sms", {**TEXT, "message": "Later"})) is None
    assert len(live.dialer.writes) == 1


@each_era
async def test_what_was_typed_is_a_yes_however_fast(era: str, pipeline: Attended) -> None:
    person = after(pipeline, 0, accepted({"confirm": NUMBER}))
    async with client(pipeline.server(), era, person) as connected:
        assert code(await connected.call_tool("delete_dnc", dict(DELETE))) is None
    assert pipeline.dialer.writes == SENT


@each_era
async def test_where_nobody_can_answer_elsewhere_it_is_told_at_once(era: str) -> None:
    pipeline = a_pipeline()
    result = await called(pipeline, era, DELETE_DNC, Person(lambda: DECLINED))
    assert code(result) == "needs_confirmation"
    assert "approval_code" not in told(result)
    pipeline.clock.move(READING)
    assert not pipeline.dialer.posted


async def test_a_client_that_fails_to_show_its_form_is_one_that_can_not_ask(
    pipeline: Attended,
) -> None:
    def crash() -> Answer:
        raise RuntimeError("the form fell over")

    pipeline.meanwhile[1] = pipeline.approve
    async with client(pipeline.server(), "legacy", Person(crash)) as connected:
        assert code(await connected.call_tool("delete_dnc", dict(DELETE))) is None
    assert pipeline.dialer.writes == SENT
