"""`chasedata-mcp history`: the calls on record, as a table or for a program, also as they come."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Annotated

import anyio
import typer

from chasedata_mcp.cli.command_errors import UsageError
from chasedata_mcp.cli.history_formats import (
    Print,
    print_json_lines,
    print_new_rows,
    print_table,
    start_csv,
)
from chasedata_mcp.cli.ledger_access import with_ledger
from chasedata_mcp.cli.option_values import read_moment, read_number, read_outcome, read_tool
from chasedata_mcp.cli.options import Sandbox
from chasedata_mcp.cli.screen import NAME, out
from chasedata_mcp.history.by_number import add_leads
from chasedata_mcp.history.list import attach_undo_entries, drop_answered_questions
from chasedata_mcp.ledger import Entry, EntryKind, Filter, Intent, Ledger
from chasedata_mcp.tools.history import USUAL, is_read

HELP = (
    "Show what was done: by assistants, from here, by everybody.\n\n"
    "You see the entries of every caller, on every account of the ledger, without the reads. Times "
    "are this machine's. A date alone means its beginning, and for --until its end."
)
EXAMPLES = (
    f"{NAME} history --since 2026-03-02 --outcome unknown",
    f"{NAME} history --number 954-555-0123 --json",
    f"{NAME} history --follow",
)
PAUSE = 0.5
"""Seconds between two looks for new entries."""
_MOST = 10_000


def history(  # noqa: PLR0913 - the command's options
    *,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="TIME", help="From this ISO 8601 date or time on."),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="TIME", help="Up to this ISO 8601 date or time."),
    ] = None,
    tool: Annotated[
        str | None, typer.Option("--tool", metavar="TOOL", help="Only calls of this tool.")
    ] = None,
    number: Annotated[
        str | None,
        typer.Option("--number", metavar="PHONE", help="Only calls that touch this phone."),
    ] = None,
    outcome: Annotated[
        str | None,
        typer.Option("--outcome", metavar="OUTCOME", help="Only these: done, refused or unknown."),
    ] = None,
    reads: Annotated[
        bool, typer.Option("--reads", help="Show reads too, such as searches.")
    ] = False,
    limit: Annotated[
        int, typer.Option("--limit", min=1, max=_MOST, help="Show at most so many entries.")
    ] = USUAL,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print each as a line of JSON, as list_history gives it.")
    ] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, for a spreadsheet.")] = False,
    follow: Annotated[
        bool,
        typer.Option("--follow", "-f", help="Keep showing new entries, newest last, until Ctrl-C."),
    ] = False,
    sandbox: Sandbox = False,
) -> None:
    """Show what was done."""
    if as_json and as_csv:
        raise UsageError("--json and --csv are two forms; choose one")
    which = Filter(
        since=read_moment("--since", since),
        until=read_moment("--until", until, days=1),
        tool=read_tool("--tool", tool),
        number=read_number("--number", number),
        outcome=read_outcome("--outcome", outcome),
    )
    which = replace(which, reads=reads or is_read(which.tool))
    if as_json or as_csv:
        print_entries = print_json_lines if as_json else start_csv()
    else:
        print_entries = print_new_rows if follow else print_table
    show = _follow if follow else _show
    with_ledger(
        partial(show, which=which, limit=limit, print_entries=print_entries), sandbox=sandbox
    )


async def _show(ledger: Ledger, which: Filter, limit: int, print_entries: Print) -> None:
    page = await ledger.history(await add_leads(ledger, which), limit=limit)
    print_entries(await attach_undo_entries(ledger, drop_answered_questions(page.entries)))
    if page.older is not None and print_entries is print_table:
        out().print("There are older ones: --limit or --until.", style="dim")


async def _follow(ledger: Ledger, which: Filter, limit: int, print_entries: Print) -> None:
    which = await add_leads(ledger, which)
    async for entries in watch_entries(ledger, which, limit):
        print_entries(await attach_undo_entries(ledger, entries))


async def watch_entries(
    ledger: Ledger, which: Filter, limit: int, pause: float = PAUSE
) -> AsyncIterator[Sequence[Entry]]:
    """Yield the last entries, then each that is new or has got an outcome; it never ends.

    Args:
        ledger: The ledger that is watched.
        which: The entries that are wanted.
        limit: The most entries of the first look.
        pause: Seconds before the next look.

    Yields:
        Entries, the oldest first.
    """
    upto = (await ledger.changes(None)).upto
    last = (await ledger.history(which, limit=limit)).entries
    # An entry that came between the two looks is in both; and one that is settled as it ended, such
    # as an update that is read back, has nothing new to show.
    seen = {entry.id: entry.outcome for entry in last}
    yield tuple(reversed(last))
    while True:
        changes = await ledger.changes(upto)
        upto = changes.upto
        fresh = [entry for entry in changes.entries if seen.get(entry.id) is not entry.outcome]
        seen.update((entry.id, entry.outcome) for entry in fresh)
        if matching := [entry for entry in fresh if is_match(entry, which)]:
            yield matching
        while len(seen) > _MOST:
            seen.pop(next(iter(seen)))
        if not changes.entries:
            await anyio.sleep(pause)


def _is_of_number(intent: Intent, which: Filter) -> bool:
    return which.number in intent.numbers or not which.leads.isdisjoint(intent.resource_keys)


def is_match(entry: Entry, which: Filter) -> bool:
    """Check whether an entry is one of those that `history`'s options ask for."""
    # The ledger filters its history so by itself, but not its changes.
    intent = entry.intent
    return (
        (which.since is None or intent.at >= which.since)
        and (which.until is None or intent.at < which.until)
        and which.tool in {None, intent.tool}
        and (which.number is None or _is_of_number(intent, which))
        and (which.reads or entry.kind is not EntryKind.READ)
        and which.outcome in {None, entry.outcome}
    )
