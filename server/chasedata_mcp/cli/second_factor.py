"""`chasedata-mcp second-factor`: codes of a person's own device, for a yes that is surer."""

import sys
from collections.abc import Callable
from datetime import datetime

import typer
from rich.console import Console

from chasedata_mcp import settings
from chasedata_mcp.app.composition import now
from chasedata_mcp.app.machine_user import machine_user
from chasedata_mcp.app.state import directory
from chasedata_mcp.approvals.second_factor import Checked, SecondFactor, address_of, fresh_secret
from chasedata_mcp.cli.command_errors import UsageError
from chasedata_mcp.cli.exit_codes import Exit
from chasedata_mcp.cli.screen import NAME, complain, err, print_line
from chasedata_mcp.cli.terminal_prompt import NOTHING_CHANGED, has_terminal, read_typed_line
from chasedata_mcp.fields.assurance_level import AssuranceLevel
from chasedata_mcp.policy.models import PolicyTerms
from chasedata_mcp.settings import Settings

EXAMPLES = (f"{NAME} second-factor enroll", f"{NAME} second-factor remove")
TO_ENROLL = f"To enroll one: {NAME} second-factor enroll"
HELP = "Enroll or remove a second factor: an authenticator app that shows codes (TOTP)."
Clock = Callable[[], datetime]
ReadLine = Callable[[], str]
_PROMPT = "The code that the app shows now:"
_TRIES = 3
"""The codes that are read before the secret is thrown away."""
_PROBLEM = {
    Checked.WRONG: "that code is wrong, or was used before; nothing changed",
    Checked.WAIT: "too many codes were wrong; wait five minutes. Nothing changed",
    Checked.NOT_ENROLLED: "there is no second factor",
}


def enroll() -> None:
    """Enroll an authenticator app. The secret is shown here, once.

    A policy can then demand a code for a yes (`[yes]`, `second_factor`). The secret is kept in a
    file that only you can read. A program that runs as you, an assistant with a shell too, can
    read it: where that matters, have the approvals given by another user of the machine.
    """
    _require_terminal()
    factor = open_factor(settings.load_settings())
    _end(enroll_device(factor, err(), sys.stdin.readline, now))


def remove() -> None:
    """Remove the second factor; this takes one of its codes."""
    _require_terminal()
    factor = open_factor(settings.load_settings())
    _end(remove_device(factor, err(), sys.stdin.readline, now))


def open_factor(found: Settings) -> SecondFactor:
    """Open the second factor of this user, be one enrolled or not.

    Raises:
        SettingsError: The state directory is none.
    """
    return SecondFactor(directory(found))


def describe_missing_factor(terms: PolicyTerms, found: Settings) -> str | None:
    """Warn where a policy wants codes and no second factor is enrolled; None where all is well.

    Raises:
        SettingsError: The state directory is none.
    """
    levels = terms.yes.model_dump().items()
    wanted = [f"yes.{impact}" for impact, level in levels if level is AssuranceLevel.SECOND_FACTOR]
    if not wanted:
        return None
    try:
        if open_factor(found).enrolled:
            return None
    except OSError as error:
        return f"The policy wants a code of a second factor, and {error}."
    return (
        f"The policy wants a code of a second factor ({', '.join(wanted)}), and none is enrolled "
        "on this machine: until one is, nobody here can say yes to what it is wanted for."
    )


def enroll_device(factor: SecondFactor, screen: Console, read_line: ReadLine, clock: Clock) -> bool:
    """Show a new secret, and keep it once a code proves that a device has it; a few are tried."""
    if factor.enrolled:
        complain(f"there is a second factor already; `{NAME} second-factor remove` takes it away")
        return False
    # The secret is kept only after a code: an app that was mistyped would lock its person out.
    secret = fresh_secret()
    screen.print("Add this to an app that shows codes (TOTP), by its address or by the secret:\n")
    print_line(screen, f"  {address_of(secret, machine_user())}")
    print_line(screen, f"  secret: {_in_fours(secret)}\n")
    for tries_left in reversed(range(_TRIES)):
        code = read_typed_line(_PROMPT, screen, read_line, NOTHING_CHANGED)
        if factor.enroll(secret, code, clock()):
            screen.print("Enrolled. Wait for the app's next code before you use one.")
            return True
        if not (code and tries_left):
            break
        screen.print("That is not its code; type the one that it shows now.")
    complain("no code of the app was typed; nothing was kept, so remove the secret from the app")
    return False


def remove_device(factor: SecondFactor, screen: Console, read_line: ReadLine, clock: Clock) -> bool:
    """Ask for a code, and forget the secret for it."""
    if not factor.enrolled:
        complain(_PROBLEM[Checked.NOT_ENROLLED])
        return False
    code = read_typed_line("A code of the second factor:", screen, read_line, NOTHING_CHANGED)
    checked = factor.remove(code, clock())
    if checked is not Checked.RIGHT:
        complain(_PROBLEM[checked])
        return False
    screen.print("Removed.")
    return True


def _require_terminal() -> None:
    # The secret is shown on standard error: in a log it would be nobody's secret any more.
    if not has_terminal():
        raise UsageError("a second factor is enrolled and removed by a person at a terminal")


def _end(is_done: bool) -> None:  # noqa: FBT001 - it is the outcome, no switch
    if not is_done:
        raise typer.Exit(Exit.FAILED)


def _in_fours(secret: str) -> str:
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
