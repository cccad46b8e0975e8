"""Batches in the soak: processes that run one are ended at random, and each row is sent once.

The dialer answers late, badly or not at all meanwhile. With PostgreSQL two processes run it, and
the server is started anew in the midst.
"""

import csv
import random
import signal
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

import anyio
import anyio.lowlevel
from anyio import to_thread
from unbounded import unbounded

from _support.batch_engine import AtOnce
from _support.batch_processes import BatchesOnDisk, RunningBatch, settings_of
from _support.postgresql import a_server, ledger_address, make_schema, stop
from chasedata_mcp.app.batches import open_batch_store
from chasedata_mcp.app.composition import pipeline_of
from chasedata_mcp.app.dialer import OpenedLate, line
from chasedata_mcp.app.state import ledger_of
from chasedata_mcp.batches.account_files import write_account
from chasedata_mcp.batches.batch_service import BatchService, BatchView
from chasedata_mcp.batches.errors import BatchStoreError
from chasedata_mcp.batches.models import BatchState, RowState
from chasedata_mcp.batches.pace import Pace
from chasedata_mcp.ledger import Ledger, LedgerError
from chasedata_mcp.sandbox import ACCID
from chasedata_mcp.sandbox.dialer import SandboxDialer
from chasedata_mcp.settings import load_settings
from soak.checks import check_chain
from soak.recording_dialer import WRITE_SECONDS, read_seen, recording_dialer

THERE: Final = ("9545550101", "9545550102")
"""The phones of leads that the sandbox has."""
_PROBLEMS: Final = ("12", "911", "9545551212")
"""What planning leaves out."""
_LIVES: Final = (0.3, 0.8, 1.5, 3.0)
"""The seconds that a process has at most until it is ended."""
_LATER: Final = timedelta(hours=1)
_MOST: Final = 20
"""The hours for which the yes to the batch holds, and less."""
_INSERT: Final = "InjectLead.php"
_WAIT: Final = 0.01
_IN_FLIGHT: Final = 15


@dataclass
class BatchSoak:
    """One batch, and a number of ends of the processes that run it.

    Attributes:
        place: A directory for the stores, the dialer's state and what it saw.
        seed: From which all that happens is made.
        rows: The rows that are good.
        ends: How many processes are ended.
        lanes: How many run it at once.
        ledger: The address of a database; empty for files.
        restart: Starts the database anew.
    """

    place: Path
    seed: int
    rows: int
    ends: int
    lanes: int = 1
    ledger: str = ""
    restart: Callable[[], None] | None = None
    figures: Counter[str] = field(default_factory=Counter[str])

    def __post_init__(self) -> None:
        self._chance = random.Random(f"{self.seed}/batch")  # noqa: S311 - no secret
        self._good = [f"954{555 + n // 9000}{1300 + n % 8700:04}" for n in range(self.rows)]
        self._all = [*self._good, *THERE, *_PROBLEMS, self._good[0]]
        self._chance.shuffle(self._all)
        self._left = self.ends

    async def run(self) -> list[str]:
        """Do it all, and list what doesn't hold."""
        self.place.mkdir(parents=True)
        async with recording_dialer(self.place, self.seed, wait=_WAIT) as address:
            limits = {"WRITE_SECONDS": str(WRITE_SECONDS), "SEARCH_SECONDS": str(WRITE_SECONDS)}
            where = {"LEDGER": self.ledger} if self.ledger else {}
            policy = str(unbounded(self.place))
            environ = settings_of(self.place / "state", address, POLICY=policy, **limits, **where)
            batches = BatchesOnDisk(self.place / "files", environ)
            batch = await batches.approved(self._all)
            await self._end_processes(batches, batch)
            async with _later(environ) as later:
                view = await later.run_to_its_end(batch)
                problems = [*_check_states(view, len(self._all)), *await later.check(batch)]
        self.figures["rows of batches"] += len(self._all)
        self.figures["rows that were sent again after a read"] += _count_again(self.place)
        problems += _check_files(self.place / "files", len(self._all))
        return [*problems, *_check_leads(self.place, self._good), *_check_seen(self.place)]

    async def _end_processes(self, batches: BatchesOnDisk, batch: str) -> None:
        """Let processes run the batch and end them, until it is through or enough were ended."""
        async with anyio.create_task_group() as tasks:
            for _ in range(self.lanes):
                tasks.start_soon(self._run_lane, batches, batch)

    async def _run_lane(self, batches: BatchesOnDisk, batch: str) -> None:
        while self._left > 0:
            self._left -= 1
            if self.restart is not None and self._left == self.ends // 2:
                await to_thread.run_sync(self.restart)
                self.figures["databases started anew"] += 1
            with batches.start(batch) as process:
                await self._let_live(process)
            if await self._is_through(batches, batch):
                return

    async def _let_live(self, process: RunningBatch) -> None:
        """Let a process run for a moment, and end it."""
        with anyio.move_on_after(self._chance.uniform(0, self._chance.choice(_LIVES))):
            self.figures[f"processes that ended with {await process.ended()}"] += 1
            return
        number = self._chance.choice((signal.SIGKILL, signal.SIGKILL, signal.SIGTERM))
        process.send(number)
        self.figures[f"processes ended by {number.name}"] += 1
        await process.ended()

    async def _is_through(self, batches: BatchesOnDisk, batch: str) -> bool:
        """Tell whether no row is left but those whose answer was lost."""
        while True:
            # The database may be on its way up again.
            with suppress(BatchStoreError, LedgerError):
                return (await batches.view(batch)).counts.of(RowState.READY) == 0
            await anyio.sleep(_WAIT)


