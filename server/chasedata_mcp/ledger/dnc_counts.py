"""Counts of the DNC registry in a file beside the store, by which a loss is noticed."""

import json
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from chasedata_mcp.files.text import read_text
from chasedata_mcp.ledger.checkpoints import clear_unfinished, replace_file


@dataclass(frozen=True, slots=True)
class DncCounts:
    """Counts of the numbers that each account has ever suppressed, and the accounts with losses.

    A count only grows, since a release doesn't lower it. A loss stays until a person accepts it;
    with `others_lost`, every account that has no count has lost its numbers too. `files` has, for
    each account, the most numbers that each of its suppression files had since a person accepted
    one; the name "" stands for a policy that names none.
    """

    ever: Mapping[str, int] = field(default_factory=dict[str, int])
    lost: frozenset[str] = frozenset()
    others_lost: bool = False
    files: Mapping[str, Mapping[str, int]] = field(default_factory=dict[str, Mapping[str, int]])

    def is_lost(self, account: str, ever: int) -> bool:
        """Say whether an account has lost numbers, where the store has counted `ever`."""
        if account in self.lost:
            return True
        return ever < self.ever[account] if account in self.ever else self.others_lost

    def with_lost(self, accounts: Iterable[str]) -> "DncCounts":
        """Return these counts with the numbers of some accounts lost."""
        return replace(self, lost=self.lost.union(accounts))

    def with_counts(self, counts: Mapping[str, int]) -> "DncCounts":
        """Return these counts with a store's, but for the accounts that have lost numbers there."""
        grown = {
            account: ever for account, ever in counts.items() if not self.is_lost(account, ever)
        }
        return replace(self, ever={**self.ever, **grown})

    def with_accepted(self, account: str, ever: int) -> "DncCounts":
        """Return these counts with an account's as the store has it, and no loss."""
        return replace(self, ever={**self.ever, account: ever}, lost=self.lost - {account})

    def count_in_file(self, account: str, path: str) -> int:
        """Return the most numbers that a file had; for one never seen, the most that any had.

        A policy that names another file than before must not lose numbers unnoticed either.
        """
        files = self.files.get(account, {})
        return files[path] if path in files else max(files.values(), default=0)

    def knows_file(self, account: str, path: str) -> bool:
        """Tell whether a file of an account was seen before."""
        return path in self.files.get(account, {})

    def with_file(self, account: str, path: str, count: int) -> "DncCounts":
        """Return these counts with that of a suppression file."""
        files = {**self.files.get(account, {}), path: count}
        return replace(self, files={**self.files, account: files})


_State = tuple[int, int, int, int]
_SETTLES_NS = 100_000_000
"""The age in nanoseconds from which an unchanged time of change proves an unchanged file.

File systems take the time from a clock that ticks only every few milliseconds, so that two changes
within one tick look alike (git calls such a file racy: git-scm.com/docs/racy-git).
"""
_UNREADABLE = DncCounts(others_lost=True)
"""The counts of a file that can't be read: any account's may have been in it."""


class DncCountsFile:
    """The file of the counts. It may fall behind the store, and is replaced as a whole."""

    def __init__(self, path: Path, nanoseconds: Callable[[], int] = time.time_ns) -> None:
        self._path = path
        self._nanoseconds = nanoseconds
        self._last: tuple[_State, DncCounts] | None = None
        clear_unfinished(path)

    def read(self) -> DncCounts | None:
        """Read the counts; None where there is no file."""
        try:
            # Read for each call that is decided, and changed seldom: reading it anew each time
            # showed in the cost of a decision (docs/performance.md).
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
        """Return what differs between two states of the file: its times, its size, its inode."""
        stat = self._path.stat()
        return stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size, stat.st_ino

    def try_write(self, counts: DncCounts) -> None:
        """Write other counts, if the disk takes them, within a transaction of the only writer."""
        # A file that falls behind notices fewer losses, which is no reason for a call to fail.
        with suppress(OSError):
            self.write(counts)

    def write(self, counts: DncCounts) -> None:
        """Write other counts, within a transaction of the only writer.

        Raises:
            OSError: It can't be written, and is what it was.
        """
        form: dict[str, object] = {
            "ever": dict(counts.ever),
            "lost": sorted(counts.lost),
            "others_lost": counts.others_lost,
        }
        if counts.files:
            form["files"] = {account: dict(files) for account, files in counts.files.items()}
        replace_file(self._path, json.dumps(form, sort_keys=True))


def _parse(form: object) -> DncCounts:
    """Parse the content of the file.

    Raises:
        ValueError, TypeError: It is not that.
    """
    given = _object(form)
    lost, others = given.get("lost"), given.get("others_lost")
    if not isinstance(lost, list) or not isinstance(others, bool):
        raise TypeError("`lost` is a list of accounts, and `others_lost` a boolean")
    accounts = frozenset(map(str, cast("list[object]", lost)))
    files = {
        account: _counts(_object(counts))
        for account, counts in _object(given.get("files", {})).items()
    }
    return DncCounts(_counts(_object(given.get("ever"))), accounts, others, files)


def _object(form: object) -> Mapping[str, object]:
    if not isinstance(form, dict):
        raise TypeError("the counts are an object")
    return cast("dict[str, object]", form)


def _counts(form: Mapping[str, object]) -> dict[str, int]:
    # By the exact type, since a bool is an int too.
    counts = {account: count for account, count in form.items() if type(count) is int}
    if len(counts) < len(form):
        raise ValueError("a count is a number")
    return counts
