"""Questions whose call has stopped waiting, what is lost, and what ends first."""

from datetime import timedelta
from pathlib import Path

import pytest

from _support.approval_pages import Visit, signed_in, words
from _support.ledger import refusal
from _support.open_approvals import ACCOUNT, MARIA, PHONE, Approvals, open_approvals
from chasedata_mcp.approvals_page.answer_service import AnswerResult, Confirmation
from chasedata_mcp.approvals_page.question_views import Weight
from chasedata_mcp.ledger import ApprovalSummary
from chasedata_mcp.ledger.questions import Question

pytestmark = pytest.mark.anyio


async def test_what_ends_first_is_on_top(approvals: Approvals) -> None:
    first = await approvals.reload()
    approvals.clock.move(timedelta(minutes=1))
    second = await approvals.text()
    assert [one.id for one in await approvals.answers.questions()] == [first.id, second.id]


@pytest.mark.parametrize(
    ("tool", "weight"),
    [
        ("delete_dial_list", Weight.GRAVE),
        ("send_sms", Weight.LASTING),
        ("reload_skills", Weight.LASTING),
        ("update_lead", Weight.LIGHT),
        ("no_such_tool", Weight.GRAVE),
    ],
)
async def test_only_what_can_be_taken_back_is_light(
    tmp_path: Path, tool: str, weight: Weight
) -> None:
    async with open_approvals(tmp_path) as at:
        await at.ask(Question("Do it?"), tool, {})
        [question] = await at.answers.questions()
    assert question.weight is weight


async def test_what_must_be_typed_is_grave_whatever_the_tool(tmp_path: Path) -> None:
    async with open_approvals(tmp_path) as at:
        asked = await at.deletion()
        question = await at.answers.by_id(asked.id)
    assert question is not None
    assert question.weight is Weight.GRAVE


async def test_the_page_colours_by_what_is_lost_and_says_it(tmp_path: Path) -> None:
    async with signed_in(tmp_path) as somebody:
        await somebody.approvals.deletion(effects=("It can be called again.",))
        await somebody.approvals.reload()
        await somebody.approvals.ask(Question("Change it?"), "update_lead", {"city": "Tampa"})
        page = await somebody.open()
    assert page.text.count('class="approve grave"') == 1
    assert page.text.count('class="approve lasting"') == 1
    assert page.text.count('class="approve light"') == 1
    assert words(page).count("It can be called again.") == 1
    assert words(page).count("This can't be taken back.") == 1


async def ended(approvals: Approvals, approval_id: str) -> None:
    """The call of a question stops waiting."""
    asked = ApprovalSummary(approval_id, "Do it?", "by nobody", by="", sureness="")
    approvals.ledger.note(refusal(at=approvals.clock(), account=ACCOUNT.accid, approval=asked))
    await approvals.ledger.flush()


async def test_a_question_says_that_its_call_waits_no_more(somebody: Visit) -> None:
    at = somebody.approvals
    asked = await at.deletion()
    assert "stopped waiting" not in words(await somebody.open())
    at.clock.move(timedelta(seconds=50))
    await ended(at, asked.id)
    shown = words(await somebody.open())
    assert "The assistant's call stopped waiting at" in shown
    assert "tell the assistant to call again" in shown
    form = {"answer": "approve", "confirm": PHONE}
    told = words(await somebody.send(f"/approvals/q/{asked.id}", **form))
    assert "tell the assistant to call again" in told


async def test_a_late_yes_says_so_and_one_in_time_does_not(approvals: Approvals) -> None:
    early, late = await approvals.reload(), await approvals.deletion()
    await ended(approvals, late.id)
    assert await approvals.answers.approve(early.id, Confirmation(), MARIA) is AnswerResult.APPROVED
    assert (
        await approvals.answers.approve(late.id, Confirmation(PHONE), MARIA)
        is AnswerResult.APPROVED_LATE
    )


async def test_what_waits_is_not_listed_as_refused_by_nobody(tmp_path: Path) -> None:
    async with open_approvals(tmp_path) as at:
        asked = await at.deletion()
        await ended(at, asked.id)
        assert await at.oversight.history() == []
        at.clock.move(timedelta(minutes=16))
        [entry] = await at.oversight.history()
    assert (entry.tool, entry.answered) == ("delete_dnc", "by nobody")
