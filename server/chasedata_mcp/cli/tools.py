"""`chasedata-mcp tools`: the catalogue as a table."""

from collections.abc import Iterator
from itertools import groupby
from typing import Annotated

import typer
from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from chasedata_mcp import settings
from chasedata_mcp.app.composition import load_policy
from chasedata_mcp.cli.screen import NAME, out
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.policy.models import IMPACTS_ASKED_AT
from chasedata_mcp.tools import schema as publish
from chasedata_mcp.tools.base import Action, Impact
from chasedata_mcp.tools.history import HISTORY
from chasedata_mcp.tools.registry import CATALOGUE

COMMANDS = {"list_history": "history", "undo": "undo", "freeze": "freeze"}
"""What an assistant has as tools beside the catalogue, and a person as commands."""
_COLOUR = {
    Impact.READ: "green",
    Impact.WRITE: "default",
    Impact.OUTWARD: "yellow",
    Impact.DESTRUCTIVE: "red",
}


def tools(
    *,
    sandbox: Annotated[bool, typer.Option("--sandbox", help="Use the embedded sandbox.")] = False,
) -> None:
    """List the tools: what each does, its effect, and when it asks a person."""
    policy = load_policy(settings.load_settings(sandbox=sandbox))
    screen = out()
    screen.print(table(policy))
    hidden = len(CATALOGUE) - sum(policy.offers(action) for action in CATALOGUE.values())
    if hidden:
        screen.print(f"{hidden} more are off by CHASEDATA_READ_ONLY or CHASEDATA_TOOLSETS.")
    screen.print(f"The options of one: {NAME} call TOOL --help", style="dim")
    beside = [command for name, command in COMMANDS.items() if policy.offers(HISTORY[name])]
    if beside:
        screen.print(Text(f"Beside them, as commands here: {', '.join(beside)}.", "dim"))


def table(policy: Policy) -> Table:
    """The tools on offer, by toolset; each tool's sentence stands below its name."""
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    shown.add_column("tool", ratio=1)
    shown.add_column("effect", no_wrap=True)
    shown.add_column("asks a person", max_width=24)
    offered = [action for action in CATALOGUE.values() if policy.offers(action)]
    for toolset, actions in groupby(offered, key=lambda action: action.toolset):
        shown.add_row(Text(toolset, style="bold underline"))
        for row in _rows(actions, policy):
            shown.add_row(*row)
        shown.add_section()
    return shown


def _rows(actions: Iterator[type[Action]], policy: Policy) -> Iterator[tuple[RenderableType, ...]]:
    for action in actions:
        impact = Text(action.declared_impact, _COLOUR[action.declared_impact])
        sentence = Padding(Text(first_sentence(action)), (0, 0, 0, 2))
        yield Group(Text(action.name, style="cyan"), sentence), impact, _asks(action, policy)


def first_sentence(action: type[Action]) -> str:
    """What the tool does, in a sentence."""
    return action.description.partition(". ")[0].rstrip(".") + "."


def _asks(action: type[Action], policy: Policy) -> Text:
    """When a person is asked: always, or only at a stricter level than the one in force."""
    told = publish.describe_asking(action).replace("`", "")
    in_force = action.declared_impact in IMPACTS_ASKED_AT[policy.level]
    if in_force and action.declared_impact is not Impact.DESTRUCTIVE:
        return Text("yes or no" if told.startswith("level") else f"yes or no; {told}")
    if told.startswith("level"):
        return Text(f"at {told}", style="dim")
    return Text(told, style="dim" if told == "never" else "")
