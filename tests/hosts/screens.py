"""A terminal that a host draws on: tmux keeps the screen, and keys are sent to it."""

import secrets
import shlex
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

_PATIENCE = 120
_POLL = 0.25


class MissingError(Exception):
    """A program or package that can't be had here, and why."""


class NotSeenError(Exception):
    """A text that never came on the screen."""


@dataclass
class Screen:
    """A tmux server of its own with one window; `kept` is each screen that was waited for."""

    socket: str
    kept: dict[str, str] = field(default_factory=dict[str, str])

    def wait_for(self, *texts: str, keep: str | None = None) -> str:
        """Wait until one of the texts is on the screen; the text."""
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            shown = self.shown()
            for text in texts:
                if text in shown:
                    if keep is not None:
                        time.sleep(1)  # the rest of the picture
                        self.kept[keep] = self.shown()
                    return text
            time.sleep(_POLL)
        raise NotSeenError(f"none of {texts} came on the screen, but\n{self.shown()}")

    def shown(self) -> str:
        """The screen as text."""
        return self._tmux("capture-pane", "-p").rstrip()

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names, one after the other."""
        for key in keys:
            self._tmux("send-keys", key)
            time.sleep(_POLL)

    def type(self, text: str) -> None:
        """Type a text, and pause: a host takes a key that comes at once for a part of a paste."""
        self._tmux("send-keys", "-l", text)
        time.sleep(2)

    def think(self) -> None:
        """Take as long as a person who reads: a no that comes sooner counts as no answer."""
        time.sleep(5)

    def _tmux(self, *words: str) -> str:
        return _tmux(self.socket, *words)


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    until = time.monotonic() + _PATIENCE
    while not holds():
        if time.monotonic() > until:
            raise NotSeenError("what was waited for didn't come")
        time.sleep(_POLL)


def check() -> None:
    """See that there is a tmux.

    Raises:
        MissingError: There is none.
    """
    if shutil.which("tmux") is None:
        raise MissingError("tmux isn't there, and this host draws on a screen")


@contextmanager
def on_a_screen(command: tuple[str, ...], env: Mapping[str, str], cwd: Path) -> Iterator[Screen]:
    """Run a command on a screen of its own, and end it."""
    socket = f"hosts-{secrets.token_hex(4)}"
    pairs = [f"{name}={text}" for name, text in env.items()]
    line = shlex.join(["env", "-i", *pairs, *command])
    size = ("-x", "110", "-y", "60")
    _tmux(socket, "-f", "/dev/null", "new-session", "-d", *size, "-c", str(cwd), line)
    try:
        yield Screen(socket)
    finally:
        subprocess.run(  # noqa: S603 - its own server alone
            ["tmux", "-L", socket, "kill-server"],  # noqa: S607 - found before
            check=False,
            capture_output=True,
        )


def _tmux(socket: str, *words: str) -> str:
    ran = subprocess.run(  # noqa: S603 - tmux
        ["tmux", "-L", socket, *words],  # noqa: S607 - found before
        check=False,
        capture_output=True,
        encoding="utf-8",
    )
    return ran.stdout
