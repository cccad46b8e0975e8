"""`chasedata-mcp batch`: many rows of a file, planned, approved once, run and accounted for."""

from collections.abc import Awaitable, Callable, Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.text import Text

from chasedata_mcp import settings
from chasedata_mcp.app.batches import make_batch_service, open_batch_store
from chasedata_mcp.batches.account_files import write_account
from chasedata_mcp.batches.batch_approval import approval_of_batch
from chasedata_mcp.batches.batch_service import BatchService, BatchView
from chasedata_mcp.batches.errors import BatchError
from chasedata_mcp.batches.models import TOOLS, BatchState, OnDuplicate
from chasedata_mcp.batches.planner import BatchRequest, Planner
from chasedata_mcp.batches.present import describe_awaited
from chasedata_mcp.batches.store import BatchStore
from chasedata_mcp.cli.batch_view import show_batch
from chasedata_mcp.cli.call_session import TerminalSession, open_session
from chasedata_mcp.cli.command_errors import CommandError, UsageError
from chasedata_mcp.cli.exit_codes import Exit
from chasedata_mcp.cli.ledger_access import find_environment
from chasedata_mcp.cli.options import Sandbox
from chasedata_mcp.cli.progress_bar import make_progress_bar
from chasedata_mcp.cli.screen import (
    NAME,
    command,
    complain,
    local_time,
    make_table,
    out,
    print_line,
)
from chasedata_mcp.cli.terminal_prompt import ask_at_terminal
from chasedata_mcp.errors import CallError
from chasedata_mcp.ledger import Ledger

T = TypeVar("T")

HELP = (
    "Load many rows of a file: check them all, say yes once, and get an account of each.\n\n"
    "Planning sends nothing. Each row is a call of one tool, held to the policy and on record like "
    "any other; none is sent twice. A run that was stopped or killed goes on where it was."
)
EXAMPLES = (
    f"{NAME} batch plan leads.csv --set campaign=Solar --set import_only=true",
    f"{NAME} batch run k3m8x2p4qa",
    f"{NAME} batch results k3m8x2p4qa --to .",
)
_LISTED = 20
_SWITCHES = {"true": True, "false": False}

BatchId = Annotated[str, typer.Argument(metavar="ID", help="The batch, as `batch plan` named it.")]


@dataclass(frozen=True, slots=True)
class _Desk:
    """A person at a terminal with the batches of an account."""

    session: TerminalSession
    ledger: Ledger
    service: BatchService
    store: BatchStore

    def call(self, work: Callable[..., Awaitable[T]], *args: object) -> T:
        """Do async work of the service; what it refuses is a line and an exit code.

        Raises:
            CommandError: It was refused.
        """
        try:
            return self.session.portal.call(partial(work, *args))
        except (BatchError, CallError) as error:
            raise CommandError(str(error), Exit.REFUSED) from None


def plan(  # noqa: PLR0913 - the command's options
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A .csv, .tsv, .jsonl, .xlsx or .xls file.")
    ],
    *,
    tool: Annotated[
        str, typer.Option("--tool", metavar="TOOL", help=f"One of {', '.join(TOOLS)}.")
    ] = "insert_lead",
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--column",
            metavar="COLUMN=ARGUMENT",
            help="The argument of a column whose name doesn't say it; COLUMN= leaves it out.",
        ),
    ] = None,
    common: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="ARGUMENT=VALUE", help="An argument that is the same for all rows."
        ),
    ] = None,
    on_duplicate: Annotated[
        OnDuplicate,
        typer.Option("--on-duplicate", help="What becomes of a lead that is there already."),
    ] = OnDuplicate.SKIP,
    already_there: Annotated[
        bool,
        typer.Option(
            "--already-there", help="Look each lead up now, and leave out those that are there."
        ),
    ] = False,
    sandbox: Sandbox = False,
) -> None:
    """Check every row of a file and keep what is ready to be run; nothing is sent."""
    request = BatchRequest(
        tool=tool,
        file=file.name,
        columns=dict(map(_split, columns or ())),
        common={name: _SWITCHES.get(value, value) for name, value in map(_split, common or ())},
        on_duplicate=on_duplicate,
        already_there=already_there,
    )
    with _opened(sandbox=sandbox) as desk:
        planner = Planner(desk.session.pipeline, desk.store, file.absolute().parent)
        batch = desk.call(planner.plan, request, desk.session.name)
        view = desk.call(desk.service.view, batch.id)
        show_batch(view, desk.store)
    if view.left:
        print_line(out(), f"To run it: {command(f'batch run {batch.id}', sandbox=sandbox)}")


