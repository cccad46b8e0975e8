"""Counts of the DNC registry, kept in a file beside the store so that a loss is noticed."""

import json
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from chasedata_mcp.ledger.checkpoints import clear_unfinished, replace_file
from chasedata_mcp.text_files import read_text


@dataclass(frozen=True, slots=True)
class DncCounts:
    """Counts of the numbers that each account has ever suppressed, and whose are lost.

    The counts only grow, whatever is released. A loss stands until a person accepts it; with
    `others_lost`, every account that has no count is lost too.
    """

    ever: Mapping[str, int] = field(default_factory=dict[str, int])
    lost: frozenset[str] = frozenset()
    others_lost: bool = False

    def is_lost(self, account: str, ever: int) -> bool:
        """Say whether an account's numbers are, of which the store counts `ever`."""
        if account in self.lost:
            return True
        return ever < self.ever[account] if account in self.ever else self.others_lost

    def with_lost(self, accounts: Iterable[str]) -> "DncCounts":
        """Give these counts with the numbers of some accounts lost."""
        return replace(self, lost=self.lost.union(accounts))

    def with_counts(self, counts: Mapping[str, int]) -> "DncCounts":
        """Give these counts with a store's; where that has lost some, nothing changes."""
        grown = {
            account: ever for account, ever in counts.items() if not self.is_lost(account, ever)
        }
        return replace(self, ever={**self.ever, **grown})

    def with_accepted(self, account: str, ever: int) -> "DncCounts":
        """Give these counts with an account's taken as the store has it."""
        return replace(self, ever={**self.ever, account: ever}, lost=self.lost - {account})


_State = tuple[int, int, int, int]
_SETTLES_NS = 100_000_000
"""A file that was replaced this little ago may be again without its times showing it."""
_UNREADABLE = DncCounts(others_lost=True)
"""The counts of a file that can't be read: it may have been anything."""


class DncCountsFile:
    """Counts in a file that is replaced as a whole. It may fall behind the store."""

    def __init__(self, path: Path, nanoseconds: Callable[[], int] = time.time_ns) -> None:
        self._path = path
        self._nanoseconds = nanoseconds
        self._last: tuple[_State, DncCounts] | None = None
        clear_unfinished(path)

    def read(self) -> DncCounts | None:
        """Read the counts; None where there is no file."""
        try:
            # Each call that is decided reads it, and seldom does it change.
            state = self._state()
            if self._last is not None and state == self._last[0]:
                return self._last[1]
            counts = _parse(json.loads(read_text(self._path)))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError):
            return _UNREADABLE
        settled = abs(self._nanoseconds() - max(state[:2])) >= _SETTLES_NS
        self._last = (state, counts) if settled else None
        return counts

    def _state(self) -> _State:
        """Give what tells two states of the file apart."""
        stat = self._path.stat()
        return stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size, stat.st_ino

    def keep(self, counts: DncCounts) -> None:
        """Keep these instead; only for a transaction that keeps all other writers out."""
        # No call fails for it; a loss would only be noticed less.
        with suppress(OSError):
            self.write(counts)

    def write(self, counts: DncCounts) -> None:
        """Keep these instead, as `keep`.

        Raises:
            OSError: It can't be written, and is what it was.
        """
        form = {
            "ever": dict(counts.ever),
            "lost": sorted(counts.lost),
            "others_lost": counts.others_lost,
        }
        replace_file(self._path, json.dumps(form, sort_keys=True))


def _parse(form: object) -> DncCounts:
    """Read what was written.

    Raises:
        ValueError, TypeError: It is not that.
    """
    given = _object(form)
    lost, others = given.get("lost"), given.get("others_lost")
    if not isinstance(lost, list) or not isinstance(others, bool):
        raise TypeError("what is lost is a list of accounts, and whether the others are")
    accounts = frozenset(map(str, cast("list[object]", lost)))
    return DncCounts(_counts(_object(given.get("ever"))), accounts, others)


def _object(form: object) -> Mapping[str, object]:
    if not isinstance(form, dict):
        raise TypeError("what is kept is an object")
    return cast("dict[str, object]", form)


def _counts(form: Mapping[str, object]) -> dict[str, int]:
    counts = {account: count for account, count in form.items() if type(count) is int}
    if len(counts) < len(form):
        raise ValueError("a count is a number")
    return counts
