"""What the road tells the ledger: calls ahead of being sent, what came of them, reads, refusals."""

import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, cast

from chasedata_mcp.action import Action
from chasedata_mcp.call import Call
from chasedata_mcp.consequences import Reached, When
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.failures import without_ledger
from chasedata_mcp.guards.consents import not_confirmed
from chasedata_mcp.guards.verdicts import Ask
from chasedata_mcp.ledger import (
    ANSWERED,
    Ending,
    Entry,
    Environment,
    Filter,
    Intent,
    Json,
    Ledger,
    LedgerError,
    Read,
    Refusal,
    Ruling,
    fresh_id,
)
from chasedata_mcp.readings import Reading, to_json, withhold
from chasedata_mcp.results import Account, LeadsResult, Result, failed
from chasedata_mcp.settling import has_others
from chasedata_mcp.subjects import numbers, subjects, ten_digits

TWIN = "twin"


@dataclass(frozen=True, slots=True)
class Keeping:
    """What is kept of a call, and for how long a second one like it is suspicious."""

    hidden: Collection[str] = ()
    twin_within: timedelta = timedelta(minutes=10)


class Recorder:
    """Writes the road's calls into a ledger."""

    def __init__(
        self,
        ledger: Ledger,
        account: Account,
        clock: Callable[[], datetime],
        keeping: Keeping = Keeping(),
    ) -> None:
        self._ledger = ledger
        self._account = account
        self._clock = clock
        self._keeping = keeping

    async def twin(self, action: Action) -> Ask | None:
        """The question that a call raises whose like reached the same person a moment ago.

        Raises:
            CallError: `not_allowed`; the ledger can't be read, so nobody can tell.
        """
        if not self._is_watched(action):
            return None
        now = self._clock()
        since = now - self._keeping.twin_within
        try:
            found = await self._ledger.twin(self.digest(action), self._account.accid, since)
        except LedgerError as error:
            raise without_ledger(error) from None
        return None if found is None else Ask(TWIN, _same(action, found, now))

    async def intend(self, call: Call) -> str:
        """Put a call on record before it is sent; it is on disk when this returns its entry's id.

        Raises:
            CallError: `not_allowed` where the ledger can't be written, `needs_confirmation` where
                one like it got ahead. Nothing was sent.
        """
        intent = self._intent(call)
        asked = any(ask.rule == TWIN for ask in call.asked_by)
        watched = self._is_watched(call.action) and not asked
        within = self._keeping.twin_within if watched else None
        try:
            twin = await self._ledger.intend(intent, within, call.aware_of)
        except LedgerError as error:
            raise without_ledger(error) from None
        if twin is not None:
            late = self._late(call, twin.entry)
            self.refused(call, failed(self._account, late))
            raise late
        return intent.entry

    def _late(self, call: Call, ahead: Entry) -> CallError:
        """Another call got ahead: one like it, or one that takes the same entry back."""
        if call.undoes is None or ahead.intent.undoes != call.undoes:
            return not_confirmed(_same(call.action, ahead, self._clock()))
        return CallError(
            Code.NOT_ALLOWED,
            f"It is being undone already, by entry {ahead.id}. Nothing was sent.",
            hint="Look with list_history what becomes of that one.",
        )

    async def end(self, entry: str, came: Result, began: datetime) -> bool:
        """Put on record what came of a call; false where the ledger doesn't take it."""
        ending = self._ending(entry, came, began)
        try:
            await self._ledger.finish(ending)
        except LedgerError:
            return False
        return True

    async def found(
        self, entry: str, came: Result, began: datetime, how: str, after: Reading | None = None
    ) -> None:
        """Put on record what a read found to have come of a call, and how."""
        ending = self._ending(entry, came, began, after, how)
        try:
            await self._ledger.found(ending)
        except LedgerError:
            return

    def read(self, call: Call, came: Result, began: datetime) -> None:
        """Put a read on record, soon."""
        intent = self._intent(call, began)
        self._ledger.note(Read(intent, self._ending(intent.entry, came, began)))

    def refused(self, call: Call, came: Result) -> None:
        """Put on record that a call was not let through, soon."""
        intent = self._intent(call)
        self._ledger.note(Refusal(intent, self._ending(intent.entry, came, intent.at)))

    async def has_others(self, entry_id: str) -> bool:
        """Whether other writes may have to do with what is read of this entry's lead now."""
        try:
            entry = await self._ledger.entry(entry_id)
            return entry is None or await others_matter(self._ledger, entry)
        except LedgerError:
            return True

    def digest(self, action: Action) -> str:
        """What makes two calls the same: the tool, what would be sent, where to."""
        return self._digest(action.name, action.form())

    def _digest(self, tool: str, form: Mapping[str, str]) -> str:
        account = [self._account.environment, self._account.accid, self._account.host]
        whole = [tool, form, account]
        return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()

    def _is_watched(self, action: Action) -> bool:
        return bool(self._keeping.twin_within) and any(
            isinstance(consequence, Reached) and consequence.when is When.NOW
            for consequence in action.consequences()
        )

    def _intent(self, call: Call, at: datetime | None = None) -> Intent:
        action, form, hidden = call.action, call.action.form(), self._keeping.hidden
        before = call.before
        lead_id = getattr(before, "lead_id", None)
        return Intent(
            entry=fresh_id(),
            at=at or self._clock(),
            caller=call.caller,
            environment=cast("Environment", self._account.environment),
            account=self._account.accid,
            host=self._account.host,
            tool=action.name,
            digest=self._digest(action.name, form),
            arguments=_arguments(action, hidden),
            consequences=[_plain(one) for one in action.consequences()],
            verdict=_rulings(call),
            consent=call.consented,
            form=withhold(form, hidden),
            numbers=_numbers(action, form, hidden),
            subjects=subjects(action, lead_id),
            before=None if before is None else to_json(before, hidden),
            undoes=call.undoes,
        )

    def _ending(
        self,
        entry: str,
        came: Result,
        began: datetime,
        after: Reading | None = None,
        how: str = ANSWERED,
    ) -> Ending:
        now, hidden = self._clock(), self._keeping.hidden
        return Ending(
            entry=entry,
            at=now,
            outcome=came.outcome,
            message=came.message,
            milliseconds=round((now - began).total_seconds() * 1000),
            code=came.code,
            answer=_answer(came),
            after=None if after is None else to_json(after, hidden),
            how=how,
        )


