"""The container's health check: does the server answer, where it serves over HTTP?

Over stdio a server has no port: it is well as long as its process runs, which Docker sees itself.
"""

import sys
from http.client import HTTPConnection, HTTPException
from pathlib import Path

COMMAND = Path("/proc/1/cmdline")
PORT = 8765
_SECONDS = 4


def port_of(command: bytes) -> int | None:
    """Read from the server's own command where it serves over HTTP; None where it doesn't."""
    words = command.decode(errors="replace").split("\0")
    if "http" not in words:
        return None
    return int(words[words.index("--port") + 1]) if "--port" in words else PORT


def is_healthy(port: int | None) -> bool:
    """Ask a server for its health; without a port there is nothing to ask."""
    if port is None:
        return True
    line = HTTPConnection("127.0.0.1", port, timeout=_SECONDS)
    try:
        line.request("GET", "/healthz")
        return line.getresponse().status == 200  # noqa: PLR2004 - HTTP's word for well
    except (OSError, HTTPException):
        return False
    finally:
        line.close()


if __name__ == "__main__":
    sys.exit(0 if is_healthy(port_of(COMMAND.read_bytes())) else 1)
