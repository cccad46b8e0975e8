"""Backups of a ledger in PostgreSQL: they are pg_dump's, and the head to keep with one is given."""

from pathlib import Path

import pytest

from _support.terminals import run
from chasedata_mcp.ledger import Checkpoint


def test_a_database_is_left_to_pg_dump_and_its_head_is_given(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    address: str = request.getfixturevalue("postgresql")
    settings = {"SANDBOX": "1", "STATE_DIR": str(tmp_path / "state"), "LEDGER": address}
    to = tmp_path / "backup"
    ended = run("ledger", "backup", str(to), **settings)
    assert ended.code == 2
    assert "run pg_dump now" in ended.err
    assert "nothing was backed up" in ended.err
    head = Checkpoint.parse(ended.out)
    assert str(head) == run("ledger", "head", **settings).out.strip()
    assert not to.exists()


def test_nor_is_anything_restored_into_a_database(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    address: str = request.getfixturevalue("postgresql")
    settings = {"SANDBOX": "1", "STATE_DIR": str(tmp_path / "state"), "LEDGER": address}
    ended = run("ledger", "restore", str(tmp_path), **settings)
    assert (ended.code, ended.out) == (2, "")
    assert "pg_restore" in ended.err
    # What pg_restore has put there needs a person's word.
    ended = run("ledger", "restore", **settings)
    assert ended.code == 3
    assert "a person must confirm this at a terminal" in ended.err
