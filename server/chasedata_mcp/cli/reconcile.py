"""`chasedata-mcp reconcile`: settle unknown outcomes, by a search or by a person's word."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from chasedata_mcp import settings
from chasedata_mcp.cli import result_view
from chasedata_mcp.cli.call_session import TerminalSession, open_session
from chasedata_mcp.cli.command_errors import UsageError
from chasedata_mcp.cli.exit_codes import Exit, exit_of
from chasedata_mcp.cli.ledger_access import find_environment
from chasedata_mcp.cli.options import Sandbox
from chasedata_mcp.cli.screen import NAME, command, out
from chasedata_mcp.cli.terminal_prompt import NOTHING_CHANGED, ask_at_terminal
from chasedata_mcp.history.reconcile import PersonFinding, ReconciledEntry
from chasedata_mcp.pipeline.settlement import Settlement

EXAMPLES = (
    f"{NAME} history --outcome unknown",
    f"{NAME} reconcile",
    f"{NAME} reconcile 4k7zchzf2m --not-done",
)
_ASK = partial(ask_at_terminal, left=NOTHING_CHANGED)


def reconcile(
    entry: Annotated[
        str | None,
        typer.Argument(
            metavar="ENTRY", show_default=False, help="The entry whose outcome you know."
        ),
    ] = None,
    *,
    done: Annotated[
        bool, typer.Option("--done", help="You looked in the dialer: it was done.")
    ] = False,
    not_done: Annotated[
        bool, typer.Option("--not-done", help="You looked in the dialer: it was not done.")
    ] = False,
    sandbox: Sandbox = False,
) -> None:
    """Look up what became of calls whose outcome is unknown.

    It only reads from the dialer, and records what it finds. It ends with 6 where something stays
    unknown. Where no search can tell, you can: look in the dialer, and give the ENTRY with --done
    or --not-done. You confirm that on the terminal, and it is recorded as your word.
    """
    word = _read_word(entry, done=done, not_done=not_done)
    found = settings.load_settings(sandbox=sandbox)
    find_environment(found)  # it refuses where no ledger is kept
    with open_session(found, _ASK) as person:
        if word is None:
            code = _look_up(person, sandbox=sandbox)
        else:
            code = _record_word(person, *word, sandbox=sandbox)
    raise typer.Exit(code)


def _read_word(
    entry: str | None, *, done: bool, not_done: bool
) -> tuple[str, PersonFinding] | None:
    """Read a person's word on an entry; None where every unknown outcome is to be looked up."""
    if entry is not None and done is not not_done:
        return entry, "done" if done else "not done"
    if entry is None and not done and not not_done:
        return None
    raise UsageError("to say what became of an entry, give its id and either --done or --not-done")


def _record_word(
    person: TerminalSession, entry: str, word: PersonFinding, *, sandbox: bool
) -> Exit:
    result = person.tell(entry, word)
    result_view.show(result, out(), sandbox=sandbox)
    return exit_of(result)


def _look_up(person: TerminalSession, *, sandbox: bool) -> Exit:
    reconciled = person.reconcile()
    _show(reconciled)
    if all(isinstance(one.found, Settlement) for one in reconciled):
        return Exit.DONE
    to_tell = command("reconcile ENTRY --done", sandbox=sandbox)
    out().print(f"Of what stays unknown you can tell: {to_tell} (or --not-done)")
    return Exit.UNKNOWN


def _show(reconciled: Sequence[ReconciledEntry]) -> None:
    if not reconciled:
        out().print("Nothing is unknown.")
        return
    table = Table("entry", "when", "tool", "found")
    for one in reconciled:
        at = one.entry.intent.at.astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")
        table.add_row(*map(Text, (one.entry.id, at, one.entry.intent.tool, _describe(one))))
    out().print(table)


def _describe(one: ReconciledEntry) -> str:
    if isinstance(one.found, Settlement):
        return f"{one.found.outcome}: {one.found.how}"
    return f"unknown: {one.found.reason}"
