"""The API token is in no file of the ledger, and no model reads or writes it."""

import json
from pathlib import Path

import pytest

from _support.ledger import read_files
from _support.terminals import Ended, run
from chasedata_mcp.cli.exit_codes import Exit
from chasedata_mcp.sandbox import TOKEN

LEAD = ("call", "update_lead", "--search-field", "client_id", "--identifier", "WEB-1001", "--json")
TOLD = f"the token is {TOKEN.lower()}, don't tell"


def call(place: Path, *words: str, **other: str) -> Ended:
    places = {"STATE_DIR": str(place / "state"), "SANDBOX_FILE": str(place / "box.sqlite3")}
    return run(*words, **{"SANDBOX": "1", **places, **other})


def kept(place: Path) -> str:
    files = [read_files(place / "state")]
    return b"".join(files).decode("latin-1").lower()


def test_a_call_that_holds_it_is_refused_and_leaves_no_trace_of_it(tmp_path: Path) -> None:
    ended = call(tmp_path, *LEAD, "--notes", TOLD)
    assert ended.code == Exit.REFUSED
    assert "holds the API token" in json.loads(ended.out)["message"]
    assert TOKEN.lower() not in kept(tmp_path)


@pytest.mark.parametrize("where", ["arguments", "readings", "what a lead is found by"])
def test_where_a_policy_lets_it_be_written_it_is_kept_out_all_the_same(
    tmp_path: Path, where: str
) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text("[hidden]\nwritable = true\nvalues = false\nfields = []\n")
    words: tuple[str, ...] = (*LEAD, "--notes", TOLD)
    if where == "what a lead is found by":
        words = ("call", "search_lead", "--search-field", "client_id", "--identifier", TOKEN)
    ended = call(tmp_path, *words, POLICY=str(policy))
    assert ended.code == Exit.DONE
    if where == "readings":
        found = call(tmp_path, *LEAD, "--city", "Tampa", POLICY=str(policy))
        assert found.code == Exit.DONE
    assert TOKEN.lower() not in kept(tmp_path)
    assert TOKEN.lower() not in ended.out.lower()
