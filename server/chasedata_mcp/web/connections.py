"""Bounds on connections, so that silent clients keep nobody out (slowloris).

Until a request is whole its sender is unknown, so time and room are short. A request that is being
answered has no time limit: event streams last as long as their clients want.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol, cast

import h11
from typing_extensions import override
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle
from uvicorn.server import ServerState

# RFC 9110 section 15.6.4. Written by hand, since h11 answers requests, and none was read yet.
_FULL: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\n"
    b"connection: close\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n"
)


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """The most open connections, and the seconds that a client has for the parts of a request.

    `unread` is the time that it may leave an answer unread that fills the buffers.
    """

    connections: int
    header: float = 5
    body: float = 30
    unread: float = 60


class Connection(Protocol):
    """A connection that may have to make room for another one."""

    @property
    def is_waiting(self) -> bool:
        """True while nothing is being answered on it."""
        ...

    def drop(self) -> None:
        """End the connection at once."""
        ...


class OpenConnections:
    """The connections of one server, within its limits.

    The oldest that waits makes room for a new one, so that a client that sends its request at once
    gets in however many others say nothing.
    """

    def __init__(self, limits: ConnectionLimits) -> None:
        self.limits = limits
        self._open: dict[Connection, None] = {}

    def __len__(self) -> int:
        """Count the connections that are open."""
        return len(self._open)

    def add(self, connection: Connection) -> bool:
        """Let a new one in; False where all others are being answered."""
        if len(self._open) >= self.limits.connections:
            oldest = next((one for one in self._open if one.is_waiting), None)
            if oldest is None:
                return False
            self.remove(oldest)
            oldest.drop()
        self._open[connection] = None
        return True

    def remove(self, connection: Connection) -> None:
        """Forget one that has ended."""
        self._open.pop(connection, None)


class Timer:
    """One delayed call at a time, on an event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._handle: asyncio.TimerHandle | None = None

    def start(self, seconds: float, due: Callable[[], None]) -> None:
        """Schedule a call, in place of the one that was scheduled."""
        self.stop()
        self._handle = self._loop.call_later(seconds, due)

    def stop(self) -> None:
        """Cancel the call."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None


class BoundedProtocol(H11Protocol):
    """HTTP/1.1 on a connection that ends when a request doesn't come, or its answer isn't read."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        among: OpenConnections,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._among = among
        self._limits = among.limits
        self._awaited: Literal["header", "body"] | None = None
        self._request_timer = Timer(self.loop)
        self._answer_timer = Timer(self.loop)

    @property
    def is_waiting(self) -> bool:
        """True while no whole request is being answered."""
        cycle = cast("RequestResponseCycle | None", self.cycle)
        is_answered = cycle is None or cycle.response_complete
        return is_answered or self.conn.their_state is h11.SEND_BODY

    def drop(self) -> None:
        """End the connection at once."""
        # close() would first send what is buffered, and a client that doesn't read keeps it open.
        self.transport.abort()

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's
        super().connection_made(transport)
        if self._among.add(self):
            self._await("header", self._limits.header)
        else:
            transport.write(_FULL)
            transport.close()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._among.remove(self)
        self._await(None)
        self._answer_timer.stop()
        super().connection_lost(exc)

    @override
    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.transport.is_closing():
            self._await(None)
        elif self.conn.their_state is h11.IDLE:
            # Uvicorn's own limit on a connection that is kept alive ended with the first byte.
            self._await("header", self._limits.header)
        elif self.conn.their_state is h11.SEND_BODY:
            self._await("body", self._limits.body)
        else:
            self._await(None)

    def _await(self, part: Literal["header", "body"] | None, seconds: float = 0) -> None:
        """Give a part of a request its time to arrive."""
        if part is self._awaited:
            # From the part's beginning: a byte now and then would else keep a connection for ever.
            return
        self._awaited = part
        self._request_timer.stop()
        if part is not None:
            self._request_timer.start(seconds, self._is_late)

    def _is_late(self) -> None:
        if self._awaited == "body" and self.flow.read_paused:
            # Reading is paused because the app is slow, so the client isn't the one that is late.
            self._request_timer.start(self._limits.body, self._is_late)
        else:
            self.drop()

    @override
    def pause_writing(self) -> None:
        super().pause_writing()
        self._answer_timer.start(self._limits.unread, self.drop)

    @override
    def resume_writing(self) -> None:
        self._answer_timer.stop()
        super().resume_writing()
