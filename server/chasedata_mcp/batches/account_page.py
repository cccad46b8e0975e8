"""The account of a batch a page at a time, in the same parts as its three files."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from chasedata_mcp.batches.account_files import FILES, STATES_OF
from chasedata_mcp.batches.models import BatchRow
from chasedata_mcp.batches.store import BatchStore

PAGE: Final = 50
"""The rows of a page."""
PARTS: Final = FILES


@dataclass(frozen=True, slots=True)
class AccountPage:
    """Rows of one part of an account, and the number behind which the next page begins, if any."""

    rows: tuple[BatchRow, ...]
    following: int | None

    def keep_first(self, count: int) -> "AccountPage":
        """Keep the first rows; the next page begins behind them."""
        if count >= len(self.rows):
            return self
        return AccountPage(self.rows[:count], self.rows[count - 1].number)


def read_account_page(store: BatchStore, batch: str, part: str, after: int) -> AccountPage:
    """Read the rows of a part (one of `PARTS`) behind a number, in their order. It blocks."""
    found = [
        row
        for state in STATES_OF[part]
        for row in store.read_rows(batch, after=after, limit=PAGE + 1, state=state)
    ]
    found.sort(key=_number)
    page = tuple(found[:PAGE])
    return AccountPage(page, page[-1].number if len(found) > PAGE else None)


def describe_row(row: BatchRow, part: str) -> Mapping[str, str]:
    """Describe what became of a row, beside its cells, in our own short words."""
    known = {"lead_id": row.lead_id, "entry": row.entry} if part == "done" else {"code": row.code}
    return {name: text for name, text in known.items() if text}


def _number(row: BatchRow) -> int:
    return row.number
