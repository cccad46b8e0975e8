"""A call's result as commands print it: for a person at the terminal, and for a program."""

import json
from collections.abc import Iterator

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from chasedata_mcp.cli.screen import command, make_table, print_hanging
from chasedata_mcp.errors import Outcome
from chasedata_mcp.tools.render import DIALER_SAID_PREFIX, describe_change, render_views
from chasedata_mcp.tools.results import (
    AgentsResult,
    FoundAgent,
    FoundLead,
    InsertResult,
    LeadsResult,
    Result,
)

_MARK = {
    Outcome.DONE: ("✓ done", "green"),
    Outcome.REFUSED: ("✗ refused", "red"),
    Outcome.UNKNOWN: ("? unknown", "yellow"),
}


def as_json(result: Result) -> str:
    """Write a result's fields, as a model gets them, on one line: many calls make JSON lines."""
    return json.dumps(render_views(result).fields, ensure_ascii=False)


def show(result: Result, screen: Console, *, sandbox: bool = False, kept: bool = True) -> None:
    """Print a result: its outcome, the meaning of that, and what the dialer returned.

    Args:
        result: The result of a call.
        screen: The console that it is printed on.
        sandbox: True where `--sandbox` was typed, so that the commands that are shown have it, too.
        kept: True where the record of the call outlives the command.
    """
    screen.print(_head(result))
    for sentence in _sentences(result):
        print_hanging(screen, Text(), sentence, indent=2)
    if kept and result.outcome is Outcome.UNKNOWN and result.entry is not None:
        print_hanging(screen, Text(), _to_settle(result.entry, sandbox=sandbox), indent=2)
    for table in _tables(result):
        screen.print(Padding(table, (0, 0, 0, 2)))


def _sentences(result: Result) -> Iterator[Text]:
    yield Text(result.message)
    if happened := describe_change(result):
        yield Text(happened)
    if result.hint is not None:
        yield Text(result.hint)
    yield from (Text(f"Note: {note}", style="yellow") for note in result.warnings)
    if result.question is not None:
        yield Text(f"What they are asked: {result.question}", style="italic")
    if result.dialer_said is not None:
        yield Text(f"{DIALER_SAID_PREFIX}{result.dialer_said}", style="italic")


def _to_settle(entry: str, *, sandbox: bool) -> Text:
    """Show the commands that settle a call whose outcome is unknown."""
    to_look = command("reconcile", sandbox=sandbox)
    done = command(f"reconcile {entry} --done", sandbox=sandbox)
    not_done = command(f"reconcile {entry} --not-done", sandbox=sandbox)
    return Text(
        f"It is on record as {entry}. To have it looked up, where a search can tell:\n"
        f"  {to_look}\n"
        "Or look in the dialer in a few minutes, and say what you saw there:\n"
        f"  {done}\n"
        f"  {not_done}"
    )


def _head(result: Result) -> Text:
    mark, colour = _MARK[result.outcome]
    head = Text(mark, style=f"bold {colour}")
    head.append(f" ({result.code})" if result.code else "", style=colour)
    head.append(f"  {_where(result)}", style="dim not bold")
    return head


def _where(result: Result) -> str:
    match result.environment:
        case "sandbox":
            return "sandbox, no dialer was touched"
        case "live":
            return f"live, account {result.account}"
        case _:
            return "nothing is configured"


def _tables(result: Result) -> Iterator[Table]:
    match result:
        case LeadsResult(leads=list() as leads) | InsertResult(leads=list() as leads):
            yield from (_lead(lead) for lead in leads)
        case AgentsResult(agents=list() as agents) if agents:
            yield _agents(agents)
        case _:
            return


def _lead(lead: FoundLead) -> Table:
    """Make the table of a lead; an empty field tells nothing and is left out."""
    table = make_table("lead", Text(lead.lead_id))
    for name, value in lead.fields.items():
        if value:
            table.add_row(Text(name), Text(value))
    return table


def _agents(agents: list[FoundAgent]) -> Table:
    has_states = any(agent.state for agent in agents)
    table = make_table("agent", *(["state"] if has_states else []))
    for agent in agents:
        table.add_row(Text(agent.name), *([Text(agent.state or "")] if has_states else []))
    return table
