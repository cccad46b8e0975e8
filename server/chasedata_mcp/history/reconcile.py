"""Reconcile: what became of calls of which nobody knows, by a read or by a person's word."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from chasedata_mcp.errors import CallError, Code, Outcome
from chasedata_mcp.fields.context import ValidationContext
from chasedata_mcp.fields.sanitize import clean
from chasedata_mcp.history.present import published
from chasedata_mcp.ledger import Ending, Entry, EntryKind, Filter, Ledger
from chasedata_mcp.ledger.questions import Question
from chasedata_mcp.pipeline.pipeline import Pipeline
from chasedata_mcp.pipeline.recorder import others_matter
from chasedata_mcp.pipeline.settlement import (
    Settlement,
    Unresolved,
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
PersonFinding = Literal["done", "not done"]
"""What a person says who looked in the dialer."""
_OUTCOME: Mapping[PersonFinding, Outcome] = {"done": Outcome.DONE, "not done": Outcome.REFUSED}


@dataclass(frozen=True, slots=True)
class ReconciledEntry:
    """An entry whose fate was unknown, and what was found of it."""

    entry: Entry
    found: Settlement | Unresolved


async def reconcile(pipeline: Pipeline, ledger: Ledger) -> AsyncIterator[ReconciledEntry]:
    """Settle what can be settled, the oldest first, and put it on record as found.

    Raises:
        LedgerError: The ledger can't be read or written.
    """
    for entry in await ledger.unsettled(Filter(account=pipeline.account.accid)):
        found = await _look(pipeline, ledger, entry)
        if isinstance(found, Settlement):
            await ledger.settle(_ending(pipeline, entry, found))
        yield ReconciledEntry(entry, found)


async def open_entry(pipeline: Pipeline, ledger: Ledger, entry_id: str) -> Entry:
    """The write of which nobody knows what became of it, and of which a person may tell.

    Raises:
        CallError: `invalid_arguments` where there is no such entry, `not_allowed` where it is none
            to tell of: what became of it is known, or it may be under way.
        LedgerError: The ledger can't be read.
    """
    entry = await ledger.entry(entry_id)
    if entry is None or entry.intent.account != pipeline.account.accid:
        raise CallError(
            Code.INVALID_ARGUMENTS, "There is no entry of this id.", hint="See the history."
        )
    if entry.kind is not EntryKind.WRITE:
        raise _nothing_to_tell("This entry is no write, and changed nothing.", "See the history.")
    if entry.settled:
        known = published(entry)
        raise _nothing_to_tell(
            f"What became of this entry is known: {known.outcome} ({known.known}).",
            "To take it back use undo.",
        )
    # A word that it was not done must not come before the call itself.
    if may_arrive(entry, pipeline.now()):
        raise _nothing_to_tell(
            "It may be under way still.",
            "Look in the dialer again in a few minutes, and say it then.",
        )
    return entry


def asked_of(entry: Entry, word: PersonFinding) -> Question:
    """What the person confirms, with the call in view."""
    call = published(entry)
    arguments = clean(json.dumps(call.arguments, ensure_ascii=False), _ARGUMENTS)
    return Question(
        f"Did you look in the dialer, and was this call {word}?\n"
        f"{call.tool} at {call.at}, by {call.who}, entry {call.id}\n{arguments}\n"
        f"By your word it will be on record as {word}, and so it stays."
    )


def unsaid() -> CallError:
    """The person didn't confirm."""
    return CallError(
        Code.DECLINED,
        "Nobody said yes. Nothing was recorded.",
        hint="Look in the dialer whether it was done, and say that.",
    )


async def told_by(
    pipeline: Pipeline, ledger: Ledger, entry_id: str, word: PersonFinding, person: str
) -> Result:
    """Put a person's word on what became of an entry on record, as found.

    Args:
        pipeline: Whose calls these are.
        ledger: Where they are.
        entry_id: The entry.
        word: What the person says.
        person: Who says it, and where: `maria, on the terminal`.

    Raises:
        CallError: As for `open_entry`, where that changed meanwhile.
        LedgerError: The ledger can't be read or written.
    """
    entry = await open_entry(pipeline, ledger, entry_id)
    found = Settlement(_OUTCOME[word], f"a person looked in the dialer: {person}")
    await ledger.settle(replace(_ending(pipeline, entry, found), message=f"It was {word}."))
    return Result(
        outcome=Outcome.DONE,
        environment=pipeline.account.environment,
        account=pipeline.account.accid,
        message=f"It is on record that the {entry.intent.tool} of entry {entry.id} was {word}.",
        warnings=[],
        entry=entry.id,
    )


def _nothing_to_tell(why: str, instead: str) -> CallError:
    return CallError(Code.NOT_ALLOWED, f"{why} Nothing was recorded.", hint=instead)


async def _look(pipeline: Pipeline, ledger: Ledger, entry: Entry) -> Settlement | Unresolved:
    if not entry.endings and pipeline.now() - entry.intent.at < _UNDER_WAY:
        return Unresolved("It may be under way still; look again in a minute.")
    action, before = _action(pipeline, entry), lookup_from_json(entry.intent.before)
    if action is None:
        return Unresolved("Too little of the call is in the ledger to tell (hidden_fields).")
    search = settling_read(action, before)
    if search is None:
        return Unresolved("Nothing in this API can tell; somebody has to look in the dialer.")
    answer = await pipeline.search(search)
    late, others = may_arrive(entry, pipeline.now()), await others_matter(ledger, entry)
    return settle(action, before, answer, may_arrive=late, others=others)


def _action(pipeline: Pipeline, entry: Entry) -> Action | None:
    """The call as it was, None where something of it was kept out of the ledger."""
    arguments, tool = entry.intent.arguments, CATALOGUE.get(entry.intent.tool)
    if tool is None or not isinstance(arguments, Mapping) or None in arguments.values():
        return None
    try:
        return tool.read(arguments, ValidationContext(entry.intent.at, pipeline.countries))
    except CallError:
        return None


def _ending(pipeline: Pipeline, entry: Entry, found: Settlement) -> Ending:
    return Ending(
        entry=entry.id,
        at=pipeline.now(),
        outcome=found.outcome,
        message=found.how,
        milliseconds=0,
        how=found.how,
    )
