"""`chasedata-mcp reconcile`: look up what became of the calls of which nobody knows."""

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.table import Table

from chasedata_mcp import settings
from chasedata_mcp.cli.asking import at_the_terminal
from chasedata_mcp.cli.calling import caller
from chasedata_mcp.cli.exits import Exit
from chasedata_mcp.cli.ledgers import environment_of, exit_of
from chasedata_mcp.cli.screen import NAME, complain, out
from chasedata_mcp.history.reconciling import Reconciled
from chasedata_mcp.ledger import LedgerError
from chasedata_mcp.settling import Settled

EXAMPLES = (f"{NAME} history --outcome unknown", f"{NAME} reconcile")


def reconcile(
    *,
    sandbox: Annotated[bool, typer.Option("--sandbox", help="Use the embedded sandbox.")] = False,
) -> None:
    """Look up what became of calls whose outcome is unknown, where a search can tell.

    It only reads from the dialer, and puts what it finds on record as found. It ends with 6 where
    something stays unknown.
    """
    found = settings.load(sandbox=True) if sandbox else settings.load()
    environment_of(found)
    try:
        with caller(found, at_the_terminal) as person:
            looked_at = person.reconcile()
    except LedgerError as error:
        complain(str(error))
        raise typer.Exit(exit_of(error)) from None
    _show(looked_at)
    if not all(isinstance(one.found, Settled) for one in looked_at):
        raise typer.Exit(Exit.UNKNOWN)


def _show(looked_at: Sequence[Reconciled]) -> None:
    if not looked_at:
        out().print("Nothing is unknown.")
        return
    table = Table("entry", "when", "tool", "found")
    for one in looked_at:
        at = one.entry.intent.at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        table.add_row(one.entry.id, at, one.entry.intent.tool, _said(one))
    out().print(table)


def _said(one: Reconciled) -> str:
    if isinstance(one.found, Settled):
        return f"{one.found.outcome}: {one.found.how}"
    return f"unknown: {one.found.reason}"
