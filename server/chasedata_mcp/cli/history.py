"""`chasedata-mcp history`: what was done, as a table or for a program, and as it happens."""

from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Annotated

import anyio
import typer

from chasedata_mcp.cli.history_formats import Form, form_of
from chasedata_mcp.cli.ledger_access import SANDBOX_HELP, with_ledger
from chasedata_mcp.cli.option_values import moment, number, outcome, tool
from chasedata_mcp.cli.screen import NAME
from chasedata_mcp.cli.usage_errors import UsageError
from chasedata_mcp.history.list import with_undoing
from chasedata_mcp.ledger import Entry, Filter, Ledger
from chasedata_mcp.tools.history import USUAL

HELP = (
    "Show what was done: by assistants, from here, by everybody.\n\n"
    "You see the entries of every caller, on every account of the ledger. Times are this "
    "machine's. A date alone means its beginning, and for --until its end."
)
EXAMPLES = (
    f"{NAME} history --since 2026-03-02 --outcome unknown",
    f"{NAME} history --number 954-555-0123 --json",
    f"{NAME} history --follow",
)
PAUSE = 0.5
"""So many seconds pass before it is looked again whether something was done."""
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
    tool_: Annotated[
        str | None, typer.Option("--tool", metavar="TOOL", help="Only calls of this tool.")
    ] = None,
    number_: Annotated[
        str | None,
        typer.Option("--number", metavar="PHONE", help="Only calls that touch this phone."),
    ] = None,
    outcome_: Annotated[
        str | None,
        typer.Option("--outcome", metavar="OUTCOME", help="Only these: done, refused or unknown."),
    ] = None,
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
    sandbox: Annotated[bool, typer.Option("--sandbox", help=SANDBOX_HELP)] = False,
) -> None:
    """Show what was done."""
    if as_json and as_csv:
        raise UsageError("--json and --csv are two forms; choose one")
    which = Filter(
        since=moment("--since", since),
        until=moment("--until", until, days=1),
        tool=tool("--tool", tool_),
        number=number("--number", number_),
        outcome=outcome("--outcome", outcome_),
    )
    form = form_of(as_json=as_json, as_csv=as_csv, follows=follow)
    look = _followed if follow else _shown
    with_ledger(partial(look, which=which, limit=limit, form=form), sandbox=sandbox)


async def _shown(ledger: Ledger, which: Filter, limit: int, form: Form) -> None:
    page = await ledger.history(which, limit=limit)
    form.show(await with_undoing(ledger, page.entries))
    form.end(more=page.older is not None)


async def _followed(ledger: Ledger, which: Filter, limit: int, form: Form) -> None:
    async for entries in followed(ledger, which, limit):
        form.show(await with_undoing(ledger, entries))


async def followed(
    ledger: Ledger, which: Filter, limit: int, pause: float = PAUSE
) -> AsyncIterator[Sequence[Entry]]:
    """The last entries, then each that is new or has got an ending, the oldest first; endless.

    Args:
        ledger: Where they are.
        which: Which of them.
        limit: So many of the last at most.
        pause: So many seconds pass before the next look.
    """
    upto = (await ledger.changes(None)).upto
    last = (await ledger.history(which, limit=limit)).entries
    # What came between the two looks is in both.
    seen = {(entry.id, len(entry.endings)) for entry in last}
    yield tuple(reversed(last))
    while True:
        changes = await ledger.changes(upto)
        upto = changes.upto
        fresh = [entry for entry in changes.entries if (entry.id, len(entry.endings)) not in seen]
        fitting = [entry for entry in fresh if fits(entry, which)]
        if fitting:
            yield fitting
        if not changes.entries:
            seen.clear()
            await anyio.sleep(pause)


def fits(entry: Entry, which: Filter) -> bool:
    """Whether an entry is one of those that `history`'s options ask for."""
    intent = entry.intent
    return (
        (which.since is None or intent.at >= which.since)
        and (which.until is None or intent.at < which.until)
        and which.tool in {None, intent.tool}
        and (which.number is None or which.number in intent.numbers)
        and which.outcome in {None, entry.outcome}
    )
