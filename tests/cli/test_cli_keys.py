"""The command that makes, lists and revokes keys for clients over HTTP."""

import json
from pathlib import Path

import pytest

from _support.terminals import run_wide
from chasedata_mcp.app.machine_user import machine_user
from chasedata_mcp.mcp_server.http_keys import NAME, HttpKeys


def test_a_key_is_printed_once_alone_on_standard_output(tmp_path: Path) -> None:
    made = run_wide("keys", "make", "crm", STATE_DIR=str(tmp_path))
    [key] = made.out.splitlines()
    assert HttpKeys(tmp_path).principal_of(key) == "key:crm"
    assert "is not shown again" in made.err
    assert key not in made.err
    for words in (("keys",), ("keys", "--json")):
        listed = run_wide(*words, STATE_DIR=str(tmp_path)).out
        assert "crm" in listed
        assert key not in listed
        assert HttpKeys(tmp_path).all()[0].hash not in listed


def test_they_are_listed_with_their_principal_and_their_end(tmp_path: Path) -> None:
    assert "There are no named keys." in run_wide("keys", STATE_DIR=str(tmp_path)).words
    for name in ("crm", "desk"):
        run_wide("keys", "make", name, STATE_DIR=str(tmp_path))
    assert "Revoked: crm." in run_wide("keys", "revoke", "crm", STATE_DIR=str(tmp_path)).words
    lines = run_wide("keys", "--json", STATE_DIR=str(tmp_path)).out.splitlines()
    first, second = map(json.loads, lines)
    assert (first["principal"], second["principal"]) == ("key:crm", "key:desk")
    assert first["by"] == machine_user()
    assert first["revoked"] is not None
    assert second["revoked"] is None


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("make", "crm"), "taken"),
        (("make", "key/x"), "1 to 32"),
        (("revoke", "nobody"), "no key of this name"),
    ],
)
def test_what_can_not_be_done_is_said_and_changes_nothing(
    tmp_path: Path, words: tuple[str, ...], says: str
) -> None:
    run_wide("keys", "make", "crm", STATE_DIR=str(tmp_path))
    before = HttpKeys(tmp_path).all()
    ended = run_wide("keys", *words, STATE_DIR=str(tmp_path))
    assert ended.code == 2
    assert says in ended.err
    assert HttpKeys(tmp_path).all() == before


def test_a_file_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"nothing that SQLite reads" * 99)
    ended = run_wide("keys", STATE_DIR=str(tmp_path))
    assert ended.code == 1
    assert "can't be used" in ended.err
