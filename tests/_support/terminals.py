"""Commands as a person types them: in this process, in one of their own, or at a terminal."""

import contextlib
import functools
import io
import os
import re
import select
import signal
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from _support.forks import Forked, forked, forking_python
from _support.timeouts import PRESS_AGAIN, TIMEOUT
from chasedata_mcp.cli.app import app

MODULE = (sys.executable, "-m", "chasedata_mcp")
# A shell may start what it runs in the background, tests too, with Ctrl-C switched off.
_INTERRUPTIBLE = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from chasedata_mcp.cli import main
main()
"""
SERVER = (
    sys.executable,
    "-c",
    _INTERRUPTIBLE,
)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Ended:
    """The end of a command: its exit code and its output, without colours."""

    code: int
    out: str
    err: str

    @property
    def words(self) -> str:
        """Standard output on one line: where it breaks depends on the width."""
        return " ".join(self.out.split())


def environment(width: int = 80, /, **settings: str) -> dict[str, str]:
    """Give this process's environment with these settings and no others."""
    own = {name: text for name, text in os.environ.items() if not name.startswith("CHASEDATA_")}
    return {
        **own,
        "COLUMNS": str(width),
        **{f"CHASEDATA_{name}": text for name, text in settings.items()},
    }


def unmeasured(environ: Mapping[str, str]) -> dict[str, str]:
    """Take out what has a process measure its lines, which makes its start twice as slow.

    For programs that reach nothing of the server that isn't measured elsewhere.
    """
    return {name: text for name, text in environ.items() if not name.startswith("COVERAGE_")}


def run(*words: str, **settings: str) -> Ended:
    """Run a command in this process, at 80 columns; standard input is no terminal."""
    return _run(words, environment(**settings))


def run_wide(*words: str, **settings: str) -> Ended:
    """Run a command at a width at which nothing is wrapped."""
    return _run(words, environment(200, **settings))


def _run(words: tuple[str, ...], environ: dict[str, str]) -> Ended:
    gone: Mapping[str, str | None] = {
        name: None for name in os.environ if name.startswith("CHASEDATA_")
    }
    command = _command()
    with CliRunner().isolation(env={**gone, **environ}) as (out, err, _):
        with pytest.raises(SystemExit) as ended:
            command.main(words, prog_name=command.name)
        sys.stdout.flush()
        sys.stderr.flush()
        code = ended.value.code
        assert isinstance(code, int)
        return Ended(code, _read(out), _read(err))


@functools.cache
def _command() -> Any:  # noqa: ANN401 - typer keeps its types to itself
    """Build the command once: that takes longer than most commands run."""
    return get_command(app)


def _read(stream: io.BytesIO) -> str:
    return plain(stream.getvalue().decode().replace("\r\n", "\n"))


def start(*words: str, **settings: str) -> "subprocess.Popen[str]":
    """Start a command in a process of its own, with pipes for its three streams.

    Its lines aren't measured: those of one that is forked are, and are the same.
    """
    return _start(SERVER, words, unmeasured(environment(**settings)))


def start_forked(*words: str, **settings: str) -> "subprocess.Popen[str]":
    """Start a command as `start` does, but forked: where what it imports isn't the point."""
    return _start((forking_python(), *SERVER[1:]), words, environment(**settings))


def _start(
    command: Sequence[str], words: Sequence[str], environ: Mapping[str, str]
) -> "subprocess.Popen[str]":
    return subprocess.Popen(  # noqa: S603 - our own command
        [*command, *words],
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


@contextlib.contextmanager
def at_a_terminal(*words: str, **settings: str) -> "Generator[tuple[Forked, int]]":
    """Start a command at a terminal; gives the terminal's other end too."""
    ours, theirs = os.openpty()
    process = forked(_INTERRUPTIBLE, words, environment(**settings), (theirs, None, theirs))
    os.close(theirs)
    try:
        with process:
            yield process, ours
    finally:
        process.kill()
        os.close(ours)


def read_until(ours: int, text: str) -> str:
    """Read what the terminal shows, up to this text."""
    shown = b""
    while text not in plain(shown.decode(errors="replace")):
        readable, _, _ = select.select([ours], [], [], TIMEOUT)
        assert readable, f"nothing more came after {shown!r}"
        shown += os.read(ours, 1024)
    return plain(shown.decode(errors="replace"))


def answered(*words: str, typed: str, **settings: str) -> tuple[str, Ended]:
    """Run a command at a terminal where a person types; gives its question and its end."""
    with at_a_terminal(*words, **settings) as (process, ours):
        shown = read_until(ours, " it: ")
        os.write(ours, f"{typed}\n".encode())
        out, _ = process.communicate(timeout=TIMEOUT)
    return " ".join(shown.split()), Ended(process.wait(), plain(out), "")


def press_ctrl_c(process: "subprocess.Popen[str] | Forked") -> None:
    """Press Ctrl-C until the process ends: one that comes just before it waits may be missed.

    It is pressed so seldom that it isn't pressed again while a process on a busy machine ends.
    """
    for _ in range(int(TIMEOUT / PRESS_AGAIN)):
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=PRESS_AGAIN)
            return
    process.kill()


def finish(process: "subprocess.Popen[str]", typed: str = "") -> Ended:
    """Type into a process, close its standard input and wait for its end."""
    out, err = process.communicate(typed, timeout=TIMEOUT)
    return Ended(process.returncode, plain(out), plain(err))


def plain(text: str) -> str:
    """Strip the colours of a text."""
    return _COLOUR.sub("", text)