@dataclass
class _Clock:
    """A clock that is ahead of the machine's."""

    ahead: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        """Read it."""
        return datetime.now(UTC) + self.ahead

    def read(self) -> float:
        """Read it in seconds."""
        return self().timestamp()

    async def sleep(self, seconds: float) -> None:
        """Set it ahead instead of waiting."""
        self.ahead += timedelta(seconds=seconds)
        await anyio.lowlevel.checkpoint()


@dataclass
class _Later:
    """The batches hours later, when no call can arrive any more."""

    service: BatchService
    ledger: Ledger
    environ: Mapping[str, str]
    clock: "_Clock"

    async def run_to_its_end(self, batch: str) -> BatchView:
        """Run what is left, as often as answers are lost, each time an hour later."""
        view = await self.service.view(batch)
        for _ in range(_MOST):
            if not view.left:
                break
            self.clock.ahead += _LATER
            view = await self.service.run(batch, lambda _: None)
        return view

    async def check(self, batch: str) -> list[str]:
        """Check the chain, and write the three files."""
        settings = load_settings(self.environ)
        with closing(open_batch_store(settings, "sandbox")) as store:
            found = await to_thread.run_sync(store.get, batch)
            assert found is not None
            files = Path(self.environ["CHASEDATA_STATE_DIR"]).parent / "files"
            await to_thread.run_sync(write_account, store, found, files)
        return await check_chain(self.ledger, ACCID)


@asynccontextmanager
async def _later(environ: Mapping[str, str]) -> AsyncGenerator[_Later]:
    settings = load_settings(environ)
    dialer = OpenedLate(settings, line(settings))
    async with ledger_of(settings, "sandbox") as ledger:
        clock = _Clock()
        pipeline = pipeline_of(settings, line(settings), dialer, ledger, clock)
        with closing(open_batch_store(settings, "sandbox")) as store:
            pace = partial(Pace, _IN_FLIGHT, clock=clock.read, sleep=clock.sleep)
            service = BatchService(pipeline, ledger, store, pace, AtOnce())
            yield _Later(service, ledger, environ, clock)
    await dialer.aclose()


def _check_states(view: BatchView, rows: int) -> Iterator[str]:
    """Check that each row is accounted for."""
    if view.counts.total != rows:
        yield f"{view.counts.total} rows of {rows} are kept"
    if view.batch.state is not BatchState.FINISHED or view.left:
        why = view.batch.stopped_because
        yield f"the batch is {view.batch.state} ({why}) with {view.left} rows left"
    left_out = view.counts.of(RowState.LEFT_OUT)
    if left_out != len(_PROBLEMS) + 1:
        yield f"{left_out} rows are left out"


def _check_files(folder: Path, rows: int) -> Iterator[str]:
    """Check that the three files have each row once."""
    found = 0
    for path in folder.glob("*-*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            found += len(list(csv.reader(file))) - 1
    if found != rows:
        yield f"the three files have {found} rows of {rows}"


def _check_leads(place: Path, good: Sequence[str]) -> Iterator[str]:
    """Check that the dialer has each good row once."""
    with closing(SandboxDialer(place / "sandbox.db")) as dialer:
        stored = Counter(lead["PrimaryPhone"] for lead in dialer.state()["leads"])
    for phone in good:
        if stored[phone] != 1:
            yield f"{phone} is there {stored[phone]} times"


def _count_again(place: Path) -> int:
    """Count how often a row was sent again."""
    sent = Counter(one.form["PrimaryPhone"] for one in read_seen(place) if one.script == _INSERT)
    return sum(times - 1 for times in sent.values())


def _check_seen(place: Path) -> Iterator[str]:
    """Check that no row was sent twice without a read in between."""
    unread: dict[str, bool] = defaultdict(bool)
    for seen in read_seen(place):
        phone = seen.form.get("PrimaryPhone", "")
        if seen.script == _INSERT:
            if unread[phone]:
                yield f"{phone} was sent twice without a read in between"
            unread[phone] = True
        else:
            for text in seen.form.values():
                unread[text] = False


async def check_batches(
    place: Path, seed: int, rows: int, ends: int
) -> tuple[Counter[str], list[str]]:
    """Soak a batch on files, and one on PostgreSQL, which is started anew in the midst."""
    one = BatchSoak(place / "files", seed, rows, ends)
    problems = [f"batch on files: {problem}" for problem in await one.run()]
    with a_server(f"soak-{seed}") as server:

        def restart() -> None:
            stop(server)
            server.ensure_postgres_running()

        address = ledger_address(server.get_uri(), make_schema(server.get_uri()))
        both = BatchSoak(
            place / "postgresql", seed, rows, ends, lanes=2, ledger=address, restart=restart
        )
        problems += [f"batch on PostgreSQL: {problem}" for problem in await both.run()]
    return one.figures + both.figures, problems
