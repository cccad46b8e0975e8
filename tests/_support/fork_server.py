"""The process that others are forked off, which has imported everything; see `forks`."""

import atexit
import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import threading
import time
from typing import Final, NoReturn

_IMPORTED: Final = (
    "anyio._backends._asyncio",
    "chasedata_mcp.batches.dbos_session",
    "chasedata_mcp.cli.app",
    "chasedata_mcp.cli.stdio_server",
    "chasedata_mcp.ledger.engine",
    "chasedata_mcp.ledger.postgresql",
    "chasedata_mcp.mcp_server.handlers",
    "mcp.client.stdio",
    "platformdirs.unix",
    "runpy",
)
_READ_ONCE: Final = (
    ("chasedata_mcp.policy.hours_table", "load_shipped_table"),
    ("chasedata_mcp.settings.wire.loader", "load_shipped_profile"),
    ("chasedata_mcp.tools.published", "load_published"),
)
"""Files of the package that a process reads once: the hours take 12 ms."""
_UNWRITTEN: Final = 120
"""The code of an interpreter whose last output nobody takes."""
SIZE: Final = 4
"""The bytes of a number that is sent."""


def serve() -> None:
    """Fork for whoever asks, until the process that began this one has ended."""
    for module in _IMPORTED:
        importlib.import_module(module)
    for module, name in _READ_ONCE:
        getattr(importlib.import_module(module), name)()
    gc.freeze()  # what a fork doesn't touch isn't copied
    owner, door = (socket.socket(fileno=int(number)) for number in sys.argv[1:])
    while True:
        comes, _, _ = select.select([owner, door], [], [])
        asked = owner if owner in comes else door.accept()[0]
        head, lent, _, _ = socket.recv_fds(asked, SIZE, 4)
        if not head and asked is owner:
            _bury()
            return
        told = _exactly(asked, int.from_bytes(head, "big"))
        if os.fork() == 0:
            for end in {owner, door, asked}:
                end.close()
            _live(told, *lent)
        if asked is not owner:
            asked.close()
        for each in lent:
            os.close(each)
        _bury()


def _bury() -> None:
    """Reap the forks that have ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass


def _live(told: bytes, stdin: int, stdout: int, stderr: int, its_life: int) -> NoReturn:
    """Fork once more: one runs the program, and the other reports its end."""
    life = socket.socket(fileno=its_life)
    if pid := os.fork():
        for each in (stdin, stdout, stderr):
            os.close(each)
        say(life, pid)
        threading.Thread(target=_end_with_asker, args=(life, pid), daemon=True).start()
        _, status = os.waitpid(pid, 0)
        with contextlib.suppress(BrokenPipeError):
            say(life, os.waitstatus_to_exitcode(status))
        os._exit(0)
    life.close()
    _wear(stdin, stdout, stderr)
    program, words, environment, directory = json.loads(told)
    os.environ.clear()
    os.environ.update(environment)
    _measure_only_if_asked()
    time.tzset()  # the C library keeps the zone that this process was begun in
    os.chdir(directory)
    sys.argv = ["-c", *words]
    _end(_run(program))


def _run(program: str) -> int:
    """Run a program as an interpreter runs that of `-c`; gives its exit code."""
    try:
        exec(compile(program, "<string>", "exec"), {"__name__": "__main__"})  # noqa: S102 - as said
    except BaseException as error:  # noqa: BLE001 - an interpreter ends with any
        sys.last_value = error  # nor does it let go of what was under way
        return _code_of(error)
    return 0


def _code_of(error: BaseException) -> int:
    """Say what an interpreter says of what ended it, and give its exit code."""
    if isinstance(error, SystemExit) and (error.code is None or isinstance(error.code, int)):
        return error.code or 0
    if isinstance(error, SystemExit):
        sys.stderr.write(f"{error.code}\n")
    else:
        sys.excepthook(type(error), error, error.__traceback__)
    return -signal.SIGINT if isinstance(error, KeyboardInterrupt) else 1


def _end(code: int) -> NoReturn:
    """End as an interpreter does, but for taking itself apart.

    That touches every object that was imported, so that its page is copied: 100 ms.
    """
    threading._shutdown()  # type: ignore[attr-defined] # waits for threads
    atexit._run_exitfuncs()  # pyright: ignore[reportPrivateUsage]
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None and not stream.closed:
                stream.flush()
        except OSError:
            code = code or _UNWRITTEN
    if code < 0:
        signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code & 0xFF)


def _measure_only_if_asked() -> None:
    """Count no lines where the environment was taken that by `unmeasured` of `terminals`."""
    coverage = sys.modules.get("coverage")
    measuring = coverage and coverage.Coverage.current()
    if measuring and not any(name.startswith("COVERAGE_") for name in os.environ):
        measuring.stop()


def _end_with_asker(life: socket.socket, pid: int) -> None:
    """Kill what was forked once nobody waits for its end any more, having been killed itself."""
    if not life.recv(SIZE):
        with contextlib.suppress(ProcessLookupError):  # it has ended since
            os.kill(pid, signal.SIGKILL)


def _wear(*streams: int) -> None:
    """Take these for the three streams, as an interpreter does when it starts."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", 1, "utf-8", "backslashreplace", closefd=False)


def say(life: socket.socket, number: int) -> None:
    life.sendall(number.to_bytes(SIZE, "big", signed=True))


def number_of(life: socket.socket) -> int:
    return int.from_bytes(_exactly(life, SIZE), "big", signed=True)


def _exactly(source: socket.socket, size: int) -> bytes:
    """Read so many bytes, which may come in parts."""
    got = b""
    while len(got) < size:
        part = source.recv(size - len(got))
        assert part, "it ended in the midst"
        got += part
    return got
