"""The output and the exit codes of `chasedata-mcp reconcile`."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import pytest

from _support.commands import command
from chasedata_mcp.cli.exit_codes import Exit
from chasedata_mcp.ledger import Intent, Json, fresh_id, open_ledger

DNC = ("insert_dnc", "--number", "6025550121")
LIST = ("create_dial_list", "--agent", "James", "--list-name", "Spring")
INSERT = (
    *("insert_lead", "--campaign", "Solar", "--primary-phone", "6025550177"),
    *("--client-id", "CRM-7", "--import-only"),
)


INSERTED: Json = {
    "campaign": "Solar",
    "primary_phone": "6025550177",
    "client_id": "CRM-7",
    "import_only": True,
}


def lost(directory: Path, faults: str, *words: str) -> None:
    """A call whose answer is lost, and which isn't found at once."""
    ended = command(directory, "call", *words, SANDBOX_FAULTS=faults, READ_BACK="0")
    assert ended.code == Exit.UNKNOWN, ended


def killed_on_its_way(directory: Path) -> None:
    """An insert that arrives although the process that sent it is killed."""
    killed(directory, timedelta(minutes=5))
    ended = command(directory, "call", *INSERT, STATE_DIR=str(directory / "elsewhere"))
    assert ended.code == Exit.DONE, ended


def test_where_nothing_is_unknown_it_says_so_and_ends_well(tmp_path: Path) -> None:
    command(tmp_path, "call", *DNC)
    ended = command(tmp_path, "reconcile")
    assert (ended.code, ended.out) == (Exit.DONE, "Nothing is unknown.\n")


def test_what_is_found_is_shown_and_on_record(tmp_path: Path) -> None:
    killed_on_its_way(tmp_path)
    ended = command(tmp_path, "reconcile")
    assert ended.code == Exit.DONE
    assert "insert_lead" in ended.words
    how = "A search by client id finds the lead, and did not find it before."
    assert f"done: {how}" in ended.words
    [entry] = map(json.loads, command(tmp_path, "history", "--json").out.splitlines())
    assert entry["outcome"] == "done"
    assert entry["known"].startswith("A search by client id finds the lead")
    assert command(tmp_path, "ledger", "verify").code == Exit.DONE
    assert command(tmp_path, "reconcile").out == "Nothing is unknown.\n"


def test_what_stays_unknown_is_shown_with_the_reason_and_ends_with_6(tmp_path: Path) -> None:
    lost(tmp_path, "*=drop_after*1", *LIST)
    killed_on_its_way(tmp_path)
    ended = command(tmp_path, "reconcile")
    assert ended.code == Exit.UNKNOWN
    assert "unknown: Nothing in this API can tell; somebody has to look" in ended.words
    assert "done: A search by client id" in ended.words
    [entry] = map(
        json.loads, command(tmp_path, "history", "--outcome", "unknown", "--json").out.splitlines()
    )
    assert entry["tool"] == "create_dial_list"


def test_what_never_arrived_stays_unknown_for_two_minutes(tmp_path: Path) -> None:
    lost(tmp_path, "InjectLead.php=drop*1", *INSERT)
    ended = command(tmp_path, "reconcile")
    assert ended.code == Exit.UNKNOWN
    assert "may still arrive" in ended.words


@pytest.mark.parametrize(
    ("age", "code", "said"),
    [
        (timedelta(seconds=5), Exit.UNKNOWN, "It may be under way still; look again in a minute."),
        (timedelta(minutes=13), Exit.DONE, "refused: A search by client id finds no lead."),
    ],
)
def test_a_killed_process_leaves_something_to_find(
    age: timedelta, code: Exit, said: str, tmp_path: Path
) -> None:
    entry = killed(tmp_path, age)
    listed = command(tmp_path, "history", "--json")
    assert json.loads(listed.out)["outcome"] == "unknown"
    assert entry in command(tmp_path, "history").words
    ended = command(tmp_path, "reconcile")
    assert (ended.code, entry in ended.words, said in ended.words) == (code, True, True)


def killed(directory: Path, age: timedelta) -> str:
    """Record an insert as a process leaves it that is killed before it is over."""
    return left_open(directory, intent_of("insert_lead", INSERTED, age))


def intent_of(tool: str, arguments: Json, age: timedelta) -> Intent:
    return Intent(
        entry=fresh_id(),
        at=datetime.now(UTC) - age,
        caller="somebody/an assistant",
        environment="sandbox",
        account="sandbox",
        host="",
        tool=tool,
        digest="d",
        arguments=arguments,
        before={"leads": 0},
    )


def left_open(directory: Path, *intents: Intent) -> str:
    """Record intents without an outcome, and give the id of the last."""

    async def record() -> None:
        async with open_ledger(directory / "state", "sandbox") as ledger:
            for intent in intents:
                await ledger.intend(intent)

    anyio.run(record)
    return intents[-1].entry


def test_a_ledger_that_can_not_be_used_ends_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "ledger-sandbox.sqlite3").write_bytes(b"this is no database" * 99)
    ended = command(tmp_path, "reconcile")
    assert (ended.code, ended.out) == (Exit.FAILED, "")
    assert ended.err.startswith("chasedata-mcp: ")
    assert ended.err.count("\n") == 1


def test_of_many_it_says_how_far_it_is_and_why_the_rest_stays_unknown(tmp_path: Path) -> None:
    killed_on_its_way(tmp_path)
    made: Json = {"agent": "James", "list_name": "Spring"}
    age = timedelta(minutes=15)
    left_open(tmp_path, *(intent_of("create_dial_list", made, age) for _ in range(130)))
    ended = command(tmp_path, "reconcile")
    assert ended.code == Exit.UNKNOWN
    assert "100 of 131 looked up" in ended.err
    assert "131 looked up: 1 done, 0 not done, 130 still unknown." in ended.words
    assert "130 unknown: Nothing in this API can tell" in ended.words