async def others_matter(ledger: Ledger, entry: Entry) -> bool:
    """Whether other writes may have to do with what is read of an entry's lead now.

    Raises:
        LedgerError: The ledger can't be read.
    """
    keys = [key for key in entry.intent.subjects if key.startswith("lead:")]
    others = [other for key in keys for other in await ledger.touching(key)]
    updates = Filter(tool="update_lead", since=entry.intent.at, account=entry.intent.account)
    page = await ledger.history(updates, limit=200)
    return page.older is not None or has_others(entry, [*others, *page.entries])


def _rulings(call: Call) -> tuple[Ruling, ...]:
    asked = (Ruling(ask.rule, "ask", ask.reason) for ask in call.asked_by)
    return (*asked, *(Ruling(no.rule, "refuse", no.reason) for no in call.refused_by))


def _arguments(action: Action, hidden: Collection[str]) -> Json:
    """The arguments as they were taken, without the values of the fields that are kept out."""
    given = cast("dict[str, object]", action.model_dump(mode="json", exclude_none=True))
    wire = {name: info.serialization_alias for name, info in type(action).model_fields.items()}
    kept_out = {name.lower() for name in hidden}
    kept: dict[str, object] = {}
    for name, value in given.items():
        if (wire[name] or "").lower() in kept_out:
            kept[name] = None
        elif isinstance(value, Mapping) and name in _OF_FIELDS:
            texts, begins = cast("Mapping[str, str]", value), _OF_FIELDS[name]
            kept[name] = {
                field: _kept(f"{begins}{field}", text, kept_out) for field, text in texts.items()
            }
        else:
            kept[name] = value
    return cast("Json", kept)


_OF_FIELDS = {"custom_fields": "", "other_fields": "", "callback": "Callback"}
"""The arguments that hold fields by name, and how the wire names of these begin."""


def _numbers(action: Action, form: Mapping[str, str], hidden: Collection[str]) -> tuple[str, ...]:
    """The phones of a call, but for one that stands in a field that is kept out."""
    kept_out = {name.lower() for name in hidden}
    withheld = {ten_digits(text) for name, text in form.items() if name.lower() in kept_out}
    return tuple(number for number in numbers(action) if number not in withheld)


def _kept(field: str, text: str, kept_out: Collection[str]) -> str | None:
    wire = field.replace(" ", "__").lower()
    return None if {wire, f"adv_{wire}"} & set(kept_out) else text


_ANSWERED_WITH = frozenset({"dialer_said", "warnings", "found", "count"})


def _answer(came: Result) -> Json:
    """What came back, beside what an ending says anyway."""
    told = cast("dict[str, Json]", came.model_dump(mode="json", exclude_none=True))
    shown = {name: value for name, value in told.items() if name in _ANSWERED_WITH and value}
    if isinstance(came, LeadsResult) and came.leads is not None:
        shown["leads"] = [lead.lead_id for lead in came.leads]
    return shown


def _plain(consequence: object) -> Json:
    """A consequence as JSON: its kind, and what it says."""
    told = {name: _json(value) for name, value in asdict(consequence).items()}  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType] - each is a dataclass
    return {"kind": type(consequence).__name__.lower(), **told}


def _json(value: object) -> Json:
    match value:
        case StrEnum():
            return value.value
        case datetime():
            return value.isoformat()
        case frozenset():
            return sorted(str(item) for item in cast("frozenset[object]", value))
        case None | str():
            return value
        case _:
            return str(value)


def _same(action: Action, twin: Entry, now: datetime) -> str:
    seconds = max(0, round((now - twin.intent.at).total_seconds()))
    ago = f"{seconds} seconds" if seconds < 120 else f"{seconds // 60} minutes"  # noqa: PLR2004 - as people say it
    what: Literal["text", "call"] = "text" if action.toolset == "sms" else "call"
    went = "went" if twin.settled else "may have gone"
    return f"The same {what} {went} to this number {ago} ago."
