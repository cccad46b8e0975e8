"""`chasedata-mcp ledger`: verify the hash chain, print its head, export entries, prune old ones."""

import logging
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from logging.handlers import SysLogHandler
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from chasedata_mcp.app.composition import now
from chasedata_mcp.cli.command_errors import CommandError, UsageError
from chasedata_mcp.cli.exit_codes import Exit
from chasedata_mcp.cli.ledger_access import with_ledger
from chasedata_mcp.cli.option_values import read_moment
from chasedata_mcp.cli.options import Sandbox
from chasedata_mcp.cli.screen import NAME, local_time, out
from chasedata_mcp.ledger import Checkpoint, Ledger, Restore, Verification

EXAMPLES = (
    f"{NAME} ledger head > somewhere-else.json",
    f'{NAME} ledger verify --head "$(cat somewhere-else.json)"',
    f"{NAME} ledger export > ledger.jsonl",
    f"{NAME} ledger prune --older-than 365",
)
# Days: a hundred years, and no overflow of a date.
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
    kept = None if head is None else read_head(head)
    verdict = with_ledger(lambda ledger: ledger.verify(kept), sandbox=sandbox)
    show(verdict, kept)
    if not verdict.sound or verdict.is_given_lost:
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
    server = None if syslog is None else _read_address(syslog)
    line = str(with_ledger(Ledger.checkpoint, sandbox=sandbox))
    try:
        if to is not None:
            _append(to, line)
        if server is not None:
            _send(server, line)
    except OSError as error:
        message = f"the head could not be sent ({type(error).__name__})"
        raise CommandError(message, Exit.FAILED) from None
    sys.stdout.write(f"{line}\n")


def export(*, sandbox: Sandbox = False) -> None:
    """Print every event as a line of JSON, with its hash."""
    with_ledger(_export, sandbox=sandbox)


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
    cut = _read_cut(before, older_than, now())
    pruned = with_ledger(lambda ledger: ledger.prune(cut), sandbox=sandbox)
    carried = f" {pruned.carried} older ones are not settled and stay." if pruned.carried else ""
    out().print(f"{_entries(pruned.removed)} removed.{carried}", soft_wrap=True)


def _read_cut(before: str | None, older_than: int | None, at: datetime) -> datetime:
    """Read the time before which entries are removed.

    Raises:
        UsageError: Not exactly one was given, or it is in the future.
    """
    given = read_moment("--before", before)
    if (given is None) is (older_than is None):
        raise UsageError("give either --before or --older-than")
    cut = given if given is not None else at - timedelta(days=older_than or 0)
    if cut > at:
        raise UsageError("--before is in the future, so nothing would be left")
    return cut


def _read_address(address: str) -> tuple[str, int]:
    """Read a host and a port; an IPv6 address may stand in brackets.

    Raises:
        UsageError: It is none.
    """
    host, _, port = address.rpartition(":")
    if not host or not _PORT.fullmatch(port) or not 0 < int(port) <= _HIGHEST_PORT:
        raise UsageError("--syslog takes HOST:PORT, such as logs.example.com:514")
    return host.strip("[]"), int(port)


def read_head(text: str) -> Checkpoint:
    """Read a head that was typed.

    Raises:
        UsageError: It is none.
    """
    try:
        return Checkpoint.parse(text)
    except ValueError:
        raise UsageError(
            f'--head is a line that `{NAME} ledger head` printed: {{"count": 12, "hash": "..."}}'
        ) from None


def _append(file: Path, line: str) -> None:
    """Append a head to a file, behind the time; what is there already stays.

    Raises:
        OSError: The file can't be written.
    """
    with file.expanduser().open("a", encoding="utf-8") as kept:
        kept.write(f"{datetime.now(UTC).isoformat(timespec='seconds')} {line}\n")


def _send(server: tuple[str, int], line: str) -> None:
    """Send a head to a syslog server, a host and a port.

    Raises:
        OSError: The host isn't known.
    """
    # By UDP, as syslog is commonly reached: nobody learns whether it arrived.
    handler = SysLogHandler(server)
    try:
        handler.emit(logging.makeLogRecord({"msg": f"{NAME} ledger head {line}"}))
    finally:
        handler.close()


async def _export(ledger: Ledger) -> None:
    async for line in ledger.export():
        sys.stdout.write(f"{line}\n")


def show(verdict: Verification, given: Checkpoint | None) -> None:
    """Print the findings of a verification, made against the head that was given, if any."""
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
    for restore in verdict.restores:
        for line in _describe_restore(restore):
            screen.print(f"  {line}", markup=False, soft_wrap=True)
    for line in _describe_head(verdict) if given is None else _describe_given(verdict):
        screen.print(f"  {line}", markup=False, soft_wrap=True)
    screen.print(f"  head {verdict.checkpoint}", markup=False, soft_wrap=True)


def _describe_restore(restore: Restore) -> Iterator[str]:
    """Say what a restore has replaced, and which calls nothing is known of since."""
    yield restore.describe(local_time)
    if restore.gap.missing != 0:
        yield "What those calls did in the dialer isn't known here."
    for earlier in restore.earlier:
        yield f"Only the replaced record had this on record: {earlier.describe(local_time)}"


def _describe_given(verdict: Verification) -> Iterator[str]:
    """Say where the head from elsewhere can't be compared."""
    if verdict.is_given_lost:
        yield (
            "The head that you gave can't be compared. If you kept it before that restore, it is "
            "of events that are missing: keep a new one, the line below. If you kept it after the "
            "restore, the record was written anew since."
        )


def _describe_head(verdict: Verification) -> Iterator[str]:
    """Say as far as the head beside the ledger shows less than its end."""
    if verdict.is_head_damaged:
        yield (
            "The head beside it can't be read: a power cut may have torn it. The next write mends "
            "it; until then a cut end could not be seen."
        )
    elif verdict.checkpoint_beside is None:
        yield (
            "No head is kept beside it, so it can't be told whether events are missing at its end."
        )
    elif verdict.behind:
        events = "event" if verdict.behind == 1 else "events"
        yield (
            f"The head beside it is {verdict.behind} {events} behind, as after a crash or while "
            "calls are made: what was cut off behind it could not be seen."
        )


def _entries(number: int) -> str:
    return "1 entry" if number == 1 else f"{number} entries"
