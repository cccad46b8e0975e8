"""The MCP server over standard input and output; imports nothing that it doesn't need."""

import sys

import anyio

from chasedata_mcp.errors import SettingsError
from chasedata_mcp.mcp_server.stdio import serve_stdio
from chasedata_mcp.settings import Settings

_WAITING = (
    "chasedata-mcp is waiting for an MCP client on standard input; Ctrl-C ends it.\n"
    "To give it to one: chasedata-mcp setup. To look around: chasedata-mcp demo, or --help.\n"
)
# The client is gone, or Ctrl-C came before anything was served: the same as the input's end.
_ENDED = (BrokenPipeError, ConnectionResetError, KeyboardInterrupt)


def serve(settings: Settings) -> None:
    """Serve until standard input ends, a signal comes, or nobody reads standard output any more.

    Raises:
        SettingsError: The settings can't be used, or there is nobody to serve.
    """
    # Python sets a stream to None that was closed when the process began.
    if sys.stdin is None or sys.stdout is None:
        raise SettingsError("standard input and output have to be open: a client speaks by them")
    if sys.stdin.isatty():
        sys.stderr.write(_WAITING)
    try:
        anyio.run(serve_stdio, settings)
    except* _ENDED:
        pass  # nobody is left to read an error
