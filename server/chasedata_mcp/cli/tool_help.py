"""The help of one tool, made of its schema: what it does, its options, an example."""

from types import MappingProxyType

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from chasedata_mcp.cli.screen import NAME, make_table
from chasedata_mcp.cli.tool_options import OptionKind, ToolOption, list_options
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.schema import build_entry

_TAKES = {
    OptionKind.TEXT: "TEXT",
    OptionKind.WHOLE: "NUMBER",
    OptionKind.LIST: "TEXT ...",
    OptionKind.PAIRS: "NAME=VALUE ...",
}
_FLAGS = (
    ("--json", "Print the structured result, one line of JSON."),
    ("--sandbox", "Use the embedded sandbox."),
    ("--help", "Show this."),
)
_INDENT = (1, 0, 0, 2)
_OF_MARIA = "--agent Maria --list-name Warm-Leads"
_OF_SOLAR = "--playlist Solar-Main --filter-name"

_EXAMPLES = MappingProxyType(
    {
        "insert_lead": '--campaign Solar --primary-phone "(305) 555-0123" --import-only '
        '--first-name Nora --custom-fields "Roof Type=Tile"',
        "update_lead": "--search-field client_id --identifier WEB-1001 "
        "--call-status SALE --clear-fields notes",
        "search_lead": '--search-field phone --identifier "(954) 555-0101" --detailed',
        "disposition_lead": '--lead-id 1006 --disposition "CALL BACK"',
        "insert_dnc": "--number 602-555-0121",
        "delete_dnc": "--number 212-555-0104",
        "send_sms": '--from-number 954-555-0195 --to-number 954-555-0101 --message "Hi Dana"',
        "available_inbound_agents": "--did 954-555-0190 --can-be-on-break",
        "conference_call": "--agent Lena --phone 212-555-0107 --private-conference",
        "create_dial_list": "--agent James --list-name Storm-Damage",
        "delete_dial_list": _OF_MARIA,
        "add_dial_list_phone": f"{_OF_MARIA} --phone 305-555-0123",
        "delete_dial_list_phone": f"{_OF_MARIA} --phone 954-555-0101",
        "mark_dial_list_phone_dialed": f"{_OF_MARIA} --phone 954-555-0101",
        "mark_dial_list_phone_undialed": f"{_OF_MARIA} --phone 954-555-0101",
        "enable_playlist_filter": f"{_OF_SOLAR} Florida-Only",
        "disable_playlist_filter": f"{_OF_SOLAR} New-Leads",
        "assign_playlist_filter": f"{_OF_SOLAR} Web-Leads",
        "remove_playlist_filter": f"{_OF_SOLAR} New-Leads",
        "reload_playlist": "--playlist Solar-Main",
        "update_skill_priority": "--skill Spanish --source 9545550190 --priority 1 --no-active",
        "reload_skills": "",
    }
)
"""One command for each tool, which works on the sandbox as it stands at the start."""


def show(action: type[Action], screen: Console) -> None:
    """Show the help of a tool."""
    options = list_options(build_entry(action)["inputSchema"])
    screen.print(Text(f"Usage: {NAME} call {action.name} [OPTIONS]", style="bold"))
    screen.print(Padding(Text(action.description), _INDENT))
    screen.print(Padding(_table(options), _INDENT))
    screen.print("\n  Example", style="bold")
    screen.print(Text(f"  {NAME} call {example(action.name)}", style="cyan"), soft_wrap=True)


def _table(options: tuple[ToolOption, ...]) -> Table:
    table = make_table()
    for option in options:
        table.add_row(Text(_name(option)), Text(_describe(option)))
    for name, description in _FLAGS:
        table.add_row(Text(name), Text(description, style="dim"))
    return table


def _name(option: ToolOption) -> str:
    if option.kind is OptionKind.SWITCH:
        return f"--[no-]{option.name.removeprefix('--')}"
    return f"{option.name} {_TAKES[option.kind]}"


def _describe(option: ToolOption) -> str:
    description = option.description
    if option.choices:
        description += f" One of {', '.join(option.choices)}."
    if option.example:
        description += f" For example {option.example}."
    return f"{description} Required." if option.required else description


def example(tool: str) -> str:
    """Give the words that follow `chasedata-mcp call` in a tool's example."""
    return " ".join(word for word in (tool, _EXAMPLES[tool], "--sandbox") if word)
