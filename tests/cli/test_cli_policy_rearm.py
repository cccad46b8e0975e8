"""`policy rearm` after the memory of who must not be called was lost."""

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import anyio
import pytest

from _support.terminals import answered, at_a_terminal, read_until, run
from _support.timeouts import TIMEOUT
from chasedata_mcp.cli.terminal_prompt import person
from chasedata_mcp.ledger import Ledger, open_ledger

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a pty is POSIX's")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    """The settings of a ledger whose memory has held three numbers and holds none."""
    place = tmp_path / "state" / "sandbox"
    place.mkdir(parents=True)
    kept = {"ever": {"sandbox": 3}, "lost": [], "others_lost": False}
    (place / "memory-sandbox.json").write_text(json.dumps(kept))
    return {"SANDBOX": "1", "STATE_DIR": str(place.parent)}


def opened(settings: dict[str, str]) -> Ledger:
    return open_ledger(Path(settings["STATE_DIR"], "sandbox"), "sandbox")


def is_lost(settings: dict[str, str]) -> bool:
    async def look() -> bool:
        async with opened(settings) as ledger:
            return await ledger.dnc_registry.is_lost("sandbox")

    return anyio.run(look)


def test_a_person_is_told_what_to_do_first_types_yes_and_it_is_on_record(
    settings: dict[str, str],
) -> None:
    assert is_lost(settings)
    shown, ended = answered("policy", "rearm", typed="yes", **settings)
    words = " ".join(shown.split())
    assert "remembers fewer numbers that must not be called than it did" in words
    assert "do_not_call.suppression_file" in words
    assert (ended.code, ended.out) == (0, "The ledger goes on with the numbers that it has.\n")
    assert not is_lost(settings)
    events = map(json.loads, run("ledger", "export", **settings).out.splitlines())
    (accepted,) = [event for event in events if event["kind"] == "accepted"]
    assert accepted["body"]["by"] == person()
    assert run("policy", "rearm", **settings).out == "Nothing is stopped.\n"


def test_what_is_in_force_tells_that_it_is_lost_and_how_to_go_on(settings: dict[str, str]) -> None:
    shown = run("policy", "show", **settings).words
    assert "Memory lost: it had more numbers that must not be called." in shown
    assert "To go on: chasedata-mcp policy rearm" in shown
    assert json.loads(run("policy", "show", "--json", **settings).out)["memory_lost"] is True
    assert "The do-not-call memory is lost" in run("doctor", **settings).words


def test_a_memory_that_is_whole_is_not_spoken_of(tmp_path: Path) -> None:
    settings = {"SANDBOX": "1", "STATE_DIR": str(tmp_path)}
    assert json.loads(run("policy", "show", "--json", **settings).out)["memory_lost"] is False
    assert "Memory lost" not in run("policy", "show", **settings).words
    assert "memory is lost" not in run("doctor", **settings).words


def test_anything_but_yes_leaves_it_lost(settings: dict[str, str]) -> None:
    _, ended = answered("policy", "rearm", typed="no", **settings)
    assert ended.code == 3
    assert is_lost(settings)


def test_without_a_terminal_nobody_can_say_yes(settings: dict[str, str]) -> None:
    ended = run("policy", "rearm", **settings)
    assert (ended.code, ended.out) == (3, "")
    assert is_lost(settings)


def test_to_let_calls_through_again_is_a_question_of_its_own(settings: dict[str, str]) -> None:
    run("freeze", "--why", "the wrong list", **settings)
    with at_a_terminal("policy", "rearm", **settings) as (process, ours):
        assert "the wrong list" in read_until(ours, " it: ")
        os.write(ours, b"yes\n")
        assert "remembers fewer numbers" in " ".join(read_until(ours, " it: ").split())
        os.write(ours, b"no\n")
        out, _ = process.communicate(timeout=TIMEOUT)
    assert (process.returncode, out) == (3, "Calls go through again.\n")
    assert is_lost(settings)
