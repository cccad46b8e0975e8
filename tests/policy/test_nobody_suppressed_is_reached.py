"""In whatever order calls come and however leads read, nobody is reached who must not be.

A number is suppressed by insert_dnc, by a disposition, by a status, by a field or by the user's own
file, and a lead by the dialer's mark. Leads have several phones, and searches fail in many ways.
"""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from anyio.from_thread import start_blocking_portal
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from typing_extensions import override

from _support.clock import Clock
from _support.dialer import RecordingDialer
from _support.lead_calls import CALLS, HIDDEN, LEADS, MARKS, STOPS, Given, numbers
from _support.lead_dialer import FAILING, PHONES, Fields, LeadDialer, as_it_is
from _support.ledger import close_ledgers
from _support.pipeline import CALLER, AssembledPipeline, a_pipeline, yes_to
from _support.sandbox import EVERY_CAP, NOON, terms
from chasedata_mcp.app.composition import policy_in_force
from chasedata_mcp.approvals.models import Reply
from chasedata_mcp.errors import CallError
from chasedata_mcp.history.undo_service import UndoService
from chasedata_mcp.pipeline.pipeline import CallGroup, PendingApproval
from chasedata_mcp.policy.suppression_file import SuppressionFile

T = TypeVar("T")
HARMLESS = frozenset(("SearchField", "Identifier", "FirstName", "Notes", "City", "adv_Roof__Type"))
_STOPPING = frozenset((*MARKS, *(("CallStatus", stop) for stop in STOPS), ("OptOut", "yes")))
_TEN = re.compile("(?=([2-9][0-9]{2}[2-9][0-9]{6}))")


class FormReader:
    """The test's own reading of a form: whom it reaches, and whom it suppresses."""

    def __init__(self, dialer: LeadDialer) -> None:
        self._dialer = dialer

    def named(self, form: Mapping[str, str]) -> set[str]:
        """Find the numbers that a form names and reaches, or makes callable."""
        match form:
            case {"Action": "SendSms", "To": number}:
                return {number}
            case {"Action": "ConferenceCall" | "AddPhone" | "PhoneUnDialed", "Phone": number}:
                return {number}
            case {"Action": _}:
                return set()
            case _ if self.frees(form) or "SearchField" not in form:
                digits = [re.sub("[^0-9]", "", form.get(name, "")) for name in PHONES]
                return {number for text in digits for number in _TEN.findall(text)}
            case _:
                return set()

    def leads(self, form: Mapping[str, str]) -> list[Fields]:
        """Find the leads that a form names, and reaches or makes callable."""
        match form:
            case {"Action": "SendSms", "LeadId": lead_id}:
                return list(self._dialer.find("LeadId", lead_id).values())
            case {"Action": "DispositionLead", "LeadId": lead_id, "Disposition": name}:
                named = self._dialer.find("LeadId", lead_id).values()
                return [] if name in STOPS else list(named)
            case {"SearchField": field, "Identifier": identifier} if self.frees(form):
                return list(self._dialer.find(field, identifier).values())
            case _:
                return []

    def frees(self, form: Mapping[str, str]) -> bool:
        """Tell whether an update does more than what is harmless or stops calls."""
        return "SearchField" in form and any(
            item[0] not in HARMLESS and item not in _STOPPING for item in form.items()
        )

    def stopped(self, form: Mapping[str, str], *, read: bool) -> set[str]:
        """Find the numbers that a form suppresses, where the leads could be read or not."""
        match form:
            case {"Action": "InsertDnc", "Number": number}:
                return {number}
            case {"Action": "DispositionLead", "LeadId": lead_id, "Disposition": name}:
                found = self._dialer.find("LeadId", lead_id) if read and name in STOPS else {}
                return _phones(found.values())
            case {"SearchField": field, "Identifier": key} if _STOPPING & form.items():
                found = self._dialer.find(field, key) if read else {}
                return _phones(found.values()) | ({key} if field == "Phone" else set())
            case {"PrimaryPhone": number} if _STOPPING & form.items():
                return {number}
            case _:
                return set()


def _phones(leads: Iterable[Fields]) -> set[str]:
    return {fields[name] for fields in leads for name in PHONES if fields.get(name)}


def is_marked(fields: Fields) -> bool:
    """Tell whether the dialer marks a lead."""
    return bool(_STOPPING & fields.items())


