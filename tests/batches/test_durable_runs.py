"""Runs that outlive their process: another goes on with them, each row once."""

import logging
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import anyio
import psycopg
import pytest
from psycopg.pq import TransactionStatus

from _support.batch_processes import BatchesOnDisk, settings_of
from _support.postgresql import ledger_address, make_schema
from _support.terminals import environment
from _support.timeouts import TIMEOUT
from chasedata_mcp.batches.batch_service import BatchView
from chasedata_mcp.batches.dbos_databases import let_sqlite_tell_the_time
from chasedata_mcp.batches.models import BatchState, RowState
from chasedata_mcp.settings import load_settings
from soak.recording_dialer import Did, read_seen, recording_dialer

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="there are no forks there"),
]
PHONES = [f"954555{number:04}" for number in range(7000, 7250)]


@pytest.fixture
async def batches(tmp_path: Path) -> AsyncGenerator[BatchesOnDisk]:
    async with recording_dialer(tmp_path, slips=False, wait=0.002) as address:
        yield BatchesOnDisk(tmp_path / "files", settings_of(tmp_path / "state", address))


@pytest.fixture(params=["sqlite", "postgresql"])
def batches_anywhere(request: pytest.FixtureRequest, batches: BatchesOnDisk) -> BatchesOnDisk:
    """Give batches of either database."""
    if request.param == "sqlite":
        return batches
    return _on_postgresql(batches, request.getfixturevalue("postgresql"))


def _on_postgresql(batches: BatchesOnDisk, server: str) -> BatchesOnDisk:
    address = ledger_address(server, make_schema(server))
    return replace(batches, environ={**batches.environ, "CHASEDATA_LEDGER": address})


def list_threads() -> list[str]:
    """List the threads but for those that are kept for blocking work."""
    return [one.name for one in threading.enumerate() if not one.name.startswith("AnyIO")]


def inserted(place: Path) -> Counter[str]:
    """Count how often each phone was stored."""
    return Counter(
        seen.form["PrimaryPhone"]
        for seen in read_seen(place)
        if seen.script == "InjectLead.php" and seen.did is Did.DONE
    )


async def test_another_process_goes_on_with_what_a_killed_one_ran(
    batches_anywhere: BatchesOnDisk, tmp_path: Path
) -> None:
    batches = batches_anywhere
    batch = await batches.approved(PHONES)
    with batches.start(batch) as first:
        assert await first.is_down_to(200)
        # The first has made the tables by now, and runs it; the second is to go on with it.
        with batches.start(batch) as second:
            assert await first.is_down_to(150)
            first.send(signal.SIGKILL)
            assert await first.ended() == -signal.SIGKILL
            # Those whose intent the first one had just recorded it would wait for, for minutes.
            assert await second.has_sent_all()
    async with batches.opened() as (_, store, _):
        rows = store.read_rows(batch, limit=len(PHONES))
    assert {row.state for row in rows} <= {RowState.DONE, RowState.UNKNOWN}
    lost = [row.cells[0] for row in rows if row.state is RowState.UNKNOWN]
    assert len(lost) <= load_settings(batches.environ).in_flight
    came = inserted(tmp_path)
    assert set(came.values()) == {1}
    assert set(PHONES) - set(lost) <= set(came)


async def test_the_first_run_on_postgresql_waits_for_no_transaction_that_others_have_open(
    batches: BatchesOnDisk, postgresql: str, tmp_path: Path
) -> None:
    batches = _on_postgresql(batches, postgresql)
    batch = await batches.approved(PHONES[:20])
    with psycopg.connect(postgresql) as other:
        # As a backup has it: what was there at its beginning stays in view until its end.
        other.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        other.execute("SELECT 1")
        with batches.start(batch) as process:
            assert await process.ended() == 0
        assert other.info.transaction_status is TransactionStatus.INTRANS
    assert inserted(tmp_path) == Counter(PHONES[:20])


async def test_a_run_leaves_nothing_of_its_rows_threads_or_lines_behind(
    batches: BatchesOnDisk, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    batch = await batches.approved(PHONES[:120])
    threads = list_threads()
    async with batches.opened() as (service, _, _):
        seen: list[int] = []

        def report(view: BatchView) -> None:
            seen.append(view.left)

        ended = await service.run(batch, report)
    assert (ended.batch.state, seen[-1]) == (BatchState.FINISHED, 0)
    # A thread of a test before may end meanwhile.
    assert not Counter(list_threads()) - Counter(threads)
    assert (*capfd.readouterr(), logging.getLogger("dbos").propagate) == ("", "", False)
    files = sorted((tmp_path / "state").glob("batches-*"))
    assert {path.name: oct(path.stat().st_mode)[-3:] for path in files} == {
        "batches-sandbox-runs.sqlite3": "600",
        "batches-sandbox.sqlite3": "600",
    }
    with sqlite3.connect(files[0]) as store:
        kept = "\n".join(store.iterdump())
    store.close()
    assert batch in kept
    assert not any(word in kept for word in (*PHONES[:120], "Solar", "maria", "sandbox-account"))


async def test_a_run_that_is_cancelled_ends_between_two_rows_and_goes_on_later(
    batches: BatchesOnDisk, tmp_path: Path
) -> None:
    batch = await batches.approved(PHONES[:200])
    async with batches.opened() as (service, _, _):
        with anyio.CancelScope() as scope:

            def leave(view: BatchView) -> None:
                if view.left < 200:
                    scope.cancel()

            await service.run(batch, leave)
        left = await service.view(batch)
        assert left.batch.state is BatchState.RUNNING
        assert left.counts.of(RowState.UNKNOWN) == 0
        assert left.counts.of(RowState.DONE) == len(inserted(tmp_path))
        ended = await service.run(batch, lambda _: None)
    assert (ended.batch.state, ended.counts.of(RowState.DONE)) == (BatchState.FINISHED, 200)
    assert inserted(tmp_path) == Counter(PHONES[:200])


def test_dbos_has_its_milliseconds_from_an_old_sqlite_too() -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        let_sqlite_tell_the_time(connection, None)
        time_column = "at INTEGER NOT NULL DEFAULT (unixepoch('subsec') * 1000)"
        connection.execute(f"CREATE TABLE t (n INTEGER, {time_column})")
        before = time.time()
        connection.execute("INSERT INTO t (n) VALUES (1)")
        ((at,),) = connection.execute("SELECT at FROM t")
    assert int(before * 1000) <= at <= time.time() * 1000


def test_no_command_but_one_that_runs_a_batch_loads_dbos(tmp_path: Path) -> None:
    asks = (
        "import sys; from chasedata_mcp.cli import main\n"
        "try: main(['batch', 'list', '--sandbox'])\n"
        "finally: sys.exit(' '.join({'dbos', 'sqlalchemy'} & set(sys.modules)) or 0)"
    )
    listed = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", asks],
        env=environment(STATE_DIR=str(tmp_path)),
        capture_output=True,
        check=False,
        timeout=TIMEOUT,
        encoding="utf-8",
    )
    assert (listed.returncode, listed.stderr) == (0, "")
    assert "There is no batch yet." in listed.stdout
