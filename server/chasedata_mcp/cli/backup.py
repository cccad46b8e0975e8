"""`chasedata-mcp ledger backup`: a copy of the record that is whole, with its head beside it."""

import os
import sys
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.text import Text

from chasedata_mcp import settings
from chasedata_mcp.app.composition import now
from chasedata_mcp.cli.command_errors import UsageError
from chasedata_mcp.cli.ledger_access import find_environment, use_files, with_ledger
from chasedata_mcp.cli.options import Sandbox
from chasedata_mcp.cli.screen import NAME, out, print_line
from chasedata_mcp.ledger import Ledger

BACKUP_EXAMPLES = (
    f"{NAME} ledger backup /backups/ledger-$(date +%F)",
    f"{NAME} ledger backup ~/sandbox-record --sandbox",
)
_IN_POSTGRESQL: Final = (
    "this ledger is in a PostgreSQL database, so nothing was backed up: run pg_dump now, and keep "
    "the head above with its dump (docs/backup.md)"
)


def backup(
    to: Annotated[
        Path, typer.Argument(metavar="TO", help="The directory of the backup, which is made.")
    ],
    *,
    sandbox: Sandbox = False,
) -> None:
    """Copy the ledger into a new directory, while servers use it, and verify the copy.

    With it go its head and the counts of the do-not-call memory. Nothing is ever overwritten. A
    ledger in PostgreSQL is backed up with pg_dump: then this prints the head to keep with the dump.
    """
    found = settings.load_settings(sandbox=sandbox)
    if found.ledger is not None:
        find_environment(found)
        sys.stdout.write(f"{with_ledger(Ledger.checkpoint, sandbox=sandbox)}\n")
        raise UsageError(_IN_POSTGRESQL)
    from chasedata_mcp.ledger.backup import back_up  # noqa: PLC0415 - heavy: the database

    place = to.expanduser().absolute()
    if os.path.lexists(place):
        raise UsageError(f"{place} is there already; name a directory that is new")
    with use_files(found) as files:
        head = back_up(files, place, now())
    screen = out()
    count = f"{head.count} {'event' if head.count == 1 else 'events'}"
    screen.print(Text(f"✓ Backed up and verified: {count}.", "bold green"))
    print_line(screen, f"  in {place}")
    print_line(screen, f"  head {head}")
