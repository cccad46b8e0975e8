"""Undo: the way back from an entry of the ledger, carried out by the one pipeline."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from anyio import CancelScope, get_cancelled_exc_class

from chasedata_mcp.approvals.models import Reply
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.history.list import principal
from chasedata_mcp.history.undo import NotUndoable, UndoFacts, UndoSteps, lead_to_read, plan_undo
from chasedata_mcp.history.undo.undo_progress import UndoProgress, stopped
from chasedata_mcp.ledger import (
    Ending,
    Entry,
    EntryKind,
    Environment,
    Intent,
    Ledger,
    LedgerError,
    Note,
    Ruling,
    fresh_id,
)
from chasedata_mcp.pipeline.call import Call
from chasedata_mcp.pipeline.errors import fault
from chasedata_mcp.pipeline.executor import reading_of
from chasedata_mcp.pipeline.pipeline import CallBatch, Cleared, PendingApproval, Pipeline
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.history import Undo as UndoTool
from chasedata_mcp.tools.lead_snapshot import LeadSnapshot, Lookup, select_written
from chasedata_mcp.tools.leads import SearchLead
from chasedata_mcp.tools.results import Result

_LOG = logging.getLogger("chasedata_mcp.history")
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class PlannedUndo:
    """The calls that take an entry back, what they don't bring back, and whose it was."""

    batch: CallBatch
    says: tuple[str, ...]
    entry: str
    whose: str | None
    now: Lookup | None = None
    """How its lead read when the way back was found."""


