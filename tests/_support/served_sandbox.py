"""A server on the user's sandbox as a process of its own, whose calls are on record on disk."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from _support.stdio_lines import Spoken
from _support.terminals import Ended, run

SWITCH: Final = {"playlist": "Solar-Main", "filter_name": "Florida-Only"}
"""The arguments of a write that asks nobody."""


class RecordOnDisk:
    """The user's sandbox in a state directory, by its settings, and commands over it."""

    def __init__(self, state: Path, **other: str) -> None:
        self.directory = state / "sandbox"
        self.settings = {"SANDBOX": "1", "STATE_DIR": str(state), **other}

    def run(self, *words: str) -> Ended:
        """Run a command, without a terminal."""
        return run(*words, **self.settings)

    def write(self, times: int = 1) -> None:
        """Make a call that is recorded, from a script."""
        words = [word for name, value in SWITCH.items() for word in (f"--{name}", value)]
        for _ in range(times):
            ended = self.run("call", "enable_playlist_filter", *map(_dashed, words))
            assert ended.code == 0, ended

    def count(self) -> int:
        """Count the events."""
        return len(self.run("ledger", "export").out.splitlines())


def _dashed(word: str) -> str:
    return word.replace("_", "-") if word.startswith("--") else word


def call(server: Spoken, tool: str, request: int, arguments: Mapping[str, Any] = SWITCH) -> Any:  # noqa: ANN401 - JSON
    """Call a tool of a server that is spoken to, and give its answer."""
    server.send("tools/call", request, name=tool, arguments=dict(arguments))
    answer = server.answer()
    assert answer["id"] == request
    return answer["result"]["structuredContent"]
