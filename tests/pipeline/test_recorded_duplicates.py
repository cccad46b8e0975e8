"""A call that reaches a person asks where its like went a moment ago, and says so."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import anyio
import pytest

from _support.faults import Failing
from _support.pipeline import CALLER, failure_of
from _support.sandbox import PHONE, TEXT, SandboxPipeline, a_recorded_pipeline, seconds
from chasedata_mcp.approvals.models import Reply
from chasedata_mcp.errors import CallError, Code, Outcome
from chasedata_mcp.ledger import EntryKind, LedgerUnreadableError, Scope
from chasedata_mcp.pipeline.pipeline import Cleared, PendingApproval
from chasedata_mcp.pipeline.recorder import Keeping

pytestmark = pytest.mark.anyio
INSERT = {"campaign": "Solar", "primary_phone": "9545550144", "client_id": "NEW-1"}


async def test_the_same_text_asks_and_says_how_long_ago_it_went(tmp_path: Path) -> None:
    async with a_recorded_pipeline(tmp_path) as pipeline:
        await pipeline.call("send_sms", **TEXT)
        pipeline.clock.move(seconds(40))
        question = await pipeline.question("send_sms", **TEXT)
        assert question == (
            "Text 954-555-0123 now, from 954-555-0195: “Hello there”? The same text went to this "
            "number 40 seconds ago."
        )
        await pipeline.with_a_yes("send_sms", **TEXT)
        assert len(pipeline.rows("texts")) == 2
        second = (await pipeline.entries())[-1]
    assert second.intent.approval is not None
    assert [ruling.rule for ruling in second.intent.verdict] == ["twin", "policy"]


async def test_a_twin_of_some_minutes_ago_is_told_in_minutes(pipeline: SandboxPipeline) -> None:
    await pipeline.call("send_sms", **TEXT)
    pipeline.clock.move(seconds(125))
    assert "went to this number 2 minutes ago." in await pipeline.question("send_sms", **TEXT)


async def test_a_call_to_a_person_is_called_so(pipeline: SandboxPipeline) -> None:
    await pipeline.call("insert_lead", **INSERT, import_only=False)
    question = await pipeline.question("insert_lead", **INSERT, import_only=False)
    assert question.endswith("now? The same call went to this number 0 seconds ago.")


@pytest.mark.parametrize(
    ("after", "asks"), [(599.9, True), (600, True), (600.1, False), (6000, False)]
)
async def test_after_ten_minutes_nobody_is_asked(
    after: float, asks: object, pipeline: SandboxPipeline
) -> None:
    await pipeline.call("send_sms", **TEXT)
    pipeline.clock.move(seconds(after))
    found = await pipeline.admit(pipeline.read("send_sms", TEXT), CALLER)
    assert isinstance(found, PendingApproval) is asks


async def test_a_text_to_another_person_is_no_twin(pipeline: SandboxPipeline) -> None:
    await pipeline.call("send_sms", **TEXT)
    await pipeline.call("send_sms", **{**TEXT, "to_number": "9545550124"})
    assert len(pipeline.rows("texts")) == 2


async def test_a_call_after_a_text_is_no_twin(pipeline: SandboxPipeline) -> None:
    await pipeline.call("send_sms", **TEXT)
    assert (await pipeline.call("conference_call", agent="Lena", phone=PHONE)).outcome == "done"


@pytest.mark.parametrize(
    "other",
    [{"message": "Hello"}, {"from_number": "2125550196"}, {"agent": "Lena"}],
)
async def test_another_text_to_the_same_person_is_a_twin(
    other: dict[str, object], pipeline: SandboxPipeline
) -> None:
    await pipeline.call("send_sms", **TEXT)
    question = await pipeline.question("send_sms", **{**TEXT, **other})
    assert question.endswith("Another text went to this number 0 seconds ago.")


async def test_a_conference_with_somebody_who_was_just_dialed_is_a_twin(
    pipeline: SandboxPipeline,
) -> None:
    await pipeline.call("insert_lead", **INSERT, import_only=False)
    question = await pipeline.question(
        "conference_call", agent="Lena", phone=INSERT["primary_phone"]
    )
    assert question.endswith("Another call went to this number 0 seconds ago.")


async def test_the_same_number_written_otherwise_is_a_twin(pipeline: SandboxPipeline) -> None:
    await pipeline.call("send_sms", **TEXT)
    await pipeline.question("send_sms", **{**TEXT, "to_number": "+1 (954) 555-0123"})


async def test_whoever_sent_it_the_twin_asks(pipeline: SandboxPipeline) -> None:
    await pipeline.call("send_sms", **TEXT)
    found = await pipeline.admit(pipeline.read("send_sms", TEXT), "james/another")
    assert isinstance(found, PendingApproval)


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("insert_dnc", {"number": PHONE}),
        ("insert_lead", {**INSERT, "import_only": True, "duplicates_check": "none"}),
        ("update_lead", {"search_field": "lead_id", "identifier": "1001", "city": "Tampa"}),
        ("reload_skills", {}),
    ],
)
async def test_what_reaches_nobody_now_has_no_twin(
    tool: str, arguments: dict[str, object], pipeline: SandboxPipeline
) -> None:
    for _ in range(2):
        assert (await pipeline.call(tool, **arguments)).outcome is Outcome.DONE


async def test_a_text_that_was_refused_is_no_twin(pipeline: SandboxPipeline) -> None:
    wrong = {**TEXT, "from_number": "9545550111"}
    for _ in range(2):
        assert (await pipeline.failure("send_sms", **wrong)).code is Code.REFUSED_BY_DIALER


async def test_a_twin_of_which_nobody_knows_may_have_gone(pipeline: SandboxPipeline) -> None:
    pipeline.set_faults("TextOperations.php=drop_after*1")
    assert (await pipeline.failure("send_sms", **TEXT)).info.outcome is Outcome.UNKNOWN
    question = await pipeline.question("send_sms", **TEXT)
    assert "? The same text may have gone to this number 0 seconds ago: the outcome" in question


async def test_after_a_lost_answer_nothing_reaches_that_person_unasked_until_it_is_settled(
    tmp_path: Path,
) -> None:
    never = Keeping(duplicates_within=seconds(0))
    async with a_recorded_pipeline(tmp_path, keeping=never) as pipeline:
        pipeline.set_faults("TextOperations.php=drop_after*1")
        lost = await pipeline.failure("send_sms", **TEXT)
        for _ in range(2):
            conference = {"agent": "Lena", "phone": PHONE}
            question = await pipeline.question("conference_call", **conference)
            assert f"the outcome of entry {lost.entry} is unknown" in question
            assert await pipeline.rules_that_ask("send_sms", **TEXT) == {"twin"}
            pipeline.clock.move(seconds(3 * 24 * 60 * 60))
        await pipeline.call("conference_call", agent="Lena", phone="9545550124")
        assert lost.entry is not None
        [entry] = [one for one in await pipeline.entries() if one.id == lost.entry]
        found = replace(entry.endings[-1], outcome=Outcome.DONE, how="a person's word")
        await pipeline.ledger.settle(found)
        assert (await pipeline.call("conference_call", **conference)).outcome == "done"


async def test_of_fifteen_at_once_one_is_sent(tmp_path: Path) -> None:
    ended: list[str] = []
    said: list[str] = []
    async with a_recorded_pipeline(tmp_path) as pipeline:
        action = pipeline.read("send_sms", TEXT)
        admitted = [await pipeline.admit(action, CALLER) for _ in range(15)]

        async def send(cleared: Cleared | PendingApproval) -> None:
            assert isinstance(cleared, Cleared)
            try:
                ended.append((await pipeline.send(cleared)).outcome)
            except CallError as error:
                ended.append(error.code)
                said.append(error.message)

        async with anyio.create_task_group() as tasks:
            for one in admitted:
                tasks.start_soon(send, one)
        assert len(pipeline.rows("texts")) == 1
        kinds = [entry.kind for entry in await pipeline.entries()]
    assert all("to this number 0 seconds ago" in one for one in said)
    assert sorted(ended) == ["done"] + ["needs_confirmation"] * 14
    assert sorted(kinds) == [EntryKind.REFUSAL] * 14 + [EntryKind.WRITE]


async def test_two_people_who_say_yes_to_one_twin_question_send_it_once_each(
    pipeline: SandboxPipeline,
) -> None:
    await pipeline.call("send_sms", **TEXT)
    action = pipeline.read("send_sms", TEXT)
    pending = await pipeline.admit(action, CALLER)
    assert isinstance(pending, PendingApproval)
    yes = Reply({"confirm": True})
    cleared = await pipeline.redeem(action, CALLER, pending.approval.id, yes)
    error = await failure_of(pipeline.redeem(action, CALLER, pending.approval.id, yes))
    await pipeline.send(cleared)
    assert error.code is Code.NEEDS_CONFIRMATION
    assert len(pipeline.rows("texts")) == 2


async def test_a_yes_given_before_there_was_a_twin_is_not_one_for_the_twin(
    pipeline: SandboxPipeline,
) -> None:
    insert = {**INSERT, "import_only": False, "allow_dialing_duplicates": True}
    action = pipeline.read("insert_lead", insert)
    first = await pipeline.admit(action, CALLER)
    assert isinstance(first, PendingApproval)
    await pipeline.with_a_yes("insert_lead", **insert)
    yes = Reply({"confirm": True})
    error = await failure_of(pipeline.redeem(action, CALLER, first.approval.id, yes))
    assert error.code is Code.NEEDS_CONFIRMATION
    assert len(pipeline.rows("leads", ClientId="NEW-1")) == 1


async def test_a_yes_to_several_texts_to_this_number_covers_other_words_and_not_the_same(
    pipeline: SandboxPipeline,
) -> None:
    until = pipeline.clock() + timedelta(hours=1)
    await pipeline.call("send_sms", **TEXT)
    await pipeline.grant(Scope(("send_sms",), None, None, 9, until))
    other = {**TEXT, "message": "Are you there?"}
    # Whom it reaches it doesn't say.
    assert await pipeline.rules_that_ask("send_sms", **other) == {"twin"}
    await pipeline.grant(Scope(("send_sms",), (PHONE,), None, 9, until))
    assert await pipeline.rules_that_ask("send_sms", **TEXT) == {"twin"}
    assert (await pipeline.call("send_sms", **other)).outcome is Outcome.DONE


async def test_zero_switches_it_off(tmp_path: Path) -> None:
    async with a_recorded_pipeline(
        tmp_path, keeping=Keeping(duplicates_within=seconds(0))
    ) as pipeline:
        for _ in range(3):
            await pipeline.call("send_sms", **TEXT)
        assert len(pipeline.rows("texts")) == 3


async def test_the_time_can_be_another(tmp_path: Path) -> None:
    async with a_recorded_pipeline(
        tmp_path, keeping=Keeping(duplicates_within=seconds(60))
    ) as pipeline:
        await pipeline.call("send_sms", **TEXT)
        pipeline.clock.move(seconds(59))
        await pipeline.question("send_sms", **TEXT)
        pipeline.clock.move(seconds(2))
        await pipeline.call("send_sms", **TEXT)


async def test_where_nobody_can_tell_nothing_is_sent(tmp_path: Path) -> None:
    store = Failing(tmp_path, LedgerUnreadableError("The ledger can't be read."))
    async with a_recorded_pipeline(lambda: store) as pipeline:  # type: ignore[arg-type, return-value]  # as a store
        store.fails = frozenset({"query"})
        error = await pipeline.failure("send_sms", **TEXT)
        assert error.code is Code.NOT_ALLOWED
        assert not pipeline.rows("texts")
