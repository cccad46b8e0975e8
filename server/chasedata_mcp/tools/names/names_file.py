"""The names file while a server runs: read again on change, and what holds while it is wrong."""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from chasedata_mcp.files.text import describe_read_error, read_text
from chasedata_mcp.tools.names.own_names import NamesFileError, OwnNames, parse_names

_LOG = logging.getLogger(__name__)
MOST_BYTES: Final = 500_000
"""The most bytes of a names file. Reading so many takes this process's one thread 0.2 s."""
_SETTLES_NS: Final = 2_000_000_000
"""A file that changed so recently may change again within the resolution of its time stamp."""

_State = tuple[int, ...]


def read_names_file(path: Path, account: str) -> OwnNames:
    """Read a names file.

    Raises:
        OSError: It can't be read.
        ValueError: It isn't understood.
    """
    return parse_names(read_text(path, MOST_BYTES), account)


class NamesFile:
    """A names file that is looked at with every use, and read where it has changed.

    While it can't be used, `problem` says why, and the last names that could be stay known. What
    they would decide about a call is for the caller to refuse.

    Args:
        path: The file; None where there is none.
        account: The account whose names are wanted.
        nanoseconds: The time now, for comparison with the file's.
    """

    def __init__(
        self,
        path: Path | None,
        account: str,
        nanoseconds: Callable[[], int] = time.time_ns,
    ) -> None:
        self._path, self._account, self._nanoseconds = path, account, nanoseconds
        self._state: _State | None = None
        self.names = OwnNames()
        """The names as they were when the file was looked at last."""
        self.problem = ""
        self._was_good = False

    def look(self) -> OwnNames:
        """Give the names as the file has them now; the last good ones while it has a `problem`."""
        if self._path is None:
            return self.names
        try:
            state = self._identify(self._path)
            if state is None or state != self._state:
                self.names = read_names_file(self._path, self._account)
                self._state, self.problem, self._was_good = state, "", True
        except (OSError, ValueError) as error:
            self._state = None
            self._report(_describe(error))
        return self.names

    def _report(self, problem: str) -> None:
        """Take what is wrong, and log it once."""
        if problem != self.problem and self._was_good:
            _LOG.warning("%s Its last names go on, and calls that hang on it are refused.", problem)
        self.problem = problem

    def _identify(self, path: Path) -> _State | None:
        """Identify the state of the file; None while it may change without a trace."""
        stat = path.stat()
        # Whoever rewrites a file can put its time back, but not when that was done.
        times, now = (stat.st_mtime_ns, stat.st_ctime_ns), self._nanoseconds()
        if any(abs(now - at) < _SETTLES_NS for at in times):
            return None
        return *times, stat.st_size, stat.st_ino, stat.st_dev


def _describe(error: OSError | ValueError) -> str:
    reason = str(error) if isinstance(error, NamesFileError) else describe_read_error(error)
    return f"The names file can't be used: {reason}."
