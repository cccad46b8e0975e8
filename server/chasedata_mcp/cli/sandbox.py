"""`chasedata-mcp sandbox`: the sandbox on a port, for any program on this machine."""

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from chasedata_mcp import settings
from chasedata_mcp.app.occupancy import OccupiedError, clear
from chasedata_mcp.app.state import sandbox_home
from chasedata_mcp.cli.command_errors import UsageError
from chasedata_mcp.cli.options import Port
from chasedata_mcp.cli.screen import NAME, out, print_line
from chasedata_mcp.errors import SettingsError
from chasedata_mcp.sandbox import ACCID, TOKEN

_PORT = 8080

HELP = (
    "Serve the sandbox on a port, to any program on this machine. No dialer is touched.\n\n"
    "That one is apart from the sandbox that `--sandbox` means, which each user has and which "
    f"keeps its leads and its record: `{NAME} sandbox reset` starts that afresh."
)
EXAMPLES = (
    f"{NAME} sandbox reset",
    f"{NAME} sandbox --port 8080 --file sandbox.db",
    f'{NAME} sandbox --faults "TextOperations.php=drop_after*1,*=delay:0.5*3"',
)


def sandbox(
    context: typer.Context,
    *,
    port: Port = _PORT,
    file: Annotated[
        Path | None,
        typer.Option(
            "--file",
            dir_okay=False,
            help="Keep the state in this file; otherwise it is lost at the end.",
        ),
    ] = None,
    faults: Annotated[
        str,
        typer.Option(
            "--faults", help="What goes wrong on purpose: SCRIPT=EFFECT*TIMES, separated by commas."
        ),
    ] = "",
) -> None:
    """Serve the sandbox on a port, to any program on this machine. No dialer is touched."""
    if context.invoked_subcommand is not None:
        if (port, file, faults) != (_PORT, None, ""):
            raise UsageError(f"`sandbox {context.invoked_subcommand}` takes none of these options")
        return
    from chasedata_mcp.sandbox.faults import parse_faults  # noqa: PLC0415 - heavy: the sandbox
    from chasedata_mcp.sandbox.standalone import serve_sandbox  # noqa: PLC0415 - as above

    profile = settings.load_settings().load_wire()
    try:
        wrong = parse_faults(faults)
    except ValueError as error:
        raise UsageError(f"--faults: {error}") from None
    try:
        serve_sandbox(port, file, faults=wrong, on_ready=_show_address, profile=profile)
    except SettingsError as error:
        raise UsageError(f"{error}; try another") from None
    except ValueError as error:
        raise UsageError(f"--file: {error}") from None


def reset() -> None:
    """Start the sandbox of `--sandbox` afresh: its leads, its record and its open questions go.

    It can't be done while a server uses it. The live record is not touched.
    """
    found = settings.load_settings()
    try:
        cleared = clear(sandbox_home(found))
    except OccupiedError:
        raise UsageError(
            "the sandbox is in use: end the assistants and pages that run on it, then try again"
        ) from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SettingsError(f"the sandbox's folder can't be cleared ({reason})") from None
    fresh = "The sandbox is as new: made-up leads, no record, nothing waiting."
    out().print(fresh if cleared else f"There was nothing to clear. {fresh}")


def _show_address(address: str) -> None:
    """Print where the sandbox listens, and the settings that point a client at it."""
    lines = (
        ("The sandbox listens at", f"{address}/HttpImport/"),
        ("Its state and its faults", f"{address}/sandbox/"),
        ("token", TOKEN),
        ("accid", ACCID),
    )
    screen = out()
    for label, value in lines:
        screen.print(Text.assemble((f"{label:26}", "dim"), value), soft_wrap=True)
    screen.print("\nTo point chasedata-mcp at it, set:", style="dim")
    for line in environment(address):
        print_line(screen, line)
    screen.print("\nCtrl-C ends it.", style="dim")


def environment(address: str) -> tuple[str, ...]:
    """Make the settings that point a client at a sandbox, as lines of an environment."""
    return (
        f"CHASEDATA_BASE_URL={address}/HttpImport/",
        f"CHASEDATA_TOKEN={TOKEN}",
        f"CHASEDATA_ACCID={ACCID}",
    )
