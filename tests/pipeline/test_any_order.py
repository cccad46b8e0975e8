"""In whatever order calls, answers, replays and pauses come: one yes, one call, or nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import anyio
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    invariant,
    multiple,
    rule,
)
from typing_extensions import override

from _support.examples import GUARDED, Guarded
from _support.ledger import close_ledgers
from _support.pipeline import CALLER, a_pipeline
from chasedata_mcp.approvals.lifetimes import LIFE
from chasedata_mcp.approvals.models import Reply
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.pipeline.pipeline import Cleared, PendingApproval
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.policy.models import ConfirmLevel

CALLERS = st.sampled_from([CALLER, "another/else"])
CALLS = st.sampled_from(GUARDED)
# Mostly none, so that enough answers are good and something is sent.
OTHER_CALLERS = st.sampled_from([None, None, None, None, CALLER, "another/else"])
OTHER_CALLS = st.sampled_from([None, None, None, None, *GUARDED])
WRONG: st.SearchStrategy[dict[str, object] | None] = st.sampled_from(
    [None, {}, {"confirm": False}, {"confirm": "9545550102"}, {"confirm": "spring"}, {"x": True}]
)


@dataclass
class Asked:
    """What the test knows of a question, written without a look at how the pipeline keeps it."""

    guarded: Guarded
    caller: str
    level: ConfirmLevel
    until: datetime
    open: bool = True


class AnyOrder(RuleBasedStateMachine):
    """A pipeline in use by two callers, with a book of what may be sent."""

    questions = Bundle[str]("questions")
    clearances = Bundle[Cleared]("clearances")

    def __init__(self) -> None:
        super().__init__()
        self.pipeline = a_pipeline()
        self.book: dict[str, Asked] = {}
        self.unsent: set[str] = set()
        self.due: list[dict[str, str]] = []

    @rule(target=questions, guarded=CALLS, caller=CALLERS)
    def call(self, guarded: Guarded, caller: str) -> str:
        pending = anyio.run(
            self.pipeline.admit, self.pipeline.read(guarded.tool, guarded.arguments), caller
        )
        assert isinstance(pending, PendingApproval)
        assert pending.approval.id not in self.book
        self.book[pending.approval.id] = Asked(
            guarded, caller, self.pipeline.policy.level, self.pipeline.clock.time + LIFE
        )
        return pending.approval.id

    @rule(
        target=clearances,
        approval_id=questions,
        other_caller=OTHER_CALLERS,
        other_call=OTHER_CALLS,
    )
    def answer_rightly(
        self, approval_id: str, other_caller: str | None, other_call: Guarded | None
    ) -> MultipleResults[Cleared]:
        asked = self.book[approval_id]
        guarded, caller = other_call or asked.guarded, other_caller or asked.caller
        same = (guarded, caller) == (asked.guarded, asked.caller)
        current = self.pipeline.policy.level is asked.level
        in_time = self.pipeline.clock.time < asked.until
        cleared = self._answer(approval_id, guarded, caller, dict(guarded.right))
        assert (cleared is not None) is (same and current and in_time and asked.open)
        if cleared is None:
            return multiple()
        asked.open = False
        self.unsent.add(approval_id)
        return multiple(cleared)

    @rule(approval_id=questions, wrong=WRONG)
    def answer_wrongly(self, approval_id: str, wrong: dict[str, object] | None) -> None:
        asked = self.book[approval_id]
        assert self._answer(approval_id, asked.guarded, asked.caller, wrong) is None
        if self.pipeline.policy.level is asked.level:
            asked.open = False

    @rule(clearance=clearances)
    def send(self, clearance: Cleared) -> None:
        approval_id = approval_of(clearance)
        first = approval_id in self.unsent
        try:
            anyio.run(self.pipeline.send, clearance)
        except TypeError:
            assert not first
        else:
            assert first
            self.unsent.remove(approval_id)
            self.due.append(dict(self.book[approval_id].guarded.form))

    @rule(minutes=st.sampled_from([0, 1, 1, 4, 5]))
    def wait(self, minutes: int) -> None:
        self.pipeline.clock.move(timedelta(minutes=minutes))

    @rule(level=st.sampled_from([*ConfirmLevel, *[ConfirmLevel.DESTRUCTIVE] * 4]))
    def change_the_policy(self, level: ConfirmLevel) -> None:
        self.pipeline.policy = Policy(level)

    @rule(made_up=st.text(max_size=30), guarded=CALLS)
    def make_up_a_question(self, made_up: str, guarded: Guarded) -> None:
        assert self._answer(made_up, guarded, CALLER, dict(guarded.right)) is None

    @invariant()
    def nothing_is_sent_without_a_yes_of_its_own(self) -> None:
        assert self.pipeline.dialer.forms == self.due

    @override
    def teardown(self) -> None:
        close_ledgers()

    def _answer(
        self, approval_id: str, guarded: Guarded, caller: str, content: dict[str, object] | None
    ) -> Cleared | None:
        action = self.pipeline.read(guarded.tool, guarded.arguments)
        try:
            return anyio.run(self.pipeline.redeem, action, caller, approval_id, Reply(content))
        except CallError as error:
            code = error.code
        assert code in {Code.DECLINED, Code.NEEDS_CONFIRMATION}
        return None


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=50, stateful_step_count=30)


def approval_of(cleared: Cleared) -> str:
    """The question whose yes cleared a call."""
    (call,) = cleared.calls
    assert call.approval is not None
    return call.approval.id
