"""The findings of `chasedata-mcp doctor`, its verdict, and the check of the files."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from chasedata_mcp.app.exposed_files import list_exposed_files
from chasedata_mcp.cli.exit_codes import Exit
from chasedata_mcp.settings import Settings


class State(Enum):
    """The state that a check found: a mark and a colour."""

    GOOD = ("✓", "green")
    BAD = ("✗", "red")
    OPEN = ("-", "yellow")


@dataclass(frozen=True, slots=True)
class Finding:
    """The finding of one check; `advice` where something is to be done."""

    state: State
    message: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Examination:
    """All findings, and the exit code that the dialer's answer calls for."""

    findings: Sequence[Finding]
    code: Exit

    @property
    def verdict(self) -> Finding:
        """The verdict in one sentence, which is printed first."""
        states = [one.state for one in self.findings]
        if State.BAD in states:
            return Finding(State.BAD, "Not ready. What is marked ✗ below has to be mended first.")
        if State.OPEN in states:
            return Finding(State.GOOD, "Ready. What is marked - below is worth a look.")
        return Finding(State.GOOD, "Ready.")

    @property
    def exit(self) -> Exit:
        """The exit code of the whole."""
        is_bad = any(one.state is State.BAD for one in self.findings)
        # The dialer's code says more than FAILED: a script may try again what was not reached.
        return Exit.FAILED if self.code is Exit.DONE and is_bad else self.code


def check_files(found: Settings) -> Iterator[Finding]:
    """Check that no other user of this machine can get at the settings' files and the state."""
    for one in list_exposed_files(found):
        state = State.BAD if one.exposure.refuses else State.OPEN
        yield Finding(state, one.message, f"To mend it: {one.exposure.cure}.")
