"""A watch over tests that hang: it ends their process with a traceback, which names the test.

pytest's own begins and ends a thread for each test: 3 ms on a busy machine, 15,000 times.
"""

import faulthandler
import os
import sys
from typing import Final

_SECONDS: Final = 900
_TESTS: Final = 20
"""So many tests together never last as long as that, and each has the rest of it to hang in."""


class HangWatch:
    """A timer that is set anew before the first of every twenty tests, and after each failure."""

    def __init__(self) -> None:
        assert sys.__stderr__ is not None
        # What a test writes is caught; what is said of one that hangs must not be.
        self._said = os.dup(sys.__stderr__.fileno())
        self._begun = 0

    def begin_test(self) -> None:
        if self._begun % _TESTS == 0:
            faulthandler.dump_traceback_later(_SECONDS, exit=True, file=self._said)
        self._begun += 1

    def set_anew(self) -> None:
        """Set the timer before the next test: pytest stops it where a test fails."""
        self._begun = 0

    def end(self) -> None:
        faulthandler.cancel_dump_traceback_later()
        os.close(self._said)
