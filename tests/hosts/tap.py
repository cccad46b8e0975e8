"""A tap on a server's standard streams: `python tap.py LOG COMMAND …` runs it and keeps each line.

A host is configured with it in place of the server, so that the evidence holds what went between
the two. Each line of the log is `{"at": seconds, "from": "host" | "server", "line": …}`.
"""

import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO


class Log:
    """A file that several threads append lines to; several servers of one host share it."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8")
        self._lock = threading.Lock()

    def add(self, sender: str, line: bytes) -> None:
        with self._lock:
            text = line.decode(errors="replace").strip()
            kept = {"at": round(time.time(), 3), "from": sender, "line": text}
            self._file.write(json.dumps(kept) + "\n")
            self._file.flush()


def main(log: str, *command: str) -> int:
    """Run the command between the host's streams and the log; its exit code."""
    kept = Log(Path(log))
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603
    assert server.stdin is not None
    assert server.stdout is not None
    signal.signal(signal.SIGTERM, lambda *_: server.terminate())
    signal.signal(signal.SIGINT, lambda *_: server.terminate())
    from_host = (kept, "host", sys.stdin.buffer, server.stdin)
    threading.Thread(target=_pass_on, args=from_host, daemon=True).start()
    _pass_on(kept, "server", server.stdout, sys.stdout.buffer)
    return server.wait()


def _pass_on(log: Log, sender: str, source: IO[bytes], target: IO[bytes]) -> None:
    """Copy lines until the source ends, then close the target."""
    try:
        for line in iter(source.readline, b""):
            log.add(sender, line)
            target.write(line)
            target.flush()
        target.close()
    except (OSError, ValueError):
        return


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
