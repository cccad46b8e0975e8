"""The head that is kept beside the store: a file that shows where the chain had come to."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from chasedata_mcp.ledger.verdicts import Head
from chasedata_mcp.text_files import read_text


class HeadFile:
    """A head in a file, replaced as a whole; it may fall behind the store and never runs ahead.

    A head that doesn't fit the store stays as it is, whatever is appended: it is the evidence.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        clear_unfinished(path)

    def read(self) -> Head | None:
        """The head that is kept; None where there is none, or none that can be read."""
        try:
            return Head.parse(read_text(self.path))
        except (OSError, ValueError):
            return None

    def advance(self, before: Head, head: Head, hash_at: Callable[[int], str | None]) -> None:
        """Keep a newer head, of events that are on disk.

        Args:
            before: The store's before these events; mostly the one that is kept.
            head: The store's.
            hash_at: The hash that the store has for a count, None where it has none any more.
        """
        kept = self.read()
        if kept is not None and kept != before and not _fits(kept, head, hash_at):
            return
        # A head that can't be written falls behind, which verification tells; no call fails for it.
        with suppress(OSError):
            replace_file(self.path, str(head))


def clear_unfinished(path: Path) -> None:
    """Remove what a process that was killed had begun; one that lives loses no more than a turn."""
    for left in path.parent.glob(f"{path.name}.*.new"):
        with suppress(OSError):
            left.unlink()


def replace_file(path: Path, text: str) -> None:
    """Have a file hold one line instead, which whoever reads it sees whole or not at all.

    Raises:
        OSError: It can't be written, and is what it was.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{text}\n")
    new.replace(path)


def _fits(kept: Head, head: Head, hash_at: Callable[[int], str | None]) -> bool:
    """Whether the kept head is an earlier one of the same chain."""
    return kept.count < head.count and hash_at(kept.count) in {kept.hash, None}
