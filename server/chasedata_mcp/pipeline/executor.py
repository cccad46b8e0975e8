"""The executor: records a cleared call, posts it, settles a lost answer, reads an update back."""

from typing import Protocol

from anyio import get_cancelled_exc_class

from chasedata_mcp.errors import CallError, Changed, Code, Outcome
from chasedata_mcp.pipeline.call import Call
from chasedata_mcp.pipeline.errors import fault, with_suppression, with_what_to_check
from chasedata_mcp.pipeline.lead_search import LeadLookups, named_lead_search, number_search
from chasedata_mcp.pipeline.new_lead import (
    add_new_lead,
    explain_unread,
    find_new_lead,
    list_duplicates,
    name_duplicates,
    read_back_insert,
)
from chasedata_mcp.pipeline.read_back import add_fields, read_back, unread
from chasedata_mcp.pipeline.record_redaction import LEAD_ID
from chasedata_mcp.pipeline.recorder import Recorder, SentCall
from chasedata_mcp.pipeline.settlement import Settlement, settle, settling_read
from chasedata_mcp.tools.answer_types import Answer, AnswerSummary, Expects, LeadsRead
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.lead_snapshot import (
    LeadCount,
    LeadSnapshot,
    Lookup,
    build_lookup,
    seal_leads,
)
from chasedata_mcp.tools.leads import InsertLead, SearchLead, UpdateLead
from chasedata_mcp.tools.request import Request
from chasedata_mcp.tools.results import (
    Result,
    build_failure,
    build_success,
)

_UNRECORDED = "What came of this call could not be put on record; the history shows it as unknown."


class Dialer(Protocol):
    """The client of the dialer's API."""

    async def post(self, request: Request) -> Answer:
        """Post a request and read its answer.

        Raises:
            CallError: It was refused, or its outcome is unknown.
        """
        ...