class UndoService:
    """Takes entries of one ledger back, by one pipeline."""

    def __init__(self, pipeline: Pipeline, ledger: Ledger) -> None:
        self._pipeline = pipeline
        self._ledger = ledger

    async def plan(
        self, entry_id: str, whose: str | None, caller: str | None = None
    ) -> PlannedUndo:
        """Find the way back from an entry; with a caller, that there is none is on record.

        Args:
            entry_id: The entry.
            whose: The principal whose entries may be taken back, None for everybody's.
            caller: Who asks.

        Raises:
            CallError: `invalid_arguments` where there is no such entry, `not_allowed` with the
                reason why there is no way back and what to do instead.
        """
        try:
            entry = await self._ledger.entry(entry_id)
            if entry is None or not self._is_ours(entry, whose):
                raise _no_entry()
            known = await self._known(entry)
            undoings = await self._ledger.undoing(entry.id)
            before = frozenset(other.id for other in (*undoings, *known.later))
        except LedgerError as error:
            raise _no_way(f"The ledger can't be read ({type(error).__name__}).", _TELL) from None
        try:
            batch, says = self._wanted(entry, known, before)
        except CallError as error:
            if caller is not None:
                self._note(entry, caller, error)
            raise
        return PlannedUndo(batch, says, entry.id, whose, known.now)

    async def admit(
        self, plan: PlannedUndo, caller: str, *, out_of_band: bool = False
    ) -> Cleared | PendingApproval:
        """Have the calls of a plan judged: policy and questions as for any other call."""
        return await self._pipeline.admit(plan.batch, caller, out_of_band=out_of_band)

    async def redeem(
        self, plan: PlannedUndo, caller: str, approval_id: str, reply: Reply | None
    ) -> Cleared:
        """Clear the calls of a plan by a person's answer, None for one that was given elsewhere.

        Raises:
            CallError: As for `plan`, where something changed while the person was asked; and as for
                a call that was held.
        """
        if reply is None or reply.content is not None:
            plan = await self.plan(plan.entry, plan.whose, caller)
        return await self._pipeline.redeem(plan.batch, caller, approval_id, reply)

    async def execute(self, plan: PlannedUndo, cleared: Cleared) -> Result:
        """Send the calls one after another, each only when the one before it is done.

        Raises:
            CallError: One of them isn't done, or nobody knows; those before it are, and the history
                shows them. Or the lead has changed since the way back was found.
        """
        if _has_changed(plan.now, cleared.calls[0]):
            raise self._pipeline.refused(cleared.calls, _changed())
        results: list[Result] = []
        for _ in cleared.calls:
            try:
                results.append(await self._pipeline.send(cleared))
            except get_cancelled_exc_class():
                with CancelScope(shield=True):
                    far = await self._far(plan, results)
                    _LOG.warning("the undo of entry %s was cancelled: %s", plan.entry, far.told)
                raise
            except Exception as error:  # noqa: BLE001 - whatever fails, it is told how far it came
                known = error if isinstance(error, CallError) else fault(error)
                raise stopped(await self._far(plan, results), known) from None
        message = " ".join(result.message for result in results)
        warnings = [warning for result in results for warning in result.warnings]
        told = {"message": f"Undone. {message}", "warnings": [*warnings, *plan.says]}
        # To take the first step back takes back what the others did with it.
        return Result.model_validate({**_common(results[0]), **told})

    async def _far(self, plan: PlannedUndo, results: Sequence[Result]) -> UndoProgress:
        """How far the steps of a plan came: by their results, and by what the ledger has beside."""
        steps = len(plan.batch.actions)
        try:
            before = plan.batch.aware_of
            made = [one for one in await self._ledger.undoing(plan.entry) if one.id not in before]
        except LedgerError:
            return UndoProgress(steps, len(results), results[0].entry if results else None)
        unknown = next((one for one in made if not one.settled), None)
        return UndoProgress(steps, len(made) - bool(unknown), made[0].id if made else None, unknown)

    def _wanted(
        self, entry: Entry, known: UndoFacts, before: frozenset[str]
    ) -> tuple[CallBatch, tuple[str, ...]]:
        match plan_undo(entry, known):
            case NotUndoable(reason, instead):
                raise _no_way(reason, instead)
            case UndoSteps(steps, says, supposes):
                actions = tuple(self._read(step.action, step.arguments) for step in steps)
                return CallBatch(actions, supposes, entry.id, before), says

    def _note(self, entry: Entry, caller: str, error: CallError) -> None:
        """Put on record, soon, that an entry was not to be taken back."""
        account, now = self._pipeline.account, self._pipeline.now()
        intent = Intent(
            entry=fresh_id(),
            at=now,
            caller=caller,
            environment=cast("Environment", account.environment),
            account=account.accid,
            host=account.host,
            tool=UndoTool.name,
            digest=f"undo {entry.id}",
            arguments={"entry": entry.id},
            verdict=(Ruling("way_back", "refuse", error.message),),
            numbers=entry.intent.numbers,
            resource_keys=entry.intent.resource_keys,
        )
        ending = Ending(
            entry=intent.entry,
            at=now,
            outcome=error.info.outcome,
            message=error.message,
            milliseconds=0,
            code=error.code,
        )
        self._ledger.note(Note(EntryKind.REFUSAL, intent, ending))

    def _is_ours(self, entry: Entry, whose: str | None) -> bool:
        if entry.intent.account != self._pipeline.account.accid:
            return False
        return whose is None or principal(entry.intent.caller) == whose

    def _read(self, action: type[Action], arguments: Mapping[str, object]) -> Action:
        return self._pipeline.read(action.name, arguments)

    async def _known(self, entry: Entry) -> UndoFacts:
        earlier: dict[str, Entry] = {}
        later: dict[str, Entry] = {}
        complete = True
        for subject in entry.intent.resource_keys:
            found = await self._ledger.touching(subject, limit=_MOST)
            complete = complete and len(found) < _MOST
            for other in found:
                if other.id != entry.id:
                    (earlier if other.seq < entry.seq else later)[other.id] = other
        return UndoFacts(
            earlier=_in_order(earlier),
            later=_in_order(later),
            now=await self._now(entry),
            complete=complete,
            countries=self._pipeline.countries,
        )

    async def _now(self, entry: Entry) -> Lookup | None:
        search: SearchLead | None = lead_to_read(entry)
        return None if search is None else reading_of(await self._pipeline.search(search))


def _has_changed(then: Lookup | None, call: Call) -> bool:
    """Whether a field that would be written reads otherwise than when the way back was found."""
    now = call.before
    if not (isinstance(then, LeadSnapshot) and isinstance(now, LeadSnapshot)):
        return False
    return any(
        then.find_value(name) != now.find_value(name)
        for name in select_written(call.action.build_form())
    )


def _changed() -> CallError:
    return _no_way(
        "The lead reads otherwise than a moment ago.", "Undo it again if that is wanted."
    )


def _no_entry() -> CallError:
    return CallError(
        Code.INVALID_ARGUMENTS,
        "There is no entry of this id that you may see. Nothing was sent.",
        hint="List the entries (list_history, or `chasedata-mcp history` at a terminal), and send "
        "an id as it stands there.",
    )


def _in_order(entries: Mapping[str, Entry]) -> tuple[Entry, ...]:
    return tuple(sorted(entries.values(), key=lambda entry: entry.seq))


def _common(result: Result) -> dict[str, object]:
    """What every result has, without what only a kind of it has."""
    return {name: getattr(result, name) for name in Result.model_fields}


def _no_way(reason: str, instead: str) -> CallError:
    return CallError(Code.NOT_ALLOWED, f"{reason} Nothing was sent.", hint=instead)


_TELL = "Tell the person who runs this server."
