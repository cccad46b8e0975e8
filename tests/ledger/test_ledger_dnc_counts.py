"""The file of the DNC counts: it is read again where it changed."""

import time
from pathlib import Path

import pytest

from chasedata_mcp.ledger.dnc_counts import DncCounts, DncCountsFile

LATER = 60 * 10**9


def settled() -> int:
    """A clock by which no file of a test has changed just now."""
    return time.time_ns() + LATER


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "memory-test.json"


def test_what_has_not_changed_is_not_read_anew(path: Path) -> None:
    file = DncCountsFile(path, settled)
    file.write(DncCounts({"test": 1}))
    assert file.read() is file.read()


def test_what_changed_just_now_may_change_again_and_is_read_anew(path: Path) -> None:
    file = DncCountsFile(path)
    file.write(DncCounts({"test": 1}))
    first = file.read()
    assert first == DncCounts({"test": 1})
    assert file.read() is not first


def test_another_processs_change_is_seen_at_once(path: Path) -> None:
    file, another = DncCountsFile(path, settled), DncCountsFile(path)
    for count in (1, 2, 3):
        another.write(DncCounts({"test": count}))
        assert file.read() == DncCounts({"test": count})


def test_a_file_that_is_gone_or_spoilt_is_not_taken_for_what_it_was(path: Path) -> None:
    file = DncCountsFile(path, settled)
    file.write(DncCounts({"test": 1}))
    assert file.read() == DncCounts({"test": 1})
    path.write_text("spoilt", encoding="ascii")
    assert file.read() == DncCounts(others_lost=True)
    path.unlink()
    assert file.read() is None


def test_the_counts_of_suppression_files_are_kept_beside(path: Path) -> None:
    file = DncCountsFile(path)
    counts = DncCounts({"test": 1}).with_file("test", "/a.txt", 7).with_file("other", "", 0)
    file.write(counts)
    assert file.read() == counts
    assert counts.count_in_file("test", "/a.txt") == 7
    # A file that was never seen is held against the largest one.
    assert counts.count_in_file("test", "/b.txt") == 7
    assert counts.count_in_file("nobody", "/a.txt") == 0
    # What else changes keeps them.
    changed = counts.with_counts({"test": 2}).with_lost(["x"]).with_accepted("x", 3)
    assert changed.files == counts.files


@pytest.mark.parametrize("files", ['{"test": 3}', '{"test": {"/a.txt": "7"}}', "[]"])
def test_counts_of_files_that_are_none_spoil_the_file(path: Path, files: str) -> None:
    path.write_text(f'{{"ever": {{}}, "lost": [], "others_lost": false, "files": {files}}}')
    assert DncCountsFile(path).read() == DncCounts(others_lost=True)