class Executor:
    """The last part of the pipeline, which only the pipeline may enter.

    Args:
        dialer: What posts to the dialer.
        recorder: What records each call, a write before it is posted.
        read_back: Whether a lead is read before and after its update.
    """

    def __init__(self, dialer: Dialer, recorder: Recorder, *, read_back: bool = False) -> None:
        self._dialer = dialer
        self._recorder = recorder
        self._account = recorder.account
        self.reads_back = read_back
        self._under_way = 0

    def is_at_work(self) -> bool:
        """Tell whether a call is under way, from its intent to its outcome and read-back."""
        return self._under_way > 0

    async def execute(self, call: Call) -> Result:
        """Send a call that was cleared.

        Raises:
            CallError: It isn't done, or its outcome is unknown.
        """
        self._under_way += 1
        try:
            if call.action.expects is not Expects.DONE:
                return await self._read(call)
            return await self._write(call)
        finally:
            self._under_way -= 1

    async def _read(self, call: Call) -> Result:
        began = self._recorder.clock()
        try:
            result = self._build_result(call.action, await self._post(call.action))
        except CallError as error:
            self._recorder.note_read(call, build_failure(self._account, error), began)
            raise
        self._recorder.note_read(call, result, began)
        return result

    async def _write(self, call: Call) -> Result:
        sent = await self._recorder.intend(call)
        try:
            answer = await self._post(call.action)
        except Exception as error:  # noqa: BLE001 - a fault of our own is on record too
            known = error if isinstance(error, CallError) else fault(error)
            return await self._not_done(sent, with_what_to_check(known, call.action))
        except get_cancelled_exc_class():
            # A write in flight is never interrupted, so this one had not begun.
            unsent = with_suppression(_cancelled(), call)
            await self._recorder.end(sent, build_failure(self._account, unsent))
            raise
        result = _with_what_it_did(call, self._build_result(call.action, answer))
        is_recorded = self._recorder.begin_to_end(sent, result)
        try:
            if problem := self._recorder.find_clock_problem():
                result = _warned(result, problem)
            result = await self._read_back(sent, result)
        finally:
            # It is on record before its caller learns it, and whatever the read-back comes to.
            recorded = await is_recorded()
        result = result if recorded else _warned(result, _UNRECORDED)
        return result.model_copy(update={"entry": sent.entry})

    async def _not_done(self, sent: SentCall, error: CallError) -> Result:
        """Record a failure, and settle it at once where the answer was lost."""
        result = build_failure(self._account, with_suppression(error, sent.call))
        is_recorded = self._recorder.begin_to_end(sent, result)
        try:
            # What is known is on record, whatever becomes of a further look at it.
            error = with_suppression(
                await self._with_duplicates(sent.call.action, error), sent.call
            )
        finally:
            await is_recorded()
        if result.changed is not Changed.UNKNOWN:
            raise error
        settled = await self._settled(sent)
        if settled is None:
            error.entry = sent.entry
            raise error
        done = _with_what_it_did(sent.call, self._settled_as_done(sent.call.action, settled.how))
        await self._recorder.settle(sent, done, settled.how)
        done = await self._read_back(sent, done, settled.how)
        return done.model_copy(update={"entry": sent.entry})

    async def _settled(self, sent: SentCall) -> Settlement | None:
        """Settle a call by a read, this soon after it only where it is surely done."""
        action, before = sent.call.action, sent.call.before
        search = settling_read(action, before) if self.reads_back else None
        if search is None:
            return None
        answer = await self.search(search)
        others = await self._recorder.has_others(sent.entry)
        match settle(
            action, before, answer, may_arrive=True, others=others, seal=self._recorder.seal
        ):
            case Settlement(Outcome.DONE) as settled:
                return settled
            case _:
                return None

    def _settled_as_done(self, action: Action, how: str) -> Result:
        warning = f"The dialer's answer was lost. {how}"
        return build_success(
            self._account, AnswerSummary(action.describe_done()), [*action.list_notes(), warning]
        )

    async def _read_back(self, sent: SentCall, result: Result, how: str = "read back") -> Result:
        """Say of an update which fields took, and of an insert which lead is new."""
        action, before = sent.call.action, sent.call.before
        if not self.looks(sent.call):
            return result
        if isinstance(action, InsertLead):
            return await self._find_new_lead(sent, action, result, how)
        if not isinstance(action, UpdateLead):
            return result
        if not isinstance(before, LeadSnapshot):
            return _warned(result, unread(before))
        after = await self._of_lead(before.lead_id)
        if not isinstance(after, LeadSnapshot):
            return _warned(result, unread(after))
        fields = read_back(action, before, after, self._recorder.seal)
        shown = add_fields(result, before.lead_id, fields)
        await self._recorder.settle(sent, result, how, after, shown)
        return shown

    async def _find_new_lead(
        self, sent: SentCall, action: InsertLead, result: Result, how: str
    ) -> Result:
        search = settling_read(action)
        answer = None if search is None else await self.search(search)
        if answer is None:
            return _warned(result, explain_unread(action, None))
        new = find_new_lead(action, sent.call.before, answer.leads)
        if isinstance(new, LeadCount):
            return _warned(result, explain_unread(action, new))
        inserted = add_new_lead(result, new, read_back_insert(action, new, self._recorder.seal))
        named = result if self._recorder.hides_field(LEAD_ID) else inserted
        await self._recorder.settle(sent, named, how, new)
        return inserted

    async def _with_duplicates(self, action: Action, error: CallError) -> CallError:
        """Name the leads that an insert's phone is of already, as far as they can be read."""
        if not (
            self.reads_back and isinstance(action, InsertLead) and error.code is Code.DUPLICATE_LEAD
        ):
            return error
        found = await self.search(number_search(action.primary_phone))
        duplicates = list_duplicates(action, found.leads if found else ())
        message = name_duplicates(error.message, duplicates)
        named = CallError(error.code, message, hint=error.hint, dialer_said=error.dialer_said)
        named.duplicates = duplicates
        return named

    def looks(self, call: Call) -> bool:
        """Tell whether the lead of a call is read before it is sent, and again afterwards."""
        # An insert of a batch isn't: further searches for each of thousands of rows would take most
        # of the dialer's time, and its own search for duplicates refuses the same.
        is_row = call.row is not None and isinstance(call.action, InsertLead)
        return self.reads_back and not is_row and isinstance(call.action, InsertLead | UpdateLead)

    async def look(self, call: Call, lookups: LeadLookups) -> Lookup | None:
        """Look a call's lead up before the call is sent; None where that can't be read."""
        action, search = call.action, named_lead_search(call.action)
        match action:
            case UpdateLead() if self.looks(call) and search is not None:
                return reading_of(await lookups.find(search))
            case InsertLead() if self.reads_back:
                return await self._how_many(call, action, lookups)
            case _:
                return None

    async def _how_many(
        self, call: Call, insert: InsertLead, lookups: LeadLookups
    ) -> Lookup | None:
        """Count such leads: if the answer is lost, one more shows that it was done."""
        search = settling_read(insert)
        # For a row they are counted where they were looked up already for their marks.
        skips = search is None or not (self.looks(call) or lookups.has(search))
        found = None if search is None or skips else await lookups.find(search)
        if found is None:
            return None
        return LeadCount(len(found.leads), frozenset([lead.lead_id for lead in found.leads]))

    async def _of_lead(self, lead_id: str) -> Lookup | None:
        if not lead_id.isdecimal():
            return None
        return await self.read(
            SearchLead(search_field="lead_id", identifier=lead_id, detailed=True)
        )

    async def read(self, search: SearchLead) -> Lookup | None:
        """Read the lead of a search of our own, None where that can't be read."""
        return reading_of(await self.search(search))

    async def search(self, search: SearchLead) -> LeadsRead | None:
        """Search for our own use, None where the answer can't be read: nothing hangs on it."""
        try:
            return await self.find(search)
        except CallError:
            return None

    async def find(self, search: SearchLead) -> LeadsRead | None:
        """Search for our own use, None where the answer is none of leads.

        Raises:
            CallError: It was refused, or there is no answer that can be read.
        """
        answer = await self._post(search)
        return seal_leads(answer, self._recorder.seal) if isinstance(answer, LeadsRead) else None

    async def _post(self, action: Action) -> Answer:
        return await self._dialer.post(Request(action.script, action.sent_form, action.expects))

    def _build_result(self, action: Action, answer: Answer) -> Result:
        return build_success(self._account, action.summarize(answer), action.list_notes())


def reading_of(answer: LeadsRead | None) -> Lookup | None:
    """Take how a lead reads from the answer of a search, None where that can't be read."""
    if answer is None:
        return None
    altered = answer.leads[0].altered if len(answer.leads) == 1 else frozenset[str]()
    return build_lookup(answer.leads, altered)


def _with_what_it_did(call: Call, result: Result) -> Result:
    """Add to the result what a reload made live, and what a request to stop suppressed."""
    for change in call.made_live:
        result = _warned(result, f"Made live: {change}.")
    return _warned(result, call.suppression) if call.suppression else result


def _warned(result: Result, warning: str) -> Result:
    return result.model_copy(update={"warnings": [*result.warnings, warning]})


def _cancelled() -> CallError:
    return CallError(
        Code.NOT_REACHED, "The call was cancelled before it was sent.", hint="Send it again."
    )
