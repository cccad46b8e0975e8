"""A sandbox's folder: used by many at once, cleared by who has it alone."""

import sys
from pathlib import Path

import pytest

from chasedata_mcp.app.occupancy import OccupiedError, clear, occupied


def test_what_nobody_uses_is_cleared_and_no_other_folder(tmp_path: Path) -> None:
    folder = tmp_path / "sandbox"
    with occupied(folder), occupied(folder):
        (folder / "sandbox.sqlite3").touch()
        (folder / "ledger-sandbox-replaced-20260302T120000Z").mkdir()
        (folder / "ledger-sandbox-replaced-20260302T120000Z" / "backup.json").touch()
    (tmp_path / "ledger-live.sqlite3").touch()
    assert clear(folder)
    assert not clear(folder)
    assert [path.name for path in folder.iterdir()] == ["sandbox.in-use"]
    assert (tmp_path / "ledger-live.sqlite3").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="there the files that are open hold it")
def test_what_one_of_many_still_uses_stays(tmp_path: Path) -> None:
    with occupied(tmp_path):
        with occupied(tmp_path):
            (tmp_path / "sandbox.sqlite3").touch()
        with pytest.raises(OccupiedError):
            clear(tmp_path)
    assert (tmp_path / "sandbox.sqlite3").exists()


def test_a_folder_that_there_is_not_has_nothing_to_clear(tmp_path: Path) -> None:
    assert not clear(tmp_path / "sandbox")


def test_a_folder_that_can_not_be_made_is_used_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with occupied(tmp_path / "file" / "sandbox"):
        pass
