"""A Python that is up at once: another process, which has imported everything, forks for it.

It takes what `python` takes and ends as the fork does; see `forks`, which runs it without `site`.
"""

import contextlib
import json
import os
import signal
import socket
import sys
from typing import Final

_SIZE: Final = 4
_PASSED_ON: Final = (signal.SIGINT, signal.SIGTERM)


def main() -> None:
    """Have a fork run what the words mean, with this process's streams, place and variables."""
    door, *words = sys.argv[1:]
    life = _ask(door, [*_program(words), dict(os.environ), os.getcwd()])  # noqa: PTH109 - a start
    pid = _number(life)
    for number in _PASSED_ON:
        signal.signal(number, lambda number, _: _pass_on(number, pid))
    code = _number(life)
    if code < 0:
        with contextlib.suppress(OSError):  # which can't be caught anyway
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)


def _program(words: list[str]) -> tuple[str, list[str]]:
    """Give the text and the words of `-c text`, `-m module` or `file`."""
    first, *others = words
    if first == "-c":
        return others[0], others[1:]
    if first == "-m":
        run = f"runpy.run_module({others[0]!r}, run_name='__main__', alter_sys=True)"
        return f"import runpy; {run}", others[1:]
    run = f"runpy.run_path({first!r}, run_name='__main__')"
    return f"import runpy, sys; sys.argv[0] = {first!r}; {run}", others


def _ask(door: str, told: list[object]) -> socket.socket:
    """Ask for a fork, which has the streams from here on; gives what tells of its life."""
    life, its_life = socket.socketpair()
    said = json.dumps(told).encode()
    with socket.socket(socket.AF_UNIX) as way, its_life:
        way.connect(door)
        socket.send_fds(way, [len(said).to_bytes(_SIZE, "big")], [0, 1, 2, its_life.fileno()])
        way.sendall(said)
    os.closerange(0, 3)
    return life


def _pass_on(number: int, pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _number(life: socket.socket) -> int:
    return int.from_bytes(life.recv(_SIZE, socket.MSG_WAITALL), "big", signed=True)


if __name__ == "__main__":
    main()
