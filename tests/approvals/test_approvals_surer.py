"""A yes that has to be surer: a code of the second factor, each good for one."""

from datetime import timedelta
from pathlib import Path

import pytest

from _support.open_approvals import MARIA, SHOWN, Approvals, open_approvals
from chasedata_mcp.approvals_page.answer_service import AnswerResult, Approver, Confirmation
from chasedata_mcp.ledger import ApprovalState
from chasedata_mcp.ledger.approval_models import AssuranceLevel

pytestmark = pytest.mark.anyio
RIGHT = Confirmation(confirm=SHOWN)
LATER = timedelta(minutes=16)


async def approved(
    at: Approvals, name: str, given: Confirmation, person: Approver = MARIA
) -> AnswerResult:
    return await at.answers.approve(name, given, person)


async def test_a_yes_that_needs_a_code_does_not_do_without(tmp_path: Path) -> None:
    async with open_approvals(tmp_path) as at:
        at.enroll()
        asked = await at.deletion(needs=AssuranceLevel.SECOND_FACTOR)
        assert await approved(at, asked.id, RIGHT) is AnswerResult.NOT_SURE_ENOUGH
        wrong = Confirmation(confirm=SHOWN, code="000000")
        assert await approved(at, asked.id, wrong) is AnswerResult.WRONG_CODE
        assert await at.state(asked) is ApprovalState.ASKED
        right = Confirmation(confirm=SHOWN, code=at.code())
        assert await approved(at, asked.id, right) is AnswerResult.APPROVED
        assert (await at.row(asked)).sureness == AssuranceLevel.SECOND_FACTOR


async def test_a_mistyped_number_uses_no_code_up(tmp_path: Path) -> None:
    async with open_approvals(tmp_path) as at:
        at.enroll()
        asked = await at.deletion(needs=AssuranceLevel.SECOND_FACTOR)
        mistyped = Confirmation(confirm="954-555-0199", code=at.code())
        assert await approved(at, asked.id, mistyped) is AnswerResult.MISTYPED
        right = Confirmation(confirm=SHOWN, code=at.code())
        assert await approved(at, asked.id, right) is AnswerResult.APPROVED


async def test_one_code_is_good_for_one_yes(tmp_path: Path) -> None:
    async with open_approvals(tmp_path) as at:
        at.enroll()
        first = await at.reload(needs=AssuranceLevel.SECOND_FACTOR)
        second = await at.reload(needs=AssuranceLevel.SECOND_FACTOR)
        assert await approved(at, first.id, Confirmation(code=at.code())) is AnswerResult.APPROVED
        assert (
            await approved(at, second.id, Confirmation(code=at.code())) is AnswerResult.WRONG_CODE
        )
        at.clock.move(timedelta(seconds=30))
        assert await approved(at, second.id, Confirmation(code=at.code())) is AnswerResult.APPROVED


async def test_after_five_wrong_codes_none_counts_for_a_while(tmp_path: Path) -> None:
    async with open_approvals(tmp_path) as at:
        at.enroll()
        asked = await at.reload(needs=AssuranceLevel.SECOND_FACTOR)
        for _ in range(5):
            assert (
                await approved(at, asked.id, Confirmation(code="000000")) is AnswerResult.WRONG_CODE
            )
        assert await approved(at, asked.id, Confirmation(code=at.code())) is AnswerResult.WAIT
        at.clock.move(timedelta(minutes=5))
        assert await approved(at, asked.id, Confirmation(code=at.code())) is AnswerResult.APPROVED


async def test_a_code_without_a_second_factor_approves_nothing(tmp_path: Path) -> None:
    async with open_approvals(tmp_path) as at:
        asked = await at.reload()
        assert not at.answers.second_factor.enrolled
        assert (
            await approved(at, asked.id, Confirmation(code="123456")) is AnswerResult.NOT_ENROLLED
        )
        assert await at.state(asked) is ApprovalState.ASKED


async def test_a_code_that_was_not_needed_makes_the_yes_surer(tmp_path: Path) -> None:
    async with open_approvals(tmp_path) as at:
        at.enroll()
        asked = await at.reload()
        assert await approved(at, asked.id, Confirmation(code=at.code())) is AnswerResult.APPROVED
        assert (await at.row(asked)).sureness == AssuranceLevel.SECOND_FACTOR
