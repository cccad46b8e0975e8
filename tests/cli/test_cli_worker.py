"""`worker`: runs what is approved with nobody connected, and ends between two rows."""

import signal
import sys
from collections import Counter
from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from anyio import to_thread

from _support.batch_processes import BatchesOnDisk, settings_of
from _support.forks import Forked, forked
from _support.terminals import run
from batches.test_batch_store import make_batch
from chasedata_mcp.batches.batch_service import BatchView
from chasedata_mcp.batches.errors import BatchStoreError
from chasedata_mcp.batches.models import BatchState, RowCounts, RowState
from chasedata_mcp.cli.worker import Lines, _until_ended
from soak.recording_dialer import Did, read_seen, recording_dialer

pytestmark = pytest.mark.anyio
forks = pytest.mark.skipif(sys.platform == "win32", reason="there are no forks there")
PHONES = [f"954555{number:04}" for number in range(7000, 7220)]
WORKER = "from chasedata_mcp.cli import main; main(['worker'])"


@pytest.fixture
async def batches(tmp_path: Path) -> AsyncGenerator[BatchesOnDisk]:
    async with recording_dialer(tmp_path, slips=False, wait=0.002) as address:
        yield BatchesOnDisk(tmp_path / "files", settings_of(tmp_path / "state", address))


@contextmanager
def a_worker(batches: BatchesOnDisk, per_second: int = 1000) -> Generator[Forked]:
    environ = {**batches.environ, "CHASEDATA_BATCH_PER_SECOND": str(per_second)}
    with forked(WORKER, [], environ) as process:
        try:
            yield process
        finally:
            process.kill()


async def hear(worker: Forked, words: str) -> str:
    """Wait for a line of a worker with these words."""
    assert worker.stdout is not None
    while line := await to_thread.run_sync(worker.stdout.readline):
        if words in line:
            return line.strip()
    raise AssertionError(words)


@forks
async def test_a_worker_runs_what_is_approved_and_ends_between_two_rows(
    batches: BatchesOnDisk, tmp_path: Path
) -> None:
    # So slow that it can't be through before it gets the signal.
    with a_worker(batches, per_second=4) as worker:
        assert "of account sandbox in the sandbox" in await hear(worker, "Waiting for approved")
        first, second = await batches.approved(PHONES[:3]), await batches.approved(PHONES)
        assert await hear(worker, f"{first}: f") == f"Batch {first}: finished: 3 done."
        assert "rows are left" in await hear(worker, f"Batch {second}: insert_lead, ")
        worker.send_signal(signal.SIGTERM)
        await hear(worker, "Ended. The next worker goes on")
        assert await to_thread.run_sync(worker.wait) == 0
    left = await batches.view(second)
    assert left.batch.state is BatchState.RUNNING
    assert left.counts.of(RowState.UNKNOWN) == 0
    with a_worker(batches) as another:
        await hear(another, f"Batch {second}: finished: 217 done, 3 duplicate.")
    stored = [seen.form for seen in read_seen(tmp_path) if seen.did is Did.DONE]
    phones = [form["PrimaryPhone"] for form in stored if "PrimaryPhone" in form]
    assert Counter(phones) == Counter(PHONES)


def test_without_a_dialer_there_is_nothing_to_work_for() -> None:
    ended = run("worker")
    assert (ended.code, "no dialer is configured" in ended.err) == (2, True)


def test_a_worker_says_how_a_batch_goes_once_a_minute_and_how_it_ended() -> None:
    said: list[str] = []
    time = [0.0]
    lines = Lines(said.append, lambda: time[0])

    def tell(state: BatchState, ready: int, because: str = "") -> None:
        counts = {(RowState.READY, ""): ready, (RowState.DONE, ""): 2000 - ready}
        batch = make_batch(state=state, stopped_because=because)
        lines.tell(BatchView(batch, RowCounts(counts)))

    for at, ready in ((0, 2000), (10, 1900), (59, 1800), (61, 1700), (62, 1600)):
        time[0] = float(at)
        tell(BatchState.RUNNING, ready)
    tell(BatchState.STOPPED, 1500, "a person stopped it")
    assert said == [
        "Batch b1: insert_lead, 2,000 rows are left.",
        "Batch b1: insert_lead, 1,700 rows are left.",
        "Batch b1: stopped, a person stopped it: 500 done.",
    ]


async def test_a_worker_whose_store_is_gone_for_good_says_so_and_why() -> None:
    class Gone:
        async def work(self, _: object) -> None:
            raise BatchStoreError("The store of batches can't be read: no disk.")

    with pytest.raises(BatchStoreError, match="no disk"):
        await _until_ended(Gone(), Lines(print, float))  # type: ignore[arg-type]  # of one method
