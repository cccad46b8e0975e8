"""The help of one tool, made of its schema: what it does, its options, an example."""

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from chasedata_mcp.cli.screen import NAME
from chasedata_mcp.cli.tool_examples import example
from chasedata_mcp.cli.tool_options import Kind, Option, options_of
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.schema import build_entry

_TAKES = {
    Kind.TEXT: "TEXT",
    Kind.WHOLE: "NUMBER",
    Kind.LIST: "TEXT ...",
    Kind.PAIRS: "NAME=VALUE ...",
}
_FLAGS = (
    ("--json", "Print the structured result, one line of JSON."),
    ("--sandbox", "Use the embedded sandbox."),
    ("--help", "Show this."),
)
_INDENT = (1, 0, 0, 2)


def show(action: type[Action], screen: Console) -> None:
    """Show the help of a tool."""
    options = options_of(build_entry(action)["inputSchema"])
    screen.print(Text(f"Usage: {NAME} call {action.name} [OPTIONS]", style="bold"))
    screen.print(Padding(Text(action.description), _INDENT))
    screen.print(Padding(_table(options), _INDENT))
    screen.print("\n  Example", style="bold")
    screen.print(Text(f"  {NAME} call {example(action.name)}", style="cyan"), soft_wrap=True)


def _table(options: tuple[Option, ...]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(overflow="fold")
    for option in options:
        table.add_row(Text(_name(option)), Text(_told(option)))
    for name, told in _FLAGS:
        table.add_row(Text(name), Text(told, style="dim"))
    return table


def _name(option: Option) -> str:
    if option.kind is Kind.SWITCH:
        return f"--[no-]{option.name.removeprefix('--')}"
    return f"{option.name} {_TAKES[option.kind]}"


def _told(option: Option) -> str:
    told = option.description
    if option.choices:
        told += f" One of {', '.join(option.choices)}."
    if option.example:
        told += f" For example {option.example}."
    return f"{told} Required." if option.required else told
