"""Carries a cleared call to the dialer: on record first, read back and settled after."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from anyio import get_cancelled_exc_class

from chasedata_mcp.errors import CallError, Changed, Code, Outcome
from chasedata_mcp.ledger import DuplicateQuery
from chasedata_mcp.pipeline.call import Call
from chasedata_mcp.pipeline.errors import with_what_is_held, with_what_to_check
from chasedata_mcp.pipeline.read_back import FieldRead, read_back, sentences, unread
from chasedata_mcp.pipeline.recorder import Recorder
from chasedata_mcp.pipeline.settlement import Settlement, settle, settling_read
from chasedata_mcp.policy.decision import Ask
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
    Account,
    Result,
    UpdatedField,
    UpdateResult,
    build_failure,
    build_success,
)

_UNRECORDED = "What came of this call could not be put on record; the history shows it as unknown."


class Dialer(Protocol):
    """What posts a request and reads its answer."""

    async def post(self, request: Request) -> Answer:
        """Post it.

        Raises:
            CallError: It was refused, or nobody knows what became of it.
        """
        ...


@dataclass(frozen=True, slots=True)
class Sent:
    """A write that is on record: its entry, None where nothing is kept, and when it began."""

    call: Call
    entry: str | None
    began: datetime


class Executor:
    """The last part of the pipeline, which only the pipeline may enter."""

    def __init__(
        self,
        account: Account,
        dialer: Dialer,
        clock: Callable[[], datetime],
        record: Recorder | None,
        *,
        read_back: bool,
    ) -> None:
        self._account = account
        self._dialer = dialer
        self._clock = clock
        self._record = record
        self.reads_back = read_back

    def duplicate_query(self, action: Action) -> DuplicateQuery | None:
        """What finds the calls that are too much like this one, None where none are looked for."""
        return None if self._record is None else self._record.duplicate_query(action)

    async def look(
        self, action: Action, *, may_have_duplicate: bool = True
    ) -> tuple[Lookup | None, list[Ask]]:
        """What is known of a call before it is sent: how its lead reads, and why to ask.

        Raises:
            CallError: `not_allowed`; the ledger can't be read.
        """
        duplicate = (
            await self._record.duplicate(action) if may_have_duplicate and self._record else None
        )
        before = await self._before(action)
        return before, [ask for ask in (duplicate, _several(action, before)) if ask]

    async def execute(self, call: Call) -> Result:
        """Send a call that was cleared.

        Raises:
            CallError: It isn't done, or nobody knows.
        """
        if call.action.expects is not Expects.DONE:
            return await self._read(call)
        return await self._write(call)

    async def _read(self, call: Call) -> Result:
        began = self._clock()
        try:
            result = self._told(call.action, await self._post(call.action))
        except CallError as error:
            self._note(call, build_failure(self._account, error), began)
            raise
        self._note(call, result, began)
        return result

    def _note(self, call: Call, came: Result, began: datetime) -> None:
        if self._record is not None:
            self._record.read(call, came, began)

    async def _write(self, call: Call) -> Result:
        entry = None if self._record is None else await self._record.intend(call)
        sent = Sent(call, entry, self._clock())
        try:
            answer = await self._post(call.action)
        except CallError as error:
            return await self._not_done(sent, with_what_to_check(error, call.action))
        except get_cancelled_exc_class():
            # A write in flight is never interrupted, so this one had not begun.
            await self._end(sent, build_failure(self._account, _cancelled()))
            raise
        result = _told_beside(call, self._told(call.action, answer))
        if not await self._end(sent, result):
            result = _warned(result, _UNRECORDED)
        result = await self._read_back(sent, result)
        return result.model_copy(update={"entry": entry})

    async def _not_done(self, sent: Sent, error: CallError) -> Result:
        """Put a failure on record, and settle it at once where its answer was lost."""
        if sent.entry is not None:
            error = with_what_is_held(error, sent.call.action)
        came = build_failure(self._account, error)
        await self._end(sent, came)
        if came.changed is not Changed.UNKNOWN:
            raise error
        settled = await self._settled(sent)
        if settled is None:
            error.entry = sent.entry
            raise error
        told = self._told_done(sent.call.action, settled.how)
        if self._record is not None and sent.entry is not None:
            await self._record.found(sent.entry, sent.call, told, sent.began, how=settled.how)
        told = await self._read_back(sent, told, settled.how)
        return told.model_copy(update={"entry": sent.entry})

    async def _settled(self, sent: Sent) -> Settlement | None:
        """What a read finds to have come of a call; only what is surely done, this soon after."""
        action, before = sent.call.action, sent.call.before
        search = settling_read(action, before) if self.reads_back else None
        if search is None or self._record is None or sent.entry is None:
            return None
        answer = await self.search(search)
        others = await self._record.has_others(sent.entry)
        match settle(action, before, answer, may_arrive=True, others=others, seal=self._seal):
            case Settlement(Outcome.DONE) as settled:
                return settled
            case _:
                return None

    def _told_done(self, action: Action, how: str) -> Result:
        warning = f"The dialer's answer was lost. {how}"
        return build_success(
            self._account, AnswerSummary(action.describe_done()), [*action.list_warnings(), warning]
        )

    async def _read_back(self, sent: Sent, result: Result, how: str = "read back") -> Result:
        """Say of an update which fields took."""
        action, before = sent.call.action, sent.call.before
        if not (self.reads_back and isinstance(action, UpdateLead)):
            return result
        if not isinstance(before, LeadSnapshot):
            return _warned(result, unread(before))
        after = await self._of_lead(before.lead_id)
        if not isinstance(after, LeadSnapshot):
            return _warned(result, unread(after))
        if self._record is not None and sent.entry is not None:
            await self._record.found(
                sent.entry, sent.call, result, sent.began, how=how, after=after
            )
        fields = read_back(action, before, after, self._seal)
        return _with_fields(result, before.lead_id, fields)

    async def _before(self, action: Action) -> Lookup | None:
        match action:
            case UpdateLead() if self.reads_back:
                return await self.read(
                    SearchLead(
                        search_field=action.search_field,
                        identifier=action.identifier,
                        detailed=True,
                    )
                )
            case InsertLead() if self.reads_back:
                return await self._how_many(action)
            case _:
                return None

    async def _how_many(self, insert: InsertLead) -> Lookup | None:
        """How many such leads there are: if the answer is lost, one more tells that it was done."""
        search = settling_read(insert)
        found = None if search is None else await self.search(search)
        return None if found is None else LeadCount(len(found.leads))

    async def _of_lead(self, lead_id: str) -> Lookup | None:
        if not lead_id.isdecimal():
            return None
        return await self.read(
            SearchLead(search_field="lead_id", identifier=lead_id, detailed=True)
        )

    async def read(self, search: SearchLead) -> Lookup | None:
        """How the lead of a search of our own reads, None where that can't be read."""
        return reading_of(await self.search(search))

    async def search(self, search: SearchLead) -> LeadsRead | None:
        """What a search of our own finds, None where it can't be read: nothing hangs on it."""
        try:
            answer = await self._post(search)
        except CallError:
            return None
        return seal_leads(answer, self._seal) if isinstance(answer, LeadsRead) else None

    def _seal(self, whole: str) -> str:
        return whole if self._record is None else self._record.sealed(whole)

    async def _post(self, action: Action) -> Answer:
        return await self._dialer.post(Request(action.script, action.sent_form, action.expects))

    def _told(self, action: Action, answer: Answer) -> Result:
        return build_success(self._account, action.summarize(answer), action.list_warnings())

    async def _end(self, sent: Sent, came: Result) -> bool:
        if self._record is None or sent.entry is None:
            return True
        return await self._record.end(sent.entry, sent.call, came, sent.began)


