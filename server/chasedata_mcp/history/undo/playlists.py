"""The ways back from a playlist's filters, which are staged and live only after a reload."""

from collections.abc import Iterable
from dataclasses import dataclass

from chasedata_mcp.history.undo import past_calls
from chasedata_mcp.history.undo.models import NotUndoable, UndoFacts, UndoPlan, UndoStep, UndoSteps
from chasedata_mcp.history.undo.past_calls import EarlierCall, PastCall
from chasedata_mcp.tools.playlists import (
    AssignPlaylistFilter,
    DisablePlaylistFilter,
    EnablePlaylistFilter,
    ReloadPlaylist,
    RemovePlaylistFilter,
)
from chasedata_mcp.tools.resource_keys import fold_name

_STAGED = "It is staged: dialing changes when the playlist is reloaded (reload_playlist)."
_WENT_LIVE = (
    "The playlist was reloaded meanwhile, so dialing follows the change until it is reloaded again "
    "(reload_playlist)."
)
_FILTERS = (
    EnablePlaylistFilter,
    DisablePlaylistFilter,
    AssignPlaylistFilter,
    RemovePlaylistFilter,
)


@dataclass(frozen=True, slots=True)
class FilterState:
    """How a filter stands with a playlist: assigned, and switched on; None is unknown."""

    assigned: bool | None = None
    on: bool | None = None


def same(one: PastCall, other: PastCall) -> bool:
    """Whether both are of one filter of one playlist; a reload changes nothing that is staged."""
    return (
        other.action in _FILTERS
        and _same_playlist(one, other)
        and fold_name(one.text("Filter")) == fold_name(other.text("Filter"))
    )


def plan_undo(one: PastCall, known: UndoFacts) -> UndoPlan:
    """Put the filter back to how it stood."""
    calls = past_calls.before(one, known.earlier, lambda other: same(one, other))
    was = _stood(one, past_calls.in_order(calls, one.began))
    reloads = past_calls.in_the_way(
        one,
        known.later,
        lambda other: other.action is ReloadPlaylist and _same_playlist(one, other),
    )
    says = (_WENT_LIVE if reloads else _STAGED,)
    arguments = {"playlist": one.text("Playlist"), "filter_name": one.text("Filter")}
    enable, disable = (
        UndoStep(EnablePlaylistFilter, arguments),
        UndoStep(DisablePlaylistFilter, arguments),
    )
    if one.action is EnablePlaylistFilter:
        return _back(disable, so_before=was.on, says=says, otherwise="switched off")
    if one.action is DisablePlaylistFilter:
        off = None if was.on is None else not was.on
        return _back(enable, so_before=off, says=says, otherwise="switched on")
    if one.action is AssignPlaylistFilter:
        remove = UndoStep(RemovePlaylistFilter, arguments)
        return _back(remove, so_before=was.assigned, says=says, otherwise="not assigned")
    if was.assigned is False:
        return NotUndoable(
            "The filter was not assigned before this call.", "Nothing is to be undone."
        )
    steps = (UndoStep(AssignPlaylistFilter, arguments), disable if was.on is False else enable)
    return UndoSteps(steps, says, _supposed("switched on") if was.on is None else ())


def _back(
    inverse: UndoStep, *, so_before: bool | None, says: tuple[str, ...], otherwise: str
) -> UndoPlan:
    """The inverse of a call that made something so, if it was not so before."""
    if so_before:
        return NotUndoable(
            "The filter stood like this before the call, which changed nothing.",
            f"Nothing is to be taken back. To change it all the same use {inverse.action.name}.",
        )
    return UndoSteps((inverse,), says, _supposed(otherwise) if so_before is None else ())


def _supposed(was: str) -> tuple[str, ...]:
    return (f"The filter was {was} before this call.",)


def _stood(one: PastCall, history: Iterable[EarlierCall]) -> FilterState:
    standing = FilterState()
    for done in history:
        # A name that differs in its capitals may be the same one, or another.
        surely = done.surely and _names(done.sent) == _names(one)
        after = _after(done.sent, standing)
        if surely:
            standing = after
        elif after != standing and not _would_be_refused(done.sent, standing):
            assigned = standing.assigned if standing.assigned is after.assigned else None
            standing = FilterState(assigned, standing.on if standing.on is after.on else None)
    return standing


def _after(call: PastCall, standing: FilterState) -> FilterState:
    if call.action is RemovePlaylistFilter:
        return FilterState(assigned=False)
    if call.action is AssignPlaylistFilter:
        # Whether the dialer switches on what it newly assigns isn't known.
        return standing if standing.assigned else FilterState(assigned=True)
    return FilterState(assigned=True, on=call.action is EnablePlaylistFilter)


def _would_be_refused(call: PastCall, standing: FilterState) -> bool:
    """Whether the call can't have been done: only an assigned filter is switched or removed."""
    return standing.assigned is False and call.action is not AssignPlaylistFilter


def _same_playlist(one: PastCall, other: PastCall) -> bool:
    return fold_name(one.text("Playlist")) == fold_name(other.text("Playlist"))


def _names(call: PastCall) -> tuple[str, str]:
    return call.text("Playlist"), call.text("Filter")
