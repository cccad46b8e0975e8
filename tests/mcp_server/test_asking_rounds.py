"""The newer era's second round by hand: sent again, late, altered, or with another call."""

import base64
from collections.abc import Mapping

import anyio
import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS, CallToolResult, InputRequiredResult, InputResponses

from _support.clock import READING
from _support.conversations import (
    DECLINED,
    Json,
    Person,
    accepted,
    client,
    code,
    first_round,
    legacy_wire,
    modern_wire,
    second_round,
    served,
    told,
)
from _support.examples import DELETE_DNC, DELETE_LIST, GUARDED, PHONE, TYPED, Guarded, title
from _support.pipeline import AssembledPipeline, a_pipeline
from chasedata_mcp.approvals.lifetimes import LIFE
from chasedata_mcp.mcp_server.callers import caller_of
from chasedata_mcp.mcp_server.server import build
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.policy.models import ConfirmLevel

pytestmark = pytest.mark.anyio
each_guarded = pytest.mark.parametrize("guarded", GUARDED, ids=title)
SOMEBODY = Person(DECLINED)
"""Only there so that the client can be asked; these tests answer themselves."""


async def read_question(pipeline: AssembledPipeline, connected: Client, guarded: Guarded) -> str:
    """Make a guarded call, and let the time pass in which its question is read."""
    state = await first_round(connected, guarded)
    pipeline.clock.move(READING)
    return state


async def rejected(
    connected: Client,
    guarded: Guarded,
    state: str,
    arguments: Mapping[str, object] | None = None,
) -> None:
    """Hold that the right answer is the protocol's error with this state, and quotes nothing."""
    with pytest.raises(MCPError) as caught:
        await second_round(connected, guarded, state, arguments=arguments)
    assert caught.value.code == INVALID_PARAMS
    assert "0101" not in repr(caught.value.error)


@each_guarded
async def test_an_answer_sent_again_sends_nothing_again(guarded: Guarded) -> None:
    pipeline = a_pipeline()
    async with client(pipeline, "auto", SOMEBODY) as connected:
        state = await read_question(pipeline, connected, guarded)
        assert code(await second_round(connected, guarded, state)) is None
        for _ in range(3):
            again = await second_round(connected, guarded, state)
            assert code(again) == "needs_confirmation"
            assert "used already" in told(again)["message"]
    assert pipeline.dialer.forms == [guarded.form]


@each_guarded
async def test_an_answer_sent_twenty_times_at_once_sends_one_call(guarded: Guarded) -> None:
    pipeline = a_pipeline()
    codes: list[str | None] = []
    async with client(pipeline, "auto", SOMEBODY) as connected:
        state = await read_question(pipeline, connected, guarded)

        async def answer() -> None:
            codes.append(code(await second_round(connected, guarded, state)))

        async with anyio.create_task_group() as tasks:
            for _ in range(20):
                tasks.start_soon(answer)
    assert pipeline.dialer.forms == [guarded.form]
    assert sorted(codes, key=str) == [None] + ["needs_confirmation"] * 19


@each_guarded
async def test_an_answer_from_two_connections_at_once_sends_one_call(guarded: Guarded) -> None:
    pipeline = a_pipeline()
    server = served(pipeline)
    codes: list[str | None] = []
    async with (
        client(server, "auto", SOMEBODY) as first,
        client(server, "auto", SOMEBODY) as second,
    ):
        state = await read_question(pipeline, first, guarded)

        async def answer(connected: Client) -> None:
            codes.append(code(await second_round(connected, guarded, state)))

        async with anyio.create_task_group() as tasks:
            for connected in (first, second, first, second):
                tasks.start_soon(answer, connected)
    assert codes.count(None) == 1
    assert pipeline.dialer.forms == [guarded.form]


@each_guarded
async def test_other_arguments_than_those_asked_about_are_the_protocols_error(
    guarded: Guarded,
) -> None:
    pipeline = a_pipeline()
    async with client(pipeline, "auto", SOMEBODY) as connected:
        state = await read_question(pipeline, connected, guarded)
        some = next(iter(guarded.arguments))
        for changed in (
            {**guarded.arguments, some: "954-555-0102"},
            {**guarded.arguments, "notes": "x"},
            {key: value for key, value in guarded.arguments.items() if key != some},
            {},
        ):
            await rejected(connected, guarded, state, changed)
        assert code(await second_round(connected, guarded, state)) is None
    assert pipeline.dialer.forms == [guarded.form]


