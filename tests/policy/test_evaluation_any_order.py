"""Under any terms and in any order of calls, no rule is passed: approvals, caps, DNC numbers."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from anyio.from_thread import start_blocking_portal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    initialize,
    multiple,
    rule,
)
from typing_extensions import override

from _support.ledger import close_ledgers
from _support.pipeline import CALLER, an_action, yes_to
from _support.random_calls import BELLS, CALLS, DANA, NOBODY, TERMS, Given, with_another
from _support.sandbox import PHONE, SandboxPipeline, a_sandbox_pipeline, terms
from chasedata_mcp.approvals.models import Reply
from chasedata_mcp.errors import CallError
from chasedata_mcp.fields.assurance_level import AssuranceLevel
from chasedata_mcp.history.undo_service import UndoService
from chasedata_mcp.ledger.approval_models import ApprovalAnswer, Scope
from chasedata_mcp.pipeline.call import Call
from chasedata_mcp.pipeline.pipeline import CallGroup, Cleared, PendingApproval, Pipeline
from chasedata_mcp.policy.contact_numbers import find_contact_numbers
from chasedata_mcp.policy.models import PolicyTerms

T = TypeVar("T")


@dataclass
class Book:
    """The test's own record of what was posted and answered."""

    suppressed: set[str] = field(default_factory=set[str])
    steps: Counter[Cleared] = field(default_factory=Counter[Cleared])
    yeses: dict[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    posted: list[tuple[datetime, str]] = field(default_factory=list[tuple[datetime, str]])
    rearmed: datetime | None = None

    def count(self, kind: str, since: datetime) -> int:
        after = since if self.rearmed is None else max(since, self.rearmed)
        return sum(at > after and what == kind for at, what in self.posted)


def kind_of(form: Mapping[str, str]) -> str:
    """Name the cap that counts a form, if one does."""
    return {
        "SendSms": "texts",
        "InsertDnc": "dnc_insertions",
        "DeleteDnc": "dnc_removals",
        "DispositionLead": "dispositions",
        "DeleteList": "deletions",
    }.get(form.get("Action", ""), "overwrites" if "SearchField" in form else "")


def is_destructive(form: Mapping[str, str]) -> bool:
    past = form.get("DialNonCallables") == "1" and form.get("ImportOnly") == "0"
    return form.get("Action") in {"DeleteDnc", "DeleteList"} or past


@dataclass(frozen=True, eq=False)
class Admitted:
    """Calls that one process let through or holds."""

    pipeline: Pipeline
    batch: CallGroup
    what: Cleared | PendingApproval


class AnyTerms(RuleBasedStateMachine):
    """Two processes on one store under the same terms, and a book of what may have been done."""

    admitted = Bundle[Admitted]("admitted")

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.portal = self.stack.enter_context(start_blocking_portal())
        self.book = Book()

    @initialize(drawn=TERMS)
    def begin(self, drawn: Mapping[str, object]) -> None:
        self.terms: PolicyTerms = terms(**drawn)
        opened = self.portal.wrap_async_context_manager(a_sandbox_pipeline(self.terms))
        self.live: SandboxPipeline = self.stack.enter_context(opened)
        other = self.portal.wrap_async_context_manager(self.live.another_process())
        self.pipelines = (self.live, self.stack.enter_context(other))
        self.undoing = UndoService(self.live, self.live.ledger)

    @override
    def teardown(self) -> None:
        self.stack.close()
        close_ledgers()

    @rule(target=admitted, call=CALLS, process=st.integers(0, 1), out_of_band=st.booleans())
    def call(
        self,
        call: tuple[str, Given],
        process: int,
        out_of_band: bool,  # noqa: FBT001 - drawn
    ) -> MultipleResults[Admitted]:
        return multiple(*self._called(call, process, out_of_band=out_of_band))

    def _called(
        self, call: tuple[str, Given], process: int, *, out_of_band: bool
    ) -> list[Admitted]:
        pipeline = self.pipelines[process]
        try:
            batch = CallGroup((pipeline.read(*call),))
        except CallError:
            return []
        return self._admitted(pipeline, batch, out_of_band=out_of_band)

    @rule(target=admitted, back=st.integers(1, 5))
    def undo(self, back: int) -> MultipleResults[Admitted]:
        entries = self._do(self.live.entries)
        if len(entries) < back:
            return multiple()
        try:
            plan = self._do(self.undoing.plan, entries[-back].id, None)
        except CallError:
            return multiple()
        return multiple(*self._admitted(self.live, plan.group, out_of_band=False))

    @rule(todo=st.lists(st.tuples(CALLS, st.integers(0, 1), st.booleans()), min_size=4, max_size=9))
    def work(self, todo: list[tuple[tuple[str, Given], int, bool]]) -> None:
        """Several calls one after another, each answered and sent at once, from a working state."""
        self._rearmed()
        for call, process, out_of_band in todo:
            for one in self._called(call, process, out_of_band=out_of_band):
                for ready in self._answered(one, right=True) or [one]:
                    self._send(ready)

    @rule(target=admitted, asked=admitted, right=st.sampled_from([True, True, True, False]))
    def answer(self, asked: Admitted, right: bool) -> MultipleResults[Admitted]:  # noqa: FBT001 - drawn
        return multiple(*self._answered(asked, right=right))

    @rule(sends=admitted)
    def send(self, sends: Admitted) -> None:
        self._send(sends)

    def _answered(self, asked: Admitted, *, right: bool) -> list[Admitted]:
        pending = asked.what
        if not isinstance(pending, PendingApproval):
            return []
        reply: Reply | None = Reply(
            yes_to(pending.approval.question) if right else {"confirm": "3055550199"}
        )
        if right and pending.approval.code:
            now = self.live.clock()
            yes = ApprovalAnswer.yes("on a page", "maria", now, AssuranceLevel.MACHINE)
            self._do(self.live.ledger.approvals.answer, pending.approval.id, yes)
            reply = None
        if right:
            self._take_down_a_yes(pending)
        try:
            cleared = self._do(
                asked.pipeline.redeem, asked.batch, CALLER, pending.approval.id, reply
            )
        except CallError:
            return []
        assert right
        return [Admitted(asked.pipeline, asked.batch, cleared)]

    def _send(self, sends: Admitted) -> None:
        clearance = sends.what
        if isinstance(clearance, PendingApproval):
            return
        step = min(self.book.steps[clearance], len(clearance.calls) - 1)
        self.book.steps[clearance] += 1
        call = clearance.calls[step]
        reaches = self._who_is_reached(call.action.build_form())
        posted = len(self.live.dialer.writes)
        try:
            done = self._do(sends.pipeline.send, clearance).outcome == "done"
        except (CallError, TypeError):
            done = False  # refused at the last, or sent before
        sent = self.live.dialer.writes[posted:]
        assert len(sent) <= 1
        for form in sent:
            self._is_right(call, form, reaches, done=done)

    @rule(minutes=st.sampled_from([0, 1, 5, 60, 1440]))
    def wait(self, minutes: int) -> None:
        self.live.clock.move(timedelta(minutes=minutes, microseconds=1))

    @rule()
    def rearm(self) -> None:
        self._rearmed()

    def _rearmed(self) -> None:
        accid, now = self.live.account.accid, self.live.clock()
        if self._do(self.live.ledger.freezes.rearm, accid, "maria", now):
            self.book.rearmed = now

    @rule()
    def count_anew(self) -> None:
        accid, now = self.live.account.accid, self.live.clock()
        if self._do(self.live.ledger.limits.count_anew, accid, "maria", now, ()):
            self.book.rearmed = now

    @rule(tools=st.lists(st.sampled_from(["send_sms", "insert_lead", "delete_dnc"]), min_size=1))
    def allow(self, tools: list[str]) -> None:
        until = self.live.clock() + timedelta(hours=1)
        self._do(self.live.grant, Scope(tuple(tools), None, None, 3, until))

    def _admitted(
        self, pipeline: Pipeline, batch: CallGroup, *, out_of_band: bool
    ) -> list[Admitted]:
        try:
            admitted = self._do(lambda: pipeline.admit(batch, CALLER, out_of_band=out_of_band))
        except CallError:
            return []
        return [Admitted(pipeline, batch, admitted)]

    def _take_down_a_yes(self, pending: PendingApproval) -> None:
        for call in pending.calls:
            if is_destructive(call.action.build_form()):
                self.book.yeses[pending.approval.id] = call.action.build_form()

    def _is_right(
        self, call: Call, form: Mapping[str, str], reaches: set[str], *, done: bool
    ) -> None:
        """Hold what was posted against the book, and take it down."""
        now, caps = self.live.clock(), self.terms.caps
        if is_destructive(form):
            assert call.approval is not None
            assert self.book.yeses.pop(call.approval.id) == form
        typed = {form["PrimaryPhone"]} if is_destructive(form) and "PrimaryPhone" in form else set()
        assert not (reaches - typed) & self.book.suppressed
        if done:
            self.book.posted.append((now, kind_of(form)))
        # A request not to be called is never stopped.
        cap = getattr(caps, kind_of(form), "off") if kind_of(form) != "dnc_insertions" else "off"
        if not isinstance(cap, str):
            assert self.book.count(kind_of(form), now - timedelta(hours=1)) < cap.hour.stop
            assert self.book.count(kind_of(form), now - timedelta(days=1)) < cap.day.stop
        match form.get("Action"):
            case "InsertDnc" if done:
                self.book.suppressed.add(form["Number"])
            case "DeleteDnc" if done:
                self.book.suppressed.discard(form["Number"])
            case _:
                pass

    def _who_is_reached(  # noqa: PLR0911 - one for each way to reach somebody
        self, form: Mapping[str, str]
    ) -> set[str]:
        """Whom a form reaches or makes callable, by the form and what the sandbox holds."""
        match form:
            case {"Action": "SendSms", "To": number}:
                return {number}
            case {"Action": "ConferenceCall" | "AddPhone" | "PhoneUnDialed", "Phone": number}:
                return {number}
            case {"Action": "DispositionLead", "LeadId": lead}:
                return self._phones(LeadId=int(lead))
            case {"SearchField": "Phone", "Identifier": number}:
                return {number, form.get("PrimaryPhone", number)}
            case {"SearchField": name, "Identifier": lead}:
                return self._phones_of_update(name, lead, form)
            case {"PrimaryPhone": number}:
                return {number, *self._any_ten_digits(form)}
            case _:
                return set()

    def _any_ten_digits(self, form: Mapping[str, str]) -> set[str]:
        digits = ["".join(str(int(c)) for c in text if c.isdecimal()) for text in form.values()]
        most = len(PHONE)
        return {run[at : at + most] for run in digits for at in range(len(run) - most + 1)}

    def _phones_of_update(self, name: str, lead: str, form: Mapping[str, str]) -> set[str]:
        named: dict[str, object] = {name: int(lead) if name == "LeadId" else lead}
        new = {form["PrimaryPhone"]} if "PrimaryPhone" in form else set()
        return self._phones(**named) | new

    def _phones(self, **like: object) -> set[str]:
        return {str(row["PrimaryPhone"]) for row in self.live.rows("leads", **like)}

    def _do(self, what: Callable[..., Awaitable[T]], *given: object) -> T:
        try:
            return self.portal.call(what, *given)
        finally:
            # Notes are written in the background: what the other process sees of them must not
            # depend on how busy the machine is, or the same steps end in different ways.
            for pipeline in self.pipelines:
                self.portal.call(pipeline.written)


@given(call=with_another(), phone=st.sampled_from([NOBODY, DANA, BELLS]))
def test_no_name_of_a_field_and_no_separator_hides_a_phone(
    call: tuple[str, Given], phone: str
) -> None:
    tool, arguments = call
    named = {**(arguments.get("custom_fields") or arguments["other_fields"])}
    digits = "".join(str(int(c)) for text in named.values() for c in text if c.isdecimal())
    assert (phone in find_contact_numbers(an_action(tool, arguments)).possible) == (phone in digits)


TestAnyTerms = AnyTerms.TestCase
TestAnyTerms.settings = settings(
    max_examples=20,
    stateful_step_count=40,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
