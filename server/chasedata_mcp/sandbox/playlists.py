"""Playlists and their filters: changes are staged, and nothing is dialed by them before a reload.

All refusals' texts are the project's own.
"""

from chasedata_mcp.sandbox.operations import Operation, OperationError

_CLEAR_LIVE = "DELETE FROM playlist_filters WHERE stage = 'live' AND playlist = ?"
_COPY_STAGED = """
INSERT INTO playlist_filters
SELECT 'live', playlist, filter, enabled FROM playlist_filters
WHERE stage = 'staged' AND playlist = ?"""
_SWITCH = """
UPDATE playlist_filters SET enabled = ?
WHERE stage = 'staged' AND playlist = ? AND filter = ?"""
_REMOVE = "DELETE FROM playlist_filters WHERE stage = 'staged' AND playlist = ? AND filter = ?"


def enable_filter(operation: Operation) -> None:
    """Switch on a filter that is assigned to the playlist."""
    _require_assigned(operation.db.execute(_SWITCH, (1, *_require_pair(operation))).rowcount)


def disable_filter(operation: Operation) -> None:
    """Switch off a filter that is assigned to the playlist."""
    _require_assigned(operation.db.execute(_SWITCH, (0, *_require_pair(operation))).rowcount)


def assign_filter(operation: Operation) -> None:
    """Assign a filter to the playlist, switched on; one that is assigned stays as it is."""
    operation.db.execute(
        "INSERT OR IGNORE INTO playlist_filters VALUES ('staged', ?, ?, 1)",
        _require_pair(operation),
    )


def remove_filter(operation: Operation) -> None:
    """Take a filter from the playlist; the filter itself belongs to the account and stays."""
    _require_assigned(operation.db.execute(_REMOVE, _require_pair(operation)).rowcount)


def reload_playlist(operation: Operation) -> None:
    """Make the staged filters of a playlist the live ones, which decide what is dialed."""
    playlist = _require_playlist(operation)
    operation.db.execute(_CLEAR_LIVE, (playlist,))
    operation.db.execute(_COPY_STAGED, (playlist,))


def _require_playlist(operation: Operation) -> str:
    name = operation.text("Playlist")
    if operation.db.execute("SELECT 1 FROM playlists WHERE name = ?", (name,)).fetchone() is None:
        raise OperationError("Playlist was not found.")
    return name


def _require_pair(operation: Operation) -> tuple[str, str]:
    playlist, name = _require_playlist(operation), operation.text("Filter")
    if operation.db.execute("SELECT 1 FROM filters WHERE name = ?", (name,)).fetchone() is None:
        raise OperationError("Filter was not found.")
    return playlist, name


def _require_assigned(rows: int) -> None:
    if not rows:
        raise OperationError("Filter is not assigned to the Playlist.")
