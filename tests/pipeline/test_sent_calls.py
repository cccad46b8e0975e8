"""From arguments to a result: what is refused before, what is told after, what is never told."""

import logging
from collections.abc import Callable
from typing import NoReturn

import pytest

from _support.dialer import RecordingDialer
from _support.examples import DESTRUCTIVE, EXAMPLES, READS
from _support.pipeline import CALLER, RecordedPipeline, a_pipeline
from _support.tables import each
from chasedata_mcp.dialer import errors
from chasedata_mcp.errors import (
    NOT_CONFIGURED,
    CallError,
    Changed,
    Code,
    Outcome,
    Retry,
    UnknownToolError,
)
from chasedata_mcp.pipeline.pipeline import Cleared
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.tools.answer_types import Acknowledged, Answer, Expects, LeadsRead
from chasedata_mcp.tools.registry import CATALOGUE
from chasedata_mcp.tools.request import Request

pytestmark = pytest.mark.anyio
WRITES = [tool for tool in EXAMPLES if tool not in READS]
SECRET = "Ana Pereira, card 4111"


def failing(error: Callable[[Request], Exception]) -> RecordedPipeline:
    """A pipeline whose dialer fails."""

    def answer(request: Request) -> NoReturn:
        raise error(request)

    return a_pipeline(dialer=RecordingDialer(answer))


async def failure(pipeline: RecordedPipeline, tool: str) -> CallError:
    with pytest.raises(CallError) as caught:
        await pipeline.run(tool, **EXAMPLES[tool])
    return caught.value


@each("tool", EXAMPLES)
async def test_every_tool_reaches_the_dialer_once_and_is_told_as_done(tool: str) -> None:
    pipeline = a_pipeline()
    result = await pipeline.run(tool, **EXAMPLES[tool])
    assert result.outcome is Outcome.DONE
    assert (result.environment, result.account) == ("live", "test")
    assert result.code is None
    [request] = pipeline.dialer.posted
    assert request.script is CATALOGUE[tool].script
    assert request.form.get("Action", "") == CATALOGUE[tool].word
    assert request.reads is (tool in READS)


def lost(request: Request) -> CallError:
    return errors.no_answer("none within the time", read=request.reads)


def garbled(request: Request) -> CallError:
    return errors.not_understood("it says neither", read=request.reads, dialer_said="hm")


@each("error", [lost, garbled])
@each("tool", WRITES)
async def test_a_write_of_unknown_fate_says_what_to_look_at_first(
    tool: str, error: Callable[[Request], CallError]
) -> None:
    pipeline = failing(error)
    told = await failure(pipeline, tool)
    assert told.hint.startswith(pipeline.read(tool, EXAMPLES[tool]).advise_retry())
    assert told.info.outcome is Outcome.UNKNOWN
    assert told.info.changed is Changed.UNKNOWN
    assert told.info.retry is Retry.AFTER_CHECK
    assert told.dialer_said == (None if error is lost else "hm")
    assert len(pipeline.dialer.posted) == 1


@pytest.mark.parametrize("tool", READS)
async def test_a_read_without_an_answer_has_changed_nothing_and_may_be_sent_again(
    tool: str,
) -> None:
    told = await failure(failing(lost), tool)
    assert told.info.outcome is Outcome.REFUSED
    assert told.info.changed is Changed.NO
    assert told.info.retry is Retry.SAFE
    assert "Nothing was changed" in told.hint


@pytest.mark.parametrize("tool", READS)
async def test_a_read_that_can_not_be_read_is_unknown_and_has_changed_nothing(tool: str) -> None:
    told = await failure(failing(garbled), tool)
    assert told.info.outcome is Outcome.UNKNOWN
    assert told.info.changed is Changed.NO
    assert told.dialer_said == "hm"


@each("tool", EXAMPLES)
@each("refusal", [errors.refused, errors.duplicate])
async def test_a_refusal_of_the_dialers_is_passed_on_as_it_is(
    tool: str, refusal: Callable[[str], CallError]
) -> None:
    given = refusal("no")
    told = await failure(failing(lambda _: given), tool)
    assert told.code is given.code
    assert told.info.changed is Changed.NO
    if tool == "insert_dnc":
        assert told.message.startswith(f"{given.message} The number isn't on the dialer's own")
    else:
        assert (told.message, told.hint) == (given.message, given.hint)


@each("tool", EXAMPLES)
async def test_what_was_not_reached_may_be_sent_again(tool: str) -> None:
    told = await failure(failing(lambda _: errors.not_reached("no connection")), tool)
    assert told.info.retry is Retry.SAFE


