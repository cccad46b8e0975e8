"""`batch`: a person at a terminal plans a file, is asked once, runs it, and has its account."""

import json
import re
import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from _support.commands import command, settings, state
from _support.terminals import answered, plain
from chasedata_mcp.cli.exit_codes import Exit

posix = pytest.mark.skipif(sys.platform == "win32", reason="a pty is POSIX's")
NEW = ["9545557001", "9545557002", "9545557003"]
SAME = ("--set", "campaign=Solar", "--set", "import_only=true")


def leads(place: Path, *phones: str) -> Path:
    file = place / "leads.csv"
    file.write_text("Phone,Comments\n" + "".join(f"{phone},x\n" for phone in phones))
    return file


def plan(place: Path, *phones: str) -> str:
    """Plan a file of leads, and give the batch's id."""
    ended = command(place, "batch", "plan", str(leads(place, *phones)), *SAME)
    assert ended.code == 0, ended.err
    found = re.search(r"batch run (\w{10})", ended.out)
    assert found, ended.out
    return found[1]


def stored(place: Path) -> list[str]:
    phones = [row["PrimaryPhone"] for row in state(place)["leads"]]
    return sorted(phone for phone in phones if phone in NEW)


def test_a_plan_says_what_is_ready_what_is_left_out_and_what_to_run(tmp_path: Path) -> None:
    file = leads(tmp_path, *NEW, NEW[0], "12")
    ended = command(tmp_path, "batch", "plan", str(file), *SAME)
    assert ended.code == 0
    assert "columns    Phone → primary_phone" in ended.out
    assert "left over  Comments" in ended.out
    assert "2 are left out: 1 row with wrong values and 1 repeated row." in ended.out
    assert "row 5      repeated: the same as row 2" in ended.out
    assert "To run it: chasedata-mcp batch run " in ended.out
    assert stored(tmp_path) == []


@posix
def test_a_batch_is_run_once_its_count_is_typed_and_accounted_for(tmp_path: Path) -> None:
    batch = plan(tmp_path, *NEW)
    screen, ended = answered("batch", "run", batch, typed="3\n", **settings(tmp_path))
    assert ended.code == 0, ended.err
    asked = " ".join(re.sub(r"[│╭╮╰╯─]", " ", plain(screen)).split())
    assert "Store 3 leads in “Solar”? Nothing rings now; the campaign may call them." in asked
    assert "type the count (3)" in asked
    assert stored(tmp_path) == NEW
    out = tmp_path / "out"  # which isn't there yet
    results = command(tmp_path, "batch", "results", batch, "--to", str(out))
    assert [line.split()[0] for line in results.out.splitlines()] == ["3", "0", "0"]
    assert len(list(out.iterdir())) == 3
    again = command(tmp_path, "batch", "results", batch, "--to", str(out))
    assert (again.code, "is there already" in again.err) == (1, True)
    assert "finished" in command(tmp_path, "batch", "list").out
    assert "No row of this batch is left" in command(tmp_path, "batch", "run", batch).err


@posix
def test_a_slip_of_the_finger_is_asked_about_once_more(tmp_path: Path) -> None:
    batch = plan(tmp_path, *NEW)
    _, ended = answered("batch", "run", batch, typed="33\n3\n", **settings(tmp_path))
    assert ended.code == 0, ended.err
    assert stored(tmp_path) == NEW


@posix
@pytest.mark.parametrize("typed", ["yes\nyes\n", "4\n5\n", "\n", "no\n"])
def test_anything_but_the_count_sends_nothing(tmp_path: Path, typed: str) -> None:
    batch = plan(tmp_path, *NEW)
    _, ended = answered("batch", "run", batch, typed=typed, **settings(tmp_path))
    assert ended.code == 3
    assert stored(tmp_path) == []


@posix
@pytest.mark.parametrize("typed", ["no\n", "\n", "\x03"])
def test_a_batch_that_a_person_declines_here_is_in_the_history(tmp_path: Path, typed: str) -> None:
    batch = plan(tmp_path, *NEW)
    _, ended = answered("batch", "run", batch, typed=typed, **settings(tmp_path))
    assert ended.code != 0
    listed = command(tmp_path, "history", "--tool", "run_batch", "--json").out
    (entry,) = map(json.loads, listed.splitlines())
    assert (entry["kind"], entry["outcome"], entry["code"]) == ("refusal", "refused", "declined")
    assert entry["arguments"] == {"batch_id": batch}
    assert entry["who"].endswith("/terminal")


