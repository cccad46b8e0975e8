"""Reconciliation: settling calls of unknown outcome, by a read or by a person who looked."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from chasedata_mcp.errors import CallError, Code, Outcome
from chasedata_mcp.fields.context import ValidationContext
from chasedata_mcp.fields.sanitize import clean
from chasedata_mcp.history.present import publish_entry
from chasedata_mcp.ledger import STOP_TOOL, Entry, EntryKind, Filter, Ledger
from chasedata_mcp.ledger.questions import Question
from chasedata_mcp.pipeline.other_writes import OtherWrites
from chasedata_mcp.pipeline.pipeline import Pipeline
from chasedata_mcp.pipeline.settlement import (
    Settlement,
    Unresolved,
    build_found_ending,
    is_younger,
    may_arrive,
    settle,
    settling_read,
)
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.lead_snapshot import lookup_from_json
from chasedata_mcp.tools.registry import CATALOGUE
from chasedata_mcp.tools.results import Result

_UNDER_WAY = timedelta(minutes=1)
"""A call younger than this may be under way in another process."""
_ARGUMENTS = 1000
_PAGE = 100
PersonFinding = Literal["done", "not done"]
"""The finding of a person who looked in the dialer."""
_OUTCOME: Mapping[PersonFinding, Outcome] = {"done": Outcome.DONE, "not done": Outcome.REFUSED}


@dataclass(frozen=True, slots=True)
class ReconciledEntry:
    """An entry whose outcome was unknown, with its settlement or the reason why there is none."""

    entry: Entry
    found: Settlement | Unresolved


def _times(pipeline: Pipeline, ledger: Ledger) -> tuple[datetime, datetime]:
    """Read the time by the clock, and by the store's own time."""
    now = pipeline.now()
    return now, ledger.time.of(now)


async def reconcile(pipeline: Pipeline, ledger: Ledger) -> AsyncIterator[ReconciledEntry]:
    """Look up every entry of unknown outcome, the newest first, and record what is found.

    Raises:
        LedgerError: The ledger can't be read or written.
    """
    others = OtherWrites(ledger, pipeline.account.accid)
    async for entry in _list_unsettled(ledger, pipeline.account.accid):
        found = await _settle_entry(pipeline, ledger, others, entry)
        # What stays unresolved is not recorded: a later look may settle it.
        if isinstance(found, Settlement):
            await ledger.settle(build_found_ending(entry, pipeline.now(), found))
        yield ReconciledEntry(entry, found)


async def count_unsettled(pipeline: Pipeline, ledger: Ledger) -> int:
    """Count the entries that `reconcile` looks up.

    Raises:
        LedgerError: The ledger can't be read.
    """
    return await ledger.count_unsettled(Filter(account=pipeline.account.accid))


async def _list_unsettled(ledger: Ledger, account: str) -> AsyncIterator[Entry]:
    """List the entries of unknown outcome, the newest first, as they are by their turn."""
    before: int | None = None
    which = Filter(account=account)
    while page := await ledger.unsettled(which, limit=_PAGE, before=before):
        for listed in page:
            # A page of searches takes minutes, in which somebody else may have settled it.
            entry = await ledger.entry(listed.id)
            if entry is not None and not entry.settled:
                yield entry
        before = page[-1].seq


async def find_open_entry(pipeline: Pipeline, ledger: Ledger, entry_id: str) -> Entry:
    """Find a write of unknown outcome on which a person may record a finding.

    Raises:
        CallError: `invalid_arguments` where there is no such entry, `not_allowed` where it isn't
            open: it is a read, its outcome is known, or it may be under way.
        LedgerError: The ledger can't be read.
    """
    entry = await ledger.entry(entry_id)
    if entry is None or entry.intent.account != pipeline.account.accid:
        raise CallError(
            Code.INVALID_ARGUMENTS, "There is no entry of this id.", hint="See the history."
        )
    if entry.kind is not EntryKind.WRITE:
        raise _not_open("This entry is no write, and changed nothing.", "See the history.")
    if entry.settled:
        known = publish_entry(entry)
        raise _not_open(
            f"What became of this entry is known: {known.outcome} ({known.known}).",
            "To take it back use undo.",
        )
    # A finding of "not done" before the call arrives would be wrong for good.
    if may_arrive(entry, *_times(pipeline, ledger)):
        raise _not_open(
            "It may be under way still.",
            "Look in the dialer again in a few minutes, and say it then.",
        )
    return entry


