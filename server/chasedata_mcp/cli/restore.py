"""`chasedata-mcp ledger restore`: a backup in the place of the record, on record itself."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.text import Text

from chasedata_mcp import settings
from chasedata_mcp.app import dialer as dialers
from chasedata_mcp.app.composition import now
from chasedata_mcp.cli.command_errors import UsageError
from chasedata_mcp.cli.ledger import read_head
from chasedata_mcp.cli.ledger_access import use_files
from chasedata_mcp.cli.options import Sandbox
from chasedata_mcp.cli.screen import NAME, command, local_time, out, print_line
from chasedata_mcp.cli.terminal_prompt import confirm, person
from chasedata_mcp.ledger import StoreInUseError

if TYPE_CHECKING:
    from chasedata_mcp.ledger.restore import Restoration, Restored

EXAMPLES = (f"{NAME} ledger restore /backups/ledger-2026-03-02",)
_IN_POSTGRESQL: Final = (
    "this ledger is in a PostgreSQL database, so nothing was restored: end every server and use "
    "pg_restore (docs/backup.md)"
)
_IN_USE: Final = (
    "the ledger is in use, so nothing was restored: end every server, page and command that uses "
    "it, then try again"
)


def restore(
    source: Annotated[
        Path, typer.Argument(metavar="FROM", help="The directory that `ledger backup` made.")
    ],
    *,
    head: Annotated[
        str | None,
        typer.Option(
            "--head",
            metavar="JSON",
            help="The last head of the lost ledger that you kept elsewhere.",
        ),
    ] = None,
    sandbox: Sandbox = False,
) -> None:
    """Put a backup in the place of the ledger, and record that, with what is missing since.

    End every server first. The ledger in place is kept beside it; where it holds more than the
    backup, you type yes. From then on every cap counts as used up, since what was used meanwhile
    isn't known: until `policy rearm`, or until the cap's whole time has passed.
    """
    found = settings.load_settings(sandbox=sandbox)
    if found.ledger is not None:
        raise UsageError(_IN_POSTGRESQL)
    from chasedata_mcp.ledger.restore import prepare_restore  # noqa: PLC0415 - heavy: the database

    kept = None if head is None else read_head(head)
    place, account = source.expanduser().absolute(), dialers.line(found).account.accid
    try:
        with use_files(found) as files, prepare_restore(files, place, kept) as restoration:
            if restoration.comparison.loses:
                confirm(_describe_loss(restoration))
            done = restoration.put_in_place(account, person(), now())
    except StoreInUseError:
        raise UsageError(_IN_USE) from None
    _show(done, sandbox=sandbox)


def _describe_loss(restoration: "Restoration") -> str:
    """Say what the ledger in place has that the backup hasn't, and ask."""
    found, end = restoration.comparison, restoration.end
    events = "1 event" if found.loses == 1 else f"{found.loses} events"
    last = found.present.at if found.present is not None else None
    until = "" if last is None else f", the last of {local_time(last)}"
    which = (
        "The ledger here isn't the one that was backed up. It"
        if found.is_other
        else ("The ledger here")
    )
    of = "" if end.at is None else f", the last of {local_time(end.at)}"
    return (
        f"{which} has {events} that the backup lacks{until}. The backup has "
        f"{end.checkpoint.count} events{of}. What was done in the dialer stays done, but won't be "
        "on record here any more; the ledger in place is kept beside it. Restore the backup?"
    )


def _show(done: "Restored", *, sandbox: bool) -> None:
    screen = out()
    screen.print(Text(f"✓ Restored: {done.head.count} events.", "bold green"))
    print_line(screen, f"  {done.restore.describe(local_time)}")
    if done.restore.kept_as is not None:
        print_line(screen, f"  What it replaced is kept beside it, in {done.restore.kept_as}.")
    print_line(screen, "  Every cap counts as used up until its whole time has passed.")
    if done.is_registry_lost:
        print_line(
            screen,
            "  Numbers that were asked not to be called may be missing: nothing that reaches "
            "anybody goes through.",
        )
    print_line(screen, f"  To go on: {command('policy rearm', sandbox=sandbox)}")
    print_line(screen, f"  head {done.head}")
