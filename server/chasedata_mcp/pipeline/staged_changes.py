"""Changes that were made and aren't live yet, and what stands on a dial list, by the record."""

from collections.abc import Iterable, Mapping, Sequence

from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import Entry, Json
from chasedata_mcp.tools import dial_lists
from chasedata_mcp.tools.base import Action


def is_done(entry: Entry, action: Action) -> bool:
    """Tell whether an entry is a call of this tool that was surely done."""
    return entry.intent.tool == action.name and entry.outcome is Outcome.DONE


def describe_change(entry: Entry) -> str:
    """Describe a recorded change: its tool, its arguments and its time."""
    when = f"{entry.intent.at.astimezone():%Y-%m-%d %H:%M}"
    given = _mapping(entry.intent.arguments)
    named = ", ".join(f"{name} {value}" for name, value in given.items())
    unknown = "" if entry.settled else " (whether it was done is unknown)"
    return f"{entry.intent.tool}: {named}, {when}{unknown}"


def _mapping(kept: Json) -> Mapping[str, Json]:
    return kept if isinstance(kept, Mapping) else {}


def list_places(calls: Iterable[Entry]) -> frozenset[str]:
    """Find the places on a list that calls took, or may have, and that none gave up."""
    there: set[str] = set()
    for entry in calls:
        places = [key for key in entry.intent.resource_keys if key.startswith("listphone:")]
        match entry.intent.tool:
            case dial_lists.DeleteDialListPhone.name:
                there.difference_update(places)
            case dial_lists.CreateDialList.name | dial_lists.DeleteDialList.name:
                there.clear()
            case _:
                there.update(places)
    return frozenset(there)


def join_changes(changes: Sequence[str], most: int = 10) -> str:
    """Join changes to a sentence; of many the last ones."""
    shown = "; ".join(changes[-most:])
    more = f"{len(changes) - most} more, then " if len(changes) > most else ""
    return f"{more}{shown}"
