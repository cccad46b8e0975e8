"""The undo of calls to a playlist's filters, which are staged until the playlist is reloaded."""

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
    """The state of a filter on a playlist: assigned, and switched on; None is unknown."""

    assigned: bool | None = None
    on: bool | None = None


def is_same_target(one: PastCall, other: PastCall) -> bool:
    """Tell whether both are about one filter of one playlist; a reload changes no staged state."""
    return (
        other.action in _FILTERS
        and _same_playlist(one, other)
        and fold_name(one.text("Filter")) == fold_name(other.text("Filter"))
    )


def plan_undo(one: PastCall, known: UndoFacts) -> UndoPlan:
    """Plan to put the filter back to its former state."""
    calls = past_calls.list_earlier(one, known.earlier, lambda other: is_same_target(one, other))
    was = _find_state(one, past_calls.order(calls, one.began))
    # Nothing changes for dialing before the reload (docs/wire.md).
    reloads = past_calls.list_later(
        one,
        known.later,
        lambda other: other.action is ReloadPlaylist and _same_playlist(one, other),
    )
    notes = (_WENT_LIVE if reloads else _STAGED,)
    arguments = {"playlist": one.text("Playlist"), "filter_name": one.text("Filter")}
    enable, disable = (
        UndoStep(EnablePlaylistFilter, arguments),
        UndoStep(DisablePlaylistFilter, arguments),
    )
    if one.action is EnablePlaylistFilter:
        return _back(disable, so_before=was.on, notes=notes, otherwise="switched off")
    if one.action is DisablePlaylistFilter:
        off = None if was.on is None else not was.on
        return _back(enable, so_before=off, notes=notes, otherwise="switched on")
    if one.action is AssignPlaylistFilter:
        remove = UndoStep(RemovePlaylistFilter, arguments)
        return _back(remove, so_before=was.assigned, notes=notes, otherwise="not assigned")
    if was.assigned is False:
        return NotUndoable(
            "The filter was not assigned before this call.", "Nothing is to be undone."
        )
    steps = (UndoStep(AssignPlaylistFilter, arguments), disable if was.on is False else enable)
    return UndoSteps(steps, notes, _assume("switched on") if was.on is None else ())


def _back(
    inverse: UndoStep, *, so_before: bool | None, notes: tuple[str, ...], otherwise: str
) -> UndoPlan:
    """Plan the inverse of a call, unless the call changed nothing."""
    if so_before:
        return NotUndoable(
            "The filter stood like this before the call, which changed nothing.",
            f"Nothing is to be taken back. To change it all the same use {inverse.action.name}.",
        )
    return UndoSteps((inverse,), notes, _assume(otherwise) if so_before is None else ())


def _assume(was: str) -> tuple[str, ...]:
    return (f"The filter was {was} before this call.",)


def _find_state(one: PastCall, history: Iterable[EarlierCall]) -> FilterState:
    standing = FilterState()
    for done in history:
        # A name that differs in its capitals may be the same one, or another.
        is_certain = done.is_certain and _names(done.call) == _names(one)
        after = _after(done.call, standing)
        if is_certain:
            standing = after
        elif after != standing and not _would_be_refused(done.call, standing):
            assigned = standing.assigned if standing.assigned is after.assigned else None
            standing = FilterState(assigned, standing.on if standing.on is after.on else None)
    return standing


def _after(call: PastCall, standing: FilterState) -> FilterState:
    if call.action is RemovePlaylistFilter:
        return FilterState(assigned=False)
    if call.action is AssignPlaylistFilter:
        # It isn't known whether the dialer switches on what it newly assigns.
        return standing if standing.assigned else FilterState(assigned=True)
    return FilterState(assigned=True, on=call.action is EnablePlaylistFilter)


def _would_be_refused(call: PastCall, standing: FilterState) -> bool:
    """Tell whether the dialer must have refused: only an assigned filter is switched or removed."""
    return standing.assigned is False and call.action is not AssignPlaylistFilter


def _same_playlist(one: PastCall, other: PastCall) -> bool:
    return fold_name(one.text("Playlist")) == fold_name(other.text("Playlist"))


def _names(call: PastCall) -> tuple[str, str]:
    return call.text("Playlist"), call.text("Filter")
