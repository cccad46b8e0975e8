"""The undo service: plans the calls that undo an entry, and sends them through the pipeline."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace

from anyio import CancelScope, get_cancelled_exc_class

from chasedata_mcp.approvals.models import Reply
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.history.job_undo import JobUndo
from chasedata_mcp.history.planned_undo import PlannedUndo
from chasedata_mcp.history.undo import (
    NotUndoable,
    UndoFacts,
    UndoSteps,
    find_lead_to_read,
    plan_undo,
)
from chasedata_mcp.history.undo.undo_progress import UndoProgress, add_progress
from chasedata_mcp.ledger import (
    Entry,
    Ledger,
    LedgerError,
    read_principal,
)
from chasedata_mcp.pipeline.call import Call
from chasedata_mcp.pipeline.errors import fault
from chasedata_mcp.pipeline.executor import reading_of
from chasedata_mcp.pipeline.pipeline import CallGroup, Cleared, PendingApproval, Pipeline
from chasedata_mcp.pipeline.refusal_record import RefusedRequest
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.history import Undo as UndoTool
from chasedata_mcp.tools.lead_snapshot import LeadSnapshot, Lookup, select_written
from chasedata_mcp.tools.leads import SearchLead
from chasedata_mcp.tools.results import Result, keep_common

_LOG = logging.getLogger("chasedata_mcp.history")
_MOST = 10_000


class UndoService:
    """The service that undoes entries of one ledger, through one pipeline."""

    def __init__(self, pipeline: Pipeline, ledger: Ledger) -> None:
        self._pipeline = pipeline
        self._ledger = ledger

    async def plan(
        self, entry_id: str, whose: str | None, caller: str | None = None
    ) -> PlannedUndo:
        """Plan the undo of an entry; with a caller, a refusal is recorded.

        Args:
            entry_id: The id of the entry.
            whose: The principal whose entries may be undone, None for everybody's.
            caller: The caller for whom a refusal is recorded.

        Raises:
            CallError: `invalid_arguments` where there is no such entry, `not_allowed` with the
                reason why the entry can't be undone and an alternative.
        """
        try:
            entry = await self._ledger.entry(entry_id)
            if entry is None:
                return await self._plan_job(entry_id, whose)
            if not self._is_ours(entry, whose):
                raise _no_entry_error()
            facts = await self._gather_facts(entry)
            undoings = await self._ledger.undoing(entry.id)
            before = frozenset(other.id for other in (*undoings, *facts.later))
        except LedgerError as error:
            raise _not_allowed(
                f"The ledger can't be read ({type(error).__name__}).", _TELL_THE_PERSON
            ) from None
        try:
            group, notes = self._build_group(entry, facts, before)
        except CallError as error:
            if caller is not None:
                self._record_refusal(entry, caller, error)
            raise
        return PlannedUndo(group, notes, entry.id, whose, (entry.id,), {0: facts.now})

    async def _plan_job(self, job: str, whose: str | None) -> PlannedUndo:
        jobs = JobUndo(self._ledger, self._gather_facts, self._read)
        steps = await jobs.find_steps(job)
        if not steps or not all(self._is_ours(step, whose) for step in steps):
            raise _no_entry_error()
        return await jobs.plan(job, steps, whose)

    async def admit(
        self, plan: PlannedUndo, caller: str, *, out_of_band: bool = False
    ) -> Cleared | PendingApproval:
        """Have the calls of a plan evaluated and asked about, as any other call is."""
        return await self._pipeline.admit(plan.group, caller, out_of_band=out_of_band)

    async def redeem(
        self, plan: PlannedUndo, caller: str, approval_id: str, reply: Reply | None
    ) -> Cleared:
        """Clear the calls of a plan by a person's answer, None for one that was given out of band.

        Raises:
            CallError: As for `plan`, where something changed while the person was asked; and as for
                a call with a pending approval.
        """
        # A yes is for the state that was shown, so the plan is made anew; a bare no needs none.
        if reply is None or reply.content is not None:
            plan = await self.plan(plan.entry, plan.whose, caller)
        return await self._pipeline.redeem(plan.group, caller, approval_id, reply)

    async def execute(self, plan: PlannedUndo, cleared: Cleared) -> Result:
        """Send the calls one after another, each only when the one before it is done.

        Raises:
            CallError: One of them isn't done, or its outcome is unknown; those before it are, and
                the history shows them. Or the lead has changed since the plan was made.
        """
        # A plan that was made anew for a yes is a job of its own.
        plan = replace(plan, group=replace(plan.group, job=cleared.calls[0].job))
        # The lead was read again when the call was cleared: what somebody wrote since stays.
        if any(_has_changed(then, cleared.calls[place]) for place, then in plan.leads.items()):
            raise self._pipeline.refused(cleared.calls, _lead_changed_error())
        results: list[Result] = []
        # A later step needs the one before it, such as a phone the list that it goes on.
        for _ in cleared.calls:
            try:
                results.append(await self._pipeline.send(cleared))
            except get_cancelled_exc_class():
                # Cancelling must not lose how far the undo came: steps that were sent are done.
                with CancelScope(shield=True):
                    progress = await self._progress(plan, results)
                    _LOG.warning(
                        "the undo of entry %s was cancelled: %s", plan.entry, progress.summary
                    )
                raise
            except Exception as error:  # noqa: BLE001 - whatever fails, the caller learns how far the undo came
                known = error if isinstance(error, CallError) else fault(error)
                # The text says so; the result of an undo has no field for it.
                known.is_suppressed_here = False
                raise add_progress(await self._progress(plan, results), known) from None
        message = " ".join(result.message for result in results)
        warnings = [warning for result in results for warning in result.warnings]
        text = {"message": f"Undone. {message}", "warnings": [*warnings, *plan.notes]}
        # The result names the first step: undoing that one undoes the others too. Those of a job
        # are a job themselves.
        first = keep_common(cleared.calls[0].keep_shown(results[0]))
        return first.model_copy(update={**text, "entry": plan.group.job or first.entry})

    async def _progress(self, plan: PlannedUndo, results: Sequence[Result]) -> UndoProgress:
        """Find how far the steps of a plan came, by the ledger or else by their results."""
        steps = len(plan.group.actions)
        try:
            # Entries from before the plan belong to an earlier undo.
            before = plan.group.aware_of
            undoings = [one for entry in plan.undone for one in await self._ledger.undoing(entry)]
            made = sorted(
                (one for one in undoings if one.id not in before), key=lambda one: one.seq
            )
        except LedgerError:
            return UndoProgress(steps, len(results), results[0].entry if results else None)
        unknown = next((one for one in made if not one.settled), None)
        first = (plan.group.job or made[0].id) if made else None
        return UndoProgress(steps, len(made) - bool(unknown), first, unknown)

    def _build_group(
        self, entry: Entry, facts: UndoFacts, before: frozenset[str]
    ) -> tuple[CallGroup, tuple[str, ...]]:
        match plan_undo(entry, facts):
            case NotUndoable(reason, instead):
                raise _not_allowed(reason, instead)
            case UndoSteps(steps, notes, assumptions):
                actions = tuple(self._read(step.action, step.arguments) for step in steps)
                return CallGroup(actions, assumptions, entry.id, before), notes

    def _record_refusal(self, entry: Entry, caller: str, error: CallError) -> None:
        """Record in the background that an entry could not be undone."""
        refused = RefusedRequest(
            tool=UndoTool.name,
            digest=f"undo {entry.id}",
            arguments={"entry": entry.id},
            caller=caller,
            rule="way_back",
            error=error,
            numbers=entry.intent.numbers,
            resource_keys=entry.intent.resource_keys,
        )
        self._ledger.note(refused.build_note(self._pipeline.account, self._pipeline.now()))

    def _is_ours(self, entry: Entry, whose: str | None) -> bool:
        if entry.intent.account != self._pipeline.account.accid:
            return False
        return whose is None or read_principal(entry.intent.caller) == whose

    def _read(self, action: type[Action], arguments: Mapping[str, object]) -> Action:
        return self._pipeline.read(action.name, arguments, resolves=False)

    async def _gather_facts(self, entry: Entry) -> UndoFacts:
        earlier: dict[str, Entry] = {}
        later: dict[str, Entry] = {}
        complete = True
        for key in entry.intent.resource_keys:
            found = await self._ledger.touching(key, limit=_MOST)
            # The planner refuses where some calls may be missing.
            complete = complete and len(found) < _MOST
            for other in found:
                if other.id != entry.id:
                    (earlier if other.seq < entry.seq else later)[other.id] = other
        return UndoFacts(
            earlier=_in_order(earlier),
            later=_in_order(later),
            now=await self._read_lead(entry),
            complete=complete,
            countries=self._pipeline.countries,
        )

    async def _read_lead(self, entry: Entry) -> Lookup | None:
        search: SearchLead | None = find_lead_to_read(entry)
        return None if search is None else reading_of(await self._pipeline.search(search))


def _has_changed(then: Lookup | None, call: Call) -> bool:
    """Tell whether a field that would be written has changed since the plan was made."""
    now = call.before
    if not (isinstance(then, LeadSnapshot) and isinstance(now, LeadSnapshot)):
        return False
    return any(
        then.find_value(name) != now.find_value(name)
        for name in select_written(call.action.build_form())
    )


def _lead_changed_error() -> CallError:
    return _not_allowed(
        "The lead reads otherwise than a moment ago.", "Undo it again if that is wanted."
    )


def _no_entry_error() -> CallError:
    return CallError(
        Code.INVALID_ARGUMENTS,
        "There is no entry of this id that you may see. Nothing was sent.",
        hint="List the entries (list_history, or `chasedata-mcp history` at a terminal), and send "
        "an id as it stands there.",
    )


def _in_order(entries: Mapping[str, Entry]) -> tuple[Entry, ...]:
    return tuple(sorted(entries.values(), key=lambda entry: entry.seq))


def _not_allowed(reason: str, instead: str) -> CallError:
    return CallError(Code.NOT_ALLOWED, f"{reason} Nothing was sent.", hint=instead)


_TELL_THE_PERSON = "Tell the person who runs this server."
