"""The size of a measurement."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from subjects import ROOT, Subject


@dataclass(frozen=True, slots=True)
class Scale:
    """How often and how much is measured.

    Attributes:
        turns: The turns of each server.
        calls: The calls of a turn.
        held: The reads and the writes after which a server's memory is measured.
        judged: The entries of the ledger in which calls are judged.
        paged: The entries of the ledger whose pages are read.
        batch_rows: The rows of a long batch; ten times as many are planned.
        before: Our server of another checkout, in place of the peers.
        stores: The directory in which large ledgers are kept for the next time.
        each: Whether a row is given to each kind of page and of judged call.
    """

    turns: int = 7
    calls: int = 300
    held: int = 1000
    judged: int = 100_000
    paged: int = 1_000_000
    batch_rows: int = 100_000
    stores: Path = ROOT / "build/bench"
    before: Subject | None = None
    each: bool = False

    def peers(self, usual: Sequence[Subject]) -> tuple[Subject, ...]:
        """List what ours is measured beside."""
        return tuple(usual) if self.before is None else (self.before,)
