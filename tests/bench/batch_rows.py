"""The rows of batches: rows a second beside a bare loop of httpx, planning, memory and a restart.

The batch runs in this process, on a sandbox on a port that answers late; the loop posts the same
leads to it, so many at once, and takes whatever comes back.
"""

import os
import sys
import time
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from subprocess import PIPE, Popen
from tempfile import TemporaryDirectory
from typing import Final

import anyio
import httpx
from rows import Row, at_least, at_most
from scale import Scale
from subjects import clean_environ, sandbox_on_a_port
from unbounded import unbounded

from chasedata_mcp.app import composition
from chasedata_mcp.app.batches import make_batch_service, open_batch_store
from chasedata_mcp.batches.batch_service import BatchService, BatchView
from chasedata_mcp.batches.models import BatchState
from chasedata_mcp.batches.planner import BatchRequest, Planner
from chasedata_mcp.ledger import ApprovalSummary
from chasedata_mcp.sandbox import ACCID, TOKEN
from chasedata_mcp.settings import load_settings

AT_ONCE: Final = 15
_YES: Final = ApprovalSummary("a1", "Store them?", "at the terminal", "bench")
_COMMON: Final = {"campaign": "Solar", "import_only": True}
_AREAS: Final = ("954", "305", "561", "407", "813", "212", "646", "312", "214", "713")
_TIMES: Final = 4
"""The rows of a batch for each of the calls that others are measured by."""
_BEST: Final = 5000
_MEGABYTE: Final = 1 << 20
_PLAN: Final = "from batch_rows import plan_in_a_process; plan_in_a_process()"
_RUN: Final = "from batch_rows import run_in_a_process; run_in_a_process()"

Batches = tuple[BatchService, Planner]