async def test_the_same_number_written_otherwise_is_other_arguments() -> None:
    pipeline = a_pipeline()
    async with client(pipeline, "auto", SOMEBODY) as connected:
        state = await read_question(pipeline, connected, DELETE_DNC)
        await rejected(connected, DELETE_DNC, state, {"number": "9545550101"})
    assert not pipeline.dialer.posted


async def test_a_state_is_for_one_tool() -> None:
    pipeline = a_pipeline()
    async with client(pipeline, "auto", SOMEBODY) as connected:
        harmless = Guarded("insert_dnc", {"number": PHONE}, DELETE_DNC.right, {})
        state = await read_question(pipeline, connected, DELETE_DNC)
        for other in (harmless, DELETE_LIST):
            await rejected(connected, other, state)
    assert not pipeline.dialer.posted


@each_guarded
async def test_another_principal_can_not_use_a_state(guarded: Guarded) -> None:
    pipeline = a_pipeline()
    # Each client of this server is a principal, as each key is over HTTP.
    server = build(pipeline, lambda context: caller_of("")(context).strip("/"))
    async with (
        client(server, "auto", SOMEBODY) as asking,
        client(server, "auto", SOMEBODY, name="another assistant") as other,
    ):
        state = await read_question(pipeline, asking, guarded)
        await rejected(other, guarded, state)
        assert code(await second_round(asking, guarded, state)) is None
    assert pipeline.dialer.forms == [guarded.form]


@each_guarded
async def test_a_state_ends_with_the_server_that_made_it(guarded: Guarded) -> None:
    pipeline = a_pipeline()
    async with client(pipeline, "auto", SOMEBODY) as before:
        state = await read_question(pipeline, before, guarded)
    async with client(pipeline, "auto", SOMEBODY) as restarted:
        await rejected(restarted, guarded, state)
    assert not pipeline.dialer.posted


@each_guarded
@pytest.mark.parametrize("level", [ConfirmLevel.OUTWARD, ConfirmLevel.WRITES])
async def test_a_yes_does_not_outlive_its_policy(guarded: Guarded, level: ConfirmLevel) -> None:
    pipeline = a_pipeline()
    async with client(pipeline, "auto", SOMEBODY) as connected:
        state = await read_question(pipeline, connected, guarded)
        pipeline.policy = Policy(level)
        assert code(await second_round(connected, guarded, state)) == "needs_confirmation"
        pipeline.policy = Policy(read_only=True)
        assert code(await second_round(connected, guarded, state)) == "not_allowed"
    assert not pipeline.dialer.posted


@each_guarded
async def test_a_late_answer_is_told_that_it_is_late(guarded: Guarded) -> None:
    pipeline = a_pipeline()
    async with client(pipeline, "auto", SOMEBODY) as connected:
        state = await read_question(pipeline, connected, guarded)
        pipeline.clock.move(LIFE)
        late = await second_round(connected, guarded, state)
        assert code(late) == "needs_confirmation"
        assert "too late" in told(late)["message"]
    assert not pipeline.dialer.posted


@each_guarded
async def test_after_a_wrong_answer_the_right_one_does_not_help(guarded: Guarded) -> None:
    pipeline = a_pipeline()
    async with client(pipeline, "auto", SOMEBODY) as connected:
        state = await read_question(pipeline, connected, guarded)
        wrong = await second_round(connected, guarded, state, accepted({"confirm": "no"}))
        assert code(wrong) == "declined"
        assert code(await second_round(connected, guarded, state)) == "needs_confirmation"
    assert not pipeline.dialer.posted


@pytest.mark.parametrize("guarded", TYPED, ids=title)
async def test_guessing_does_not_help(guarded: Guarded) -> None:
    pipeline = a_pipeline()
    async with client(pipeline, "auto", SOMEBODY) as connected:
        state = await read_question(pipeline, connected, guarded)
        guesses = [accepted({"confirm": guess}) for guess in ("a", "b", "954-555-0102")]
        again = await second_round(connected, guarded, state, guesses[0])
        for guess in guesses:
            result = await second_round(connected, guarded, state, guess)
            assert code(result) == "needs_confirmation"
        assert code(await second_round(connected, guarded, state)) == "needs_confirmation"
        if guarded in TYPED:
            assert isinstance(again, InputRequiredResult)
            last = [
                code(await second_round(connected, guarded, again.request_state, guess))
                for guess in guesses
            ]
            assert last == ["declined", "needs_confirmation", "needs_confirmation"]
            late = await second_round(connected, guarded, again.request_state)
            assert code(late) == "needs_confirmation"
    assert not pipeline.dialer.posted


