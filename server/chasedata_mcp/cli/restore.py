"""`chasedata-mcp ledger restore`: a backup in the place of the record, on record itself."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.text import Text

from chasedata_mcp import settings
from chasedata_mcp.app import dialer as dialers
from chasedata_mcp.app.composition import now
from chasedata_mcp.app.state import head_of
from chasedata_mcp.cli.command_errors import UsageError
from chasedata_mcp.cli.ledger import read_head
from chasedata_mcp.cli.ledger_access import use_files
from chasedata_mcp.cli.options import Sandbox
from chasedata_mcp.cli.screen import NAME, command, local_time, out, print_line
from chasedata_mcp.cli.terminal_prompt import confirm, person
from chasedata_mcp.ledger import Checkpoint, StoreInUseError
from chasedata_mcp.ledger.restores import ChainEnd, Gap, Restored
from chasedata_mcp.settings import Settings

if TYPE_CHECKING:
    from chasedata_mcp.ledger.restore import Restoration

EXAMPLES = (f"{NAME} ledger restore /backups/ledger-2026-03-02",)
_IN_POSTGRESQL: Final = (
    "this ledger is in a PostgreSQL database, so nothing was restored: end every server and use "
    "pg_restore, then run `ledger restore` without a directory (docs/backup.md)"
)
_IN_USE: Final = (
    "the ledger is in use, so nothing was restored: end every server, page and command that uses "
    "it, then try again"
)


def restore(
    source: Annotated[
        Path | None,
        typer.Argument(
            metavar="FROM",
            help="The directory that `ledger backup` made. Without it: what is in place was "
            "restored by other means, such as pg_restore.",
            show_default=False,
        ),
    ] = None,
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

    Without FROM nothing is copied: you type yes to what is in place, which was restored already.
    """
    found = settings.load_settings(sandbox=sandbox)
    kept = None if head is None else read_head(head)
    if source is None:
        done = _record_in_place(found, kept)
    elif found.ledger is not None:
        raise UsageError(_IN_POSTGRESQL)
    else:
        done = _put_in_place(found, source.expanduser().absolute(), kept)
    _show(done, sandbox=sandbox)


def _put_in_place(found: Settings, source: Path, kept: Checkpoint | None) -> Restored:
    from chasedata_mcp.ledger.restore import prepare_restore  # noqa: PLC0415 - heavy: the database

    account = dialers.line(found).account.accid
    try:
        with use_files(found) as files, prepare_restore(files, source, kept) as restoration:
            if restoration.comparison.loses:
                confirm(_describe_loss(restoration))
            return restoration.put_in_place(account, person(), now())
    except StoreInUseError:
        raise UsageError(_IN_USE) from None


def _record_in_place(found: Settings, kept: Checkpoint | None) -> Restored:
    from chasedata_mcp.ledger.restore_in_place import open_restored  # noqa: PLC0415 - as above

    account = dialers.line(found).account.accid
    with use_files(found) as files:
        where = found.ledger or files.directory
        head = head_of(found, files.environment) or files.head
        if found.ledger is None and not files.store.is_file():
            raise UsageError("there is no ledger in place; name the directory of a backup")
        with closing(open_restored(where, files.environment, head, kept)) as restored:
            confirm(_describe_what_is_there(restored.end, restored.gap))
            return restored.record(account, person(), now())


def _describe_what_is_there(end: ChainEnd, gap: Gap) -> str:
    """Say what a ledger has that was restored by other means, and ask."""
    last = "" if end.at is None else f", the last of {local_time(end.at)}"
    return (
        f"The ledger in place has {end.checkpoint.count} events{last}. {gap.describe(local_time)} "
        "Record that it was restored? Every cap then counts as used up, and every open yes and "
        "grant ends."
    )


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


def _show(done: Restored, *, sandbox: bool) -> None:
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
