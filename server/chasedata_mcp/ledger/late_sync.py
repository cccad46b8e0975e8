"""The sync that a store owes after what was appended soon: once, a moment later."""

import threading
from collections.abc import Callable

SOON = 1.0
"""The seconds after which what was appended soon is on disk, where nothing else comes before."""


class LateSync:
    """A sync in a moment, once for all that is appended until then.

    Args:
        sync: Syncs; it is called by a thread of its own.

    Attributes:
        seconds: The time until then.
    """

    def __init__(self, sync: Callable[[], None]) -> None:
        self.seconds = SOON
        self._sync = sync
        self._timer: threading.Timer | None = None

    def begin(self) -> None:
        """Have it run in a moment, unless that is to come already."""
        if self._timer is None:
            self._timer = threading.Timer(self.seconds, self._sync)
            # A process that ends closes its store, or loses nothing if it can't.
            self._timer.daemon = True
            self._timer.start()

    def end(self) -> None:
        """End the wait: the sync runs now, or isn't needed."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
