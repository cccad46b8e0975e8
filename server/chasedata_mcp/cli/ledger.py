"""`chasedata-mcp ledger`: hold the ledger against its hashes, show its end, copy it, prune it."""

import re
import sys
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from chasedata_mcp.cli import heads
from chasedata_mcp.cli.exit_codes import Exit
from chasedata_mcp.cli.ledger_access import SANDBOX_HELP, with_ledger
from chasedata_mcp.cli.option_values import moment
from chasedata_mcp.cli.screen import NAME, complain, out
from chasedata_mcp.cli.usage_errors import UsageError
from chasedata_mcp.ledger import Checkpoint, Ledger, Verification

EXAMPLES = (
    f"{NAME} ledger head > somewhere-else.json",
    f'{NAME} ledger verify --head "$(cat somewhere-else.json)"',
    f"{NAME} ledger export > ledger.jsonl",
    f"{NAME} ledger prune --older-than 365",
)
Sandbox = Annotated[bool, typer.Option("--sandbox", help=SANDBOX_HELP)]
_LONGEST = 36_500
_PORT = re.compile("[0-9]{1,5}")
_HIGHEST_PORT = 65_535


def verify(
    *,
    head: Annotated[
        str | None,
        typer.Option(
            "--head", metavar="JSON", help="Compare with this head, which you kept elsewhere."
        ),
    ] = None,
    sandbox: Sandbox = False,
) -> None:
    """Check the ledger against its hash chain, and its end against the head.

    This finds edited, removed and reordered entries, and entries that are missing at the end. It
    ends with 1 where something is wrong. Somebody who can write both the ledger and its head can
    forge both: keep heads elsewhere.
    """
    kept = None if head is None else _head(head)
    verdict = with_ledger(partial(_verified, head=kept), sandbox=sandbox)
    show(verdict, kept)
    if not verdict.sound:
        raise typer.Exit(Exit.FAILED)


def head(
    *,
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="FILE", help="Append it to a file, with the time."),
    ] = None,
    syslog: Annotated[
        str | None, typer.Option("--syslog", metavar="HOST:PORT", help="Send it to syslog by UDP.")
    ] = None,
    sandbox: Sandbox = False,
) -> None:
    """Print the end of the hash chain as a line of JSON, or send it elsewhere."""
    place = None if syslog is None else _place(syslog)
    line = str(with_ledger(Ledger.checkpoint, sandbox=sandbox))
    try:
        if to is not None:
            heads.add_to(to, line)
        if place is not None:
            heads.send(place, line)
    except OSError as error:
        complain(f"the head could not be sent ({type(error).__name__})")
        raise typer.Exit(Exit.FAILED) from None
    sys.stdout.write(f"{line}\n")


def export(*, sandbox: Sandbox = False) -> None:
    """Print every event as a line of JSON, with its hash."""
    with_ledger(_exported, sandbox=sandbox)


def prune(
    *,
    before: Annotated[
        str | None,
        typer.Option(
            "--before", metavar="TIME", help="Remove what is older than this ISO 8601 date or time."
        ),
    ] = None,
    older_than: Annotated[
        int | None,
        typer.Option(
            "--older-than",
            metavar="DAYS",
            min=1,
            max=_LONGEST,
            help="Remove what is older than so many days.",
        ),
    ] = None,
    sandbox: Sandbox = False,
) -> None:
    """Remove old entries for good. Unsettled ones stay, and the rest still verifies.

    An entry that was removed can't be undone any more. Export first what you may need.
    """
    cut = _cut(before, older_than, datetime.now(UTC))
    pruned = with_ledger(lambda ledger: ledger.prune(cut), sandbox=sandbox)
    carried = f" {pruned.carried} older ones are not settled and stay." if pruned.carried else ""
    out().print(f"{_entries(pruned.removed)} removed.{carried}", soft_wrap=True)


def _cut(before: str | None, older_than: int | None, now: datetime) -> datetime:
    """The time before which entries go.

    Raises:
        UsageError: Not exactly one was given, or it is in the future.
    """
    given = moment("--before", before)
    if (given is None) is (older_than is None):
        raise UsageError("give either --before or --older-than")
    cut = given if given is not None else now - timedelta(days=older_than or 0)
    if cut > now:
        raise UsageError("--before is in the future, so nothing would be left")
    return cut


def _place(address: str) -> tuple[str, int]:
    """A host and a port.

    Raises:
        UsageError: It is none.
    """
    host, _, port = address.rpartition(":")
    if not host or not _PORT.fullmatch(port) or not 0 < int(port) <= _HIGHEST_PORT:
        raise UsageError("--syslog takes HOST:PORT, such as logs.example.com:514")
    return host.strip("[]"), int(port)


def _head(text: str) -> Checkpoint:
    try:
        return Checkpoint.parse(text)
    except ValueError:
        raise UsageError(
            f'--head is a line that `{NAME} ledger head` printed: {{"count": 12, "hash": "..."}}'
        ) from None


async def _verified(ledger: Ledger, head: Checkpoint | None) -> Verification:
    return await ledger.verify(head)


async def _exported(ledger: Ledger) -> None:
    async for line in ledger.export():
        sys.stdout.write(f"{line}\n")


def show(verdict: Verification, given: Checkpoint | None) -> None:
    """Say what verification found."""
    screen = out()
    pruned = f", {verdict.pruned} of them pruned" if verdict.pruned else ""
    count = verdict.checkpoint.count
    events = f"{count} {'event' if count == 1 else 'events'}{pruned}"
    if not verdict.sound:
        screen.print(Text(f"✗ The ledger is not what was written: {events}.", "bold red"))
        for problem in verdict.problems:
            place = "" if problem.seq is None else f" at {problem.seq}"
            screen.print(f"  {problem.flaw}{place}: {problem.text}", markup=False, soft_wrap=True)
        return
    screen.print(Text(f"✓ The ledger is whole: {events}.", "bold green"))
    if verdict.kept is None and given is None:
        screen.print("  No head is kept beside it, so a cut end could not be seen.")
    screen.print(f"  head {verdict.checkpoint}", markup=False, soft_wrap=True)


def _entries(number: int) -> str:
    return "1 entry" if number == 1 else f"{number} entries"
