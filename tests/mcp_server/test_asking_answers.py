"""Every answer to a question, in both eras: the right one sends one call, any other sends none."""

from collections.abc import Mapping
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
from _support.examples import (
    DELETE_DNC,
    DELETE_LIST,
    EXAMPLES,
    GUARDED,
    IN_TURN,
    OUTWARD,
    PAST_DNC,
    PAST_DUPLICATES,
    READS,
    TYPED,
    Guarded,
    title,
)
from _support.pipeline import RecordedPipeline, a_pipeline
from _support.tables import each
from chasedata_mcp.approvals.lifetimes import LIFE
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.policy.models import ConfirmLevel

pytestmark = [pytest.mark.anyio, each_era]
each_guarded = pytest.mark.parametrize("guarded", GUARDED, ids=title)

WRONG_FOR_ALL: list[Mapping[str, object] | None] = [
    None,
    {},
    {"confirm": None},
    {"confirm": ""},
    {"confirm": "yes"},
    {"confirm": "true"},
    {"confirm": "True"},
    {"confirm": 1},
    {"confirm": 1.0},
    {"confirm": False},
    {"confirm": ["9545550101"]},
    {"Confirm": True},
    {"other": True},
]
WRONG = [
    (DELETE_DNC, {"confirm": "954-555-0102"}),
    (DELETE_DNC, {"confirm": 9545550102}),
    (DELETE_DNC, {"confirm": "555-0101"}),
    (DELETE_DNC, {"confirm": "+44 954 555 0101"}),
    (DELETE_LIST, {"confirm": "spring"}),
    (DELETE_LIST, {"confirm": "SPRING"}),
    (DELETE_LIST, {"confirm": "Spring "}),
    (DELETE_LIST, {"confirm": "jdoe"}),
    (PAST_DNC, {"confirm": "954-555-0102"}),
    (PAST_DNC, {"confirm": "Renewals"}),
    (PAST_DUPLICATES, {"confirm": "954-555-0101"}),
    (PAST_DUPLICATES, {"confirm": ["true"]}),
]


def is_mistyped(guarded: Guarded, content: Mapping[str, object] | None) -> bool:
    """Whether something else was typed where something had to be."""
    typed = (content or {}).get("confirm")
    return guarded in TYPED and isinstance(typed, str) and bool(typed)


async def refused(
    pipeline: RecordedPipeline,
    era: str,
    guarded: Guarded,
    answer: Answer,
    *,
    once_more: bool = False,
) -> str | None:
    """How a call fails whose question gets this answer, and that nothing of it is sent."""
    person = Person(answer)
    failed = code(await called(pipeline, era, guarded, person))
    assert len(person.asked) == 1 + once_more
    assert not pipeline.dialer.posted
    return failed


@each_guarded
async def test_the_right_answer_sends_the_call_once(era: str, guarded: Guarded) -> None:
    pipeline, person = a_pipeline(), Person(accepted(guarded.right))
    result = await called(pipeline, era, guarded, person)
    assert code(result) is None
    assert told(result)["outcome"] == "done"
    assert pipeline.dialer.forms == [guarded.form]
    assert len(person.asked) == 1


@each_guarded
async def test_the_person_sees_what_it_is_about_and_a_form_of_one_field(
    era: str, guarded: Guarded
) -> None:
    person = Person(DECLINED)
    await called(a_pipeline(), era, guarded, person)
    [form] = person.asked
    about = "Spring" if guarded is DELETE_LIST else "954-555-0101"
    assert about in form.message
    kind = "string" if guarded in TYPED else "boolean"
    assert form.requested_schema["properties"]["confirm"]["type"] == kind
    assert form.requested_schema["required"] == ["confirm"]
    assert "default" not in form.requested_schema["properties"]["confirm"]


@each_guarded
@pytest.mark.parametrize("content", WRONG_FOR_ALL, ids=repr)
async def test_a_form_that_is_not_filled_in_rightly_is_no(
    era: str, guarded: Guarded, content: Mapping[str, object] | None
) -> None:
    once_more = is_mistyped(guarded, content)
    failed = await refused(a_pipeline(), era, guarded, accepted(content), once_more=once_more)
    assert failed == "declined"


@each_guarded
async def test_the_right_answer_with_something_beside_it_is_no(era: str, guarded: Guarded) -> None:
    answer = accepted({**guarded.right, "note": "and more"})
    assert await refused(a_pipeline(), era, guarded, answer) == "declined"


@pytest.mark.parametrize("guarded", TYPED, ids=title)
async def test_a_tick_is_no_where_something_must_be_typed(era: str, guarded: Guarded) -> None:
    assert await refused(a_pipeline(), era, guarded, accepted({"confirm": True})) == "declined"


@each("guarded, content", WRONG)
async def test_almost_the_right_answer_is_no(
    era: str, guarded: Guarded, content: Mapping[str, object]
) -> None:
    once_more = is_mistyped(guarded, content)
    failed = await refused(a_pipeline(), era, guarded, accepted(content), once_more=once_more)
    assert failed == "declined"