def run(
    batch: BatchId,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the question; ask nobody, send nothing.")
    ] = False,
    sandbox: Sandbox = False,
) -> None:
    """Ask once for all rows that are ready, and run them; a run that was stopped goes on."""
    with _opened(sandbox=sandbox) as desk:
        view = desk.call(desk.service.view, batch)
        if dry_run:
            request = desk.call(desk.service.build_request, view)
            print_line(out(), request.question.whole if request.question else "")
            return
        _approve(desk, view)
        with _progress(view) as report:
            try:
                ended = desk.call(desk.service.run, batch, report)
            except KeyboardInterrupt:
                again = command(f"batch run {batch}", sandbox=sandbox)
                complain(f"it ends between two rows; to go on: {again}")
                raise
        show_batch(ended, desk.store)
    results = command(f"batch results {batch} --to .", sandbox=sandbox)
    print_line(out(), f"To have the account of each row: {results}")
    raise typer.Exit(Exit.DONE if ended.batch.state is BatchState.FINISHED else Exit.FAILED)


def show(batch: BatchId, *, sandbox: Sandbox = False) -> None:
    """Show a batch: what is ready, what was done, and the first rows of what wasn't."""
    with _opened(sandbox=sandbox) as desk:
        show_batch(desk.call(desk.service.view, batch), desk.store)


def list_batches(*, sandbox: Sandbox = False) -> None:
    """List the latest batches, the newest first."""
    with _opened(sandbox=sandbox) as desk:
        views = desk.call(desk.service.list_views, _LISTED)
    if not views:
        out().print("There is no batch yet.")
        return
    table = make_table("planned", "batch", "state", "what", unwrapped=3)
    for view in views:
        batch = view.batch
        what = f"{batch.tool}, {view.counts.total:,} rows of {batch.source or 'a call'}"
        table.add_row(local_time(batch.planned), batch.id, batch.state, Text(what))
    out().print(table)


def stop(batch: BatchId, *, sandbox: Sandbox = False) -> None:
    """Stop a batch between two rows, wherever it runs; to go on, its count is typed anew."""
    with _opened(sandbox=sandbox) as desk:
        view = desk.call(desk.service.end_yes, batch)
    stopped = view.batch.state is BatchState.STOPPED
    print_line(out(), "It stops." if stopped else f"It isn't running: it is {view.batch.state}.")


def results(
    batch: BatchId,
    *,
    to: Annotated[
        Path, typer.Option("--to", metavar="FOLDER", help="The folder for the three files.")
    ],
    sandbox: Sandbox = False,
) -> None:
    """Write what was done, what failed and why, and what wasn't run, into three CSV files.

    The file of failed rows has the input as it was: mend it, and plan it again.
    """
    with _opened(sandbox=sandbox) as desk:
        view = desk.call(desk.service.view, batch)
        try:
            written = write_account(desk.store, view.batch, to)
        except BatchError as error:
            raise CommandError(str(error), Exit.FAILED) from None
    for path, count in written:
        print_line(out(), f"{count:>9,} {path}")


@contextmanager
def _opened(*, sandbox: bool) -> Generator[_Desk]:
    found = settings.load_settings(sandbox=sandbox)
    environment = find_environment(found)
    with open_session(found, ask_at_terminal) as session:
        if session.ledger is None:
            raise CommandError("no dialer is configured", Exit.USAGE)
        try:
            store = open_batch_store(found, environment)
        except BatchError as error:
            raise CommandError(str(error), Exit.FAILED) from None
        with closing(store):
            service = make_batch_service(found, session.pipeline, session.ledger, store)
            yield _Desk(session, session.ledger, service, store)


def _approve(desk: _Desk, view: BatchView) -> None:
    """Ask the person at the terminal, or where else they are, unless a yes of theirs holds.

    Raises:
        CommandError: It was none.
    """
    session = desk.session
    approval = approval_of_batch(
        desk.service, session.pipeline, desk.ledger, view.batch, session.name
    )
    try:
        session.approve_rows(approval)
    except BatchError as error:
        raise CommandError(str(error), Exit.REFUSED) from None
    except CallError as error:
        # The hint has how the person still can say yes, where they were to be asked elsewhere.
        how = f" {error.hint}" if error.approvable else ""
        raise CommandError(f"{error.message}{how}", Exit.REFUSED) from None


@contextmanager
def _progress(view: BatchView) -> Generator[Callable[[BatchView], None]]:
    """Show how far the rows are, where there is a terminal."""
    with make_progress_bar("rows") as bar:
        task = bar.add_task("rows", total=view.left)

        said: list[str] = []

        def report(now: BatchView) -> None:
            bar.update(task, completed=max(0, view.left - now.left))
            if now.awaited and not said:
                said.append(describe_awaited(now))
                print_line(bar.console, f"{said[0]} Ctrl-C ends it before.")

        yield report


def _split(pair: str) -> tuple[str, str]:
    """Split NAME=VALUE.

    Raises:
        UsageError: There is no = in it.
    """
    name, equals, value = pair.partition("=")
    if not equals or not name:
        raise UsageError(f"{pair!r} has to be NAME=VALUE")
    return name, value
