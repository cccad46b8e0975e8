"""The identity of a process, by which another on the same machine knows that it has ended.

Elsewhere than on Linux, and from another container, nothing is known: a lease has to run out.
"""

import os
from functools import cache
from pathlib import Path
from typing import Final

from chasedata_mcp.ledger.store_time import read_boot

_PROC: Final = Path("/proc")
_START: Final = 19
"""The place of the start time in a process's status, behind its name (proc(5))."""
_ENDED: Final = frozenset({"Z", "X"})


@cache
def identify_system() -> str:
    """Identify this start of the machine and the numbers of its processes; empty for unknown."""
    try:
        numbers = (_PROC / "self/ns/pid").readlink()
    except OSError:
        return ""
    boot = read_boot()
    return f"{boot}/{numbers}" if boot else ""


def identify_process() -> str:
    """Identify this process; empty where its end can't be known by this."""
    system, started = identify_system(), _read_start(os.getpid())
    return f"{system} {os.getpid()} {started}" if system and started else ""


def is_surely_gone(identity: str) -> bool:
    """Tell whether a process has ended; false where that can't be known."""
    system, _, number_and_start = identity.partition(" ")
    number, _, started = number_and_start.partition(" ")
    if not system or system != identify_system() or not number.isdecimal():
        return False
    return _read_start(int(number)) != started


def _read_start(number: int) -> str:
    """Read when a process was started; empty where there is none, or it has ended."""
    try:
        status = (_PROC / str(number) / "stat").read_bytes()
    except OSError:
        return ""
    # Its name stands in brackets, and may hold blanks and brackets itself.
    fields = status.rpartition(b")")[2].decode("ascii").split()
    return "" if fields[0] in _ENDED else fields[_START]
