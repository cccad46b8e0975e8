"""The undo of a whole job: the ways back of its steps, the last one first, by one question."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from chasedata_mcp.errors import CallError, Code, Outcome
from chasedata_mcp.history.planned_undo import PlannedUndo
from chasedata_mcp.history.undo import NotUndoable, UndoFacts, UndoStep, plan_undo
from chasedata_mcp.ledger import Entry, Ledger, fresh_id
from chasedata_mcp.pipeline.call import CallGroup
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.lead_snapshot import Lookup
from chasedata_mcp.tools.playlists import ReloadPlaylist
from chasedata_mcp.tools.registry import CATALOGUE
from chasedata_mcp.tools.skills import ReloadSkills

_MOST_STEPS: Final = 250
"""More than any job has: the calls that undo a dial list of a hundred phones are the most."""
_RELOADS: Final[Mapping[str, str]] = {
    ReloadPlaylist.name: "playlists",
    ReloadSkills.name: "skills",
}
"""The reloads, each with the family of the changes that it makes live."""


@dataclass(slots=True)
class _Ways:
    """The ways back of a job's steps, as they are found."""

    steps: list[tuple[UndoStep, Entry]]
    leads: dict[int, Lookup | None]
    notes: list[str]
    supposes: list[str]
    aware_of: set[str]


@dataclass(frozen=True, slots=True)
class JobUndo:
    """The planner of the undo of jobs, on one ledger.

    `gather` finds the facts about an entry's targets, `read` makes a call of its arguments.
    """

    ledger: Ledger
    gather: Callable[[Entry], Awaitable[UndoFacts]]
    read: Callable[[type[Action], Mapping[str, object]], Action]

    async def find_steps(self, job: str) -> list[Entry]:
        """Find the writes of a job, the oldest first; none where there is no such job.

        Raises:
            LedgerError: The ledger can't be read.
        """
        rows = [f"{job}.{place}" for place in range(_MOST_STEPS)]
        found = await self.ledger.batches.of_rows(rows)
        return sorted(found.values(), key=lambda entry: entry.seq)

    async def plan(self, job: str, steps: Sequence[Entry], whose: str | None) -> PlannedUndo:
        """Plan to take back each step that has a way back; the notes say which ones stay.

        Raises:
            CallError: `not_allowed`; none has one.
            LedgerError: The ledger can't be read.
        """
        ways = _Ways([], {}, [], [], set())
        taken: set[str] = set()
        # The last one first: what came later in the job has gone by the turn of what came before.
        for entry in [one for one in reversed(steps) if one.intent.tool in CATALOGUE]:
            if entry.outcome is not Outcome.REFUSED and entry.intent.tool not in _RELOADS:
                await self._add(entry, ways, taken)
        if not ways.steps:
            why = ["No step of this job can be taken back.", *ways.notes, "Nothing was sent."]
            hint = "The history shows the job's steps."
            raise CallError(Code.NOT_ALLOWED, " ".join(why), hint=hint)
        ways.steps += _list_reloads(steps, ways.steps)
        group = CallGroup(
            tuple(self.read(step.action, step.arguments) for step, _ in ways.steps),
            tuple(dict.fromkeys(ways.supposes)),
            undoes=job,
            aware_of=frozenset(ways.aware_of),
            job=fresh_id(),
            undoes_each=tuple(entry.id for _, entry in ways.steps),
        )
        undone = tuple(dict.fromkeys(group.undoes_each))
        return PlannedUndo(group, tuple(ways.notes), job, whose, undone, ways.leads)

    async def _add(self, entry: Entry, ways: _Ways, taken: set[str]) -> None:
        """Add the way back of a step, or the reason why it stays."""
        facts = await self.gather(entry)
        undoings = await self.ledger.undoing(entry.id)
        ways.aware_of.update(other.id for other in (*undoings, *facts.later))
        still = tuple(other for other in facts.later if other.id not in taken)
        plan = plan_undo(entry, replace(facts, later=still))
        taken.add(entry.id)
        if isinstance(plan, NotUndoable):
            ways.notes.append(f"{entry.intent.tool} (entry {entry.id}) stays: {plan.reason}")
            return
        ways.leads[len(ways.steps)] = facts.now
        ways.steps += [(step, entry) for step in plan.steps]
        ways.supposes += plan.assumptions
        ways.notes += plan.notes


def _list_reloads(
    steps: Sequence[Entry], ways: Sequence[tuple[UndoStep, Entry]]
) -> Iterator[tuple[UndoStep, Entry]]:
    """List the reloads that make what is taken back live, where the job had made it live."""
    families = {step.action.toolset for step, _ in ways}
    for entry in steps:
        tool = entry.intent.tool
        if entry.outcome is Outcome.DONE and _RELOADS.get(tool) in families:
            given = entry.intent.arguments
            arguments = dict(given) if isinstance(given, Mapping) else {}
            yield UndoStep(CATALOGUE[tool], arguments), entry
