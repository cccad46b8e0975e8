"""Batches that are run by processes of their own, on a dialer on a port."""

import json
import os
import signal
import sys
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import anyio
from anyio import to_thread

from _support.forks import Forked, forked
from _support.terminals import environment
from chasedata_mcp.app import composition
from chasedata_mcp.app.batches import make_batch_service, open_batch_store
from chasedata_mcp.batches.batch_service import BatchService, BatchView
from chasedata_mcp.batches.planner import BatchRequest, Planner
from chasedata_mcp.batches.store import BatchStore
from chasedata_mcp.cli.ledger_access import find_environment
from chasedata_mcp.ledger import ApprovalSummary
from chasedata_mcp.sandbox import ACCID, TOKEN
from chasedata_mcp.settings import load_settings

YES = ApprovalSummary("a1", "Store them?", "at the terminal", "maria")
COMMON = {"campaign": "Solar", "import_only": True}
_PROGRAM = "from _support.batch_processes import main; main()"


@dataclass(frozen=True)
class BatchesOnDisk:
    """The batches of an account in a state directory, and the processes that run them."""

    place: Path
    environ: Mapping[str, str]

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[tuple[BatchService, BatchStore, Planner]]:
        """Open them in this process, which runs none."""
        async with opened_batches(self.environ, self.place) as found:
            yield found

    async def approved(self, phones: Sequence[str]) -> str:
        """Plan a batch of leads with these phones, and say yes to it."""
        self.place.mkdir(exist_ok=True)
        (self.place / "leads.csv").write_text("Phone\n" + "".join(f"{one}\n" for one in phones))
        async with self.opened() as (service, _, planner):
            request = BatchRequest(tool="insert_lead", file="leads.csv", common=COMMON)
            batch = await planner.plan(request, "somebody/a test")
            await service.approve(await service.view(batch.id), YES, batch.planned)
        return batch.id

    async def view(self, batch: str) -> BatchView:
        """Read a batch as it stands."""
        async with self.opened() as (service, _, _):
            return await service.view(batch)

    def start(self, batch: str) -> "RunningBatch":
        """Start a process that runs a batch."""
        return RunningBatch(forked(_PROGRAM, [batch, str(self.place)], self.environ))


@dataclass
class RunningBatch:
    """A process that runs a batch and says with a line how many rows are left, again and again."""

    process: Forked

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.__exit__(None, None, None)

    async def hear(self, is_it: Callable[[dict[str, object]], bool]) -> dict[str, object] | None:
        """Wait for a line that is meant; None where the process ends before."""
        assert self.process.stdout is not None
        while line := await to_thread.run_sync(self.process.stdout.readline):
            heard: dict[str, object] = json.loads(line)
            if is_it(heard):
                return heard
        return None

    async def is_down_to(self, left: int) -> bool:
        """Wait until no more rows than so many are left."""
        return await self.hear(lambda heard: int(str(heard["left"])) <= left) is not None

    async def has_sent_all(self) -> bool:
        """Wait until nothing is left but what may still arrive."""
        return await self.hear(lambda heard: heard["left"] == heard["awaited"]) is not None

    async def ended(self) -> int:
        """Wait for its end; gives its exit code, negative for a signal."""
        await self.hear(lambda _: False)
        return await to_thread.run_sync(self.process.wait)

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)


def settings_of(state: Path, address: str, **other: str) -> dict[str, str]:
    """Make the environment of a process on a dialer on a port, with its record on disk."""
    given = {"BASE_URL": address, "TOKEN": TOKEN, "ACCID": ACCID, "STATE_DIR": str(state)}
    return environment(**given, LOG_LEVEL="error", **other)


@asynccontextmanager
async def opened_batches(
    environ: Mapping[str, str], folder: Path | None = None
) -> AsyncGenerator[tuple[BatchService, BatchStore, Planner]]:
    """Open the batches that an environment's settings mean."""
    settings = load_settings(environ)
    async with composition.opened(settings) as opened:
        assert opened.ledger is not None
        store = open_batch_store(settings, find_environment(settings))
        with closing(store):
            service = make_batch_service(settings, opened.pipeline, opened.ledger, store)
            yield service, store, Planner(opened.pipeline, store, folder)


def main() -> None:
    """Run a batch in this process; say how it goes."""
    anyio.run(_run, sys.argv[1], sys.argv[2])


async def _run(batch: str, place: str) -> None:
    def report(view: BatchView) -> None:
        said = {
            "state": view.batch.state,
            "left": view.left,
            "awaited": view.awaited,
            "why": view.batch.stopped_because,
        }
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()

    async with opened_batches(os.environ, Path(place)) as (service, _, _):
        report(await service.run(batch, report))
