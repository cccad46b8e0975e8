"""`chasedata-mcp tools`: the catalogue as a table."""

from collections.abc import Iterator
from itertools import groupby

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from chasedata_mcp import settings
from chasedata_mcp.app.composition import load_policy
from chasedata_mcp.cli.options import Sandbox
from chasedata_mcp.cli.screen import NAME, out
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.policy.models import IMPACTS_ASKED_AT
from chasedata_mcp.tools import schema as publish
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.history import HISTORY
from chasedata_mcp.tools.impact import Impact
from chasedata_mcp.tools.registry import CATALOGUE

COMMANDS = {"list_history": "history", "undo": "undo", "freeze": "freeze"}
"""Tools that a person has as commands of their own: the tool's name, and the command's."""
_COLOUR = {
    Impact.READ: "green",
    Impact.WRITE: "default",
    Impact.OUTWARD: "yellow",
    Impact.DESTRUCTIVE: "red",
}


def tools(
    *,
    sandbox: Sandbox = False,
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
    """Make the table of the tools on offer, by toolset; each has its sentence below its name."""
    rows = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    rows.add_column("tool", ratio=1)
    rows.add_column("effect", no_wrap=True)
    rows.add_column("asks a person", max_width=24)
    offered = [action for action in CATALOGUE.values() if policy.offers(action)]
    for toolset, actions in groupby(offered, key=lambda action: action.toolset):
        rows.add_row(Text(toolset, style="bold underline"))
        for row in _rows(actions, policy):
            rows.add_row(*row)
        rows.add_section()
    return rows


def _rows(actions: Iterator[type[Action]], policy: Policy) -> Iterator[tuple[RenderableType, ...]]:
    for action in actions:
        impact = Text(action.declared_impact, _COLOUR[action.declared_impact])
        sentence = Padding(Text(first_sentence(action)), (0, 0, 0, 2))
        yield Group(Text(action.name, style="cyan"), sentence), impact, _asks(action, policy)


def first_sentence(action: type[Action]) -> str:
    """Cut the first sentence from a tool's description."""
    return action.description.partition(". ")[0].rstrip(".") + "."


def _asks(action: type[Action], policy: Policy) -> Text:
    """Say when a person is asked: always, or only at a stricter level than the one in force."""
    condition = publish.describe_asking(action).replace("`", "")
    in_force = action.declared_impact in IMPACTS_ASKED_AT[policy.level]
    if in_force and action.declared_impact is not Impact.DESTRUCTIVE:
        return Text("yes or no" if condition.startswith("level") else f"yes or no; {condition}")
    if condition.startswith("level"):
        return Text(f"at {condition}", style="dim")
    return Text(condition, style="dim" if condition == "never" else "")
