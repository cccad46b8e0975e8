"""The disk under a directory as the preloaded shim has it: full, failing, read-only, lockless."""

import mmap
import struct
from collections.abc import Generator
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path
from typing import Final

_CONTROL: Final = struct.Struct("=iiqq")
"""The `struct control` of `shim.c`."""


class Fault(IntEnum):
    """What fails; the numbers of `shim.c`."""

    NONE = 0
    FULL = 1
    """What makes a file longer fails."""
    FULL_COPYING = 2
    """Every write fails: on a file system that copies on write."""
    WRITE_FAILS = 3
    SYNC_FAILS = 4
    READ_FAILS = 5
    READ_ONLY = 6


class Locks(IntEnum):
    """What locks do."""

    WORK = 0
    DO_NOTHING = 1
    MISSING = 2


class FaultedDisk:
    """The faults of all processes that have the shim.

    Args:
        shim: The shim, built.
        under: The directory whose files it is about.
        control: The file by which it is told.
    """

    def __init__(self, shim: Path, under: Path, control: Path) -> None:
        control.write_bytes(bytes(_CONTROL.size))
        with control.open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), _CONTROL.size)
        self.variables = {
            "LD_PRELOAD": str(shim),
            "FAULTS_UNDER": str(under.resolve()),
            "FAULTS_CONTROL": str(control),
        }

    @property
    def struck(self) -> int:
        """How often a fault struck since it was set."""
        return int(_CONTROL.unpack(self._shared[:])[3])

    @contextmanager
    def failing(
        self, fault: Fault = Fault.NONE, locks: Locks = Locks.WORK, room: int = 0
    ) -> Generator[None]:
        """Have it fail for the block, after so many more bytes where it is full.

        Raises:
            AssertionError: Nothing struck.
        """
        self._shared[:] = _CONTROL.pack(fault, locks, room, 0)
        try:
            yield
            assert self.struck, f"{fault.name} of {self.variables['FAULTS_UNDER']} never struck"
        finally:
            self._shared[:] = _CONTROL.pack(Fault.NONE, Locks.WORK, 0, 0)
