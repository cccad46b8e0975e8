"""Answers to open questions, the grants given with them, and what a person oversees beside."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import anyio
import pytest

from _support.ledger import ending, intent, read
from _support.open_approvals import (
    ACCOUNT,
    CALLER,
    HOSTILE,
    MARIA,
    PHONE,
    SHOWN,
    TEXT,
    Approvals,
    open_approvals,
)
from chasedata_mcp.approvals_page.answer_service import AnswerResult, Approver, Confirmation
from chasedata_mcp.approvals_page.oversight import no_policy
from chasedata_mcp.errors import Outcome
from chasedata_mcp.fields.assurance_level import AssuranceLevel
from chasedata_mcp.ledger import Approval, ApprovalAnswer, ApprovalState, Filter, Json, Question
from chasedata_mcp.pipeline.recorder import Keeping
from chasedata_mcp.tools.account import Account

pytestmark = pytest.mark.anyio
RIGHT = Confirmation(confirm=SHOWN)
LATER = timedelta(minutes=16)


async def approved(
    approvals: Approvals, name: str, given: Confirmation, person: Approver = MARIA
) -> AnswerResult:
    return await approvals.answers.approve(name, given, person)


async def test_a_question_shows_what_a_person_needs(tmp_path: Path) -> None:
    async with open_approvals(tmp_path) as at:
        await at.deletion(known=("2 leads bear it.",), effects=("It can be called again.",))
        (one,) = await at.answers.questions()
    assert one.text.startswith(f"Let the dialer call {SHOWN} again?")
    assert one.typed == SHOWN
    assert one.types_a_number
    assert one.caller == "maria, by a client that calls itself “an assistant”"
    assert one.known == ("2 leads bear it.",)
    (call,) = one.calls
    assert (call.tool, call.title) == ("delete_dnc", "Remove from do-not-call list")
    assert call.arguments == (("Phone number", SHOWN),)
    assert call.effects == ("It can be called again.",)
    assert call.reasons == ("The level covers delete_dnc.",)
    assert call.warnings == ("delete_dnc can't be undone.",)


async def test_arguments_are_shown_by_kind(tmp_path: Path) -> None:
    given: dict[str, Json] = {
        "fields": {"City": "Tampa"},
        "dial": True,
        "check": False,
        "zone": None,
        "n": [1, 2],
    }
    async with open_approvals(tmp_path) as at:
        await at.ask(TEXT, "update_lead", given)
        (one,) = await at.answers.questions()
    shown = dict(one.calls[0].arguments)
    assert shown == {
        "City (fields)": "Tampa",
        "Dial": "yes",
        "Check": "no",
        "Zone": "(nothing)",
        "N": "[1, 2]",
    }


async def test_what_is_not_kept_of_a_call_is_left_out(tmp_path: Path) -> None:
    async with open_approvals(tmp_path) as at:
        odd: dict[str, Json] = {"tool": "reload_skills", "asked_by": [7, {"reason": 7}]}
        row = await at.row(await at.reload())
        calls = ({**odd, "arguments": None},)
        await at.ledger.approvals.answer(row.id, ApprovalAnswer.no("", "", at.clock()))
        await at.ledger.approvals.ask(replace(row, id="odd", code="odd", calls=calls))
        (one,) = await at.answers.questions()
    (call,) = one.calls
    assert (call.arguments, call.effects, call.reasons, call.warnings) == ((), (), (), ())


async def test_what_cannot_be_seen_is_named(tmp_path: Path) -> None:
    async with open_approvals(tmp_path) as at:
        await at.text(HOSTILE)
        (one,) = await at.answers.questions()
    message = dict(one.calls[0].arguments)["Message"]
    assert "\u202e" not in message
    assert "[U+202E]" in message
    assert "<script>" in message


async def test_only_this_account_is_shown(approvals: Approvals) -> None:
    other = await approvals.deletion(account="other")
    assert await approvals.answers.questions() == []
    assert await approvals.answers.by_code(other.code) is None
    assert await approvals.answers.by_id(other.id) is None
    assert await approvals.answers.state(other.id) is None
    assert await approved(approvals, other.id, RIGHT) is AnswerResult.CLOSED
    assert await approvals.answers.decline(other.id, MARIA) is AnswerResult.CLOSED
    assert await approvals.state(other) is ApprovalState.ASKED


@pytest.mark.parametrize("typed", [SHOWN, PHONE, "(954) 555 0123", "+1 954 555 0123"])
async def test_the_right_number_approves(tmp_path: Path, typed: str) -> None:
    async with open_approvals(tmp_path) as at:
        asked = await at.deletion()
        assert await approved(at, asked.id, Confirmation(confirm=typed)) is AnswerResult.APPROVED
        row = await at.row(asked)
    assert row.state is ApprovalState.GRANTED
    assert (row.how, row.by) == ("on the approvals page", "maria/page")
    assert row.sureness == AssuranceLevel.MACHINE


@pytest.mark.parametrize("typed", ["954-555-0199", "", "yes", None])
async def test_anything_else_leaves_it_open(typed: str | None, approvals: Approvals) -> None:
    asked = await approvals.deletion()
    assert await approved(approvals, asked.id, Confirmation(confirm=typed)) is AnswerResult.MISTYPED
    assert await approvals.state(asked) is ApprovalState.ASKED
    assert await approved(approvals, asked.id, RIGHT) is AnswerResult.APPROVED


async def test_a_decline_stays(approvals: Approvals) -> None:
    asked = await approvals.deletion()
    assert await approvals.answers.decline(asked.id, MARIA) is AnswerResult.DECLINED
    assert await approved(approvals, asked.id, RIGHT) is AnswerResult.CLOSED
    assert await approvals.answers.decline(asked.id, MARIA) is AnswerResult.CLOSED
    assert await approvals.answers.state(asked.id) is ApprovalState.DECLINED
    assert await approvals.answers.questions() == []


async def test_of_two_at_once_one_approves(approvals: Approvals) -> None:
    asked = await approvals.text()
    answers: list[AnswerResult] = []

    async def answer() -> None:
        answers.append(await approved(approvals, asked.id, Confirmation(offer="next")))

    async with anyio.create_task_group() as tasks:
        for _ in range(4):
            tasks.start_soon(answer)
    assert sorted(answer.name for answer in answers) == ["APPROVED", *["CLOSED"] * 3]
    assert len(await approvals.answers.grants()) == 1


async def test_an_answer_that_comes_too_late_changes_nothing(approvals: Approvals) -> None:
    asked = await approvals.deletion()
    approvals.clock.move(LATER)
    assert await approvals.answers.questions() == []
    assert await approvals.answers.by_code(asked.code) is None
    assert await approved(approvals, asked.id, RIGHT) is AnswerResult.CLOSED
    assert await approvals.answers.decline(asked.id, MARIA) is AnswerResult.CLOSED
    assert await approvals.state(asked) is ApprovalState.ASKED


async def test_a_code_is_read_however_it_is_typed(approvals: Approvals) -> None:
    asked = await approvals.deletion()
    found = await approvals.answers.by_code(f" {asked.code.upper()} ")
    assert found is not None
    assert found.id == asked.id
    assert await approvals.answers.by_code("nothing") is None


async def test_a_question_of_another_version_is_left_out(approvals: Approvals) -> None:
    now = approvals.clock()
    row = Approval(
        id="odd",
        digest="d",
        caller=CALLER,
        question=Question(""),
        asked=now,
        ends=now + LATER,
        account=ACCOUNT.accid,
        code="odd",
    )
    await approvals.ledger.approvals.ask(row)
    assert await approvals.answers.questions() == []
    assert await approvals.answers.by_code("odd") is None
    assert await approved(approvals, "odd", Confirmation()) is AnswerResult.CLOSED


async def test_an_offer_gives_a_grant_with_the_yes(tmp_path: Path) -> None:
    async with open_approvals(tmp_path) as at:
        asked = await at.text()
        assert await approved(at, asked.id, Confirmation(offer="next")) is AnswerResult.APPROVED
        (grant,) = await at.answers.grants()
    assert (grant.caller, grant.tools, grant.campaign) == ("maria", ("send_sms",), "Spring")
    assert (grant.at_most, grant.used, grant.numbers) == (10, 0, None)
    assert (grant.by, grant.how) == ("maria/page", "on the approvals page")
    assert grant.sureness == "machine"


async def test_what_is_hidden_is_not_on_record_of_the_grant(tmp_path: Path) -> None:
    async with open_approvals(tmp_path) as at:
        asked = await at.text()
        answers = replace(at.answers, redact_grant=Keeping(("Campaign",)).out.grant)
        assert (
            await answers.approve(asked.id, Confirmation(offer="next"), MARIA)
            is AnswerResult.APPROVED
        )
        [grant] = (await at.ledger.history(Filter(tool="grant"))).entries
        assert [one.campaign for one in await answers.grants()] == ["Spring"]
    assert isinstance(grant.intent.arguments, Mapping)
    assert str(grant.intent.arguments["campaign"]).startswith("~")


async def test_an_offer_that_is_taken_with_a_code_gives_a_grant_that_is_as_sure(
    tmp_path: Path,
) -> None:
    async with open_approvals(tmp_path) as at:
        at.enroll()
        asked = await at.text(needs=AssuranceLevel.SECOND_FACTOR)
        given = Confirmation(offer="next", code=at.code())
        assert await approved(at, asked.id, given) is AnswerResult.APPROVED
        (grant,) = await at.answers.grants()
    assert grant.sureness == "second_factor"


async def test_a_bare_yes_counts_once_the_question_can_have_been_read(
    approvals: Approvals,
) -> None:
    asked = await approvals.text(ago=timedelta(0))
    approvals.clock.move(timedelta(seconds=0.9))
    for chosen in (Confirmation(), Confirmation(offer="next")):
        assert await approved(approvals, asked.id, chosen) is AnswerResult.TOO_FAST
    assert await approvals.state(asked) is ApprovalState.ASKED
    assert await approvals.answers.grants() == []
    approvals.clock.move(timedelta(seconds=3.1))
    assert await approved(approvals, asked.id, Confirmation()) is AnswerResult.APPROVED


async def test_a_typed_yes_counts_however_fast(approvals: Approvals) -> None:
    asked = await approvals.text(ago=timedelta(0))
    assert await approved(approvals, asked.id, Confirmation("yes")) is AnswerResult.APPROVED


async def test_without_an_offer_there_is_no_grant(approvals: Approvals) -> None:
    asked = await approvals.text()
    assert await approved(approvals, asked.id, Confirmation()) is AnswerResult.APPROVED
    assert await approvals.answers.grants() == []


async def test_an_offer_that_was_not_made_gives_no_grant(approvals: Approvals) -> None:
    asked = await approvals.text()
    given = Confirmation(offer="everything")
    assert await approved(approvals, asked.id, given) is AnswerResult.APPROVED_WITHOUT_GRANT
    assert await approvals.answers.grants() == []


async def test_an_offer_that_has_ended_is_not_shown(approvals: Approvals) -> None:
    asked = await approvals.ask(TEXT, "send_sms", {}, offers=(approvals.offer(hours=0.1),))
    approvals.clock.move(timedelta(minutes=7))
    found = await approvals.answers.by_id(asked.id)
    assert found is not None
    assert found.offers == ()


async def test_a_grant_is_revoked_once(approvals: Approvals) -> None:
    asked = await approvals.text()
    await approved(approvals, asked.id, Confirmation(offer="next"))
    (grant,) = await approvals.answers.grants()
    assert await approvals.answers.revoke(grant.id, MARIA)
    assert not await approvals.answers.revoke(grant.id, MARIA)
    assert await approvals.answers.grants() == []


async def test_a_grant_of_another_account_is_not_revoked(approvals: Approvals) -> None:
    asked = await approvals.text()
    await approved(approvals, asked.id, Confirmation(offer="next"))
    (grant,) = await approvals.answers.grants()
    others = replace(approvals.answers, account=Account("sandbox", "other"))
    assert not await others.revoke(grant.id, MARIA)
    assert await approvals.answers.grants() == [grant]


async def test_the_history_leaves_reads_out(tmp_path: Path) -> None:
    async with open_approvals(tmp_path) as at:
        call = intent(account=ACCOUNT.accid)
        await at.ledger.intend(call)
        await at.ledger.finish(ending(call.entry))
        at.ledger.note(read(account=ACCOUNT.accid))
        (entry,) = await at.oversight.history()
    assert (entry.tool, entry.outcome) == ("send_sms", Outcome.DONE)


async def test_everything_is_stopped_once(tmp_path: Path) -> None:
    async with open_approvals(tmp_path) as at:
        assert await at.oversight.frozen() is None
        assert await at.oversight.freeze("It texts the wrong people.", MARIA)
        assert not await at.oversight.freeze("Again.", MARIA)
        frozen = await at.oversight.frozen()
    assert frozen is not None
    assert (frozen.why, frozen.by) == ("It texts the wrong people.", "maria/page")


async def test_the_policy_is_shown_as_it_was_given(approvals: Approvals) -> None:
    assert (await approvals.oversight.policy()).lines["preset"] == ("attended", "policy file")
    assert (await replace(approvals.oversight, read_policy=no_policy).policy()).lines == {}
