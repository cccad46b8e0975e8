"""Caps that a restore has closed: each counts as used up, until its whole time has passed since.

What was used of the caps between the backup and the restore isn't known. A person may open them
before. Both are read from the chain alone: a restore is an event, and so is a person's word.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from chasedata_mcp.ledger.events import parse_time
from chasedata_mcp.ledger.packed_texts import unpack
from chasedata_mcp.ledger.restores import RESTORE_ENTRY, STORE_TIME
from chasedata_mcp.ledger.rows import encode
from chasedata_mcp.ledger.union_query import AnswerRow, Branch, RowKind
from chasedata_mcp.ledger.usage import Limit

OPEN_CAPS = "open_caps"
"""The admin action of a person who opens the caps that a restore has closed."""
CLOSED_SINCE = (
    f"FROM ledger_events WHERE entry = '{RESTORE_ENTRY}' AND NOT EXISTS "  # noqa: S608 - of constants and marks
    f"(SELECT 1 FROM ledger_entries WHERE tool = '{OPEN_CAPS}' AND account = ? "
    "AND ledger_entries.seq > ledger_events.seq) ORDER BY seq DESC LIMIT 1"
)
"""The last restore after which an account's caps weren't opened: by its place, not by a clock."""
_BRANCH = (
    f"SELECT {RowKind.RESTORE}, seq, 0, at, body, '', '' "  # noqa: S608 - of constants and marks
    f"FROM (SELECT seq, at, body {CLOSED_SINCE}) AS found"
)


def build_closing_branch(account: str) -> Branch:
    """Make the statement that finds since when the caps of an account are closed."""
    return _BRANCH, (encode(account),)


def find_closed_limits(
    rows: Iterable[AnswerRow], limits: Sequence[Limit], now: datetime, ahead: timedelta
) -> dict[str, datetime]:
    """Find the limits that count as used up, by their names, each with the time that it opens.

    `now` is the store's own time, which is `ahead` of the clock, by which these times are.
    """
    for kind, _, _, at, body, *_ in rows:
        if kind == RowKind.RESTORE:
            restored = _read_store_time(at, body)
            opening = {limit.name: restored + limit.within for limit in limits if limit.closes}
            return {name: opens - ahead for name, opens in opening.items() if opens > now}
    return {}


def _read_store_time(at: str, body: str | bytes) -> datetime:
    """Read when a restore was, by the store's own time."""
    event = json.loads(unpack(body))
    # One that was carried over a cut has its own body within.
    return parse_time(event.get("body", event).get(STORE_TIME, at))
