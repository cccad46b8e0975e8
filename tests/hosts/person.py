"""A person beside the host, who carries out the command that a result names, at a terminal."""

import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from _support.terminals import plain

_NAMED = re.compile(r"`([^`\n]*chasedata[-_]mcp[^`\n]* approve [^`\n]+)`")
_PATIENCE = 60


@dataclass(frozen=True, slots=True)
class Answer:
    """A command that was typed, what it showed, and its exit code."""

    command: str
    shown: str
    code: int
    needed_settings: bool = False


def command_in(result: str) -> str | None:
    """The command by which a person answers, word for word."""
    named = _NAMED.search(result.replace('\\"', '"'))
    return named[1] if named else None


def approve(
    command: str, typed: str, shell: Mapping[str, str], settings: Mapping[str, str]
) -> Answer:
    """Type the command and then the number, in a shell that has no settings of the server.

    Where that doesn't do, the server's settings are given to the shell, and the answer says so.
    """
    answer = _typed(command, typed, shell)
    if answer.code == 0:
        return answer
    return replace(_typed(command, typed, {**shell, **settings}), needed_settings=True)


def _typed(command: str, typed: str, env: Mapping[str, str]) -> Answer:
    ours, theirs = os.openpty()
    process = subprocess.Popen(  # noqa: S602 - as a person types it
        command, shell=True, env=env, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    try:
        shown = _prompt(ours)
        os.write(ours, f"{typed}\n".encode())
        return Answer(command, shown, process.wait(_PATIENCE))
    finally:
        process.kill()
        os.close(ours)


def _prompt(ours: int) -> str:
    """What the terminal shows until it waits behind a colon; it may break lines anywhere."""
    shown = b""
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        readable, _, _ = select.select([ours], [], [], 1)
        if not readable:
            if plain(shown.decode(errors="replace")).rstrip().endswith(":"):
                break
            continue
        try:
            shown += os.read(ours, 4096)
        except OSError:
            break  # the command ended
    return plain(shown.decode(errors="replace"))
