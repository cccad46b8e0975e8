"""Real servers whose PostgreSQL falls silent: they answer soon, and they end soon."""

import time
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from _support.postgresql import Proxy, a_server, ledger_address, list_processes, make_schema
from _support.stdio_lines import Spoken, speaking
from _support.terminals import environment

ANSWER_SECONDS = 10
END_SECONDS = 10


@dataclass
class Silence:
    """A fault at which a database falls silent, and what stands between it and a server.

    Attributes:
        before: What is in the message at which it does.
    """

    before: bytes
    is_armed: bool = False
    proxy: Proxy = field(init=False)

    def heard(self, sent: bytes) -> bytes:
        """Fall silent once the message comes."""
        if self.is_armed and self.before in sent:
            self.proxy.is_silent = True
        return sent


@contextmanager
def a_sandbox_server(address: str, place: Path) -> Generator[Spoken]:
    settings = environment(
        SANDBOX="1", SANDBOX_FILE=":memory:", LEDGER=address, STATE_DIR=str(place)
    )
    with speaking(settings) as server:
        server.initialize()
        # No call yet, and no ledger; but it has imported all else.
        assert call(server, 0, other=1)["code"] == "invalid_arguments"
        yield server


def write(server: Spoken, numbers: "count[int]") -> dict[str, Any]:
    number = next(numbers)
    return call(server, number, number=f"95455501{number:02}")


def call(server: Spoken, request: int, **arguments: object) -> dict[str, Any]:
    server.send("tools/call", request, name="insert_dnc", arguments=arguments)
    while (answer := server.answer()).get("id") != request:
        pass
    result: dict[str, Any] = answer["result"]["structuredContent"]
    return result


def measure(address: str, place: Path, fall_silent: Callable[[], None], *, first: bool) -> None:
    """Have a server write where its database falls silent, and end it."""
    numbers = count(1)
    with a_sandbox_server(address, place) as server:
        if first:
            assert write(server, numbers)["outcome"] == "done"
        fall_silent()
        began = time.monotonic()
        told = write(server, numbers)
        answered = time.monotonic()
        code, complaints = server.end()
        ended = time.monotonic()
    assert (told["outcome"], told["code"]) == ("refused", "not_allowed"), told
    assert "can't be reached" in told["message"], told
    assert answered - began < ANSWER_SECONDS
    assert ended - answered < END_SECONDS
    assert code == 0, complaints


def test_a_database_that_falls_silent_holds_up_neither_an_answer_nor_an_end(
    postgresql: str, testrun_uid: str, tmp_path: Path
) -> None:
    # From its first byte, and once it let the server in; before a lock, with an event, and while
    # the disk is waited for.
    messages = (
        b"",
        b"lock_timeout",
        b"FOR UPDATE",
        b"INSERT INTO ledger_events",
        b"pg_logical_emit_message",
    )
    with ExitStack() as stack:
        threads = stack.enter_context(ThreadPoolExecutor(len(messages) + 1))
        runs: list[Future[None]] = []
        for number, message in enumerate(messages):
            silence = Silence(message)
            silence.proxy = Proxy(postgresql, silence.heard)
            stack.enter_context(silence.proxy.open())
            address = ledger_address(silence.proxy.address, make_schema(postgresql))
            place = tmp_path / str(number)

            def arm(silence: Silence = silence) -> None:
                silence.is_armed = True

            runs.append(threads.submit(measure, address, place, arm, first=number > 1))
        stopped = stack.enter_context(a_server(f"stopped-{testrun_uid}"))

        def stop() -> None:
            for process in list_processes(stopped):
                process.suspend()

        address = ledger_address(stopped.get_uri())
        runs.append(threads.submit(measure, address, tmp_path / "stopped", stop, first=True))
        try:
            for run in runs:
                run.result()
        finally:
            for process in list_processes(stopped):
                process.resume()