def test_pruning_removes_the_rows_of_old_batches_as_it_does_old_entries(tmp_path: Path) -> None:
    batch = plan(tmp_path, *NEW)
    assert command(tmp_path, "ledger", "prune", "--older-than", "1").out == "0 entries removed.\n"
    pruned = command(tmp_path, "ledger", "prune", "--before", datetime.now(UTC).isoformat())
    assert "The rows of 1 batch removed." in pruned.out
    assert "removed" in command(tmp_path, "batch", "show", batch).out
    assert "No row of this batch is left" in command(tmp_path, "batch", "run", batch).err


@posix
def test_without_a_terminal_a_person_says_yes_at_another_one(tmp_path: Path) -> None:
    batch = plan(tmp_path, *NEW)
    ended = command(tmp_path, "batch", "run", batch)
    assert (ended.code, stored(tmp_path)) == (3, [])
    found = re.search(r"chasedata-mcp approve (\w+) ", ended.err)
    assert found, ended.err
    _, approved = answered("approve", found[1], typed="3\n", **settings(tmp_path))
    assert (approved.code, stored(tmp_path)) == (0, [])
    assert command(tmp_path, "batch", "run", batch).code == 0
    assert stored(tmp_path) == NEW


def test_a_dry_run_shows_the_question_and_sends_nothing(tmp_path: Path) -> None:
    batch = plan(tmp_path, *NEW)
    ended = command(tmp_path, "batch", "run", batch, "--dry-run")
    assert ended.code == 0
    assert ended.out.startswith("Store 3 leads in “Solar”?")
    assert stored(tmp_path) == []


def test_what_is_not_running_can_not_be_stopped(tmp_path: Path) -> None:
    batch = plan(tmp_path, *NEW)
    assert command(tmp_path, "batch", "stop", batch).out == "It isn't running: it is planned.\n"
    shown = command(tmp_path, "batch", "show", batch)
    assert f"Batch {batch}: insert_lead, leads.csv, planned" in shown.out


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (("plan", "gone.csv", *SAME), 3, "There is no file gone.csv"),
        (("plan", "leads.csv"), 3, "insert_lead needs"),
        (("plan", "leads.csv", "--set", "campaign"), 2, "has to be NAME=VALUE"),
        (("plan", "leads.csv", *SAME, "--tool", "send_sms"), 3, "and no other tool"),
        (("plan", "leads.csv", *SAME, "--column", "Fon=phone"), 3, "no column “Fon”"),
        (("run", "nothing"), 3, "no batch of this id"),
        (("show", "nothing"), 3, "no batch of this id"),
        (("stop", "nothing"), 3, "no batch of this id"),
        (("results", "nothing", "--to", "."), 3, "no batch of this id"),
    ],
)
def test_what_can_not_be_done_is_one_line_and_an_exit_code(
    tmp_path: Path, words: tuple[str, ...], code: int, why: str
) -> None:
    leads(tmp_path, *NEW)
    placed = [str(tmp_path / word) if word.endswith(".csv") else word for word in words]
    ended = command(tmp_path, "batch", *placed)
    assert ended.code == code
    assert why in ended.err
    assert len(ended.err.splitlines()) == 1


def test_without_a_batch_the_list_says_so(tmp_path: Path) -> None:
    assert command(tmp_path, "batch", "list").out == "There is no batch yet.\n"


@posix
def test_the_rows_of_a_batch_are_taken_back_by_undo(tmp_path: Path) -> None:
    file = tmp_path / "leads.csv"
    file.write_text("Lead ID,City\n1001,Tampa\n1002,Tampa\n")

    def cities() -> list[str]:
        return [row["City"] for row in state(tmp_path)["leads"] if row["LeadId"] in {1001, 1002}]

    by_id = ("--tool", "update_lead", "--set", "search_field=lead_id")
    planned = command(tmp_path, "batch", "plan", str(file), *by_id)
    found = re.search(r"batch run (\w{10})", planned.out)
    assert found, planned.err
    _, ended = answered("batch", "run", found[1], typed="2\n", **settings(tmp_path))
    assert (ended.code, cities()) == (0, ["Tampa", "Tampa"])
    screen, ended = answered("undo", found[1], typed="2\n", **settings(tmp_path))
    assert "Take back 2 rows of" in " ".join(plain(screen).split())
    assert (ended.code, "Tampa" in cities()) == (0, False), ended.err
    assert "Took back 2 of 2 rows" in ended.out


def test_a_store_that_fails_half_way_through_a_command_is_a_line_and_an_exit_code(
    tmp_path: Path,
) -> None:
    batch = plan(tmp_path, *NEW, "12")
    (file,) = tmp_path.rglob("batches-sandbox.sqlite3")
    with closing(sqlite3.connect(file)) as damaged:
        damaged.execute("ALTER TABLE batch_rows DROP COLUMN lead_id")
    ended = command(tmp_path, "batch", "show", batch)
    assert "The store of batches can't be read" in ended.err
    assert (ended.code, "log has it" in ended.err) == (Exit.FAILED, False)
