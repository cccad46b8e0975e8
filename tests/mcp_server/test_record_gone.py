"""A running server whose record is removed or replaced: nothing is sent until it is back."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from mcp import Client

from _support.conversations import told
from _support.served import SANDBOX, client_of

pytestmark = pytest.mark.anyio
FILE = "ledger-sandbox.sqlite3"
SEARCH = {"search_field": "client_id", "identifier": "WEB-1001"}


def remove_the_file(state: Path) -> None:
    (state / FILE).unlink()


def remove_the_directory(state: Path) -> None:
    shutil.rmtree(state)


def move_the_older_copy_over_it(state: Path) -> None:
    for one in state.glob(f"{FILE}-*"):
        one.unlink()
    state.with_name("older.sqlite3").replace(state / FILE)


def move_the_older_copy_over_it_alone(state: Path) -> None:
    state.with_name("older.sqlite3").replace(state / FILE)


def copy_to(state: Path, name: str) -> Path:
    copy = state.with_name(name)
    with closing(sqlite3.connect(state / FILE)) as store, closing(sqlite3.connect(copy)) as into:
        store.backup(into)
    return copy


async def list_number(client: Client, number: int) -> dict[str, object]:
    return told(await client.call_tool("insert_dnc", {"number": f"602555{number:04}"}))


@pytest.mark.parametrize(
    "happen",
    [
        remove_the_file,
        remove_the_directory,
        move_the_older_copy_over_it,
        move_the_older_copy_over_it_alone,
    ],
)
async def test_nothing_is_sent_without_a_record_and_the_reason_is_said(
    tmp_path: Path, happen: Callable[[Path], None]
) -> None:
    state = tmp_path / "state"
    async with client_of("auto", {**SANDBOX, "CHASEDATA_STATE_DIR": str(state)}) as client:
        assert (await list_number(client, 1))["outcome"] == "done"
        copy_to(state, "older.sqlite3")
        assert (await list_number(client, 2))["outcome"] == "done"
        whole = copy_to(state, "whole.sqlite3")
        happen(state)
        for number in (3, 4):
            refused = await list_number(client, number)
            assert (refused["outcome"], refused["code"]) == ("refused", "not_allowed")
            said = str(refused["message"])
            assert "its file is gone" in said or "another file is in its place" in said
            assert said.endswith("Nothing was sent.")
        assert told(await client.call_tool("search_lead", SEARCH))["found"] is True
        state.mkdir(exist_ok=True)
        for one in state.glob(f"{FILE}*"):
            one.unlink()
        whole.replace(state / FILE)
        assert (await list_number(client, 5))["outcome"] == "done"
        listed = told(await client.call_tool("list_history", {"tool": "insert_dnc"}))
    assert [one["outcome"] for one in listed["entries"]].count("done") == 3
