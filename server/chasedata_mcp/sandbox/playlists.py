"""Playlists and their filters: changes are staged, and nothing is dialed by them before a reload.

All refusals' texts are the project's own.
"""

from chasedata_mcp.sandbox.operations import Order, Refused

_OFF = "DELETE FROM playlist_filters WHERE stage = 'live' AND playlist = ?"
_ON = """
INSERT INTO playlist_filters
SELECT 'live', playlist, filter, enabled FROM playlist_filters
WHERE stage = 'staged' AND playlist = ?"""
_SWITCH = """
UPDATE playlist_filters SET enabled = ?
WHERE stage = 'staged' AND playlist = ? AND filter = ?"""
_REMOVE = "DELETE FROM playlist_filters WHERE stage = 'staged' AND playlist = ? AND filter = ?"


def enable_filter(order: Order) -> None:
    """Switch on a filter that is assigned to the playlist."""
    _require_assigned(order.db.execute(_SWITCH, (1, *_both(order))).rowcount)


def disable_filter(order: Order) -> None:
    """Switch off a filter that is assigned to the playlist."""
    _require_assigned(order.db.execute(_SWITCH, (0, *_both(order))).rowcount)


def assign_filter(order: Order) -> None:
    """Assign a filter to the playlist, switched on; one that is assigned stays as it is."""
    order.db.execute(
        "INSERT OR IGNORE INTO playlist_filters VALUES ('staged', ?, ?, 1)",
        _both(order),
    )


def remove_filter(order: Order) -> None:
    """Take a filter from the playlist; the filter itself belongs to the account and stays."""
    _require_assigned(order.db.execute(_REMOVE, _both(order)).rowcount)


def reload_playlist(order: Order) -> None:
    """Make what is staged for a playlist decide what is dialed."""
    playlist = _playlist(order)
    order.db.execute(_OFF, (playlist,))
    order.db.execute(_ON, (playlist,))


def _playlist(order: Order) -> str:
    name = order.text("Playlist")
    if order.db.execute("SELECT 1 FROM playlists WHERE name = ?", (name,)).fetchone() is None:
        raise Refused("Playlist was not found.")
    return name


def _both(order: Order) -> tuple[str, str]:
    playlist, name = _playlist(order), order.text("Filter")
    if order.db.execute("SELECT 1 FROM filters WHERE name = ?", (name,)).fetchone() is None:
        raise Refused("Filter was not found.")
    return playlist, name


def _require_assigned(rows: int) -> None:
    if not rows:
        raise Refused("Filter is not assigned to the Playlist.")
