"""Undo: the way back from an entry of the ledger, carried out by the one road."""

from collections.abc import Mapping
from dataclasses import dataclass

from chasedata_mcp.action import Action
from chasedata_mcp.actions.leads import SearchLead
from chasedata_mcp.carrying import reading_of
from chasedata_mcp.dispatch import Cleared, Held, Reply, Road, Wanted
from chasedata_mcp.errors import CallError, Changed, Code, Outcome, Retry, Standing
from chasedata_mcp.history.listing import principal
from chasedata_mcp.ledger import Entry, Ledger, LedgerError
from chasedata_mcp.readings import Reading
from chasedata_mcp.results import Result
from chasedata_mcp.undoing import Known, NoWay, Undo, lead_to_read, way_back

_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Plan:
    """The calls that take an entry back, what they don't bring back, and whose it was."""

    wanted: Wanted
    says: tuple[str, ...]
    entry: str
    whose: str | None


class HalfDoneError(CallError):
    """A later step wasn't done, so that what came of the whole is neither done nor refused."""

    @property
    def standing(self) -> Standing:
        """As if it were unknown: something was changed, and it is not to be sent again unseen."""
        return Standing(Outcome.UNKNOWN, Changed.UNKNOWN, Retry.AFTER_CHECK)


class Undoing:
    """Takes entries of one ledger back, by one road."""

    def __init__(self, road: Road, ledger: Ledger) -> None:
        self._road = road
        self._ledger = ledger

    async def plan(self, entry_id: str, whose: str | None) -> Plan:
        """Find the way back from an entry.

        Args:
            entry_id: The entry.
            whose: The principal whose entries may be taken back, None for everybody's.

        Raises:
            CallError: `invalid_arguments` where there is no such entry, `not_allowed` with the
                reason why there is no way back and what to do instead.
        """
        try:
            entry = await self._ledger.entry(entry_id)
            if entry is None or not self._is_ours(entry, whose):
                raise _no_entry()
            known = await self._known(entry)
            before = frozenset(other.id for other in await self._ledger.undoing(entry.id))
        except LedgerError as error:
            raise _no_way(f"The ledger can't be read ({type(error).__name__}).", _TELL) from None
        match way_back(entry, known):
            case NoWay(reason, instead):
                raise _no_way(reason, instead)
            case Undo(steps, says, supposes):
                actions = tuple(self._read(step.action, step.arguments) for step in steps)
                return Plan(Wanted(actions, supposes, entry.id, before), says, entry.id, whose)

    async def admit(self, plan: Plan, caller: str) -> tuple[Cleared, ...] | Held:
        """Have the calls of a plan judged: policy and questions as for any other call."""
        return await self._road.admit_all(plan.wanted, caller)

    async def redeem(
        self, plan: Plan, caller: str, consent_id: str, reply: Reply
    ) -> tuple[Cleared, ...]:
        """Clear the calls of a plan by a person's answer.

        Raises:
            CallError: As for `plan`, where something changed while the person was asked; and as for
                a call that was held.
        """
        now = await self.plan(plan.entry, plan.whose) if reply.content is not None else plan
        return await self._road.redeem_all(now.wanted, caller, consent_id, reply)

    async def carry_out(self, plan: Plan, cleared: tuple[Cleared, ...]) -> Result:
        """Send the calls one after another, each only when the one before it is done.

        Raises:
            CallError: One of them isn't done; those before it are, and the history shows them.
        """
        results: list[Result] = []
        for one in cleared:
            try:
                results.append(await self._road.send(one))
            except CallError as error:
                raise _after(results, len(cleared), error) from None
        message = " ".join(result.message for result in results)
        warnings = [warning for result in results for warning in result.warnings]
        told = {"message": f"Undone. {message}", "warnings": [*warnings, *plan.says]}
        # To take the first step back takes back what the others did with it.
        return Result.model_validate({**_common(results[0]), **told})

    def _is_ours(self, entry: Entry, whose: str | None) -> bool:
        if entry.intent.account != self._road.account.accid:
            return False
        return whose is None or principal(entry.intent.caller) == whose

    def _read(self, action: type[Action], arguments: Mapping[str, object]) -> Action:
        return self._road.read(action.name, arguments)

    async def _known(self, entry: Entry) -> Known:
        earlier: dict[str, Entry] = {}
        later: dict[str, Entry] = {}
        complete = True
        for subject in entry.intent.subjects:
            found = await self._ledger.touching(subject, limit=_MOST)
            complete = complete and len(found) < _MOST
            for other in found:
                if other.id != entry.id:
                    (earlier if other.seq < entry.seq else later)[other.id] = other
        return Known(
            earlier=_in_order(earlier),
            later=_in_order(later),
            now=await self._now(entry),
            complete=complete,
            countries=self._road.countries,
        )

    async def _now(self, entry: Entry) -> Reading | None:
        search: SearchLead | None = lead_to_read(entry)
        return None if search is None else reading_of(await self._road.search(search))


def _no_entry() -> CallError:
    return CallError(
        Code.INVALID_ARGUMENTS,
        "There is no entry of this id that you may see. Nothing was sent.",
        hint="List the entries with list_history, and send an id as it stands there.",
    )


def _in_order(entries: Mapping[str, Entry]) -> tuple[Entry, ...]:
    return tuple(sorted(entries.values(), key=lambda entry: entry.seq))


def _common(result: Result) -> dict[str, object]:
    """What every result has, without what only a kind of it has."""
    return {name: getattr(result, name) for name in Result.model_fields}


def _no_way(reason: str, instead: str) -> CallError:
    return CallError(Code.NOT_ALLOWED, f"{reason} Nothing was sent.", hint=instead)


def _after(done: list[Result], steps: int, error: CallError) -> CallError:
    """Say which steps were done before the one that failed."""
    if not done:
        return error
    hint = f"The history shows the steps. To go back to before them, undo entry {done[0].entry}."
    if error.standing.outcome is Outcome.REFUSED:
        hint += " After that this one can be undone again."
    return HalfDoneError(
        error.code,
        f"{len(done)} of {steps} steps were done. Of the next one: {error.message}",
        hint=hint,
        dialer_said=error.dialer_said,
    )


_TELL = "Tell the person who runs this server."
