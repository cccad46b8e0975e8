"""Serving over standard input and output; imports nothing that a served process doesn't need."""

import signal
import sys

import anyio

from chasedata_mcp.mcp_server.stdio import serve_stdio
from chasedata_mcp.settings import Settings

_WAITING = (
    "chasedata-mcp is waiting for an MCP client on standard input; Ctrl-C ends it.\n"
    "To look around instead: chasedata-mcp demo, or chasedata-mcp --help.\n"
)
_GONE = (BrokenPipeError, ConnectionResetError)


def serve(settings: Settings) -> None:
    """Serve until standard input ends, or nobody reads standard output any more.

    Raises:
        SettingsError: The settings can't be used.
    """
    if sys.stdin.isatty():
        # Else Ctrl-C would wait for the line that the server waits for.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        sys.stderr.write(_WAITING)
    try:
        anyio.run(serve_stdio, settings)
    except* _GONE:
        pass  # The client is gone, as when standard input ends, and there is nobody to tell.
