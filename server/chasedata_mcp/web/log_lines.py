"""A limit on repeated log lines: any local program can cause as many as it likes."""

import logging
import time
from collections.abc import Callable
from typing import Final

from typing_extensions import override

_MOST_KINDS: Final = 100


class LineLimit(logging.Filter):
    """A filter that passes few warnings of a kind a minute; the last says that more follow."""

    def __init__(
        self, most: int = 5, within: float = 60, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__()
        self._most = most
        self._within = within
        self._clock = clock
        self._counts: dict[tuple[str, int], int] = {}

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING:
            return True
        window = int(self._clock() // self._within)
        # By the template, not by its arguments, which a client can vary at will.
        kind = (str(record.msg).partition("\n")[0], window)
        if kind not in self._counts and len(self._counts) >= _MOST_KINDS:
            # Bounded memory matters more than a line too many.
            self._counts.clear()
        count = self._counts[kind] = self._counts.get(kind, 0) + 1
        if count == self._most:
            record.msg = (
                f"{record.getMessage()} (more of this is not logged within {self._within:g} s)"
            )
            record.args = ()
        return count <= self._most
