"""Programs that the permissions of files hold for, root's too: what they may not write they can't.

It stands for a read-only mount where nothing may be mounted; `make faults` mounts one.
"""

import os
from collections.abc import Mapping, Sequence

from _support.forks import Child, forked
from _support.terminals import Ended, plain
from _support.timeouts import TIMEOUT

BOUND = """
import ctypes, os
if os.getuid() == 0:
    # Without CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH, the bits 1 and 2 (capset(2)).
    libc = ctypes.CDLL(None, use_errno=True)
    head, sets = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    assert libc.capget(head, sets) == 0
    sets[0] &= ~6
    sets[1] &= ~6
    assert libc.capset(head, sets) == 0
"""
"""The beginning of such a program."""
_COMMAND = "from chasedata_mcp.cli import main; main()"


def run_bound(words: Sequence[str], environ: Mapping[str, str]) -> Ended:
    """Run a command in a process of its own, for which permissions hold."""
    ours, theirs = os.pipe()
    process = forked(BOUND + _COMMAND, words, environ, (None, None, theirs))
    os.close(theirs)
    with process, os.fdopen(ours, encoding="utf-8") as complaints:
        out, _ = process.communicate(TIMEOUT)
        return Ended(process.wait(), plain(out), plain(complaints.read()))


class BoundChild(Child):
    """A child for which permissions hold; see `Child`."""

    def __init__(self, script: str, **given: object) -> None:
        super().__init__(BOUND + script, **given)