@each_guarded
async def test_a_state_without_an_answer_is_no_yes_and_no_no(guarded: Guarded) -> None:
    pipeline = a_pipeline()
    async with client(pipeline, "auto", SOMEBODY) as connected:
        state = await read_question(pipeline, connected, guarded)
        answers: list[InputResponses | None] = [None, {}, {"Confirm": accepted(guarded.right)}]
        for responses in answers:
            result = await connected.session.call_tool(
                guarded.tool,
                dict(guarded.arguments),
                request_state=state,
                input_responses=responses,
            )
            assert code(result) == "needs_confirmation"
        assert not pipeline.dialer.posted
        assert code(await second_round(connected, guarded, state)) is None


@each_guarded
async def test_an_answer_without_a_state_is_asked_anew(guarded: Guarded) -> None:
    pipeline = a_pipeline()
    async with client(pipeline, "auto", SOMEBODY) as connected:
        assert isinstance(await second_round(connected, guarded, None), InputRequiredResult)
    assert not pipeline.dialer.posted


async def test_a_state_that_was_altered_is_the_protocols_error() -> None:
    pipeline = a_pipeline()
    async with client(pipeline, "auto", SOMEBODY) as connected:
        state = await read_question(pipeline, connected, DELETE_DNC)
        flipped = [
            state[:at] + ("A" if state[at] != "A" else "B") + state[at + 1 :]
            for at in range(0, len(state), 7)
        ]
        for altered in [*flipped, "", state[:-1], state + "A", state * 2, "v1.", "\N{SNOWMAN}"]:
            await rejected(connected, DELETE_DNC, altered)
        assert not pipeline.dialer.posted
        assert code(await second_round(connected, DELETE_DNC, state)) is None


async def test_a_state_can_not_be_read_or_made_of_a_consents_id() -> None:
    pipeline = a_pipeline()
    pending = await pipeline.pending(DELETE_DNC.tool, **DELETE_DNC.arguments)
    async with client(pipeline, "auto", SOMEBODY) as connected:
        state = await read_question(pipeline, connected, DELETE_DNC)
        version, _, sealed = state.partition(".")
        assert version == "v1"
        padded = sealed + "=" * (-len(sealed) % 4)
        assert b"somebody" not in base64.urlsafe_b64decode(padded)
        await rejected(connected, DELETE_DNC, pending.approval.id)
    assert not pipeline.dialer.posted


async def test_two_questions_about_the_same_call_are_two() -> None:
    pipeline = a_pipeline()
    async with client(pipeline, "auto", SOMEBODY) as connected:
        first = await read_question(pipeline, connected, DELETE_DNC)
        second = await read_question(pipeline, connected, DELETE_DNC)
        assert first != second
        pipeline.clock.move(READING)
        assert code(await second_round(connected, DELETE_DNC, first, DECLINED)) == "declined"
        assert code(await second_round(connected, DELETE_DNC, second)) is None
    assert len(pipeline.dialer.posted) == 1


async def test_a_state_says_nothing_for_a_call_that_needs_no_question() -> None:
    pipeline = a_pipeline()
    async with client(pipeline, "auto", SOMEBODY) as connected:
        insert = Guarded("insert_dnc", {"number": PHONE}, {"confirm": True}, {})
        await rejected(connected, insert, "made up")
        result = await second_round(connected, insert, None)
    assert isinstance(result, CallToolResult)
    assert len(pipeline.dialer.posted) == 1, "it was called once without a state"


async def test_a_state_of_the_newer_era_is_not_good_for_two_calls_by_way_of_the_older() -> None:
    pipeline = a_pipeline()
    server = served(pipeline)
    call: Json = {"name": "delete_dnc", "arguments": dict(DELETE_DNC.arguments)}
    right = {"action": "accept", "content": dict(DELETE_DNC.right)}
    async with modern_wire(server, {"elicitation": {}}) as send:
        state = (await send("tools/call", call))["requestState"]
        again = {**call, "requestState": state, "inputResponses": {"confirm": right}}
        await send("tools/call", again)
    async with legacy_wire(server, {}) as send:
        answer = await send("tools/call", again)
    assert answer["result"]["structuredContent"]["code"] == "needs_confirmation"
    assert pipeline.dialer.forms == [DELETE_DNC.form]
