import csv
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from terminals import Ended, environment
from timeouts import TIMEOUT

EXAMPLES = Path(__file__).parents[2] / "examples"


def played(*words: str, **settings: str) -> Ended:
    ended = subprocess.run(  # noqa: S603 - our own examples
        words,
        env=environment(**settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=TIMEOUT,
        encoding="utf-8",
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


def loaded(what: str, file: Path, **settings: str) -> tuple[Ended, list[dict[str, str]]]:
    ended = played(sys.executable, str(EXAMPLES / "load.py"), what, str(file), **settings)
    return ended, list(csv.DictReader(io.StringIO(ended.out)))


def test_the_client_is_connected_and_never_answers_for_a_person() -> None:
    ended = played(sys.executable, str(EXAMPLES / "client.py"))

    assert ended.code == 0, ended.err
    assert "This is a SANDBOX" in ended.out
    assert "Leads: ['1002', '1003', '1010']" in ended.out
    assert "Let the dialer call 212-555-0104 again?" in ended.out
    assert "refused (needs_confirmation)" in ended.out


def test_leads_are_loaded_with_a_result_for_each_row() -> None:
    ended, rows = loaded("leads", EXAMPLES / "leads.csv")

    assert ended.code == 1
    assert [(row["row"], row["outcome"], row["code"]) for row in rows] == [
        ("2", "done", ""),
        ("3", "done", ""),
        ("4", "done", ""),
        ("5", "refused", "duplicate_lead"),
        ("6", "refused", "invalid_arguments"),
        ("7", "refused", "refused_by_dialer"),
    ]


def test_numbers_to_stop_calling_are_loaded_with_a_result_for_each_row() -> None:
    ended, rows = loaded("do-not-call", EXAMPLES / "do-not-call.csv")

    assert ended.code == 1
    assert [row["outcome"] for row in rows] == ["done", "done", "done", "refused"]


def test_a_lead_whose_answer_never_came_is_looked_up_and_not_sent_again(tmp_path: Path) -> None:
    one = tmp_path / "one.csv"
    one.write_text(
        "client_id,primary_phone,campaign\nCRM-1,(305) 555-0123,Solar\n", encoding="utf-8"
    )

    ended, rows = loaded("leads", one, SANDBOX_FAULTS="InjectLead.php=drop_after", READ_BACK="0")

    assert ended.code == 0
    assert rows[0]["message"] == "No answer, but the lead is there."


def test_a_lead_that_is_not_there_stays_unknown(tmp_path: Path) -> None:
    one = tmp_path / "one.csv"
    one.write_text(
        "client_id,primary_phone,campaign\nCRM-1,(305) 555-0123,Solar\n", encoding="utf-8"
    )

    ended, rows = loaded("leads", one, SANDBOX_FAULTS="InjectLead.php=drop")

    assert ended.code == 1
    assert (rows[0]["outcome"], rows[0]["code"]) == ("unknown", "no_answer")


def test_the_loader_says_how_it_is_used() -> None:
    ended = played(sys.executable, str(EXAMPLES / "load.py"), "agents")

    assert ended.code == 1
    assert "python examples/load.py leads" in ended.err


@pytest.mark.skipif(shutil.which("sh") is None, reason="a shell script needs a shell")
def test_the_scripted_session_plays_to_its_end() -> None:
    beside = Path(sys.executable).parent
    path = os.pathsep.join([str(beside), environment()["PATH"]])
    ended = subprocess.run(  # noqa: S603 - our own example
        ["sh", str(EXAMPLES / "session.sh")],  # noqa: S607 - whichever shell there is
        env={**environment(), "PATH": path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=TIMEOUT,
        encoding="utf-8",
    )

    assert ended.returncode == 0, ended.stderr
    results = [json.loads(line) for line in ended.stdout.splitlines() if line.startswith("{")]
    assert [told.get("code", told["outcome"]) for told in results] == [
        "done",
        "done",
        "duplicate_lead",
        "done",
        "needs_confirmation",
    ]
    assert results[1]["leads"][0]["fields"]["adv_Roof__Type"] == "Tile"
    assert "exit code 4" in ended.stdout
    assert "exit code 3" in ended.stdout
