"""What the memory has held, kept beside the store: so that a loss isn't taken for new."""

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
class Kept:
    """How many numbers the memory of each account has ever held, and whose is lost.

    The counts only grow, whatever the ledger lets go of. What is lost stays so until a person says
    otherwise; with `others_lost`, so is every account that has no count.
    """

    ever: Mapping[str, int] = field(default_factory=dict[str, int])
    lost: frozenset[str] = frozenset()
    others_lost: bool = False

    def is_lost(self, account: str, ever: int) -> bool:
        """Whether an account's memory is, of which the store says how many it has ever held."""
        if account in self.lost:
            return True
        return ever < self.ever[account] if account in self.ever else self.others_lost

    def losing(self, accounts: Iterable[str]) -> "Kept":
        """With the memory of these accounts lost."""
        return replace(self, lost=self.lost.union(accounts))

    def following(self, counts: Mapping[str, int]) -> "Kept":
        """With what a store says now; of what it has lost, nothing changes."""
        grown = {
            account: ever for account, ever in counts.items() if not self.is_lost(account, ever)
        }
        return replace(self, ever={**self.ever, **grown})

    def accepting(self, account: str, ever: int) -> "Kept":
        """With an account's memory taken as the store has it."""
        return replace(self, ever={**self.ever, account: ever}, lost=self.lost - {account})


_State = tuple[int, int, int, int]
_SETTLES_NS = 100_000_000
"""A file that was replaced this little ago may be again without its times showing it."""
UNREADABLE = Kept(others_lost=True)
"""What is kept in a file that can't be read: it may have been anything."""


class MemoryFile:
    """What is kept, in a file that is replaced as a whole. It may fall behind the store."""

    def __init__(self, path: Path, nanoseconds: Callable[[], int] = time.time_ns) -> None:
        self._path = path
        self._nanoseconds = nanoseconds
        self._last: tuple[_State, Kept] | None = None
        clear_unfinished(path)

    def read(self) -> Kept | None:
        """What is kept; None where there is no file."""
        try:
            # Each call that is judged reads it, and seldom does it change.
            state = self._state()
            if self._last is not None and state == self._last[0]:
                return self._last[1]
            kept = _kept(json.loads(read_text(self._path)))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError):
            return UNREADABLE
        settled = abs(self._nanoseconds() - max(state[:2])) >= _SETTLES_NS
        self._last = (state, kept) if settled else None
        return kept

    def _state(self) -> _State:
        """What tells two states of the file apart."""
        stat = self._path.stat()
        return stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size, stat.st_ino

    def keep(self, kept: Kept) -> None:
        """Keep this instead; only for who keeps all other writers out."""
        # No call fails for it; it would only be noticed less.
        with suppress(OSError):
            self.write(kept)

    def write(self, kept: Kept) -> None:
        """Keep this instead, as `keep`.

        Raises:
            OSError: It can't be written, and is what it was.
        """
        form = {
            "ever": dict(kept.ever),
            "lost": sorted(kept.lost),
            "others_lost": kept.others_lost,
        }
        replace_file(self._path, json.dumps(form, sort_keys=True))


def _kept(form: object) -> Kept:
    """Read what was written, and the counts alone that earlier versions wrote.

    Raises:
        ValueError, TypeError: It is neither.
    """
    given = _object(form)
    if "others_lost" not in given:
        return Kept(_counts(given))
    lost, others = given.get("lost"), given["others_lost"]
    if not isinstance(lost, list) or not isinstance(others, bool):
        raise TypeError("what is lost is a list of accounts, and whether the others are")
    accounts = frozenset(map(str, cast("list[object]", lost)))
    return Kept(_counts(_object(given.get("ever"))), accounts, others)


def _object(form: object) -> Mapping[str, object]:
    if not isinstance(form, dict):
        raise TypeError("what is kept is an object")
    return cast("dict[str, object]", form)


def _counts(form: Mapping[str, object]) -> dict[str, int]:
    counts = {account: count for account, count in form.items() if type(count) is int}
    if len(counts) < len(form):
        raise ValueError("a count is a number")
    return counts