class AnyOrder(RuleBasedStateMachine):
    """Calls in any order to leads that read well or not, and a book of who must not be reached."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.portal = self.stack.enter_context(start_blocking_portal())
        self.suppressed: set[str] = set()
        self.dialer = LeadDialer(LEADS, self.watch)
        self.reader = FormReader(self.dialer)

    @initialize(
        file=st.sets(numbers, max_size=1), unreadable=st.sampled_from(["ask", "refuse", "ask"])
    )
    def begin(self, file: set[str], unreadable: str) -> None:
        place = Path(self.stack.enter_context(TemporaryDirectory())) / "numbers.txt"
        place.write_text("\n".join(file), "utf-8")
        self.suppressed |= file
        self.in_file = file
        chosen = terms(
            do_not_call={"unreadable": unreadable},
            caps=dict.fromkeys(EVERY_CAP, "off"),
            frequency={"over": "off"},
        )
        pipeline = a_pipeline(policy_in_force(chosen), dialer=RecordingDialer(), clock=Clock(NOON))
        self.live: AssembledPipeline = pipeline.over(
            dialer=self.dialer, suppression=SuppressionFile(place), read_back=True
        )
        self.undoing = UndoService(self.live, self.live.ledger)

    @override
    def teardown(self) -> None:
        self.stack.close()
        close_ledgers()

    @rule(how=st.sampled_from([None, None, *FAILING]))
    def searches_are_read_so(self, how: str | None) -> None:
        self.dialer.reading = as_it_is if how is None else FAILING[how]

    @rule(lead_id=st.sampled_from(sorted(LEADS)), mark=st.sampled_from(MARKS))
    def the_dialer_marks_a_lead(self, lead_id: str, mark: tuple[str, str]) -> None:
        self.dialer.leads[lead_id].update([mark])

    @rule(
        lead_id=st.sampled_from(sorted(LEADS)),
        stop=st.sampled_from(["disposition_lead", "update_lead"]),
        calls=st.lists(CALLS, min_size=2, max_size=5),
    )
    def a_request_outlives_its_mark(
        self, lead_id: str, stop: str, calls: list[tuple[str, Given]]
    ) -> None:
        """Have a lead ask to stop, and somebody take the mark off in the dialer itself."""
        by_id = {"search_field": "lead_id", "identifier": lead_id, "call_status": STOPS[0]}
        disposed = {"lead_id": lead_id, "disposition": STOPS[0]}
        self.call([(stop, by_id if stop == "update_lead" else disposed)])
        fields = self.dialer.leads[lead_id]
        fields.update({name: "" for name, _ in _STOPPING if name in fields})
        self.call(calls)

    @rule(calls=st.lists(CALLS, min_size=1, max_size=4))
    def calls_come(self, calls: list[tuple[str, Given]]) -> None:
        self.call(calls)

    def call(self, calls: list[tuple[str, Given]]) -> None:
        for tool, arguments in calls:
            try:
                batch = CallGroup((self.live.read(tool, arguments),))
            except CallError:
                continue
            self._send(batch)

    @rule(back=st.integers(1, 4))
    def undo(self, back: int) -> None:
        entries = self._do(self.live.entries)
        if len(entries) < back:
            return
        try:
            plan = self._do(self.undoing.plan, entries[-back].id, None)
        except CallError:
            return
        self._send(plan.group)

    def _send(self, batch: CallGroup) -> None:
        """Send calls, with a yes to every question but the one about marks that weren't read."""
        try:
            admitted = self._do(self.live.admit, batch, CALLER)
            if isinstance(admitted, PendingApproval):
                asked = {ask.rule for call in admitted.calls for ask in call.asked_by}
                if "marks_unread" in asked:
                    return
                reply = Reply(yes_to(admitted.approval.question))
                approval = admitted.approval.id
                admitted = self._do(self.live.redeem, batch, CALLER, approval, reply)
            for _ in admitted.calls:
                self._do(self.live.send, admitted)
        except CallError:
            return

    def watch(self, form: Mapping[str, str]) -> None:
        """Hold a form that is about to be done against the book, and write it down."""
        named, leads = self.reader.named(form), self.reader.leads(form)
        hidden = {HIDDEN[text] for text in form.values() if text in HIDDEN}
        phones = _phones(leads)
        # A text goes to its number alone; whose lead it is filed under must not be marked.
        if form.get("Action") != "SendSms":
            assert not phones & self.suppressed, form
        assert not (named | hidden) & self.suppressed, form
        assert not any(map(is_marked, leads)), form
        assert not any(is_marked(f) for number in named for f in self.dialer.bearing(number)), form
        self.suppressed |= self.reader.stopped(form, read=self.dialer.reading is as_it_is)
        if form.get("Action") == "DeleteDnc":
            self.suppressed -= {form["Number"]} - self.in_file

    def _do(self, what: Callable[..., Awaitable[T]], *given: object) -> T:
        return self.portal.call(what, *given)


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(
    max_examples=60,
    stateful_step_count=7,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
