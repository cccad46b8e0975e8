"""The user's own file of numbers that must not be called, one a line, read again on change."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import anyio
from anyio import to_thread

from chasedata_mcp.fields.phone import parse_phone
from chasedata_mcp.files.text import describe_read_error, read_lines
from chasedata_mcp.policy.number_set import NumberSet, collect_numbers, is_ten_digits

LARGEST_SHRINK = 0.1
"""The share of its numbers that a file may lose unnoticed (the project's own figure).

Single removals happen every day; a file that was cut off, emptied or exchanged loses more.
"""
_MOST = 50_000_000
_SETTLES_NS = 2_000_000_000
"""A file that changed so recently may change again within the resolution of its time stamp."""
_IN_A_ROW, _BREATH = 2000, 0.0001
"""After this many lines, other threads have the interpreter for this many seconds.

Python takes it from a thread that works only after 5 ms (`sys.getswitchinterval`), for which every
call would wait at each step of its way.
"""
_State = tuple[int, int, int, int]
_NO_FILE: _State = (0, 0, 0, 0)


class RememberedCounts(Protocol):
    """The counts of an account's suppression files, which outlive the process."""

    async def find_most(self, path: str) -> int:
        """Find the most numbers that a file had since a person accepted it, or 0.

        Raises:
            LedgerError: The store can't be read.
        """
        ...

    async def remember(self, path: str, count: int) -> None:
        """Remember a count, if it is the most that the file had.

        Raises:
            LedgerError: The store can't be used.
        """
        ...


class ForgottenCounts:
    """Counts that nobody remembers: for a file that is looked at once."""

    async def find_most(self, path: str) -> int:
        """Find nothing."""
        del path
        return 0

    async def remember(self, path: str, count: int) -> None:
        """Remember nothing."""


@dataclass(frozen=True, slots=True)
class ShrunkenFile:
    """A suppression file that has lost more numbers than it may.

    `path` is its whole path, empty where the policy names none any more; `left` and `most` count
    the numbers that it has and those that it had.
    """

    path: str
    left: int
    most: int

    @property
    def what_happened(self) -> str:
        """The loss in words: `The suppression file has 3 numbers and had 1,200`."""
        if not self.path:
            return f"The policy names no suppression file, and the last one had {self.most:,}"
        numbers = "1 number" if self.left == 1 else f"{self.left:,} numbers"
        return f"The suppression file has {numbers} and had {self.most:,}"

    @property
    def problem(self) -> str:
        """The loss for a caller, with what a person does."""
        return (
            f"{self.what_happened}: it may have been cut off, emptied or exchanged, so who must "
            "not be called can't be told. A person brings the numbers back, or goes on without "
            "them with `chasedata-mcp policy rearm`."
        )


class SuppressionFile:
    """The numbers of one file; a line may be empty or begin with `#`.

    While the file can't be read, has a line that is no number, or has lost too many numbers,
    `problem` names that, and every call that would reach anybody is refused. It is read in a
    thread, and who asks meanwhile waits for it.

    Args:
        path: The file; None where the policy names none, which is a loss if it named one before.
        nanoseconds: The time now, for comparison with the file's.
        counts: How many numbers the file had.
        largest_shrink: The share of its numbers that it may lose.
    """

    def __init__(
        self,
        path: Path | None,
        nanoseconds: Callable[[], int] = time.time_ns,
        *,
        counts: RememberedCounts = ForgottenCounts(),  # noqa: B008 - without state
        largest_shrink: float = LARGEST_SHRINK,
    ) -> None:
        self._path = path
        self._nanoseconds = nanoseconds
        self._counts = counts
        self._largest_shrink = largest_shrink
        self._state: _State | None = None
        self._numbers = collect_numbers()
        self._turn = anyio.Lock(fast_acquire=True)
        self._begun = self._ended = 0
        self.problem = ""
        self.shrunken: ShrunkenFile | None = None

    async def numbers(self) -> NumberSet:
        """Read the numbers, ten digits each; the last known ones while the file can't be used.

        Raises:
            LedgerError: How many it had can't be told.
        """
        if self._is_current():
            return self._numbers
        begun_before = self._begun
        async with self._turn:
            # A reading that began after this was asked is as new as one of its own would be.
            if self._ended <= begun_before:
                await self._refresh()
        return self._numbers

    def _is_current(self) -> bool:
        try:
            return self._state is not None and self._state == self._now()
        except OSError:
            return False

    async def _refresh(self) -> None:
        self._begun += 1
        try:
            state = self._now()
            if state is None or state != self._state:
                await self._read(state)
        except (OSError, ValueError) as error:
            # The numbers stay, but nothing is reached until the file can be read again.
            self._state, self.shrunken = None, None
            reason = describe_read_error(error) if isinstance(error, OSError) else str(error)
            self.problem = f"The suppression file can't be used: {reason}."
        self._ended = self._begun

    async def _read(self, state: _State | None) -> None:
        found = collect_numbers()
        if self._path is not None:
            found = await to_thread.run_sync(_read_set, self._path)
        self.shrunken = await self._find_shrink(len(found))
        if self.shrunken is not None:
            # Looked at each time from now on: the file may be whole again, or a person accept it.
            self._state, self._numbers = None, await self._join(found)
            self.problem = self.shrunken.problem
            return
        # A file that is being written may lack its end for a moment.
        is_partial = state is None and len(found) < len(self._numbers)
        self._numbers = await self._join(found) if is_partial else found
        self._state, self.problem = state, ""

    async def _join(self, found: NumberSet) -> NumberSet:
        return await to_thread.run_sync(self._numbers.union, found)

    async def _find_shrink(self, count: int) -> ShrunkenFile | None:
        path = "" if self._path is None else str(self._path)
        most = await self._counts.find_most(path)
        if most and (not count or most - count > round(self._largest_shrink * most, 6)):
            return ShrunkenFile(path, count, most)
        if path:
            await self._counts.remember(path, count)
        return None

    def _now(self) -> _State | None:
        """Identify the state of the file; None while it may change without a trace."""
        if self._path is None:
            return _NO_FILE
        stat = self._path.stat()
        # Whoever rewrites a file can put its time back, but not when that was done.
        times, now = (stat.st_mtime_ns, stat.st_ctime_ns), self._nanoseconds()
        if any(abs(now - at) < _SETTLES_NS for at in times):
            return None
        return *times, stat.st_size, stat.st_ino


def read_numbers(path: Path) -> Iterator[str]:
    """Read the numbers of a file one after the other, ten digits each.

    Raises:
        OSError: It can't be read.
        ValueError: It is no text, or a line is no number; the message names the line.
    """
    for at, written in enumerate(read_lines(path, _MOST), start=1):
        line = written.strip()
        if is_ten_digits(line):
            yield line
        elif line and not line.startswith("#"):
            yield _parse(line, at)
        if at % _IN_A_ROW == 0:
            time.sleep(_BREATH)


def _read_set(path: Path) -> NumberSet:
    return collect_numbers(read_numbers(path))


def _parse(line: str, at: int) -> str:
    try:
        return parse_phone(line)
    except ValueError:
        raise ValueError(f"line {at} is not a phone number") from None
