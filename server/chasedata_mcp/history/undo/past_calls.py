"""The calls of past entries: their forms, their order, and the later ones that stand in the way."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger.models import Entry, EntryKind
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.dial_lists import DeleteDialList, DeleteDialListPhone
from chasedata_mcp.tools.leads import UpdateLead
from chasedata_mcp.tools.playlists import RemovePlaylistFilter
from chasedata_mcp.tools.registry import CATALOGUE

# Undoing these may take several calls, of which some may have been done and others not.
_OF_SEVERAL_STEPS = (DeleteDialList, DeleteDialListPhone, RemovePlaylistFilter)


@dataclass(frozen=True, slots=True)
class PastCall:
    """A write as it was sent: its action, and its form by wire name (None where withheld)."""

    entry: Entry
    action: type[Action]
    form: Mapping[str, str | None]

    def text(self, name: str) -> str:
        """Get a parameter, empty where it was not sent."""
        return self.form.get(name) or ""

    @property
    def has_hidden_value(self) -> bool:
        """True where a parameter that an undo needs is kept out; updates look for themselves."""
        return self.action is not UpdateLead and None in self.form.values()

    @property
    def began(self) -> datetime:
        """The time when it was sent, or a little before, by the store's own time."""
        return self.entry.intent.happened

    @property
    def ended(self) -> datetime:
        """The time when its answer came, or was given up, by the store's own time."""
        return self.entry.endings[0].happened if self.entry.endings else self.began


@dataclass(frozen=True, slots=True)
class EarlierCall:
    """An earlier call to the same target, certain if it was done and over before the next began."""

    call: PastCall
    is_certain: bool


def read_call(entry: Entry) -> PastCall | None:
    """Read the call of an entry, None where the record of it can't be read."""
    form, action = entry.intent.form, CATALOGUE.get(entry.intent.tool)
    if action is None or not isinstance(form, Mapping):
        return None
    values = cast("Mapping[str, object]", form)
    texts = {name: value if isinstance(value, str) else None for name, value in values.items()}
    return PastCall(entry, action, texts)


def list_earlier(
    one: PastCall, earlier: Iterable[Entry], same: Callable[[PastCall], bool]
) -> list[PastCall]:
    """List the calls to the same target before this one, the oldest first.

    A call that can't be read may have changed the target, so what came before it is left out.
    """
    known: list[PastCall] = []
    for entry in _writes(one.entry, earlier):
        read = read_call(entry) if entry.seq < one.entry.seq else one
        if read is None:
            known.clear()
        elif read is not one and same(read):
            known.append(read)
    return known


def list_later(
    one: PastCall, later: Iterable[Entry], same: Callable[[PastCall], bool]
) -> list[Entry]:
    """List the later calls to the same target that were or may have been done, and still stand."""
    after = [entry for entry in _writes(one.entry, later) if entry.seq > one.entry.seq]
    reads = {entry.id: read_call(entry) for entry in after}
    touching = [entry for entry in after if (read := reads[entry.id]) is None or same(read)]
    single = {
        entry.id
        for entry in touching
        if (read := reads[entry.id]) is not None and read.action not in _OF_SEVERAL_STEPS
    }
    taken_back: set[str] = set()
    standing: list[Entry] = []
    for entry in reversed(touching):
        undoes = entry.intent.undoes
        if entry.id in taken_back:
            continue
        if undoes in single and entry.outcome is Outcome.DONE:
            taken_back |= _taken_back(undoes, entry, touching)
        else:
            standing.append(entry)
    return standing[::-1]


def _taken_back(undone: str, by: Entry, touching: Sequence[Entry]) -> set[str]:
    """List the call that another undid; with the first step of an undo go its further steps."""
    [of] = [entry.intent.undoes for entry in touching if entry.id == undone]
    steps = [entry for entry in touching if of is not None and entry.intent.undoes == of]
    if not steps or steps[0].id != undone:
        return {undone}
    # A step that may have come after the undoing still stands.
    over = [
        step for step in steps if step.endings and step.endings[0].happened <= by.intent.happened
    ]
    return {undone, *(step.id for step in over if step.outcome is Outcome.DONE)}


def _writes(one: Entry, entries: Iterable[Entry]) -> list[Entry]:
    """List the writes that changed or may have changed the same dialer, in their order."""
    # The sandbox and another account are other dialers, whatever their lists are called.
    account = (one.intent.environment, one.intent.account)
    return sorted(
        (
            entry
            for entry in entries
            if entry.kind is EntryKind.WRITE
            and entry.outcome is not Outcome.REFUSED
            and entry.id != one.id
            and (entry.intent.environment, entry.intent.account) == account
        ),
        key=lambda entry: entry.seq,
    )


def order(calls: Sequence[PastCall], until: datetime) -> list[EarlierCall]:
    """Find which calls were certainly done one after the other.

    `calls` are all to the same target, the oldest first, and `until` is when the next one began. Of
    two that overlap nobody knows which the dialer did last.
    """
    found: list[EarlierCall] = []
    latest: datetime | None = None
    begins = [*(call.began for call in calls), until][1:]
    for call, next_began in zip(calls, begins, strict=True):
        is_after_others = latest is None or latest <= call.began
        overlaps_none = is_after_others and call.ended <= next_began
        found.append(EarlierCall(call, overlaps_none and call.entry.outcome is Outcome.DONE))
        latest = call.ended if latest is None else max(latest, call.ended)
    return found
