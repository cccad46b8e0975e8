"""The account of a batch in three files: what was done, what failed and why, what wasn't run."""

import csv
import os
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, TextIO

from chasedata_mcp.batches.errors import BatchError
from chasedata_mcp.batches.models import Batch, BatchRow, RowState
from chasedata_mcp.batches.store import BatchStore

FILES: Final[tuple[str, ...]] = ("done", "failed", "unprocessed")
"""The files of an account; each row of a batch is in one of them."""
STATES_OF: Final[Mapping[str, tuple[RowState, ...]]] = {
    "done": (RowState.DONE,),
    "failed": (RowState.LEFT_OUT, RowState.DUPLICATE, RowState.REFUSED, RowState.UNKNOWN),
    "unprocessed": (RowState.READY,),
}
"""The states of the rows that each of them has."""
PROBLEM: Final = "chasedata_problem"
"""The last column of the file of failed rows, which is left over when it is planned again."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""The beginnings of a cell that a spreadsheet takes for a formula (owasp.org, CSV Injection)."""


def write_account(store: BatchStore, batch: Batch, folder: Path) -> list[tuple[Path, int]]:
    """Write the files into a folder, made where it isn't there; give each with its rows' number.

    Raises:
        BatchError: One of them is there already, or can't be written, or the rows can't be read;
            none is kept then.
    """
    stem = Path(batch.source).stem or "rows"
    paths = {name: folder / f"{stem}-{batch.id}-{name}.csv" for name in FILES}
    made: list[Path] = []
    try:
        folder.mkdir(mode=0o700, exist_ok=True)  # what it gets is customers' data
        with _kept_whole(made), ExitStack() as files:
            opened = {
                name: files.enter_context(_open_new(path, made)) for name, path in paths.items()
            }
            counts = _write(store, batch, opened)
    except OSError as error:
        there = isinstance(error, FileExistsError)
        what = "is there already" if there else f"can't be written: {error.strerror}"
        raise BatchError(f"{error.filename} {what}. No file was changed.") from None
    return [(paths[name], counts[name]) for name in FILES]


@contextmanager
def _kept_whole(made: Sequence[Path]) -> Generator[None]:
    """Remove what was made where it doesn't come to its end, Ctrl-C included."""
    try:
        yield
    except BaseException:
        for path in made:
            path.unlink()
        raise


def _open_new(path: Path, made: list[Path]) -> TextIO:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    made.append(path)
    # With its mark, so that Excel reads it as UTF-8. A cell may hold half a character, and its row
    # is accounted for all the same.
    return os.fdopen(descriptor, "w", encoding="utf-8-sig", errors="replace", newline="")


def _write(store: BatchStore, batch: Batch, opened: dict[str, TextIO]) -> dict[str, int]:
    writers = {name: csv.writer(file) for name, file in opened.items()}
    counts: dict[str, int] = dict.fromkeys(FILES, 0)
    further = {"done": ("lead_id", "entry", "note"), "failed": (PROBLEM,), "unprocessed": ()}
    for name, writer in writers.items():
        writer.writerow(make_safe([*batch.header, *further[name]]))
    for row in store.stream_rows(batch.id):
        name = _find_file(row)
        writers[name].writerow(make_safe([*row.cells, *_list_further(name, row)]))
        counts[name] += 1
    return counts


def _find_file(row: BatchRow) -> str:
    return next(name for name, states in STATES_OF.items() if row.state in states)


def _list_further(name: str, row: BatchRow) -> Sequence[str]:
    if name == "done":
        return (row.lead_id, row.entry, row.reason or row.code)
    return (f"{row.code or row.state}: {row.reason}",) if name == "failed" else ()


def make_safe(cells: Iterable[str]) -> list[str]:
    """Write cells so that a spreadsheet takes none for a formula; read back, they are the same."""
    return [f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells]
