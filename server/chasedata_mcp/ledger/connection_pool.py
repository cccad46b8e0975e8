"""Connections that read: a few are kept open between their uses."""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Generic, Protocol, TypeVar

_KEPT = 4
"""The most that are kept open: as many threads read for a server at once (`async_store.py`)."""


class _Closable(Protocol):
    def close(self) -> object: ...


C = TypeVar("C", bound=_Closable)


class ConnectionPool(Generic[C]):
    """Open connections that nobody uses at the moment.

    Args:
        connect: Makes a new one.
        is_usable: Tells whether one can be used again, after a use and where it was idle.
    """

    def __init__(self, connect: Callable[[], C], is_usable: Callable[[C], bool]) -> None:
        self._connect, self._is_usable = connect, is_usable
        self._lock = threading.Lock()
        self._idle: list[C] = []

    @contextmanager
    def lend(self) -> Generator[C]:
        """Lend a connection, a new one where none is idle."""
        idle = self._idle
        connection = self._take(idle)
        try:
            yield connection
        finally:
            self._put_back(connection, idle)

    def _put_back(self, connection: C, idle: list[C]) -> None:
        is_usable = self._is_usable(connection)
        with self._lock:
            # Not into those that were closed meanwhile.
            is_kept = is_usable and idle is self._idle and len(idle) < _KEPT
            if is_kept:
                idle.append(connection)
        if not is_kept:
            connection.close()

    def _take(self, idle: list[C]) -> C:
        while True:
            try:
                connection = idle.pop()
            except IndexError:
                return self._connect()
            if self._is_usable(connection):
                return connection
            connection.close()

    def close(self) -> None:
        """Close the idle ones, and the others as they come back."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()
