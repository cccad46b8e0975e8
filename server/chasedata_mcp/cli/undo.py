"""`chasedata-mcp undo`: take a call back, from the terminal."""

from typing import Annotated

import typer

from chasedata_mcp import settings
from chasedata_mcp.cli import result_view
from chasedata_mcp.cli.call_session import open_session
from chasedata_mcp.cli.exit_codes import exit_of
from chasedata_mcp.cli.ledger_access import find_environment
from chasedata_mcp.cli.options import ResultAsJson, Sandbox
from chasedata_mcp.cli.screen import NAME, out
from chasedata_mcp.cli.terminal_prompt import ask_at_terminal

EXAMPLES = (f"{NAME} history", f"{NAME} undo 4k7zchzf2m")


def undo(
    entry: Annotated[str, typer.Argument(metavar="ID", help="The entry, as `history` shows it.")],
    *,
    as_json: ResultAsJson = False,
    sandbox: Sandbox = False,
) -> None:
    """Take back an earlier call by making the opposite calls.

    It refuses, and says why, where there is no way back or something has changed since. Where a
    person must say yes, it asks here.
    """
    found = settings.load_settings(sandbox=sandbox)
    find_environment(found)  # it refuses where no ledger is kept
    with open_session(found, ask_at_terminal) as person:
        result = person.undo(entry)
    if as_json:
        typer.echo(result_view.as_json(result))
    else:
        result_view.show(result, out(), sandbox=sandbox)
    raise typer.Exit(exit_of(result))
