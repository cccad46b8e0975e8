"""Sockets that listen on loopback, and their addresses."""

import os
import socket
from typing import Final

from chasedata_mcp.errors import SettingsError

LOOPBACK: Final = "127.0.0.1"
_FAMILIES: Final = {
    LOOPBACK: socket.AF_INET,
    "localhost": socket.AF_INET,
    "::1": socket.AF_INET6,
}
_LAST_PORT: Final = 65_535


def listen(port: int, host: str = LOOPBACK) -> socket.socket:
    """Make a socket that listens on a port of this machine; 0 takes one that is free.

    Raises:
        SettingsError: The host isn't this machine's own, or the port can't be used.
    """
    if host not in _FAMILIES:
        raise SettingsError(
            "only this machine can be served (127.0.0.1, localhost or ::1): there is no TLS and "
            "there are no accounts yet, so the key and customers' data would cross the network in "
            "clear"
        )
    if not 0 <= port <= _LAST_PORT:
        raise SettingsError(f"port {port} can't be used: ports go from 0 to {_LAST_PORT}")
    try:
        return _bound(host, port)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SettingsError(f"port {port} can't be used: {reason}") from None


def _bound(host: str, port: int) -> socket.socket:
    # Named as TCP's: asyncio sets TCP_NODELAY on no other socket (`socket.create_server` leaves the
    # protocol 0), and without it each answer of two small writes, a head and a body, waits 40 ms
    # for the other side's delayed acknowledgement (`make bench ROWS=http-1`).
    made = socket.socket(_FAMILIES[host], socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            # Where it means what it says: a port can be had again at once after a restart.
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
        made.listen()
    except OSError:
        made.close()
        raise
    return made


def address_of(listening: socket.socket, host: str = LOOPBACK) -> str:
    """Give the address of a listening socket, `http://127.0.0.1:8766`."""
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{listening.getsockname()[1]}"
