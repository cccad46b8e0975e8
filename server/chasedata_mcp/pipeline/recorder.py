"""The pipeline's entries in the ledger: intents, outcomes, reads, refusals."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from chasedata_mcp.approvals.errors import refuse_unconfirmed
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.ledger import (
    Broken,
    Duplicate,
    DuplicateQuery,
    Entry,
    EntryKind,
    Filter,
    Frozen,
    Json,
    Ledger,
    LedgerError,
    Note,
    SpentGrant,
    SuppressedSince,
    refuse_without_ledger,
)
from chasedata_mcp.pipeline.call import Call
from chasedata_mcp.pipeline.entries import Entries
from chasedata_mcp.pipeline.errors import overtaken
from chasedata_mcp.pipeline.record_redaction import RecordRedactor
from chasedata_mcp.pipeline.settlement import has_others
from chasedata_mcp.policy.decision import Ask
from chasedata_mcp.redaction import DEFAULT_REDACTOR, Redactor
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.effects import ContactsPerson, EffectTime
from chasedata_mcp.tools.lead_snapshot import Lookup
from chasedata_mcp.tools.results import Account, Result, build_failure

TWIN = "twin"


@dataclass(frozen=True, slots=True)
class Keeping:
    """What is kept of a call, and for how long a second one like it is suspicious.

    `hidden` are fields whose values are kept out, beside what is redacted; `key` is that of the
    hashes which stand for what can't be kept.
    """

    hidden: Collection[str] = ()
    duplicates_within: timedelta = timedelta(minutes=10)
    key: bytes = b""
    redactor: Redactor = DEFAULT_REDACTOR

    @property
    def out(self) -> RecordRedactor:
        """What is kept out."""
        return RecordRedactor(self.hidden, self.redactor, self.key)


class Recorder:
    """Writes the pipeline's calls into a ledger."""

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
        self._entries = Entries(account, keeping.out)

    async def duplicate(self, action: Action) -> Ask | None:
        """The question that a call raises whose like reached the same person a moment ago.

        Raises:
            CallError: `not_allowed`; the ledger can't be read, so nobody can tell.
        """
        like = self.duplicate_query(action)
        if like is None:
            return None
        try:
            found = await self._ledger.duplicate(like, self._account.accid)
        except LedgerError as error:
            raise refuse_without_ledger(error) from None
        return None if found is None else Ask(TWIN, _same(action, found, self._clock()))

    def duplicate_query(self, action: Action) -> DuplicateQuery | None:
        """What finds the calls like this one of a moment ago, None where none are looked for."""
        if not self._is_watched(action):
            return None
        return DuplicateQuery(self.digest(action), self._clock() - self._keeping.duplicates_within)

    async def intend(self, call: Call) -> str:
        """Put a call on record before it is sent; it is on disk when this returns its entry's id.

        Raises:
            CallError: `not_allowed` where the ledger can't be written, `needs_confirmation` where
                one like it got ahead. Nothing was sent.
        """
        intent = self._entries.intent(call, self._clock())
        asked = any(ask.rule == TWIN for ask in call.asked_by)
        watched = self._is_watched(call.action) and not asked
        within = self._keeping.duplicates_within if watched else None
        try:
            reservation = replace(
                self._entries.reserve(call), duplicate_within=within, aware_of=call.aware_of
            )
            stopped = await self._ledger.intend(intent, reservation)
        except LedgerError as error:
            raise refuse_without_ledger(error) from None
        if stopped is not None:
            late = self._late(call, stopped)
            self.refused(call, build_failure(self._account, late))
            raise late
        return intent.entry

    def _late(
        self, call: Call, stopped: Duplicate | Broken | Frozen | SpentGrant | SuppressedSince
    ) -> CallError:
        """Something got ahead between the judgement and the intent."""
        if isinstance(stopped, Duplicate):
            return self._overtaken(call, stopped.entry)
        return overtaken(stopped)

    def _overtaken(self, call: Call, ahead: Entry) -> CallError:
        """Another call got ahead: one like it, or one that is in the way of an undo."""
        if call.undoes is not None and ahead.intent.undoes == call.undoes:
            return CallError(
                Code.NOT_ALLOWED,
                f"It is being undone already, by entry {ahead.id}. Nothing was sent.",
                hint="Look with list_history what becomes of that one.",
            )
        if call.undoes is None or ahead.intent.digest == self.digest(call.action):
            return refuse_unconfirmed(_same(call.action, ahead, self._clock()))
        return CallError(
            Code.NOT_ALLOWED,
            f"Another call touched the same thing meanwhile, entry {ahead.id}. Nothing was sent.",
            hint="Look with list_history what it did, and undo again if that is still wanted.",
        )

    async def end(self, entry: str, call: Call, came: Result, began: datetime) -> bool:
        """Put on record what came of a call; false where the ledger doesn't take it."""
        ending = self._entries.ending(entry, call, came, began, self._clock())
        try:
            await self._ledger.finish(ending)
        except LedgerError:
            return False
        return True

    async def found(  # noqa: PLR0913 - what there is to say of it
        self,
        entry: str,
        call: Call,
        came: Result,
        began: datetime,
        *,
        how: str,
        after: Lookup | None = None,
    ) -> None:
        """Put on record what a read found to have come of a call, and how."""
        ending = self._entries.ending(entry, call, came, began, self._clock())
        ending = replace(ending, how=how, after=self._entries.reading(call, after))
        try:
            await self._ledger.settle(ending)
        except LedgerError:
            return

    def read(self, call: Call, came: Result, began: datetime) -> None:
        """Put a read on record, soon."""
        ended = self._clock()

        def note() -> Note:
            """Put together by the thread that writes it, since whoever reads shouldn't wait."""
            return Note(EntryKind.READ, *self._entries.both(call, came, began, ended))

        self._ledger.note(note)

    async def written(self) -> None:
        """Have the reads until now on disk, as far as the ledger takes them: others look there."""
        await self._ledger.flush()

    def refused(self, call: Call, came: Result) -> None:
        """Put on record that a call was not let through, soon."""
        now = self._clock()
        self._ledger.note(Note(EntryKind.REFUSAL, *self._entries.both(call, came, now, now)))

    async def has_others(self, entry_id: str) -> bool:
        """Whether other writes may have to do with what is read of this entry's lead now."""
        try:
            entry = await self._ledger.entry(entry_id)
            return entry is None or await others_matter(self._ledger, entry)
        except LedgerError:
            return True

    def digest(self, action: Action) -> str:
        """What makes two calls the same: the tool, what would be sent, where to."""
        return self._entries.digest(action)

    def sealed(self, whole: object) -> str:
        """A hash that nobody can compare guesses with who has the ledger alone."""
        return self._entries.out.sealed(whole)

    def keyed(self, subject: str) -> str:
        """A subject's key as the ledger has it, where what it names may be kept out."""
        return self._entries.out.keyed(subject)

    def shown(self, call: Call) -> Mapping[str, Json]:
        """What is kept of a call for a person to see beside its question."""
        return self._entries.shown(call)

    def _is_watched(self, action: Action) -> bool:
        return bool(self._keeping.duplicates_within) and any(
            isinstance(effect, ContactsPerson) and effect.when is EffectTime.NOW
            for effect in action.effects
        )


async def others_matter(ledger: Ledger, entry: Entry) -> bool:
    """Whether other writes may have to do with what is read of an entry's lead now.

    Raises:
        LedgerError: The ledger can't be read.
    """
    keys = [key for key in entry.intent.resource_keys if key.startswith("lead:")]
    others = [other for key in keys for other in await ledger.touching(key)]
    updates = Filter(tool="update_lead", since=entry.intent.at, account=entry.intent.account)
    page = await ledger.history(updates, limit=200)
    return page.older is not None or has_others(entry, [*others, *page.entries])


def _same(action: Action, duplicate: Entry, now: datetime) -> str:
    seconds = max(0, round((now - duplicate.intent.at).total_seconds()))
    ago = f"{seconds} second{'s' * (seconds != 1)}" if seconds < 120 else f"{seconds // 60} minutes"  # noqa: PLR2004 - as people say it
    what: Literal["text", "call"] = "text" if action.toolset == "sms" else "call"
    went = "went" if duplicate.settled else "may have gone"
    return f"The same {what} {went} to this number {ago} ago."