def build_outcome_question(entry: Entry, finding: PersonFinding) -> Question:
    """Build the question that the person confirms, with the call in view."""
    call = publish_entry(entry)
    arguments = clean(json.dumps(call.arguments, ensure_ascii=False), _ARGUMENTS)
    return Question(
        f"Did you look in the dialer, and was this call {finding}?\n"
        f"{call.tool} at {call.at}, by {call.who}, entry {call.id}\n{arguments}\n"
        f"By your word it will be on record as {finding}, and so it stays."
    )


def build_unconfirmed_error() -> CallError:
    """Build the failure of a finding that the person didn't confirm."""
    return CallError(
        Code.DECLINED,
        "Nobody said yes. Nothing was recorded.",
        hint="Look in the dialer whether it was done, and say that.",
    )


async def record_finding(
    pipeline: Pipeline, ledger: Ledger, entry_id: str, finding: PersonFinding, person: str
) -> Result:
    """Record a person's finding about an entry of unknown outcome.

    Args:
        pipeline: The pipeline of the account.
        ledger: The ledger with the entry.
        entry_id: The id of the entry.
        finding: The finding, `done` or `not done`.
        person: The person and the place: `maria, on the terminal`.

    Raises:
        CallError: As for `open_entry`, where that changed meanwhile.
        LedgerError: The ledger can't be read or written.
    """
    entry = await find_open_entry(pipeline, ledger, entry_id)
    found = Settlement(_OUTCOME[finding], f"a person looked in the dialer: {person}")
    ending = build_found_ending(entry, pipeline.now(), found)
    await ledger.settle(replace(ending, message=f"It was {finding}."))
    return Result(
        outcome=Outcome.DONE,
        environment=pipeline.account.environment,
        account=pipeline.account.accid,
        message=f"It is on record that the {entry.intent.tool} of entry {entry.id} was {finding}.",
        warnings=[],
        entry=entry.id,
    )


def _not_open(why: str, instead: str) -> CallError:
    return CallError(Code.NOT_ALLOWED, f"{why} Nothing was recorded.", hint=instead)


async def _settle_entry(
    pipeline: Pipeline, ledger: Ledger, others: OtherWrites, entry: Entry
) -> Settlement | Unresolved:
    times = _times(pipeline, ledger)
    if not entry.endings and is_younger(entry.intent, _UNDER_WAY, *times):
        return Unresolved("It may be under way still; look again in a minute.")
    if entry.intent.tool == STOP_TOOL:
        # It sends nothing: whatever request its process didn't send waits, by the registry.
        return Settlement(Outcome.REFUSED, "its process ended; the numbers stay suppressed here")
    action, before = _rebuild_action(pipeline, entry), lookup_from_json(entry.intent.before)
    if action is None:
        return Unresolved("Too little of the call is in the ledger to tell (hidden_fields).")
    search = settling_read(action, before)
    if search is None:
        return Unresolved("Nothing in this API can tell; somebody has to look in the dialer.")
    answer = await pipeline.search(search)
    late, spoilt = may_arrive(entry, *_times(pipeline, ledger)), await others.matter(entry)
    return settle(action, before, answer, may_arrive=late, others=spoilt)


def _rebuild_action(pipeline: Pipeline, entry: Entry) -> Action | None:
    """Rebuild the call of an entry, None where part of it was kept out of the ledger."""
    arguments, tool = entry.intent.arguments, CATALOGUE.get(entry.intent.tool)
    # None stands for an argument that hidden_fields kept out of the ledger.
    if tool is None or not isinstance(arguments, Mapping) or None in arguments.values():
        return None
    try:
        return tool.read(arguments, ValidationContext(entry.intent.at, pipeline.countries))
    except CallError:
        return None