def _several(action: Action, before: Lookup | None) -> Ask | None:
    match action, before:
        case UpdateLead(search_field="phone"), LeadCount(leads) if leads > 1:
            reason = f"{leads} leads have this phone, and the dialer changes only one of them."
            return Ask("several_leads", reason, fact=True)
        case _:
            return None


def reading_of(answer: LeadsRead | None) -> Lookup | None:
    """How the lead of a search reads, None where that can't be read."""
    if answer is None:
        return None
    altered = answer.leads[0].altered if len(answer.leads) == 1 else frozenset[str]()
    return build_lookup(answer.leads, altered)


def _told_beside(call: Call, result: Result) -> Result:
    """The result, with what a reload made live."""
    for change in call.told:
        result = _warned(result, f"Made live: {change}.")
    return result


def _warned(result: Result, warning: str) -> Result:
    return result.model_copy(update={"warnings": [*result.warnings, warning]})


def _with_fields(result: Result, lead_id: str, fields: tuple[FieldRead, ...]) -> Result:
    message, warnings = sentences(fields)
    shown = [UpdatedField(name=f.name, fate=f.fate.value, old=f.old, new=f.new) for f in fields]
    told = UpdateResult(**dict(result), lead_id=lead_id, fields=shown)
    return told.model_copy(
        update={
            "message": f"{result.message} {message}",
            "warnings": [*result.warnings, *warnings],
        }
    )


def _cancelled() -> CallError:
    return CallError(
        Code.NOT_REACHED, "The call was cancelled before it was sent.", hint="Send it again."
    )
