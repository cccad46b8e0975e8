"""`freeze`, and `policy rearm` by a person at a terminal."""

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio
import pytest

from _support.terminals import Ended, answered, at_a_terminal, press_ctrl_c, read_until, run
from _support.timeouts import TIMEOUT
from chasedata_mcp.approvals.models import DECLINED, Reply
from chasedata_mcp.cli.command_errors import CommandError
from chasedata_mcp.cli.terminal_prompt import confirm, person
from chasedata_mcp.ledger import open_ledger
from chasedata_mcp.ledger.questions import Question

posix = pytest.mark.skipif(sys.platform == "win32", reason="a pty is POSIX's")
MORNING = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    return {"SANDBOX": "1", "STATE_DIR": str(tmp_path / "state")}


def frozen(settings: dict[str, str]) -> dict[str, Any] | None:
    found: dict[str, Any] = json.loads(run("policy", "show", "--json", **settings).out)
    stood: dict[str, Any] | None = found["frozen"]
    return stood


def events(settings: dict[str, str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run("ledger", "export", **settings).out.splitlines()]


def freeze(settings: dict[str, str], *words: str) -> Ended:
    return run("freeze", *words, **settings)


# freeze


def test_freezing_asks_nothing_and_is_in_force_at_once(settings: dict[str, str]) -> None:
    assert frozen(settings) is None
    ended = freeze(settings, "--why", "the wrong list")
    assert ended.code == 0
    assert ended.out.startswith("Frozen. From now on only reads go through")
    assert "chasedata-mcp policy rearm" in ended.out
    stood = frozen(settings)
    assert stood is not None
    assert (stood["why"], stood["by"]) == ("the wrong list", person())
    shown = run("policy", "show", **settings).words
    assert f"by {person()}: the wrong list. To go on: chasedata-mcp policy rearm" in shown


def test_freezing_without_a_reason_says_who_did_it(settings: dict[str, str]) -> None:
    freeze(settings)
    stood = frozen(settings)
    assert stood is not None
    assert stood["why"] == "a person said so at the terminal"


def test_what_is_frozen_already_keeps_its_first_reason(settings: dict[str, str]) -> None:
    freeze(settings, "--why", "first")
    ended = freeze(settings, "--why", "second")
    assert ended.code == 0
    assert ended.out.startswith("It was frozen before, on ")
    assert "first" in ended.out
    stood = frozen(settings)
    assert stood is not None
    assert stood["why"] == "first"


def test_the_reason_is_shown_as_it_is(settings: dict[str, str]) -> None:
    freeze(settings, "--why", "[bold]no[/bold]")
    assert "[bold]no[/bold]" in run("policy", "show", **settings).out


@pytest.mark.parametrize("why", ["", " ", "a\nb", "a\x1b[31m", "x" * 501])
def test_a_reason_that_is_no_line_is_refused_and_nothing_is_frozen(
    settings: dict[str, str], why: str
) -> None:
    ended = freeze(settings, "--why", why)
    assert (ended.code, "--why takes a line" in ended.err) == (2, True)
    assert frozen(settings) is None


def test_the_longest_reason_is_taken(settings: dict[str, str]) -> None:
    assert freeze(settings, "--why", "x" * 500).code == 0


@pytest.mark.parametrize("words", [("freeze",), ("policy", "rearm"), ("grants",)])
def test_without_a_ledger_that_is_kept_it_says_so(words: tuple[str, ...]) -> None:
    ended = run(*words)
    assert (ended.code, "no dialer is configured" in ended.err) == (2, True)
    ended = run(*words, "--sandbox", SANDBOX_FILE=":memory:", SANDBOX="1")
    assert (ended.code, "only as long as it runs" in ended.err) == (2, True)


def test_the_way_out_is_of_the_sandbox_where_that_was_meant(settings: dict[str, str]) -> None:
    rearm = "To go on: chasedata-mcp policy rearm --sandbox"
    assert rearm in run("freeze", "--sandbox", **settings).out
    assert rearm in run("policy", "show", "--sandbox", **settings).words
    assert "--sandbox" not in run("policy", "show", **settings).words


def test_doctor_tells_that_everything_is_stopped(settings: dict[str, str]) -> None:
    assert "stopped" not in run("doctor", **settings).words
    freeze(settings, "--why", "the wrong list")
    ended = run("doctor", **settings)
    zone = datetime.now(UTC).astimezone().strftime("%Z")
    assert ended.code == 0
    assert "- All but reads and requests not to be called is stopped since 20" in ended.words
    assert f" {zone} by {person()}: " in ended.words
    assert f"by {person()}: the wrong list. To go on: chasedata-mcp policy rearm" in ended.words


# rearm


def test_rearming_what_is_not_frozen_asks_nothing(settings: dict[str, str]) -> None:
    ended = run("policy", "rearm", **settings)
    assert (ended.code, ended.out) == (0, "Nothing is stopped.\n")


@posix
def test_a_person_sees_why_types_yes_and_calls_go_on(settings: dict[str, str]) -> None:
    freeze(settings, "--why", "the wrong list")
    shown, ended = answered("policy", "rearm", typed="yes", **settings)
    assert person() in shown
    assert "the wrong list" in shown
    assert "stopped since 20" in shown
    assert (ended.code, ended.out) == (0, "Calls go through again.\n")
    assert frozen(settings) is None
    (rearmed,) = [event for event in events(settings) if event["kind"] == "rearmed"]
    assert person() in json.dumps(rearmed)
    assert "Writes were let through again." in run("history", **settings).out


@posix
@pytest.mark.parametrize("typed", ["", "no", "y", "yes please"])
def test_anything_but_yes_leaves_it_frozen(settings: dict[str, str], typed: str) -> None:
    freeze(settings)
    _, ended = answered("policy", "rearm", typed=typed, **settings)
    assert ended.code == 3
    assert frozen(settings) is not None


@posix
def test_ctrl_c_at_the_question_leaves_it_frozen(settings: dict[str, str]) -> None:
    freeze(settings)
    with at_a_terminal("policy", "rearm", **settings) as (process, ours):
        read_until(ours, " it: ")
        press_ctrl_c(process)
        process.communicate(timeout=TIMEOUT)
    assert process.returncode == 130
    assert frozen(settings) is not None


@posix
def test_what_was_frozen_anew_while_the_person_read_stays_frozen(
    settings: dict[str, str],
) -> None:
    async def again() -> None:
        async with open_ledger(Path(settings["STATE_DIR"], "sandbox"), "sandbox") as ledger:
            await ledger.freezes.rearm("sandbox", "another", MORNING)
            await ledger.freezes.freeze("sandbox", "caps.texts.hour.stop", "another", MORNING)

    freeze(settings)
    with at_a_terminal("policy", "rearm", **settings) as (process, ours):
        read_until(ours, " it: ")
        anyio.run(again)
        os.write(ours, b"yes\n")
        process.communicate(timeout=TIMEOUT)
    assert process.returncode == 2
    stood = frozen(settings)
    assert stood is not None
    assert stood["by"] == "another"


def test_without_a_terminal_nobody_can_say_yes(settings: dict[str, str]) -> None:
    freeze(settings)
    ended = run("policy", "rearm", **settings)
    assert (ended.code, ended.out) == (3, "")
    assert "a person must confirm this at a terminal" in ended.err
    assert frozen(settings) is not None


# The question itself


@pytest.mark.parametrize("reply", [DECLINED, Reply({"confirm": False}), Reply({"confirm": "yes"})])
def test_an_answer_that_is_no_yes_ends_the_command_with_3(reply: Reply) -> None:
    with pytest.raises(CommandError) as ended:
        confirm("Go on?", lambda _: reply)
    assert ended.value.code == 3


def test_a_yes_goes_on_and_the_question_is_free_of_what_a_terminal_would_obey() -> None:
    asked: list[Question] = []

    def yes(question: Question) -> Reply:
        asked.append(question)
        return Reply({"confirm": True})

    confirm("Go \x1b[31mon?", yes)
    assert "\x1b" not in asked[0].text
