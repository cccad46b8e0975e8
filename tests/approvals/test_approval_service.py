"""The approval service: one yes, for one call, by its caller, for some minutes, once."""

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from datetime import timedelta

import anyio
import anyio.lowlevel
import pytest

from _support.clock import START, Clock
from _support.ledger import LedgerInMemory
from chasedata_mcp.approvals.errors import NotApprovedError, SupersededError
from chasedata_mcp.approvals.lifetimes import LIFE
from chasedata_mcp.approvals.models import ApprovalRequest, Reply
from chasedata_mcp.approvals.service import OVERTAKEN, ApprovalService
from chasedata_mcp.errors import Code
from chasedata_mcp.ledger import (
    Approval,
    ApprovalAnswer,
    ApprovalState,
    AssuranceLevel,
    Question,
    Typed,
    TypedKind,
)

pytestmark = pytest.mark.anyio
YES, NO = Reply({"confirm": True}), Reply({"confirm": False})
MOMENT = timedelta(microseconds=1)
REQUEST = ApprovalRequest(
    digest="digest",
    caller="caller",
    question=Question("Do it?"),
    rules=(frozenset({"confirm"}),),
    calls=({"asked_by": [{"rule": "confirm"}]},),
)


class Approvals:
    """A service with its ledger and its clock."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.ledger = LedgerInMemory(self.clock)
        self.service = ApprovalService(self.ledger, "test", self.clock)

    async def asked(self, request: ApprovalRequest = REQUEST, *, code: bool = False) -> Approval:
        approval = await self.service.spend_or_ask(request, out_of_band=code)
        assert approval.state is ApprovalState.ASKED
        return approval

    async def state(self, approval: Approval) -> ApprovalState:
        found = await self.service.get(approval.id)
        assert found is not None
        return found.state

    async def says_yes(
        self, approval: Approval, sureness: AssuranceLevel = AssuranceLevel.MACHINE
    ) -> bool:
        yes = ApprovalAnswer.yes("on the terminal", "maria", self.clock(), sureness)
        return await self.ledger.approvals.answer(approval.id, yes)


async def refusal(redeeming: Awaitable[object], code: Code = Code.NEEDS_CONFIRMATION) -> str:
    with pytest.raises(NotApprovedError) as caught:
        await redeeming
    assert caught.value.error.code is code
    assert "Nothing was sent." in caught.value.error.message
    return caught.value.error.message


async def test_a_question_is_open_for_five_minutes_and_out_of_band_for_fifteen() -> None:
    approvals = Approvals()
    assert (await approvals.asked()).ends == START + timedelta(minutes=5)
    out_of_band = await approvals.asked(replace(REQUEST, digest="other"), code=True)
    assert out_of_band.ends == START + timedelta(minutes=15)
    assert len(out_of_band.code) == 8


async def test_a_bare_yes_is_none_where_something_has_to_be_typed_by_now() -> None:
    approvals = Approvals()
    asked = await approvals.asked(code=True)
    assert await approvals.says_yes(asked)
    typed = Typed(TypedKind.PHONE, "9545550123")
    now = replace(REQUEST, question=Question("Do it?", typed))
    assert (await approvals.service.spend_or_ask(now, out_of_band=True)).id != asked.id
    assert await approvals.state(asked) is not ApprovalState.SPENT


async def test_a_yes_is_spent_once() -> None:
    approvals = Approvals()
    asked = await approvals.asked()
    spent = await approvals.service.redeem(REQUEST, asked.id, YES)
    assert (spent.state, spent.how, spent.by) == ("spent", "through the client", "caller")
    assert await approvals.state(asked) is ApprovalState.SPENT
    for reply in (YES, NO, None):
        assert "used already" in await refusal(approvals.service.redeem(REQUEST, asked.id, reply))


async def test_a_question_that_nobody_answered_is_no_yes() -> None:
    approvals = Approvals()
    asked = await approvals.asked()
    assert "Nobody has said yes" in await refusal(approvals.service.redeem(REQUEST, asked.id, None))


async def test_a_no_takes_back_a_yes_that_was_not_used_and_stays() -> None:
    approvals = Approvals()
    asked = await approvals.asked(code=True)
    assert await approvals.says_yes(asked)
    await refusal(approvals.service.redeem(REQUEST, asked.id, NO), Code.DECLINED)
    assert await approvals.state(asked) is ApprovalState.DECLINED
    assert not await approvals.says_yes(asked)
    await refusal(approvals.service.redeem(REQUEST, asked.id, YES))


async def test_a_no_out_of_band_is_what_the_caller_gets_with_the_answer_for_the_record() -> None:
    approvals = Approvals()
    asked = await approvals.asked(code=True)
    no = ApprovalAnswer.no("on the terminal", "maria", approvals.clock())
    assert await approvals.ledger.approvals.answer(asked.id, no)
    with pytest.raises(NotApprovedError) as caught:
        await approvals.service.redeem(REQUEST, asked.id, None)
    assert caught.value.error.code is Code.DECLINED
    assert "The person said no." in caught.value.error.message
    assert caught.value.approval is not None
    assert (caught.value.approval.by, caught.value.approval.how) == ("maria", "on the terminal")


async def test_a_question_that_was_ended_by_nobody_is_asked_anew_and_no_no() -> None:
    approvals = Approvals()
    asked = await approvals.asked(code=True)
    anew = await approvals.asked(
        replace(REQUEST, known=("Two leads have this number.",)), code=True
    )
    assert anew.id != asked.id
    assert anew.code
    ended = await approvals.service.get(asked.id)
    assert ended is not None
    assert (ended.state, ended.how) == (ApprovalState.DECLINED, "what was known had changed")
    assert OVERTAKEN in await refusal(approvals.service.redeem(REQUEST, asked.id, None))


async def test_a_question_that_its_client_did_not_put_ends_where_it_is_put_out_of_band() -> None:
    approvals = Approvals()
    asked = await approvals.asked()
    anew = await approvals.asked(code=True)
    assert anew.code
    ended = await approvals.service.get(asked.id)
    assert ended is not None
    assert (ended.state, ended.how) == (ApprovalState.DECLINED, "the client didn't ask")


@pytest.mark.parametrize("code", [True, False])
async def test_what_is_asked_anew_is_asked_where_it_was_asked_before(*, code: bool) -> None:
    approvals = Approvals()
    asked = await approvals.asked(code=code)
    with pytest.raises(SupersededError) as caught:
        await approvals.service.redeem(replace(REQUEST, known=("It is new.",)), asked.id, YES)
    assert bool(caught.value.anew.code) is code
    assert caught.value.why == OVERTAKEN


async def test_a_yes_out_of_band_that_is_not_sure_enough_is_not_used_and_stays_unspent() -> None:
    approvals = Approvals()
    request = replace(REQUEST, needs=AssuranceLevel.SECOND_FACTOR)
    asked = await approvals.asked(request, code=True)
    assert await approvals.says_yes(asked, AssuranceLevel.MACHINE)
    with pytest.raises(NotApprovedError) as caught:
        await approvals.service.redeem(request, asked.id, None)
    assert caught.value.error.code is Code.NEEDS_CONFIRMATION
    assert "with a code of the second factor" in caught.value.error.message
    assert caught.value.approval is not None
    assert caught.value.approval.by == "maria"
    anew = await approvals.service.spend_or_ask(request, out_of_band=True)
    assert anew.state is not ApprovalState.SPENT
    assert await approvals.state(asked) is not ApprovalState.SPENT


async def test_a_yes_through_the_client_is_for_the_call_that_asked_there_and_no_other() -> None:
    approvals = Approvals()
    asked = await approvals.asked()
    assert await approvals.says_yes(asked, AssuranceLevel.CLIENT)
    assert (await approvals.asked()).id != asked.id


async def test_an_unsure_yes_through_the_client_goes_on_record_with_the_refusal() -> None:
    approvals = Approvals()
    request = replace(REQUEST, needs=AssuranceLevel.MACHINE)
    asked = await approvals.asked(request)
    with pytest.raises(NotApprovedError) as caught:
        await approvals.service.redeem(request, asked.id, YES)
    assert "on this machine" in caught.value.error.message
    answered = caught.value.approval
    assert answered is not None
    assert (answered.how, answered.by, answered.sureness) == (
        "through the client",
        "caller",
        AssuranceLevel.CLIENT,
    )


@pytest.mark.parametrize("other", [{"digest": "other"}, {"caller": "other"}])
async def test_a_yes_is_for_its_call_by_its_caller(other: dict[str, str]) -> None:
    approvals = Approvals()
    asked = await approvals.asked(code=True)
    assert await approvals.says_yes(asked)
    another = replace(REQUEST, **other)  # type: ignore[arg-type]  # a text
    assert "another call" in await refusal(approvals.service.redeem(another, asked.id, YES))
    assert (await approvals.asked(another, code=True)).id != asked.id
    assert (await approvals.service.redeem(REQUEST, asked.id, None)).id == asked.id


async def test_a_yes_given_elsewhere_is_the_principals_whatever_the_client_calls_itself() -> None:
    approvals = Approvals()
    mine = replace(REQUEST, caller="maria/an assistant")
    asked = await approvals.asked(mine, code=True)
    again = replace(mine, caller="maria/renamed")
    assert (await approvals.service.spend_or_ask(again, out_of_band=True)).id == asked.id
    assert await approvals.says_yes(asked)
    for other in ("jose/an assistant", "jose/maria/an assistant", "marias/an assistant"):
        refused = replace(mine, caller=other)
        assert "another call" in await refusal(approvals.service.redeem(refused, asked.id, None))
    assert (await approvals.service.spend_or_ask(again, out_of_band=True)).state == "spent"
    assert (await approvals.asked(mine, code=True)).id != asked.id


async def test_what_one_client_has_on_its_screen_stays_open_while_another_asks_elsewhere() -> None:
    approvals = Approvals()
    form = await approvals.asked(replace(REQUEST, caller="maria/one"))
    elsewhere = await approvals.asked(replace(REQUEST, caller="maria/another"), code=True)
    assert elsewhere.id != form.id
    mine = replace(REQUEST, caller="maria/one")
    assert (await approvals.service.redeem(mine, form.id, YES)).state == "spent"
    assert await approvals.state(elsewhere) is ApprovalState.ASKED


async def test_a_yes_in_the_last_moment_holds_and_a_later_one_is_none() -> None:
    approvals = Approvals()
    first, second = await approvals.asked(), await approvals.asked()
    approvals.clock.move(LIFE - MOMENT)
    await approvals.service.redeem(REQUEST, first.id, YES)
    approvals.clock.move(MOMENT)
    assert "too late" in await refusal(approvals.service.redeem(REQUEST, second.id, YES))


async def test_a_yes_out_of_band_can_be_used_for_five_minutes_however_late_it_came() -> None:
    approvals = Approvals()
    asked = await approvals.asked(code=True)
    approvals.clock.move(timedelta(minutes=15) - MOMENT)
    assert await approvals.says_yes(asked)
    approvals.clock.move(timedelta(minutes=5) - MOMENT)
    spent = await approvals.service.spend_or_ask(REQUEST, out_of_band=True)
    assert (spent.id, spent.state) == (asked.id, ApprovalState.SPENT)


async def test_an_unknown_question_is_not_there_to_be_answered() -> None:
    approvals = Approvals()
    assert await approvals.service.get("nobody") is None
    assert "no open question" in await refusal(approvals.service.redeem(REQUEST, "nobody", YES))


async def test_what_a_yes_depends_on_is_asked_anew_where_it_has_changed() -> None:
    approvals = Approvals()
    asked = await approvals.asked()
    changed = replace(REQUEST, known=("Two leads have this number.",))
    with pytest.raises(SupersededError) as caught:
        await approvals.service.redeem(changed, asked.id, YES)
    assert caught.value.anew.known == changed.known
    assert await approvals.state(asked) is ApprovalState.DECLINED
    assert (await approvals.service.redeem(changed, caught.value.anew.id, YES)).state == "spent"


async def test_who_mistyped_is_asked_once_more_and_not_a_third_time() -> None:
    approvals, typed = Approvals(), Typed(TypedKind.NAME, "Spring")
    request = replace(REQUEST, question=Question("Delete it?", typed))
    wrong = Reply({"confirm": "spring"})
    asked = await approvals.asked(request)
    with pytest.raises(SupersededError) as caught:
        await approvals.service.redeem(request, asked.id, wrong)
    assert caught.value.anew.question.again
    twice = await refusal(
        approvals.service.redeem(request, caught.value.anew.id, wrong), Code.DECLINED
    )
    assert "twice" in twice


async def test_a_yes_through_the_client_is_none_where_a_surer_one_is_needed() -> None:
    approvals = Approvals()
    request = replace(REQUEST, needs=AssuranceLevel.MACHINE)
    asked = await approvals.asked(request)
    assert asked.code
    assert "chasedata-mcp approve" in await refusal(
        approvals.service.redeem(request, asked.id, YES)
    )
    assert await approvals.says_yes(asked)
    assert (await approvals.service.redeem(request, asked.id, None)).sureness == "machine"


async def test_ids_are_long_and_never_the_same() -> None:
    approvals = Approvals()
    ids = {(await approvals.asked()).id for _ in range(50)}
    assert len(ids) == 50
    assert min(map(len, ids)) >= 22


async def test_of_many_who_redeem_at_once_one_succeeds() -> None:
    approvals = Approvals()
    asked = await approvals.asked()
    outcomes: list[str] = []

    async def redeem() -> None:
        await anyio.lowlevel.checkpoint()
        try:
            await approvals.service.redeem(REQUEST, asked.id, YES)
        except NotApprovedError as error:
            outcomes.append(error.error.code)
        else:
            outcomes.append("spent")

    await at_once(redeem, 20)
    assert sorted(outcomes) == [Code.NEEDS_CONFIRMATION] * 19 + ["spent"]


async def at_once(what: Callable[[], Coroutine[None, None, None]], times: int) -> None:
    async with anyio.create_task_group() as tasks:
        for _ in range(times):
            tasks.start_soon(what)
