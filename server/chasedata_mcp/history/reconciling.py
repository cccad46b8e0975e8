"""Reconcile: look up what became of calls of which nobody knows, where a read can tell."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from chasedata_mcp.action import Action
from chasedata_mcp.actions import CATALOGUE
from chasedata_mcp.dispatch import Road
from chasedata_mcp.errors import CallError
from chasedata_mcp.fields.intake import Intake
from chasedata_mcp.ledger import Ending, Entry, Filter, Ledger
from chasedata_mcp.readings import of_json
from chasedata_mcp.recording import others_matter
from chasedata_mcp.settling import Settled, Unsettled, settle, settling_read

_UNDER_WAY = timedelta(minutes=1)
"""A call younger than this may be under way in another process."""


@dataclass(frozen=True, slots=True)
class Reconciled:
    """An entry whose fate was unknown, and what was found of it."""

    entry: Entry
    found: Settled | Unsettled


async def reconcile(road: Road, ledger: Ledger) -> AsyncIterator[Reconciled]:
    """Settle what can be settled, the oldest first, and put it on record as found.

    Raises:
        LedgerError: The ledger can't be read or written.
    """
    for entry in await ledger.unsettled(Filter(account=road.account.accid)):
        found = await _look(road, ledger, entry)
        if isinstance(found, Settled):
            await ledger.found(_ending(road, entry, found))
        yield Reconciled(entry, found)


async def _look(road: Road, ledger: Ledger, entry: Entry) -> Settled | Unsettled:
    if not entry.endings and road.now() - entry.intent.at < _UNDER_WAY:
        return Unsettled("It may be under way still; look again in a minute.")
    action, before = _action(road, entry), of_json(entry.intent.before)
    if action is None:
        return Unsettled("Too little of the call is in the ledger to tell (hidden_fields).")
    search = settling_read(action, before)
    if search is None:
        return Unsettled("Nothing in this API can tell; somebody has to look in the dialer.")
    answer = await road.search(search)
    age = road.now() - entry.intent.at
    return settle(action, before, answer, age=age, others=await others_matter(ledger, entry))


def _action(road: Road, entry: Entry) -> Action | None:
    """The call as it was, None where something of it was kept out of the ledger."""
    arguments, tool = entry.intent.arguments, CATALOGUE.get(entry.intent.tool)
    if tool is None or not isinstance(arguments, Mapping) or None in arguments.values():
        return None
    try:
        return tool.read(arguments, Intake(entry.intent.at, road.countries))
    except CallError:
        return None


def _ending(road: Road, entry: Entry, found: Settled) -> Ending:
    return Ending(
        entry=entry.id,
        at=road.now(),
        outcome=found.outcome,
        message=found.how,
        milliseconds=0,
        how=found.how,
    )