def running(scale: Scale, delay: float, bound: float, beside: int = 0) -> Iterator[Row]:
    """Measure rows a second beside the bare loop, in turns, with an answer that comes so late.

    So many reads may be in flight beside the calls that the loop has.
    """
    ours, theirs = [], []
    with sandbox_on_a_port(f"*=delay:{delay}*1000000") as sandbox:
        rows = _TIMES * scale.calls
        for turn in range(max(1, scale.turns // 3)):
            environ = {**sandbox, "CHASEDATA_READS_IN_FLIGHT": str(beside)}
            ours.append(anyio.run(_run, environ, _list_phones(rows, turn)))
            theirs.append(anyio.run(_post, sandbox, _list_phones(rows, 100 + turn)))
    places = f", {beside} reads beside" if beside else ""
    name = f"rows of a batch a second, answers after {delay * 1e3:g} ms{places}"
    yield Row(name, "1/s", at_least(bound), ours, f"httpx, {AT_ONCE} at once", theirs)


def planning(scale: Scale) -> Iterator[Row]:
    """Measure the rows that are planned in a second of processor time."""
    rates = []
    for _ in range(max(1, scale.turns // 3)):
        cpu, _ = _plan_apart(scale.batch_rows)
        rates.append(scale.batch_rows / cpu)
    yield Row("rows planned in a second of processor time", "1/s", at_least(_BEST), rates)


def planning_memory(scale: Scale) -> Iterator[Row]:
    """Measure by how much the memory grows that planning takes, from 10,000 rows on."""
    _, few = _plan_apart(min(10_000, scale.batch_rows))
    _, many = _plan_apart(scale.batch_rows * 10)
    grown = max(0.0, (many - few) / _MEGABYTE)
    name = f"memory to plan {scale.batch_rows * 10:,} rows, above that for 10,000"
    yield Row(name, "MB", at_most(40), [grown])


def long_run(scale: Scale) -> Iterator[Row]:
    """Measure a long run: how its memory grows, and how soon a killed one goes on."""
    with sandbox_on_a_port() as sandbox, TemporaryDirectory(prefix="bench-") as name:
        environ = {**clean_environ(), **sandbox, **_place(Path(name))}
        batch = anyio.run(_approve, environ, _list_phones(scale.batch_rows, 7))
        tenth = scale.batch_rows // 10
        first, grown = _run_until(environ, batch, left=tenth)
        with first:
            first.kill()
        began = time.monotonic()
        second, _ = _run_until(environ, batch, left=tenth - 1)
        yield Row(
            "seconds until a killed run goes on", "s", at_most(10), [time.monotonic() - began]
        )
        with second:
            _follow_to_lost(second)
            second.kill()
        yield Row("memory from a tenth of a run to nine", "MB", at_most(20), [grown])


def _follow_to_lost(process: Popen[str]) -> None:
    """Follow a run until only that is left which was in flight at the kill: it may still arrive."""
    assert process.stdout is not None
    left, awaited = 0, 0
    for line in process.stdout:
        left, awaited, _ = map(int, line.split())
        if left == awaited:
            break
    assert left == awaited <= AT_ONCE, (left, awaited)


def _run_until(environ: Mapping[str, str], batch: str, left: int) -> tuple[Popen[str], float]:
    """Run a batch in a process until so many rows are left; give how its memory grew since 9/10."""
    words = [sys.executable, "-c", _RUN, batch]
    process = Popen(words, stdout=PIPE, env=_with_path(environ), text=True)  # noqa: S603 - our own
    sizes: list[float] = []
    assert process.stdout is not None
    for line in process.stdout:
        rows, _, size = map(int, line.split())
        if rows <= 9 * left:
            sizes.append(size / _MEGABYTE)
        if rows <= left:
            break
    return process, sizes[-1] - sizes[0] if sizes else 0.0


def run_in_a_process() -> None:
    """Run a batch, and say again and again how many rows are left and what memory it takes."""

    def tell(view: BatchView) -> None:
        sys.stdout.write(f"{view.left} {view.awaited} {_read_memory()}\n")
        sys.stdout.flush()

    async def run() -> None:
        async with _opened(os.environ) as (service, _):
            await service.run(sys.argv[1], tell)

    anyio.run(run)


def plan_in_a_process() -> None:
    """Plan a file of so many rows; say what processor time and memory that took."""

    async def plan() -> None:
        with TemporaryDirectory(prefix="bench-") as name:
            place = Path(name)
            # One by one: a list of them would take more memory than the plan.
            _write(place, (_make_phone(number, 0) for number in range(int(sys.argv[1]))))
            environ = {**clean_environ(), **_place(place), "CHASEDATA_SANDBOX": "1"}
            async with _opened(environ, place) as (_, planner):
                began = time.process_time()
                await planner.plan(_request(), "bench/bench")
                sys.stdout.write(f"{time.process_time() - began} {_read_memory(peak=True)}\n")

    anyio.run(plan)


def _plan_apart(rows: int) -> tuple[float, float]:
    words = [sys.executable, "-c", _PLAN, str(rows)]
    with Popen(words, stdout=PIPE, env=_with_path(clean_environ()), text=True) as process:  # noqa: S603 - our own
        assert process.stdout is not None
        cpu, memory = map(float, process.stdout.read().split())
    return cpu, memory


async def _run(sandbox: Mapping[str, str], phones: Sequence[str]) -> float:
    """Run a batch and give its rows a second, from its first hundred on, by which it runs."""
    times: dict[int, float] = {}
    with TemporaryDirectory(prefix="bench-") as name:
        environ = {**clean_environ(), **sandbox, **_place(Path(name))}
        batch = await _approve(environ, phones)
        async with _opened(environ) as (service, _):
            ended = await service.run(
                batch, lambda view: times.setdefault(view.left, time.perf_counter())
            )
    assert ended.batch.state is BatchState.FINISHED, ended
    begun = max(left for left in times if left < max(times))
    return begun / (times[0] - times[begun])


async def _post(sandbox: Mapping[str, str], phones: Sequence[str]) -> float:
    """Post leads as a script would, and give the rows a second."""
    address = f"{sandbox['CHASEDATA_BASE_URL']}InjectLead.php"
    left = iter(phones)
    async with httpx.AsyncClient(trust_env=False, timeout=600) as client:

        async def keep_posting() -> None:
            for phone in left:
                form = {"token": TOKEN, "accid": ACCID, "Campaign": "Solar", "ImportOnly": "1"}
                answer = await client.post(address, data={**form, "PrimaryPhone": phone})
                answer.raise_for_status()

        began = time.perf_counter()
        async with anyio.create_task_group() as tasks:
            for _ in range(AT_ONCE):
                tasks.start_soon(keep_posting)
    return len(phones) / (time.perf_counter() - began)


async def _approve(environ: Mapping[str, str], phones: Sequence[str]) -> str:
    place = Path(environ["CHASEDATA_STATE_DIR"]).parent
    _write(place, phones)
    async with _opened(environ, place) as (service, planner):
        batch = await planner.plan(_request(), "bench/bench")
        await service.approve(await service.view(batch.id), _YES, batch.planned)
    return batch.id


@asynccontextmanager
async def _opened(
    environ: Mapping[str, str], folder: Path | None = None
) -> AsyncGenerator[Batches]:
    settings = load_settings(environ)
    async with composition.opened(settings) as opened:
        assert opened.ledger is not None
        with closing(open_batch_store(settings, "sandbox")) as store:
            service = make_batch_service(settings, opened.pipeline, opened.ledger, store)
            yield service, Planner(opened.pipeline, store, folder)


def _request() -> BatchRequest:
    return BatchRequest(tool="insert_lead", file="leads.csv", common=_COMMON)


def _place(place: Path) -> dict[str, str]:
    return {
        "CHASEDATA_STATE_DIR": str(place / "state"),
        "CHASEDATA_POLICY": str(unbounded(place)),
        "CHASEDATA_BATCH_PER_SECOND": "0",
    }


def _list_phones(count: int, turn: int) -> list[str]:
    """List phones, no two alike within a turn of up to a million, and none of two turns."""
    return [_make_phone(number, turn) for number in range(count)]


def _make_phone(number: int, turn: int) -> str:
    exchange, end = 220 + (turn * 7 + number // 90_000) % 80, 1300 + number // 10 % 8700
    return f"{_AREAS[number % len(_AREAS)]}{exchange}{end:04}"


def _write(place: Path, phones: Iterable[str]) -> None:
    with (place / "leads.csv").open("w", encoding="utf-8") as file:
        file.write("Phone,First Name,Last Name,City,State,Zip,Email\n")
        for number, phone in enumerate(phones):
            file.write(f"{phone},Ana,Lopez {number},Miami,FL,33101,a{number}@example.com\n")


def _with_path(environ: Mapping[str, str]) -> dict[str, str]:
    return {**environ, "PYTHONPATH": os.pathsep.join(sys.path)}


def _read_memory(*, peak: bool = False) -> int:
    """Read the bytes of memory that this process has, or had at most."""
    which = "VmHWM" if peak else "VmRSS"
    lines = Path("/proc/self/status").read_text("ascii", "replace").splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith(which))
