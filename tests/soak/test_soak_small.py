"""A small part of `make soak` with every run of the tests."""

import subprocess
import sys
from pathlib import Path

import pytest

from _support.terminals import environment, unmeasured
from _support.timeouts import TIMEOUT
from soak.batches import BatchSoak

TESTS = Path(__file__).parents[1]
ENDS, RACES = 40, 50
ROWS, BATCH_ENDS = 80, 10


@pytest.mark.skipif(sys.platform == "win32", reason="there are no forks there")
def test_what_is_ended_in_the_midst_leaves_a_ledger_that_is_right(tmp_path: Path) -> None:
    asked = {"seed": 7, "ends": ENDS, "races": RACES, "rows": 0, "traces": tmp_path}
    words = [f"--{name}={value}" for name, value in asked.items()]
    path = [*sys.path, str(TESTS), str(TESTS / "bench")]
    ended = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "soak", *words],
        capture_output=True,
        text=True,
        timeout=2 * TIMEOUT,
        env={**unmeasured(environment()), "PYTHONPATH": ":".join(path)},
        check=False,
    )
    assert ended.returncode == 0, f"{ended.stdout}\n{ended.stderr}"
    assert "Everything holds." in ended.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="there are no forks there")
@pytest.mark.anyio
async def test_each_row_of_a_batch_is_sent_once_whatever_ends_the_processes_that_run_it(
    tmp_path: Path,
) -> None:
    soak = BatchSoak(tmp_path / "batch", seed=7, rows=ROWS, ends=BATCH_ENDS)
    assert await soak.run() == []
