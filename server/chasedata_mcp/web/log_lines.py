"""A bound on what a log is told of the same trouble: anybody here can make any amount of it."""

import logging
import time
from collections.abc import Callable
from typing import Final

_MOST_KINDS: Final = 100


class LineLimit(logging.Filter):
    """Lets so many records of one kind through within a minute; the last says that more follow."""

    def __init__(
        self, most: int = 5, within: float = 60, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__()
        self._most = most
        self._within = within
        self._clock = clock
        self._counts: dict[tuple[str, int], int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to log it."""
        if record.levelno < logging.WARNING:
            return True
        window = int(self._clock() // self._within)
        kind = (str(record.msg).partition("\n")[0], window)
        if kind not in self._counts and len(self._counts) >= _MOST_KINDS:
            self._counts.clear()
        count = self._counts[kind] = self._counts.get(kind, 0) + 1
        if count == self._most:
            record.msg = (
                f"{record.getMessage()} (more of this is not logged within {self._within:g} s)"
            )
            record.args = ()
        return count <= self._most
