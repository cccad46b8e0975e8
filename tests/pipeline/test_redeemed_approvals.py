"""A yes lets one call through: the same one, by its caller, in time, under the same policy."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import anyio
import pytest

from _support.examples import GUARDED, PAST_DNC, PAST_DUPLICATES, PHONE, TYPED, Guarded, title
from _support.pipeline import ACCOUNT, CALLER, RecordedPipeline, a_pipeline
from _support.tables import each
from chasedata_mcp.approvals.lifetimes import LIFE
from chasedata_mcp.approvals.models import DECLINED, Reply
from chasedata_mcp.errors import CallError, Code, Retry
from chasedata_mcp.pipeline.pipeline import AskedAgainError
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.policy.models import ConfirmLevel

pytestmark = pytest.mark.anyio
CHANGED = {
    "delete_dnc": {"number": "954-555-0102"},
    "delete_dial_list": {"list_name": "Summer"},
    "insert_lead": {"primary_phone": "954-555-0102"},
}


async def redeem(
    pipeline: RecordedPipeline,
    guarded: Guarded,
    approval_id: str,
    *,
    content: Mapping[str, object] | None = None,
    caller: str = CALLER,
    **changed: object,
) -> None:
    """Redeem the call with the right answer, unless another is given, and send it."""
    action = pipeline.read(guarded.tool, {**guarded.arguments, **changed})
    reply = Reply(guarded.right if content is None else content)
    await pipeline.send(await pipeline.redeem(action, caller, approval_id, reply))


async def refused(
    pipeline: RecordedPipeline, guarded: Guarded, approval_id: str, **how: object
) -> CallError:
    """The refusal of a call, of which nothing must have been sent now."""
    before = len(pipeline.dialer.posted)
    with pytest.raises(CallError) as caught:
        await redeem(pipeline, guarded, approval_id, **how)  # type: ignore[arg-type]  # passed on as it is
    assert len(pipeline.dialer.posted) == before
    return caught.value


@pytest.mark.parametrize("guarded", GUARDED, ids=title)
async def test_one_yes_is_for_one_call(guarded: Guarded) -> None:
    pipeline = a_pipeline()
    pending = await pipeline.pending(guarded.tool, **guarded.arguments)
    await redeem(pipeline, guarded, pending.approval.id)
    again = await refused(pipeline, guarded, pending.approval.id)
    assert again.code is Code.NEEDS_CONFIRMATION
    assert "used already" in again.message
    assert pipeline.dialer.forms == [guarded.form]


@pytest.mark.parametrize("guarded", GUARDED, ids=title)
async def test_fifty_who_redeem_one_yes_at_once_send_one_call(guarded: Guarded) -> None:
    pipeline = a_pipeline()
    pending = await pipeline.pending(guarded.tool, **guarded.arguments)
    refusals: list[Code] = []

    async def one() -> None:
        try:
            await redeem(pipeline, guarded, pending.approval.id)
        except CallError as error:
            refusals.append(error.code)

    async with anyio.create_task_group() as tasks:
        for _ in range(50):
            tasks.start_soon(one)
    assert pipeline.dialer.forms == [guarded.form]
    assert refusals == [Code.NEEDS_CONFIRMATION] * 49


@pytest.mark.parametrize("guarded", GUARDED, ids=title)
async def test_the_same_arguments_written_otherwise_are_the_same_call(guarded: Guarded) -> None:
    pipeline = a_pipeline()
    pending = await pipeline.pending(guarded.tool, **guarded.arguments)
    given = guarded.arguments.items()
    same = {key: "954.555.0101" if value == PHONE else value for key, value in given}
    await redeem(pipeline, replace(guarded, arguments=same), pending.approval.id)
    assert pipeline.dialer.forms == [guarded.form]


@pytest.mark.parametrize("guarded", GUARDED, ids=title)
async def test_other_arguments_are_another_call_even_with_the_right_answer(
    guarded: Guarded,
) -> None:
    pipeline = a_pipeline()
    pending = await pipeline.pending(guarded.tool, **guarded.arguments)
    changed = CHANGED[guarded.tool]
    typed = {"confirm": next(iter(changed.values()))} if guarded in TYPED else guarded.right
    for content in (guarded.right, typed):
        error = await refused(pipeline, guarded, pending.approval.id, content=content, **changed)
        assert error.code is Code.NEEDS_CONFIRMATION
    await redeem(pipeline, guarded, pending.approval.id)
    assert pipeline.dialer.forms == [guarded.form]


@pytest.mark.parametrize("guarded", [PAST_DNC, PAST_DUPLICATES], ids=title)
@pytest.mark.parametrize(
    "added",
    [
        {"notes": "x"},
        {"custom_fields": {"a": "b"}},
        {"check_timezone": False},
        {"dial_non_callables": True, "allow_dialing_duplicates": True},
    ],
)
async def test_one_argument_more_is_another_call(
    guarded: Guarded, added: Mapping[str, object]
) -> None:
    pipeline = a_pipeline()
    pending = await pipeline.pending(guarded.tool, **guarded.arguments)
    error = await refused(pipeline, guarded, pending.approval.id, **added)
    assert error.code is Code.NEEDS_CONFIRMATION


@pytest.mark.parametrize("guarded", GUARDED, ids=title)
async def test_another_principal_can_neither_use_nor_spoil_a_yes(guarded: Guarded) -> None:
    pipeline = a_pipeline()
    pending = await pipeline.pending(guarded.tool, **guarded.arguments)
    for content in (guarded.right, {"confirm": "wrong"}):
        error = await refused(
            pipeline, guarded, pending.approval.id, content=content, caller="another/assistant"
        )
        assert error.code is Code.NEEDS_CONFIRMATION
    await redeem(pipeline, guarded, pending.approval.id)
    assert pipeline.dialer.forms == [guarded.form]


@each("guarded", GUARDED)
@each("content", [None, {}, {"confirm": "no"}, {"confirm": False}])
async def test_after_any_other_answer_the_right_one_comes_too_late(
    guarded: Guarded, content: Mapping[str, object] | None
) -> None:
    pipeline = a_pipeline()
    pending = await pipeline.pending(guarded.tool, **guarded.arguments)
    action = pipeline.read(guarded.tool, guarded.arguments)
    with pytest.raises(CallError) as caught:
        await pipeline.redeem(action, CALLER, pending.approval.id, Reply(content))
    assert caught.value.code is Code.DECLINED
    assert caught.value.info.retry is Retry.NEVER
    error = await refused(pipeline, guarded, pending.approval.id)
    assert error.code is Code.NEEDS_CONFIRMATION
    assert not pipeline.dialer.posted


async def test_a_refusal_to_type_says_what_was_not_typed_and_quotes_nothing() -> None:
    pipeline = a_pipeline()
    messages = []
    for guarded in GUARDED:
        pending = await pipeline.pending(guarded.tool, **guarded.arguments)
        sesame = {"confirm": "Sesame"}
        error = await refused(pipeline, guarded, pending.approval.id, content=sesame)
        if isinstance(error, AskedAgainError):
            messages.append(error.message)
            error = await refused(pipeline, guarded, error.pending.approval.id, content=sesame)
        messages.append(error.message)
        assert error.code is Code.DECLINED
        assert "Sesame" not in " ".join([*messages, error.hint])
        assert "0101" not in " ".join([*messages, error.hint])
    assert "asked once more" in messages[0]
    assert "other than the phone number, twice" in messages[1]
    assert "other than the list's name, twice" in messages[3]
    assert messages[-1] == "The person said no. Nothing was sent."


@pytest.mark.parametrize("guarded", TYPED, ids=title)
async def test_what_is_typed_wrongly_is_asked_for_once_more_and_never_a_third_time(
    guarded: Guarded,
) -> None:
    pipeline = a_pipeline()
    wrong = {"confirm": "Sesame"}
    pending = await pipeline.pending(guarded.tool, **guarded.arguments)
    again = await refused(pipeline, guarded, pending.approval.id, content=wrong)
    assert isinstance(again, AskedAgainError)
    assert again.pending.approval.question.text.startswith(pending.approval.question.text)
    # The first question is closed: what is brought back to it is no second try, however often.
    for content in (wrong, guarded.right):
        error = await refused(pipeline, guarded, pending.approval.id, content=content)
        assert (error.code, isinstance(error, AskedAgainError)) == (Code.NEEDS_CONFIRMATION, False)
    last = await refused(pipeline, guarded, again.pending.approval.id, content=wrong)
    assert last.code is Code.DECLINED
    assert not pipeline.dialer.posted


@pytest.mark.parametrize("guarded", TYPED, ids=title)
async def test_the_second_time_the_right_answer_counts_once(guarded: Guarded) -> None:
    pipeline = a_pipeline()
    pending = await pipeline.pending(guarded.tool, **guarded.arguments)
    again = await refused(pipeline, guarded, pending.approval.id, content={"confirm": "Sesame"})
    assert isinstance(again, AskedAgainError)
    await redeem(pipeline, guarded, again.pending.approval.id)
    assert pipeline.dialer.forms == [guarded.form]
    error = await refused(pipeline, guarded, again.pending.approval.id, content=guarded.right)
    assert error.code is Code.NEEDS_CONFIRMATION


@each("passed, late", [(LIFE - timedelta(microseconds=1), False), (LIFE, True), (LIFE * 20, True)])
@each("guarded", GUARDED)
async def test_a_yes_holds_for_five_minutes(
    guarded: Guarded, passed: timedelta, *, late: bool
) -> None:
    pipeline = a_pipeline()
    pending = await pipeline.pending(guarded.tool, **guarded.arguments)
    pipeline.clock.move(passed)
    if late:
        error = await refused(pipeline, guarded, pending.approval.id)
        assert error.code is Code.NEEDS_CONFIRMATION
        assert error.info.retry is Retry.AFTER_CHECK
    else:
        await redeem(pipeline, guarded, pending.approval.id)
    assert len(pipeline.dialer.posted) == (not late)


async def test_a_call_refused_for_its_lateness_may_be_asked_about_anew() -> None:
    pipeline, guarded = a_pipeline(), GUARDED[0]
    pending = await pipeline.pending(guarded.tool, **guarded.arguments)
    pipeline.clock.move(LIFE)
    await refused(pipeline, guarded, pending.approval.id)
    anew = await pipeline.pending(guarded.tool, **guarded.arguments)
    assert anew.approval.id != pending.approval.id
    await redeem(pipeline, guarded, anew.approval.id)


@each(
    "policy",
    [
        Policy(ConfirmLevel.OUTWARD),
        Policy(ConfirmLevel.WRITES),
        Policy(toolsets=frozenset({"leads", "dnc", "dial_lists"})),
    ],
)
@each("guarded", GUARDED)
async def test_a_yes_does_not_outlive_the_policy_it_was_asked_under(
    guarded: Guarded, policy: Policy
) -> None:
    pipeline = a_pipeline()
    pending = await pipeline.pending(guarded.tool, **guarded.arguments)
    pipeline.policy = policy
    error = await refused(pipeline, guarded, pending.approval.id)
    assert error.code is Code.NEEDS_CONFIRMATION


@pytest.mark.parametrize("guarded", GUARDED, ids=title)
async def test_a_yes_does_not_help_once_the_policy_refuses(guarded: Guarded) -> None:
    pipeline = a_pipeline()
    pending = await pipeline.pending(guarded.tool, **guarded.arguments)
    action = pipeline.read(guarded.tool, guarded.arguments)
    pipeline.policy = Policy(read_only=True)
    with pytest.raises(CallError) as caught:
        await pipeline.redeem(action, CALLER, pending.approval.id, Reply(guarded.right))
    assert caught.value.code is Code.NOT_ALLOWED
    assert not pipeline.dialer.posted


@pytest.mark.parametrize(
    "account",
    [
        replace(ACCOUNT, accid="other"),
        replace(ACCOUNT, host="other.example.com"),
        replace(ACCOUNT, environment="sandbox"),
    ],
)
async def test_a_yes_is_for_one_account(account: object) -> None:
    pipeline, guarded = a_pipeline(), GUARDED[0]
    pending = await pipeline.pending(guarded.tool, **guarded.arguments)
    out_of_band = a_pipeline(account=account, ledger=pipeline.ledger)  # type: ignore[arg-type]  # an Account
    error = await refused(out_of_band, guarded, pending.approval.id)
    assert error.code is Code.NEEDS_CONFIRMATION


async def test_a_yes_is_nothing_to_another_ledger() -> None:
    pipeline, guarded = a_pipeline(), GUARDED[0]
    pending = await pipeline.pending(guarded.tool, **guarded.arguments)
    elsewhere = a_pipeline(dialer=pipeline.dialer)
    error = await refused(elsewhere, guarded, pending.approval.id)
    assert error.code is Code.NEEDS_CONFIRMATION


async def test_a_yes_for_one_guarded_call_is_none_for_another() -> None:
    pipeline = a_pipeline()
    holds = {title(one): await pipeline.pending(one.tool, **one.arguments) for one in GUARDED}
    for asked in GUARDED:
        for sent in GUARDED:
            if sent is not asked:
                await refused(pipeline, sent, holds[title(asked)].approval.id)


async def test_declining_is_no() -> None:
    pipeline, guarded = a_pipeline(), GUARDED[0]
    pending = await pipeline.pending(guarded.tool, **guarded.arguments)
    action = pipeline.read(guarded.tool, guarded.arguments)
    with pytest.raises(CallError) as caught:
        await pipeline.redeem(action, CALLER, pending.approval.id, DECLINED)
    assert caught.value.code is Code.DECLINED
