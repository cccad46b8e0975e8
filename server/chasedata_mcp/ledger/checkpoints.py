"""Checkpoints: the end of the chain at some time, kept beside the store or elsewhere."""

import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from typing_extensions import override

from chasedata_mcp.text_files import read_text


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The end of the chain: how many events there have ever been, and the last one's hash."""

    count: int
    hash: str

    @override
    def __str__(self) -> str:
        """One line of JSON, to be printed or kept elsewhere."""
        return json.dumps({"count": self.count, "hash": self.hash})

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Read what `str` wrote.

        Raises:
            ValueError: It is not that.
        """
        match json.loads(text):
            case {"count": int(count), "hash": str(digest)}:
                return cls(count, digest)
            case _:
                raise ValueError("a head is an object of a count and a hash")


class CheckpointFile:
    """A checkpoint in a file beside the store; it may fall behind the store, never run ahead.

    A checkpoint that doesn't fit the store is never replaced: it is the evidence of a cut tail.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        clear_unfinished(path)

    def read(self) -> Checkpoint | None:
        """Read the checkpoint; None where there is none, or none that can be read."""
        try:
            # A file that is damaged proves nothing; the next event replaces it.
            return Checkpoint.parse(read_text(self.path))
        except (OSError, ValueError):
            return None

    def advance(
        self, before: Checkpoint, now: Checkpoint, hash_at: Callable[[int], str | None]
    ) -> None:
        """Keep a newer checkpoint, of events that are on disk.

        Args:
            before: The store's checkpoint before these events; mostly the one in the file.
            now: The store's checkpoint after them.
            hash_at: Reads the store's hash for a count, None where that event was pruned.
        """
        in_file = self.read()
        if in_file is not None and in_file != before and not _is_earlier(in_file, now, hash_at):
            return
        # One that can't be written falls behind, which verification reports; no call fails for it.
        with suppress(OSError):
            replace_file(self.path, str(now))


def clear_unfinished(path: Path) -> None:
    """Remove the unfinished files of killed processes.

    A process that is writing one at this moment fails to replace the file once, and writes it again
    with the next event.
    """
    for unfinished in path.parent.glob(f"{path.name}.*.new"):
        with suppress(OSError):
            unfinished.unlink()


def replace_file(path: Path, text: str) -> None:
    """Replace a file by one of one line; a reader sees the old one or the new one, never a part.

    Raises:
        OSError: It can't be written, and is what it was.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Of the process, since several may replace the file at once; rename(2) is atomic.
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{text}\n")
    new.replace(path)


def _is_earlier(one: Checkpoint, now: Checkpoint, hash_at: Callable[[int], str | None]) -> bool:
    """Say whether a checkpoint is an earlier one of the same chain, as far as that still has it."""
    return one.count < now.count and hash_at(one.count) in {one.hash, None}
