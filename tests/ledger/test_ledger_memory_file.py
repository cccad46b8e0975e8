"""The file beside the store that tells what its memory held: read again where it has changed."""

import time
from pathlib import Path

import pytest

from chasedata_mcp.ledger.dnc_counts import Kept, MemoryFile

LATER = 60 * 10**9


def settled() -> int:
    """A clock by which no file of a test has changed just now."""
    return time.time_ns() + LATER


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "memory-test.json"


def test_what_has_not_changed_is_not_read_anew(path: Path) -> None:
    file = MemoryFile(path, settled)
    file.write(Kept({"test": 1}))
    assert file.read() is file.read()


def test_what_changed_just_now_may_change_again_and_is_read_anew(path: Path) -> None:
    file = MemoryFile(path)
    file.write(Kept({"test": 1}))
    first = file.read()
    assert first == Kept({"test": 1})
    assert file.read() is not first


def test_another_processs_change_is_seen_at_once(path: Path) -> None:
    file, another = MemoryFile(path, settled), MemoryFile(path)
    for count in (1, 2, 3):
        another.write(Kept({"test": count}))
        assert file.read() == Kept({"test": count})


def test_a_file_that_is_gone_or_spoilt_is_not_taken_for_what_it_was(path: Path) -> None:
    file = MemoryFile(path, settled)
    file.write(Kept({"test": 1}))
    assert file.read() == Kept({"test": 1})
    path.write_text("spoilt", encoding="ascii")
    assert file.read() == Kept(others_lost=True)
    path.unlink()
    assert file.read() is None