@pytest.mark.parametrize("guarded", TYPED, ids=title)
async def test_who_mistypes_is_asked_once_more_and_told_why(era: str, guarded: Guarded) -> None:
    pipeline = a_pipeline()
    answers = iter([accepted({"confirm": "Sesame"}), accepted(guarded.right)])

    def read() -> Answer:
        pipeline.clock.move(READING)
        return next(answers)

    person = Person(read)
    assert code(await called(pipeline, era, guarded, person)) is None
    first, second = person.asked
    again = [line for line in second.message.split("\n") if line not in first.message]
    assert [line.startswith("That was not the ") for line in again] == [True]
    assert all(line in second.message for line in first.message.split("\n"))
    assert "once more" in second.requested_schema["properties"]["confirm"]["title"]
    assert pipeline.dialer.forms == [guarded.form]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (DECLINED, "The person said no."),
        (CANCELLED, "The person closed the question without an answer."),
        (accepted({"confirm": "no"}), "The person said no."),
        (accepted({"confirm": ""}), "The person said no."),
        (
            accepted({"confirm": "954-555-0102"}),
            "The person typed something other than the phone number, twice.",
        ),
    ],
    ids=["no", "Esc", "typed no", "typed nothing", "wrong"],
)
async def test_the_result_says_which_answer_it_was(
    era: str, answer: ElicitResult, said: str
) -> None:
    result = told(await called(a_pipeline(), era, DELETE_DNC, Person(answer)))
    assert result["message"] == f"{said} Nothing was sent."
    assert (result["code"], result["retry"]) == ("declined", "never")


@each_guarded
@pytest.mark.parametrize("answer", [DECLINED, CANCELLED], ids=["decline", "cancel"])
async def test_who_declines_or_cancels_says_no(
    era: str, guarded: Guarded, answer: ElicitResult
) -> None:
    assert await refused(a_pipeline(), era, guarded, answer) == "declined"


@each_guarded
@pytest.mark.parametrize("action", ["decline", "cancel"])
async def test_who_declines_says_no_even_with_the_right_answer_in_the_form(
    era: str, guarded: Guarded, action: str
) -> None:
    answer = accepted(guarded.right).model_copy(update={"action": action})
    assert await refused(a_pipeline(), era, guarded, answer) == "declined"


@each_guarded
@pytest.mark.parametrize(
    ("passed", "expected"),
    [(LIFE - timedelta(microseconds=1), None), (LIFE, "needs_confirmation")],
    ids=["in time", "late"],
)
async def test_the_right_answer_counts_for_five_minutes(
    era: str, guarded: Guarded, passed: timedelta, expected: str | None
) -> None:
    pipeline = a_pipeline()

    def think() -> Answer:
        pipeline.clock.move(passed)
        return accepted(guarded.right)

    assert code(await called(pipeline, era, guarded, Person(think))) == expected
    assert len(pipeline.dialer.posted) == (expected is None)


@each_guarded
async def test_a_client_that_can_not_ask_is_told_so(era: str, guarded: Guarded) -> None:
    pipeline = a_pipeline()
    result = await called(pipeline, era, guarded, None)
    assert code(result) == "needs_confirmation"
    assert (told(result)["changed"], told(result)["retry"]) == ("no", "after_check")
    assert "in memory" in told(result)["hint"]
    assert "CHASEDATA_" not in told(result)["hint"]
    assert not pipeline.dialer.posted


async def test_every_call_is_asked_about_anew(era: str) -> None:
    pipeline, person = a_pipeline(), Person(accepted(DELETE_DNC.right))
    async with client(pipeline, era, person) as connected:
        for _ in range(3):
            await connected.call_tool("delete_dnc", dict(DELETE_DNC.arguments))
    assert len(person.asked) == len(pipeline.dialer.posted) == 3


async def test_after_a_no_a_new_question_may_be_answered(era: str) -> None:
    pipeline = a_pipeline()
    answers = iter([DECLINED, accepted(DELETE_DNC.right)])

    def read() -> Answer:
        pipeline.clock.move(READING)
        return next(answers)

    async with client(pipeline, era, Person(read)) as connected:
        first = await connected.call_tool("delete_dnc", dict(DELETE_DNC.arguments))
        assert code(first) == "declined"
        second = await connected.call_tool("delete_dnc", dict(DELETE_DNC.arguments))
        assert code(second) is None
    assert pipeline.dialer.forms == [DELETE_DNC.form]


@pytest.mark.parametrize("level", ConfirmLevel)
async def test_the_level_decides_who_else_is_asked(era: str, level: ConfirmLevel) -> None:
    pipeline, person = a_pipeline(Policy(level)), Person(DECLINED)
    asked = set[str]()
    async with client(pipeline, era, person) as connected:
        for tool in IN_TURN:
            before = len(person.asked)
            result = await connected.call_tool(tool, dict(EXAMPLES[tool]))
            assert (code(result) == "declined") is (len(person.asked) > before)
            asked |= {tool} if len(person.asked) > before else set()
    always = {"delete_dnc", "delete_dial_list"}
    expected = {
        ConfirmLevel.DESTRUCTIVE: always,
        ConfirmLevel.OUTWARD: always | set(OUTWARD),
        ConfirmLevel.WRITES: set(EXAMPLES) - set(READS),
    }
    assert asked == expected[level]
    assert len(pipeline.dialer.posted) == len(EXAMPLES) - len(asked)


@each_guarded
async def test_arguments_that_do_not_fit_are_refused_before_anybody_is_asked(
    era: str, guarded: Guarded
) -> None:
    person, pipeline = Person(accepted(guarded.right)), a_pipeline()
    async with client(pipeline, era, person) as connected:
        result = await connected.call_tool(guarded.tool, {**guarded.arguments, "force": True})
    assert code(result) == "invalid_arguments"
    assert not person.asked
    assert not pipeline.dialer.posted
