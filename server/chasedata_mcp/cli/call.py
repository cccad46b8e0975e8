"""`chasedata-mcp call`: one tool, from the terminal or from a script."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from chasedata_mcp import settings
from chasedata_mcp.app.state import is_passing
from chasedata_mcp.cli import result_view, tool_help
from chasedata_mcp.cli.call_session import open_session
from chasedata_mcp.cli.command_errors import UsageError, nearest
from chasedata_mcp.cli.exit_codes import exit_of
from chasedata_mcp.cli.options import JSON, SANDBOX, ResultAsJson, Sandbox, ToolName
from chasedata_mcp.cli.screen import NAME, out
from chasedata_mcp.cli.terminal_prompt import Ask, ask_at_terminal
from chasedata_mcp.cli.tool_options import TypedCall, list_options, read
from chasedata_mcp.cli.tools import COMMANDS
from chasedata_mcp.settings import Settings
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.jobs import JOBS
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
HELPS = frozenset({"-h", "--help"})


def call(
    tool: ToolName,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ARGUMENTS", help="The tool's own: --name value, --switch, --no-switch."
        ),
    ] = None,
    *,
    as_json: ResultAsJson = False,
    sandbox: Sandbox = False,
) -> None:
    """Call one tool."""
    action = find_tool(tool)
    typed = read_words(action, words, {JSON: as_json, SANDBOX: sandbox})
    if typed is None:
        return
    found = load_settings(typed)
    result = execute(action, typed, ask_at_terminal, found)
    if JSON in typed.flags:
        typer.echo(result_view.as_json(result))
    else:
        in_sandbox = SANDBOX in typed.flags
        result_view.show(result, out(), sandbox=in_sandbox, kept=not is_passing(found))
    raise typer.Exit(exit_of(result))


def read_words(
    action: type[Action], words: Sequence[str] | None, given: Mapping[str, bool]
) -> TypedCall | None:
    """Read what follows a tool's name; where help is asked for, show it and return None.

    Args:
        action: The tool.
        words: As the shell hands them over.
        given: The command's own flags, which may stand among the words, too; true for those that
            stood before the tool's name.

    Raises:
        UsageError: A word isn't understood.
    """
    known = (*given, *sorted(HELPS))
    typed = read(words or [], list_options(build_entry(action)["inputSchema"]), known)
    if typed.flags & HELPS:
        tool_help.show(action, out())
        return None
    # `call --json TOOL` and `call TOOL --json` mean the same: typer reads only what comes first.
    typed.flags.update(flag for flag, is_given in given.items() if is_given)
    return typed


def find_tool(name: str) -> type[Action]:
    """Find the tool of a name, with underscores or dashes.

    Raises:
        UsageError: There is none; the nearest is named.
    """
    tool = name.replace("-", "_")
    # An assistant has these as tools, so a person who read of them looks for them here.
    if tool in COMMANDS:
        raise UsageError(f"{tool} is a command of its own here: {NAME} {COMMANDS[tool]}")
    if tool in JOBS:
        raise UsageError(
            f"{tool} is a job of several calls, which assistants do; at a terminal make its calls"
        )
    if tool not in CATALOGUE:
        hint = nearest(tool, CATALOGUE) or f"; `{NAME} tools` lists them"
        raise UsageError(f"there is no such tool{hint}")
    return CATALOGUE[tool]


def load_settings(typed: TypedCall, environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings that the flags mean.

    Raises:
        SettingsError: They can't be used.
    """
    return settings.load_settings(environ, sandbox=SANDBOX in typed.flags)


def execute(action: type[Action], typed: TypedCall, ask: Ask, found: Settings) -> Result:
    """Make the call that was typed, on the dialer that the settings name.

    Raises:
        SettingsError: The settings can't be used.
    """
    with open_session(found, ask) as person:
        return person.call(action.name, typed.arguments)
