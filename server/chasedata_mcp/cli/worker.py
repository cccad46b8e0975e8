"""`chasedata-mcp worker`: runs the batches that are approved, with nobody connected."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from typing import Final

import anyio

from chasedata_mcp import settings
from chasedata_mcp.app import composition
from chasedata_mcp.app.batches import make_batch_service, open_batch_store
from chasedata_mcp.batches.batch_service import BatchService, BatchView
from chasedata_mcp.batches.errors import BatchError
from chasedata_mcp.batches.models import BatchState, RowState
from chasedata_mcp.batches.present import describe_awaited
from chasedata_mcp.cli.command_errors import CommandError
from chasedata_mcp.cli.exit_codes import Exit
from chasedata_mcp.cli.ledger_access import find_environment
from chasedata_mcp.cli.options import Sandbox
from chasedata_mcp.cli.screen import NAME, out, print_line
from chasedata_mcp.mcp_server.logs import log_to_standard_error
from chasedata_mcp.mcp_server.signals import ended_by_signals
from chasedata_mcp.settings import Settings

EXAMPLES = (f"{NAME} worker", f"{NAME} worker --sandbox")
_EVERY: Final = 60.0
"""The seconds between two lines about a batch that runs."""
_ENDED: Final = (RowState.DONE, RowState.DUPLICATE, RowState.REFUSED, RowState.UNKNOWN)


def worker(*, sandbox: Sandbox = False) -> None:
    """Run the batches that somebody said yes to, with nobody connected, until it is ended.

    It goes on, too, with what a process that was killed left. SIGTERM and Ctrl-C end it between
    two rows; the next one goes on there.
    """
    found = settings.load_settings(sandbox=sandbox)
    log_to_standard_error(found.log_level)
    try:
        anyio.run(_work, found)
    except BatchError as error:
        raise CommandError(str(error), Exit.FAILED) from None


async def _work(found: Settings) -> None:
    async with composition.opened(found) as opened:
        if opened.ledger is None:
            raise CommandError("no dialer is configured", Exit.USAGE)
        with closing(open_batch_store(found, find_environment(found))) as store:
            service = make_batch_service(found, opened.pipeline, opened.ledger, store)
            account = opened.pipeline.account
            where = "in the sandbox" if account.environment == "sandbox" else f"at {account.host}"
            say(f"Waiting for approved batches of account {account.accid} {where}. Ctrl-C ends it.")
            await _until_ended(service, Lines(say, anyio.current_time))
            say("Ended. The next worker goes on with what is left.")


async def _until_ended(service: BatchService, lines: "Lines") -> None:
    # No task group, which would hide among others the error that says why it ends.
    with anyio.CancelScope() as scope, ended_by_signals(scope.cancel):
        await service.work(lines.tell)


@dataclass
class Lines:
    """The lines of a worker: one as each batch begins and ends, and now and then one between.

    Attributes:
        say: Says a line.
        clock: The time in seconds.
    """

    say: Callable[[str], object]
    clock: Callable[[], float]
    _said: dict[str, float] = field(default_factory=dict[str, float])

    def tell(self, view: BatchView) -> None:
        """Say how a batch stands, unless that was said a moment ago."""
        batch, now = view.batch, self.clock()
        if batch.state is not BatchState.RUNNING:
            self._said.pop(batch.id, None)
            self.say(f"Batch {batch.id}: {_describe_end(view)}")
        elif now - self._said.get(batch.id, -_EVERY) >= _EVERY:
            self._said[batch.id] = now
            waits = f" {describe_awaited(view)}" if view.awaited else ""
            self.say(f"Batch {batch.id}: {batch.tool}, {view.left:,} rows are left.{waits}")


def _describe_end(view: BatchView) -> str:
    states = [(view.counts.of(state), state) for state in _ENDED]
    counts = ", ".join([f"{count:,} {state}" for count, state in states if count])
    why = view.batch.stopped_because
    return f"{view.batch.state}{f', {why}' if why else ''}: {counts or 'no row was sent'}."


def say(line: str) -> None:
    """Say a line at once, whoever reads it."""
    print_line(out(), line)
    out().file.flush()
