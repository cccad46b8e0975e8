"""`chasedata-mcp ledger`: verify the hash chain, print its head, export entries, prune old ones."""

import logging
import re
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from logging.handlers import SysLogHandler
from pathlib import Path
from typing import Annotated

import typer
from anyio import to_thread

from chasedata_mcp import settings
from chasedata_mcp.app import dialer as dialers
from chasedata_mcp.app.batches import has_batch_store, open_batch_store
from chasedata_mcp.app.composition import ledger_key, now
from chasedata_mcp.batches.errors import BatchError
from chasedata_mcp.cli.command_errors import CommandError, UsageError
from chasedata_mcp.cli.exit_codes import Exit
from chasedata_mcp.cli.ledger_access import find_environment, with_ledger
from chasedata_mcp.cli.option_values import read_moment
from chasedata_mcp.cli.options import Sandbox
from chasedata_mcp.cli.screen import NAME, out, print_json
from chasedata_mcp.cli.verification_view import make_json, show, show_progress
from chasedata_mcp.ledger import Checkpoint, Ledger, Pruned, Resumption

EXAMPLES = (
    f"{NAME} ledger verify --all",
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
    everything: Annotated[
        bool,
        typer.Option("--all", help="Verify what the last verification has verified as well."),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the findings, one line of JSON.")
    ] = False,
    sandbox: Sandbox = False,
) -> None:
    """Check the ledger against its hash chain, and its end against the head.

    This finds edited, removed and reordered entries, and entries that are missing at the end. It
    goes on from where the last one ended: what comes before is only counted, so --all is needed to
    find an edit there. It ends with 1 where something is wrong. Somebody who can write both the
    ledger and its head can forge both: keep heads elsewhere.
    """
    kept = None if head is None else read_head(head)
    key = ledger_key(dialers.line(settings.load_settings(sandbox=sandbox)).target)
    with show_progress() as progress:
        how = Resumption(key=key, now=now(), is_whole=everything, progress=progress)
        verdict = with_ledger(lambda ledger: ledger.verify(kept, how), sandbox=sandbox)
    if as_json:
        print_json(make_json(verdict))
    else:
        show(verdict, kept, sandbox=sandbox)
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

    The rows of batches that were planned before go too; what became of each stays. An entry that
    was removed can't be undone any more. Export first what you may need.
    """
    cut = _read_cut(before, older_than, now())
    pruned, batches = with_ledger(partial(_prune, cut, sandbox), sandbox=sandbox)
    carried = f" {pruned.carried} older ones are not settled and stay." if pruned.carried else ""
    out().print(f"{_entries(pruned.removed)} removed.{carried}", soft_wrap=True)
    if batches:
        out().print(f"The rows of {batches} batch{'es' * (batches != 1)} removed.")


async def _prune(cut: datetime, sandbox: bool, ledger: Ledger) -> tuple[Pruned, int]:  # noqa: FBT001 - as the option
    pruned = await ledger.prune(cut)
    found = settings.load_settings(sandbox=sandbox)
    environment = find_environment(found)
    if not has_batch_store(found, environment):
        return pruned, 0
    try:
        with closing(open_batch_store(found, environment)) as store:
            return pruned, await to_thread.run_sync(store.forget, cut, ledger.time.now())
    except BatchError as error:
        raise CommandError(str(error), Exit.FAILED) from None


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


def _entries(number: int) -> str:
    return "1 entry" if number == 1 else f"{number} entries"
