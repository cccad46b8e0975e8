"""A yes that has to be surer: a code of the second factor, each good for one."""

from datetime import timedelta

import pytest

from _support.open_approvals import MARIA, SHOWN, Approvals
from chasedata_mcp.approvals_page.answer_service import AnswerResult, Approver, Confirmation
from chasedata_mcp.fields.assurance_level import AssuranceLevel
from chasedata_mcp.ledger import ApprovalState

pytestmark = pytest.mark.anyio
RIGHT = Confirmation(confirm=SHOWN)
LATER = timedelta(minutes=16)


async def approved(
    approvals: Approvals, name: str, given: Confirmation, person: Approver = MARIA
) -> AnswerResult:
    return await approvals.answers.approve(name, given, person)


async def test_a_yes_that_needs_a_code_does_not_do_without(approvals: Approvals) -> None:
    approvals.enroll()
    asked = await approvals.deletion(needs=AssuranceLevel.SECOND_FACTOR)
    assert await approved(approvals, asked.id, RIGHT) is AnswerResult.NOT_SURE_ENOUGH
    wrong = Confirmation(confirm=SHOWN, code="000000")
    assert await approved(approvals, asked.id, wrong) is AnswerResult.WRONG_CODE
    assert await approvals.state(asked) is ApprovalState.ASKED
    right = Confirmation(confirm=SHOWN, code=approvals.code())
    assert await approved(approvals, asked.id, right) is AnswerResult.APPROVED
    assert (await approvals.row(asked)).sureness == AssuranceLevel.SECOND_FACTOR


async def test_a_mistyped_number_uses_no_code_up(approvals: Approvals) -> None:
    approvals.enroll()
    asked = await approvals.deletion(needs=AssuranceLevel.SECOND_FACTOR)
    mistyped = Confirmation(confirm="954-555-0199", code=approvals.code())
    assert await approved(approvals, asked.id, mistyped) is AnswerResult.MISTYPED
    right = Confirmation(confirm=SHOWN, code=approvals.code())
    assert await approved(approvals, asked.id, right) is AnswerResult.APPROVED


async def test_one_code_is_good_for_one_yes(approvals: Approvals) -> None:
    approvals.enroll()
    first = await approvals.reload(needs=AssuranceLevel.SECOND_FACTOR)
    second = await approvals.reload(needs=AssuranceLevel.SECOND_FACTOR)
    assert (
        await approved(approvals, first.id, Confirmation(code=approvals.code()))
        is AnswerResult.APPROVED
    )
    assert (
        await approved(approvals, second.id, Confirmation(code=approvals.code()))
        is AnswerResult.WRONG_CODE
    )
    approvals.clock.move(timedelta(seconds=30))
    assert (
        await approved(approvals, second.id, Confirmation(code=approvals.code()))
        is AnswerResult.APPROVED
    )


async def test_after_five_wrong_codes_none_counts_for_a_while(approvals: Approvals) -> None:
    approvals.enroll()
    asked = await approvals.reload(needs=AssuranceLevel.SECOND_FACTOR)
    for _ in range(5):
        assert (
            await approved(approvals, asked.id, Confirmation(code="000000"))
            is AnswerResult.WRONG_CODE
        )
    assert (
        await approved(approvals, asked.id, Confirmation(code=approvals.code()))
        is AnswerResult.WAIT
    )
    approvals.clock.move(timedelta(minutes=5))
    assert (
        await approved(approvals, asked.id, Confirmation(code=approvals.code()))
        is AnswerResult.APPROVED
    )


async def test_a_code_without_a_second_factor_approves_nothing(approvals: Approvals) -> None:
    asked = await approvals.reload()
    assert not approvals.answers.second_factor.enrolled
    assert (
        await approved(approvals, asked.id, Confirmation(code="123456"))
        is AnswerResult.NOT_ENROLLED
    )
    assert await approvals.state(asked) is ApprovalState.ASKED


async def test_a_code_that_was_not_needed_makes_the_yes_surer(approvals: Approvals) -> None:
    approvals.enroll()
    asked = await approvals.reload()
    assert (
        await approved(approvals, asked.id, Confirmation(code=approvals.code()))
        is AnswerResult.APPROVED
    )
    assert (await approvals.row(asked)).sureness == AssuranceLevel.SECOND_FACTOR
