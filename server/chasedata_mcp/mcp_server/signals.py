"""The signals that end a server whose input doesn't end: SIGINT and SIGTERM."""

import asyncio
import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final

_ENDING: Final = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def ended_by_signals(end: Callable[[], None]) -> Generator[None]:
    """Call `end` at the first SIGINT or SIGTERM; the next one ends the process at once.

    Where the event loop takes no signals (Windows, or beside the main thread) all stays as it is.
    """
    loop, before = asyncio.get_running_loop(), {one: signal.getsignal(one) for one in _ENDING}

    def first() -> None:
        for one in _ENDING:
            loop.remove_signal_handler(one)
            # The default again, so that a second signal ends a server that hangs.
            signal.signal(one, signal.SIG_DFL)
        end()

    try:
        for one in _ENDING:
            loop.add_signal_handler(one, first)
    except (NotImplementedError, RuntimeError, ValueError):
        yield
        return
    try:
        yield
    finally:
        for one, handler in before.items():
            loop.remove_signal_handler(one)
            signal.signal(one, handler)
