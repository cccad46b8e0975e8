"""Caps that a restore has closed: they open by the store's own time."""

import json
from datetime import datetime, timedelta

import pytest

from _support.ledger import NOON
from chasedata_mcp.ledger.closed_caps import find_closed_limits
from chasedata_mcp.ledger.events import format_time
from chasedata_mcp.ledger.union_query import AnswerRow, RowKind
from chasedata_mcp.ledger.usage import Limit

HOUR = timedelta(hours=1)
CLOSED = Limit("closes", "texts", HOUR, 3, stops=True, closes=True)
AHEAD = 3 * HOUR
"""The store's own time is so far ahead of the clock."""


def closed(now: datetime, body: object) -> dict[str, datetime]:
    """Find what is closed at a time by the clock, for a restore at noon by the clock."""
    row: AnswerRow = (RowKind.RESTORE, 7, 0, format_time(NOON), json.dumps(body), "", "")
    return find_closed_limits([row], [CLOSED], now + AHEAD, AHEAD)


@pytest.mark.parametrize("nested", [False, True])
def test_they_open_by_the_stores_own_time_and_say_when_by_the_clock(nested: bool) -> None:  # noqa: FBT001 - a parameter
    restored = {"store_time": format_time(NOON + AHEAD)}
    # Pruning carries a restore over its cut, in another event.
    body = {"body": restored} if nested else restored
    assert closed(NOON + HOUR - timedelta(seconds=1), body) == {"closes": NOON + HOUR}
    assert closed(NOON + HOUR, body) == {}
    # Set back by three hours since a restore at a time when the clock was right.
    assert closed(NOON - AHEAD, {}) == {"closes": NOON + HOUR - AHEAD}
