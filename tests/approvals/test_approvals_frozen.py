"""While everything is stopped: nothing is approved, and who may approve may also resume."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path

import pytest

from _support.approval_pages import Visit, signed_in, words
from _support.open_approvals import ACCOUNT, MARIA, SHOWN, Approvals
from chasedata_mcp.approvals_page.answer_service import AnswerResult, Confirmation
from chasedata_mcp.approvals_page.oversight import Resume, ResumeResult
from chasedata_mcp.ledger import ApprovalState, Question

pytestmark = pytest.mark.anyio
ONLY_PROTECTS = Question(f"Stop all calls to {SHOWN}?")


@pytest.fixture
async def somebody(tmp_path: Path) -> AsyncGenerator[Visit]:
    async with signed_in(tmp_path) as visit:
        yield visit


async def stop(at: Approvals, why: str = "It rang twice") -> str:
    await at.ledger.freezes.freeze(ACCOUNT.accid, why, "maria/terminal", at.clock())
    frozen = await at.oversight.frozen()
    assert frozen is not None
    return frozen.at.isoformat()


async def test_no_question_is_approved_into_a_stop_and_each_stays_open(
    approvals: Approvals,
) -> None:
    asked, typed = await approvals.text(), await approvals.deletion()
    await stop(approvals)
    for question, given in ((asked, Confirmation()), (typed, Confirmation(SHOWN))):
        answered = await approvals.answers.approve(question.id, given, MARIA)
        assert answered is AnswerResult.FROZEN
        assert await approvals.state(question) is ApprovalState.ASKED
    assert await approvals.answers.decline(typed.id, MARIA) is AnswerResult.DECLINED
    await approvals.ledger.freezes.rearm(ACCOUNT.accid, MARIA.by, approvals.clock())
    answered = await approvals.answers.approve(asked.id, Confirmation(), MARIA)
    assert answered is AnswerResult.APPROVED


async def test_what_only_protects_is_approved_all_the_same(approvals: Approvals) -> None:
    asked = await approvals.ask(
        ONLY_PROTECTS, "insert_dnc", {"number": "9545550123"}, protects=True
    )
    await stop(approvals)
    answered = await approvals.answers.approve(asked.id, Confirmation(), MARIA)
    assert answered is AnswerResult.APPROVED


async def test_the_banner_ends_its_sentences_and_says_that_the_dialer_goes_on(
    somebody: Visit,
) -> None:
    await stop(somebody.approvals)
    told = words(await somebody.open())
    assert "by maria/terminal: It rang twice. Only reads" in told
    assert "The dialer itself goes on" in told
    assert "pauses the campaigns and logs the agents out, in the dialer." in told


async def test_the_page_of_a_question_says_that_it_waits_until_somebody_resumes(
    somebody: Visit,
) -> None:
    asked = await somebody.approvals.text()
    await stop(somebody.approvals)
    page = await somebody.open(f"/approvals/q/{asked.id}")
    assert "this can be approved only after you resume" in words(page)
    assert 'class="approve lasting" disabled>' in page.text
    told = words(await somebody.send(f"/approvals/q/{asked.id}", answer="approve", alone="1"))
    assert "Everything is stopped, so nothing can be approved now." in told
    assert await somebody.approvals.state(asked) is ApprovalState.ASKED


async def test_who_may_approve_resumes_on_the_page_by_typing_yes(somebody: Visit) -> None:
    seen = await stop(somebody.approvals)
    assert f'name="seen" value="{seen}"' in (await somebody.open()).text
    for typed in ("", "no", "resume"):
        told = words(await somebody.send("/approvals/resume", seen=seen, confirm=typed))
        assert "That is not yes. Everything is still stopped." in told
    assert await somebody.approvals.oversight.frozen() is not None
    told = words(await somebody.send("/approvals/resume", seen=seen, confirm=" Yes "))
    assert "Calls go through again." in told
    assert "Everything is stopped" not in told
    assert await somebody.approvals.oversight.frozen() is None


async def test_a_yes_is_for_the_stop_that_was_shown(somebody: Visit) -> None:
    at = somebody.approvals
    seen = await stop(at)
    await at.ledger.freezes.rearm(ACCOUNT.accid, MARIA.by, at.clock())
    at.clock.move(timedelta(minutes=1))
    again = await stop(at, "A cap was reached.")
    for shown in (seen, "", "never"):
        told = words(await somebody.send("/approvals/resume", seen=shown, confirm="yes"))
        assert "is not what stops the calls now" in told
    assert await at.oversight.frozen() is not None
    await somebody.send("/approvals/resume", seen=again, confirm="yes")
    assert await at.oversight.frozen() is None


async def test_without_the_token_of_the_form_nothing_is_resumed(somebody: Visit) -> None:
    seen = await stop(somebody.approvals)
    form = {"seen": seen, "confirm": "yes"}
    for forged in (form, {**form, "token": "0" * 64}):
        assert (await somebody.post("/approvals/resume", forged)).status_code == 403
    evil = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    right = {**form, "token": somebody.token}
    assert (await somebody.post("/approvals/resume", right, evil)).status_code == 403
    assert await somebody.approvals.oversight.frozen() is not None


async def test_where_a_second_factor_is_enrolled_resuming_takes_its_code(
    approvals: Approvals,
) -> None:
    approvals.enroll()
    seen, code = await stop(approvals), approvals.code()

    async def resumed(given: str | None) -> ResumeResult:
        wish = Resume(seen, "yes", given)
        return await approvals.oversight.resume(wish, MARIA, approvals.factor)

    assert await resumed(None) is ResumeResult.NEEDS_CODE
    assert await resumed("000000") is ResumeResult.WRONG_CODE
    mistyped = Resume(seen, "yse", code)
    assert (
        await approvals.oversight.resume(mistyped, MARIA, approvals.factor) is ResumeResult.MISTYPED
    )
    assert await resumed(code) is ResumeResult.RESUMED
    assert await resumed(code) is ResumeResult.STOPPED_ANEW
