"""`chasedata-mcp call`: one tool, from the terminal or from a script."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from chasedata_mcp import settings
from chasedata_mcp.app.state import is_passing
from chasedata_mcp.cli import result_view, tool_help
from chasedata_mcp.cli.asking import Ask, at_the_terminal
from chasedata_mcp.cli.calling import caller
from chasedata_mcp.cli.exit_codes import exit_of
from chasedata_mcp.cli.screen import NAME, out
from chasedata_mcp.cli.tool_options import Read, options_of, read
from chasedata_mcp.cli.tools import COMMANDS
from chasedata_mcp.cli.usage_errors import UsageError, nearest
from chasedata_mcp.settings import Settings
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.registry import CATALOGUE
from chasedata_mcp.tools.results import Result
from chasedata_mcp.tools.schema import build_entry

HELP = (
    "Call one tool.\n\n"
    f"`{NAME} tools` lists them, `{NAME} call TOOL --help` shows the options of one. What needs a "
    "person's yes is asked here. Without a terminal such a call is refused, with what a person "
    f"types to allow it ({NAME} approve CODE); no option says yes beforehand."
)
EXAMPLES = (
    f"{NAME} call search_lead --search-field phone --identifier 9545550101",
    f"{NAME} call delete_dnc --number 2125550104 --sandbox",
    f"{NAME} call send_sms --help",
)
JSON, SANDBOX = "--json", "--sandbox"
HELPS = frozenset({"-h", "--help"})
FLAGS = (JSON, SANDBOX, *sorted(HELPS))


def call(
    tool: Annotated[str, typer.Argument(metavar="TOOL", help="The tool's name.")],
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ARGUMENTS", help="The tool's own: --name value, --switch, --no-switch."
        ),
    ] = None,
    *,
    as_json: Annotated[
        bool, typer.Option(JSON, help="Print the structured result, one line of JSON.")
    ] = False,
    sandbox: Annotated[bool, typer.Option(SANDBOX, help="Use the embedded sandbox.")] = False,
) -> None:
    """Call one tool."""
    action = tool_named(tool)
    typed = read(words or [], options_of(build_entry(action)["inputSchema"]), FLAGS)
    typed.flags.update([JSON] if as_json else [], [SANDBOX] if sandbox else [])
    if typed.flags & HELPS:
        tool_help.show(action, out())
        return
    found = meant(typed)
    result = executed(action, typed, at_the_terminal, found)
    if JSON in typed.flags:
        typer.echo(result_view.as_json(result))
    else:
        asked_for = SANDBOX in typed.flags
        result_view.show(result, out(), sandbox=asked_for, kept=not is_passing(found))
    raise typer.Exit(exit_of(result))


def tool_named(name: str) -> type[Action]:
    """The tool of this name, with underscores or dashes.

    Raises:
        UsageError: There is none; the nearest is named.
    """
    known: Sequence[str] = list(CATALOGUE)
    tool = name.replace("-", "_")
    if tool in COMMANDS:
        raise UsageError(f"{tool} is a command of its own here: {NAME} {COMMANDS[tool]}")
    if tool not in CATALOGUE:
        hint = nearest(tool, known) or f"; `{NAME} tools` lists them"
        raise UsageError(f"there is no such tool{hint}")
    return CATALOGUE[tool]


def meant(typed: Read, environ: Mapping[str, str] | None = None) -> Settings:
    """The settings, with what the flags say.

    Raises:
        SettingsError: They can't be used.
    """
    return settings.load_settings(environ, **({"sandbox": True} if SANDBOX in typed.flags else {}))


def executed(action: type[Action], typed: Read, ask: Ask, found: Settings) -> Result:
    """Carry out what was typed, on the dialer that the settings name.

    Args:
        action: The tool.
        typed: Its arguments.
        ask: Asks the person at the terminal.
        found: The settings.

    Raises:
        SettingsError: The settings can't be used.
    """
    with caller(found, ask) as person:
        return person.call(action.name, typed.arguments)
