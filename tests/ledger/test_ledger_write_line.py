"""The line of writes: what waits behind a store that is locked fails with the first."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest
from anyio import to_thread

from _support.timeouts import MOVABLE, TIMEOUT, pass_time
from chasedata_mcp.ledger import LedgerUnwritableError
from chasedata_mcp.ledger.write_line import LONG, WriteLine
from chasedata_mcp.ledger.writes import AnyWrite, Append, Write

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> object:
    return MOVABLE


@pytest.mark.parametrize("kind", [Append, Write])
async def test_six_that_wait_for_a_locked_store_fail_together(kind: type[Write[None]]) -> None:
    begun, over = threading.Event(), threading.Event()
    attempts: list[int] = []

    def locked(writes: Sequence[AnyWrite]) -> Exception:
        attempts.append(len(writes))
        begun.set()
        assert over.wait(TIMEOUT)
        error = LedgerUnwritableError("held too long")
        for write in writes:
            write.fail(error)
        return error

    failed: list[LedgerUnwritableError] = []

    async def attempt() -> None:
        write = kind(lambda _: None)
        await line.wait_for(write)
        with pytest.raises(LedgerUnwritableError) as raised:
            write.get()
        failed.append(raised.value)

    with ThreadPoolExecutor(1) as thread:
        line = WriteLine(locked, lambda: thread)
        async with anyio.create_task_group() as group:
            # All but the first are in line when the store begins to wait.
            group.start_soon(attempt)
            for _ in range(5):
                group.start_soon(attempt)
            assert await to_thread.run_sync(begun.wait, TIMEOUT)
            pass_time(LONG + 1)
            over.set()
    assert len(failed) == 6
    assert len(attempts) == 1
