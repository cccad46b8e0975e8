"""The line of writes: what waits behind a store that is locked fails with the first."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
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


class Locked:
    """A store that another process holds: each group waits until it is let go, and fails."""

    def __init__(self) -> None:
        self.groups: list[int] = []
        self.let_go = threading.Semaphore(0)
        self._begun = threading.Semaphore(0)

    def __call__(self, writes: Sequence[AnyWrite]) -> Exception:
        self.groups.append(len(writes))
        self._begun.release()
        assert self.let_go.acquire(timeout=TIMEOUT)
        error = LedgerUnwritableError("held too long")
        for write in writes:
            write.fail(error)
        return error

    async def begun(self) -> None:
        """Wait until the next group waits for the store."""
        assert await to_thread.run_sync(lambda: self._begun.acquire(timeout=TIMEOUT))


@pytest.fixture
def locked() -> Locked:
    return Locked()


@pytest.fixture
def line(locked: Locked) -> Iterator[Callable[[], WriteLine]]:
    """Make the line of that store, in the loop of the test."""
    with ThreadPoolExecutor(1) as thread:
        yield lambda: WriteLine(locked, lambda: thread)


async def fail(line: WriteLine, kind: type[Write[None]], failed: list[int], number: int) -> None:
    write = kind(lambda _: None)
    await line.wait_for(write)
    with pytest.raises(LedgerUnwritableError, match="held too long"):
        write.get()
    failed.append(number)


KINDS = pytest.mark.parametrize("kind", [Append, Write])


@KINDS
@pytest.mark.parametrize("at_first", [1, 6])
async def test_six_that_wait_for_a_locked_store_fail_together(
    line: Callable[[], WriteLine], locked: Locked, kind: type[Write[None]], at_first: int
) -> None:
    waiting, failed = line(), list[int]()
    async with anyio.create_task_group() as group:
        for number in range(at_first):
            group.start_soon(fail, waiting, kind, failed, number)
        await locked.begun()
        # The others come a moment later, as calls do that are made at once.
        for number in range(at_first, 6):
            group.start_soon(fail, waiting, kind, failed, number)
        await anyio.wait_all_tasks_blocked()
        pass_time(5 * LONG)
        # Enough for each by itself.
        locked.let_go.release(6)
    assert sorted(failed) == [0, 1, 2, 3, 4, 5]
    assert len(locked.groups) == 1


@KINDS
async def test_one_that_came_late_waits_by_itself(
    line: Callable[[], WriteLine], locked: Locked, kind: type[Write[None]]
) -> None:
    waiting, failed = line(), list[int]()
    async with anyio.create_task_group() as group:
        group.start_soon(fail, waiting, kind, failed, 0)
        await locked.begun()
        pass_time(4 * LONG)
        group.start_soon(fail, waiting, kind, failed, 1)
        await anyio.wait_all_tasks_blocked()
        locked.let_go.release()
        await locked.begun()
        assert failed == [0]
        locked.let_go.release()
    assert failed == [0, 1]


def _nothing(_: object) -> None:
    pass


async def test_a_time_that_ran_for_one_begins_no_other(
    line: Callable[[], WriteLine], locked: Locked
) -> None:
    waiting, failed, passed = line(), list[int](), anyio.Event()
    waiting.begin_within(waiting.enter(Append(_nothing)), 1.0)
    asyncio.get_running_loop().call_later(2.0, passed.set)
    locked.let_go.release(3)
    await fail(waiting, Append[None], failed, 0)
    waiting.begin_within(waiting.enter(Append(_nothing)), 60.0)
    pass_time(3.0)
    await passed.wait()
    # The second is in line still, and goes with the next.
    await fail(waiting, Append[None], failed, 1)
    assert locked.groups == [2, 2]


async def test_its_own_time_begins_one_that_nobody_waits_for(
    line: Callable[[], WriteLine], locked: Locked
) -> None:
    waiting = line()
    waiting.begin_within(waiting.enter(Append(_nothing)), 60.0)
    locked.let_go.release()
    pass_time(60.0)
    await locked.begun()
    assert locked.groups == [1]