@pytest.mark.parametrize("tool", DESTRUCTIVE)
async def test_a_yes_is_used_up_even_where_nobody_knows_what_came_of_it(tool: str) -> None:
    pipeline = failing(lost)
    await failure(pipeline, tool)
    await failure(pipeline, tool)
    assert len(pipeline.dialer.posted) == 2, "each had a question and a yes of its own"


@each("tool", EXAMPLES)
async def test_an_answer_of_the_wrong_kind_is_a_fault_and_never_done(tool: str) -> None:
    def other(request: Request) -> Answer:
        return Acknowledged() if request.expects is not Expects.DONE else LeadsRead(())

    pipeline = a_pipeline(dialer=RecordingDialer(other))
    with pytest.raises(TypeError, match="can't tell of"):
        await pipeline.run(tool, **EXAMPLES[tool])


@pytest.mark.parametrize("tool", ["nothing", "", "DeleteDnc", "delete_dnc ", "__class__"])
def test_a_name_outside_the_catalogue_is_no_tool(tool: str) -> None:
    with pytest.raises(UnknownToolError):
        a_pipeline().read(tool, {})
    with pytest.raises(UnknownToolError):
        a_pipeline().over(dialer=None).read(tool, {})


@each("tool", EXAMPLES)
@each("arguments", [None, {}, {"nonsense": 1}])
def test_without_a_dialer_every_call_says_what_to_set(tool: str, arguments: object) -> None:
    given = EXAMPLES[tool] if arguments is None else arguments
    with pytest.raises(CallError) as caught:
        a_pipeline().over(dialer=None).read(tool, given)  # type: ignore[arg-type]  # a mapping in each case
    assert caught.value.code is Code.NOT_CONFIGURED
    assert caught.value.hint == NOT_CONFIGURED


async def test_without_a_dialer_not_even_a_call_that_was_read_elsewhere_is_cleared() -> None:
    pipeline = a_pipeline()
    action = pipeline.read("insert_dnc", EXAMPLES["insert_dnc"])
    with pytest.raises(CallError) as caught:
        await pipeline.over(dialer=None).admit(action, CALLER)
    assert caught.value.code is Code.NOT_ALLOWED
    assert caught.value.message.startswith("No dialer is configured")


async def test_without_a_dialer_not_even_a_cleared_read_is_sent() -> None:
    pipeline = a_pipeline()
    nowhere = pipeline.over(dialer=None)
    cleared = await nowhere.admit(pipeline.read("search_lead", EXAMPLES["search_lead"]), CALLER)
    assert isinstance(cleared, Cleared)
    with pytest.raises(CallError) as caught:
        await nowhere.send(cleared)
    assert caught.value.code is Code.NOT_CONFIGURED


@each("tool", WRITES)
def test_a_hidden_tool_is_refused_before_its_arguments_are_read(tool: str) -> None:
    pipeline = a_pipeline(Policy(read_only=True))
    with pytest.raises(CallError) as caught:
        pipeline.read(tool, {"nonsense": 1})
    assert caught.value.code is Code.NOT_ALLOWED


@each("tool", WRITES)
async def test_a_hidden_tool_is_refused_even_to_who_read_its_arguments_elsewhere(
    tool: str,
) -> None:
    pipeline = a_pipeline(Policy(read_only=True))
    with pytest.raises(CallError) as caught:
        await pipeline.admit(a_pipeline().read(tool, EXAMPLES[tool]), CALLER)
    assert caught.value.code is Code.NOT_ALLOWED
    assert not pipeline.dialer.posted


def fail() -> NoReturn:
    raise RuntimeError(SECRET) from ValueError(SECRET)


def test_a_fault_is_told_by_a_reference_and_logged_without_its_text(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(RuntimeError) as caught:
        fail()
    result = a_pipeline().build_failure(caught.value)
    assert result.code is Code.FAILED
    assert (result.outcome, result.changed) == (Outcome.UNKNOWN, Changed.UNKNOWN)
    assert SECRET not in result.model_dump_json() + caplog.text
    reference = result.message.rstrip(".").rpartition(" ")[2]
    assert reference in caplog.text
    assert "RuntimeError" in caplog.text
    assert "in fail" in caplog.text, "the log says where it happened"


def test_two_faults_have_two_references() -> None:
    pipeline = a_pipeline()
    assert (
        pipeline.build_failure(RuntimeError()).message
        != pipeline.build_failure(RuntimeError()).message
    )


@each("code", Code)
def test_a_known_failure_is_told_as_the_table_says(code: Code) -> None:
    error = CallError(code, "It failed.", hint="Do this.", dialer_said="no")
    result = a_pipeline().build_failure(error)
    told = (result.outcome, result.changed, result.retry)
    assert told == (error.info.outcome, error.info.changed, error.info.retry)
    assert (result.code, result.message, result.hint) == (code, "It failed.", "Do this.")
    assert (result.dialer_said, result.warnings) == ("no", [])
