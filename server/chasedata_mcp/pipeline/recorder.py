"""The pipeline's entries in the ledger: intents, outcomes, reads, refusals."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chasedata_mcp.approvals.errors import refuse_unconfirmed
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.ledger import (
    Duplicate,
    DuplicateQuery,
    Ending,
    Entry,
    EntryKind,
    Intent,
    Json,
    Ledger,
    LedgerError,
    Note,
    Obstacle,
    ledger_required,
)
from chasedata_mcp.ledger.usage import Unit
from chasedata_mcp.pipeline.call import Call
from chasedata_mcp.pipeline.entries import (
    Entries,
    build_ending,
    build_reservation_of,
)
from chasedata_mcp.pipeline.errors import overtaken
from chasedata_mcp.pipeline.other_writes import others_matter
from chasedata_mcp.pipeline.record_redaction import RecordRedactor, RedactedCall
from chasedata_mcp.policy.decision import Ask
from chasedata_mcp.redaction import DEFAULT_REDACTOR, Redactor
from chasedata_mcp.tools.account import Account
from chasedata_mcp.tools.argument_details import ArgumentDetail
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.lead_snapshot import Lookup
from chasedata_mcp.tools.results import Result, build_failure
from chasedata_mcp.tools.sms import SendSms

TWIN = "twin"
_A_WHILE = timedelta(hours=1)
"""The time for which results say that the clock was set."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """The rules of what is recorded, and how long a second call like one is suspicious.

    `hidden` are fields whose values are kept out, beside what is redacted; `key` is that of the
    hashes which stand for what can't be kept.
    """

    hidden: Collection[str] = ()
    duplicates_within: timedelta = timedelta(minutes=10)
    key: bytes = b""
    redactor: Redactor = DEFAULT_REDACTOR

    @property
    def out(self) -> RecordRedactor:
        """The redactor of what is recorded."""
        return RecordRedactor(self.hidden, self.redactor, self.key)


@dataclass(frozen=True, slots=True)
class SentCall:
    """A write whose intent is recorded: its entry, when its sending began, what redacts it."""

    call: Call
    entry: str
    began: datetime
    out: RedactedCall


class Recorder:
    """The recorder of one account's calls in a ledger."""

    def __init__(
        self,
        ledger: Ledger,
        account: Account,
        clock: Callable[[], datetime],
        keeping: Keeping = Keeping(),
    ) -> None:
        self.ledger = ledger
        self.account = account
        self.clock = clock
        self._keeping = keeping
        self._entries = Entries(account, keeping.out)

    async def duplicate(self, action: Action, units: Sequence[Unit]) -> Ask | None:
        """Ask about a call that uses these units, and whose person was reached a moment ago.

        Raises:
            CallError: `not_allowed`; the ledger can't be read, so nobody can tell.
        """
        like = self.duplicate_query(units)
        if like is None:
            return None
        with ledger_required:
            found = await self.ledger.duplicate(like, self.account.accid)
        if found is None:
            return None
        # A yes to the next texts to somebody is one to the next of them in other words, and never
        # to the same one twice, nor to any while nobody knows whether the last one went.
        is_another = found.settled and found.intent.digest != self.digest(action)
        return Ask(TWIN, self._alike(action, found), grantable=is_another, by_number=True)

    def duplicate_query(self, units: Sequence[Unit]) -> DuplicateQuery | None:
        """Make the query for calls to the people of these units; None where nobody is reached."""
        contacts = tuple([unit for unit in units if unit.is_contact])
        if not contacts:
            return None
        within = self._keeping.duplicates_within
        return DuplicateQuery(contacts, self.clock() - within if within else None)

    async def intend(self, call: Call) -> SentCall:
        """Record the intent of a call that is about to be sent; it is on disk when this returns.

        Raises:
            CallError: `not_allowed` where the ledger can't be written, `needs_confirmation` where
                one like it got ahead. Nothing was sent.
        """
        out = self._entries.redacted(call)
        intent = self._entries.intent(call, self.clock(), out)
        asked = any(ask.rule == TWIN for ask in call.asked_by)
        within = None if asked else self._keeping.duplicates_within
        reservation = build_reservation_of(call, out, within)
        with ledger_required:
            stopped = await self.ledger.intend(intent, reservation)
        if stopped is not None:
            late = self._late(call, stopped)
            self.note_refusal(call, build_failure(self.account, late))
            raise late
        return SentCall(call, intent.entry, self.clock(), out)

    def _late(self, call: Call, stopped: Obstacle) -> CallError:
        """Refuse a call because something got ahead between its evaluation and its intent."""
        if isinstance(stopped, Duplicate):
            return self._overtaken(call, stopped.entry)
        return overtaken(stopped)

    def _overtaken(self, call: Call, ahead: Entry) -> CallError:
        """Refuse a call because another got ahead: one like it, or one in the way of an undo."""
        if call.undoes is not None and ahead.intent.undoes == call.undoes:
            return CallError(
                Code.NOT_ALLOWED,
                f"It is being undone already, by entry {ahead.id}. Nothing was sent.",
                hint="Look with list_history what becomes of that one.",
            )
        if call.untouched_since is not None:
            return CallError(
                Code.NOT_ALLOWED,
                f"Another call wrote the same thing meanwhile, entry {ahead.id}. Nothing was sent.",
                hint="Do it again, which reads what is there now.",
            )
        if call.undoes is None:
            return refuse_unconfirmed(self._alike(call.action, ahead))
        return CallError(
            Code.NOT_ALLOWED,
            f"Another call touched the same thing meanwhile, entry {ahead.id}. Nothing was sent.",
            hint="Look with list_history what it did, and undo again if that is still wanted.",
        )

    async def end(self, sent: SentCall, result: Result) -> bool:
        """Record the outcome of a call; false where the ledger doesn't take it."""
        return await self.begin_to_end(sent, result)()

    def begin_to_end(self, sent: SentCall, result: Result) -> Callable[[], Awaitable[bool]]:
        """Begin what `end` does; whatever becomes of the call, what this gives is to be awaited."""
        recording = self.ledger.begin_to_finish(self._ending(sent, result))

        async def is_recorded() -> bool:
            try:
                await recording.wait()
            except LedgerError:
                return False
            return True

        return is_recorded

    async def settle(
        self,
        sent: SentCall,
        result: Result,
        how: str,
        after: Lookup | None = None,
        shown: Result | None = None,
    ) -> None:
        """Record the outcome that a read found, how it was found, and how the lead reads now.

        `shown` is the result with what was read in it, where the caller gets to see that.
        """
        ending = self._ending(sent, result, shown)
        found = replace(ending, how=how, after=sent.out.reading(after))
        with suppress(LedgerError):
            await self.ledger.settle(found, is_soon=True)

    def _ending(self, sent: SentCall, result: Result, shown: Result | None = None) -> Ending:
        times = sent.began, self.clock()
        return build_ending((sent.entry, sent.call), result, times, sent.out, shown)

    def note_read(self, call: Call, result: Result, began: datetime) -> None:
        """Record a read, soon."""
        ended = self.clock()

        def make() -> Note:
            """Make the note in the thread that writes it, since whoever reads shouldn't wait."""
            return Note(EntryKind.READ, *self._entries.both(call, result, began, ended))

        self.ledger.note(make)

    def intend_suppression(
        self, tool: str, calls: Sequence[Call], step: str, also: Mapping[str, Json]
    ) -> Intent:
        """Make the intent of suppressing the numbers of requests that are sent after it.

        `also` are further arguments of its entry.
        """
        return self._entries.suppression(tool, calls, self.clock(), step, also)

    async def flush(self) -> None:
        """Wait until reads and refusals are on disk, where other processes look for them."""
        await self.ledger.flush()

    def note_refusal(self, call: Call, result: Result) -> None:
        """Record, soon, that a call was refused."""
        now = self.clock()
        self.ledger.note(Note(EntryKind.REFUSAL, *self._entries.both(call, result, now, now)))

    async def has_others(self, entry_id: str) -> bool:
        """Tell whether other writes may have changed what is read of this entry's lead now."""
        try:
            entry = await self.ledger.entry(entry_id)
            return entry is None or await others_matter(self.ledger, entry)
        except LedgerError:
            return True

    def find_clock_problem(self) -> str | None:
        """Find what was wrong of this machine's clock a while ago; None where nothing was."""
        return self.ledger.time.describe_problem(_A_WHILE)

    def digest(self, action: Action) -> str:
        """Hash what makes two calls the same: the tool, what would be sent, where to."""
        return self._entries.digest(action)

    def seal(self, whole: object) -> str:
        """Make a keyed hash, so that whoever has the ledger alone can't compare guesses with it."""
        return self._entries.out.sealed(whole)

    def redact_key(self, resource_key: str) -> str:
        """Make of a resource's key the one that is recorded: what it names may be kept out."""
        return self._entries.out.keyed(resource_key)

    def hides_field(self, wire_name: str) -> bool:
        """Tell whether the value of a field is hidden, or kept out of the record."""
        return self._entries.out.hides(wire_name)

    def keeps_out(self, wire_name: str, text: str) -> bool:
        """Tell whether a field's text is kept out of the record."""
        return self._entries.out.keeps_out(wire_name, text)

    def redact_details(self, call: Call) -> tuple[ArgumentDetail, ...]:
        """Make of a call's details those that may be kept."""
        return self._entries.redact_details(call)

    def describe_call(self, call: Call) -> Mapping[str, Json]:
        """Describe a call for a person to see beside its question, without what is kept out."""
        return self._entries.describe_call(call)

    def _alike(self, action: Action, found: Entry) -> str:
        same = found.intent.digest == self.digest(action)
        return _describe_alike(found, self.clock(), is_same=same)


def _describe_alike(found: Entry, now: datetime, *, is_same: bool) -> str:
    seconds = max(0, round((now - found.intent.at).total_seconds()))
    ago = f"{seconds} second{'s' * (seconds != 1)}" if seconds < 120 else f"{seconds // 60} minutes"  # noqa: PLR2004 - as people say it
    what = "text" if found.intent.tool == SendSms.name else "call"
    which = f"The same {what}" if is_same else f"Another {what}"
    if found.settled:
        return f"{which} went to this number {ago} ago."
    return (
        f"{which} may have gone to this number {ago} ago: the outcome of entry {found.id} is "
        f"unknown. Until a person settles it (chasedata-mcp reconcile {found.id}), whatever "
        "reaches this person asks."
    )
