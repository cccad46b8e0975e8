"""The lifetime of a server: what goes on beside its requests, until it ends."""

from collections.abc import AsyncGenerator, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field

import anyio
from anyio.abc import TaskGroup


@dataclass(slots=True)
class ServerLifetime:
    """Tasks that outlive the requests that began them.

    Attributes:
        tasks: Where they run.
        until_end: Closes what they use, once all of them have ended.
        ending: Tells each to come to its end; none of them waits.
    """

    tasks: TaskGroup
    until_end: ExitStack
    ending: list[Callable[[], None]] = field(default_factory=list[Callable[[], None]])

    def begin_end(self) -> None:
        """Have all tasks come to their end, each by itself."""
        for end in self.ending:
            end()


@asynccontextmanager
async def server_lifetime(grace: float = 0.0) -> AsyncGenerator[ServerLifetime]:
    """Give the lifetime of a server; at the end its tasks have so many seconds for theirs."""
    failure: Exception | None = None
    with ExitStack() as until_end:
        async with anyio.create_task_group() as tasks:
            lifetime = ServerLifetime(tasks, until_end)
            try:
                yield lifetime
            except Exception as error:  # noqa: BLE001 - raised below, and not as one of a group
                failure = error
            finally:
                lifetime.begin_end()
                tasks.cancel_scope.deadline = anyio.current_time() + grace
    if failure is not None:
        raise failure
