"""`ledger` on the command line: verify, head, export, prune."""

import json
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import anyio
import pytest

from _support.histories import Morning, morning
from _support.terminals import Ended, run
from _support.timeouts import TIMEOUT
from chasedata_mcp.ledger import open_ledger

FILE = "ledger-sandbox.sqlite3"
EVENTS = 9


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """The place of the sandbox's record in the state directory."""
    return tmp_path / "state" / "sandbox"


@pytest.fixture
def made(place: Path) -> Morning:
    async def record() -> Morning:
        async with open_ledger(place, "sandbox") as ledger:
            return await morning(ledger)

    return anyio.run(record)


def ledger(place: Path, *words: str) -> Ended:
    return run("ledger", *words, SANDBOX="1", STATE_DIR=str(place.parent))


def execute(place: Path, *statements: str) -> None:
    with closing(sqlite3.connect(place / FILE)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


@pytest.mark.usefixtures("made")
def test_a_whole_ledger_verifies_against_its_own_head(place: Path) -> None:
    head = ledger(place, "head").out
    assert json.loads(head)["count"] == EVENTS
    ended = ledger(place, "verify", "--head", head)
    assert ended.code == 0
    assert ended.out == f"✓ The ledger is whole: {EVENTS} events.\n  head {head}"


@pytest.mark.usefixtures("made")
def test_an_edit_is_found_and_ends_with_1(place: Path) -> None:
    execute(
        place,
        "DROP TRIGGER ledger_events_stay",
        "UPDATE ledger_events SET body = replace(body, 'done', 'DONE') WHERE seq = 2",
    )
    ended = ledger(place, "verify")
    assert ended.code == 1
    assert ended.out.startswith("✗ The ledger is not what was written")
    assert "edited at 2: " in ended.out


@pytest.mark.usefixtures("made")
def test_a_head_is_added_to_a_file_with_the_time(place: Path, tmp_path: Path) -> None:
    kept = tmp_path / "heads.txt"
    heads = [ledger(place, "head", "--to", str(kept)).out.strip() for _ in range(2)]
    lines = kept.read_text(encoding="utf-8").splitlines()
    assert [line.partition(" ")[2] for line in lines] == heads


def test_a_head_is_sent_to_syslog(place: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(TIMEOUT)
        address = f"127.0.0.1:{server.getsockname()[1]}"
        head = ledger(place, "head", "--syslog", address).out.strip()
        assert head.encode() in server.recv(2000)


def test_a_head_that_can_not_be_sent_says_so(place: Path) -> None:
    ended = ledger(place, "head", "--to", "/nowhere/at/all/heads.txt")
    assert ended.code == 1
    assert "the head could not be sent" in ended.err


@pytest.mark.parametrize("where", ["nowhere", "a:b", ":514", "a:", "a:0", "a:65536", "a:-1"])
def test_what_is_no_host_and_port_is_said_before_anything_is_done(place: Path, where: str) -> None:
    ended = ledger(place, "head", "--syslog", where)
    assert ended.code == 2
    assert "--syslog takes HOST:PORT" in ended.err
    assert ended.out == ""


def test_a_head_of_elsewhere_shows_a_cut_end(place: Path) -> None:
    ended = ledger(place, "verify", "--head", '{"count": 99, "hash": "0"}')
    assert ended.code == 1
    assert "cut at" in ended.out


@pytest.mark.usefixtures("made")
def test_without_a_head_it_says_that_a_cut_end_could_not_be_seen(place: Path) -> None:
    (place / "ledger-sandbox-head.json").unlink()
    ended = ledger(place, "verify")
    assert ended.code == 0
    assert "No head is kept beside it, so it can't be told whether events are missing" in ended.out


@pytest.mark.usefixtures("made")
def test_a_head_that_is_behind_or_torn_is_named_with_what_it_can_not_show(place: Path) -> None:
    head = place / "ledger-sandbox-head.json"
    whole = head.read_text()
    behind = json.loads(whole)["count"] - 1
    with closing(sqlite3.connect(place / FILE)) as connection:
        [before] = connection.execute(
            "SELECT lower(hex(hash)) FROM ledger_events WHERE seq = ?", (behind,)
        ).fetchone()
    head.write_text(json.dumps({"count": behind, "hash": before}))
    ended = ledger(place, "verify")
    assert ended.code == 0
    assert "1 event behind" in ended.out
    head.write_text(whole[:40])
    ended = ledger(place, "verify")
    assert ended.code == 0
    assert "a power cut may have torn it" in ended.out


@pytest.mark.parametrize("head", ["", "12", "{}", '{"count": "1", "hash": "a"}', "nonsense"])
def test_a_head_that_is_none_ends_with_2(place: Path, head: str) -> None:
    ended = ledger(place, "verify", "--head", head)
    assert ended.code == 2
    assert "--head is a line that" in ended.err


def test_the_export_has_every_event_in_order(place: Path, made: Morning) -> None:
    events = [json.loads(line) for line in ledger(place, "export").out.splitlines()]
    assert [event["seq"] for event in events] == list(range(1, EVENTS + 1))
    assert events[0]["entry"] == made.text.entry


def test_pruning_removes_what_is_older_and_keeps_what_is_unsettled(
    place: Path, made: Morning
) -> None:
    ended = ledger(place, "prune", "--before", "2026-03-02T12:04Z")
    assert ended.code == 0
    assert ended.out == "3 entries removed. 1 older ones are not settled and stay.\n"
    left = run("history", "--json", SANDBOX="1", STATE_DIR=str(place.parent)).out.splitlines()
    assert {json.loads(line)["id"] for line in left} == {
        made.lost.entry,
        made.of_jose.entry,
        made.of_the_terminal.entry,
    }
    verified = ledger(place, "verify")
    assert verified.code == 0
    assert "pruned" in verified.out


@pytest.mark.usefixtures("made")
def test_pruning_by_days_reckons_from_now(place: Path) -> None:
    assert ledger(place, "prune", "--older-than", "36500").out == "0 entries removed.\n"
    assert ledger(place, "prune", "--older-than", "1").code == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "give either --before or --older-than"),
        (("--before", "2026-03-02", "--older-than", "1"), "give either --before or --older-than"),
        (("--before", "2998-01-01"), "--before is in the future"),
        (("--before", "soon"), "--before is not a date"),
        (("--older-than", "0"), "--older-than"),
    ],
)
@pytest.mark.usefixtures("made")
def test_pruning_needs_one_time_in_the_past(place: Path, words: tuple[str, ...], says: str) -> None:
    before = ledger(place, "head").out
    ended = ledger(place, "prune", *words)
    assert ended.code == 2
    assert says in ended.err
    assert ledger(place, "head").out == before


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ledger_store SET version = 99",
        "UPDATE ledger_store SET environment = 'live'",
    ],
)
@pytest.mark.parametrize("command", ["verify", "head", "export"])
def test_a_ledger_of_another_version_or_environment_ends_with_2(
    place: Path, change: str, command: str
) -> None:
    execute(place, change)
    ended = ledger(place, command)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("chasedata-mcp: ")


def test_without_a_command_it_lists_them() -> None:
    words = run("ledger", "--help").words
    assert all(command in words for command in ("verify", "head", "export", "prune"))
