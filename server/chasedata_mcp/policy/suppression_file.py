"""The user's own file of numbers that must not be called, one a line, read again on change."""

import time
from collections.abc import Callable
from pathlib import Path

from anyio import to_thread

from chasedata_mcp.fields.phone import parse_phone
from chasedata_mcp.text_files import describe_read_error, read_text

_MOST = 50_000_000
_SETTLES_NS = 2_000_000_000
"""A file that changed so recently may change again within the resolution of its time stamp."""
_TEN = 10
_State = tuple[int, int, int, int]


class SuppressionFile:
    """The numbers of one file; a line may be empty or begin with `#`.

    While the file can't be read or has a line that is no number, `problem` names that, and every
    call that would reach anybody is refused.
    """

    def __init__(self, path: Path, nanoseconds: Callable[[], int] = time.time_ns) -> None:
        self._path = path
        self._nanoseconds = nanoseconds
        self._state: _State | None = None
        self._numbers: frozenset[str] = frozenset()
        self.problem = ""

    async def numbers(self) -> frozenset[str]:
        """Read the numbers, ten digits each; the last known ones while the file can't be read."""
        try:
            state = self._now()
            if state is None or state != self._state:
                self._numbers = await to_thread.run_sync(read_numbers, self._path)
                self._state, self.problem = state, ""
        except (OSError, ValueError) as error:
            # The numbers stay, but nothing is reached until the file can be read again.
            self._state = None
            reason = describe_read_error(error) if isinstance(error, OSError) else str(error)
            self.problem = f"The suppression file can't be used: {reason}."
        return self._numbers

    def _now(self) -> _State | None:
        """Identify the state of the file; None while it may change without a trace."""
        stat = self._path.stat()
        # Whoever rewrites a file can put its time back, but not when that was done.
        times, now = (stat.st_mtime_ns, stat.st_ctime_ns), self._nanoseconds()
        if any(abs(now - at) < _SETTLES_NS for at in times):
            return None
        return *times, stat.st_size, stat.st_ino


def read_numbers(path: Path) -> frozenset[str]:
    """Read the numbers of a file, ten digits each.

    Raises:
        OSError: It can't be read.
        ValueError: It is no text, or a line is no number; the message names the line.
    """
    lines = read_text(path, _MOST).splitlines()
    return frozenset(
        _number(line.strip(), at)
        for at, line in enumerate(lines, start=1)
        if line.strip() and not line.lstrip().startswith("#")
    )


def _number(line: str, at: int) -> str:
    if len(line) == _TEN and line.isascii() and line.isdecimal():
        return line
    try:
        return parse_phone(line)
    except ValueError:
        raise ValueError(f"line {at} is not a phone number") from None
