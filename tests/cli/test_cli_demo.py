from datetime import date, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp_types import ElicitRequestURLParams
from rich.console import Console

from _support.terminals import finish, start_forked
from chasedata_mcp.cli import demo
from chasedata_mcp.cli.command_errors import CommandError
from chasedata_mcp.cli.demo_client import DemoSession, make_environment, play
from chasedata_mcp.cli.demo_scenes import Scene, Step, scenes
from chasedata_mcp.cli.demo_transcript import Transcript
from chasedata_mcp.cli.exit_codes import Exit
from chasedata_mcp.policy.models import EVERY_TOOLSET
from chasedata_mcp.tools.published import load_published

SHOWN = (
    "A manager talks",
    "40 tools",
    "This is a SANDBOX",
    "is stored; nothing rings now",
    "The callback is at",
    "602-555-0121 is on the do-not-call list",
    "presses Decline",
    "types (602) 555-0121",
    "602-555-0121 is off the do-not-call list",
    "types Storm-Damage",
    "is deleted",
    "2 are left out: 1 row with wrong values and 1 repeated row",
    "types 2",
    "Rows so far: 2 done",
    "James (waiting)",
    "FirstName: Dana",
    "is reloaded; its filter changes are live",
    "The dialer gave no answer",
    "Don't send it again",
    "claude mcp add chasedata",
)


def test_the_demo_plays_the_whole_session_whatever_dialer_is_set() -> None:
    ended = finish(
        start_forked(
            "demo", TOKEN="a-live-token", ACCID="live", BASE_URL="https://dialer.example.com/"
        )
    )

    assert (ended.code, ended.err) == (0, "")
    positions = [ended.words.index(text) for text in SHOWN]
    assert positions == sorted(positions)
    assert "a-live-token" not in ended.out


def test_the_demos_server_gets_none_of_ones_own_settings() -> None:
    own = {"CHASEDATA_TOKEN": "t", "chasedata_accid": "a", "PATH": "/bin"}

    assert make_environment(own) == {
        "PATH": "/bin",
        "CHASEDATA_SANDBOX_FILE": ":memory:",
        "CHASEDATA_SANDBOX_FAULTS": "TextOperations.php=drop_after*1",
        "CHASEDATA_TOOLSETS": ",".join(EVERY_TOOLSET),
    }


def transcript() -> tuple[Transcript, StringIO]:
    shown = StringIO()
    return Transcript(Console(file=shown, width=80)), shown


def test_a_call_that_does_not_end_as_it_should_fails_the_command() -> None:
    odd = Scene("Odd", (Step("Who?", "search_lead", {"search_field": "phone"}),))

    with pytest.raises(CommandError, match="not as it should be: search_lead in scene 1") as end:
        demo.play_session([odd], transcript()[0])

    assert end.value.code == Exit.FAILED


def test_a_question_that_no_scene_expects_is_declined() -> None:
    unasked = Scene("Unasked", (Step("Off!", "delete_dnc", {"number": "2125550104"}),))
    screen, shown = transcript()

    wrong = anyio.run(play, [unasked], screen, 0)

    assert wrong == ["delete_dnc in scene 1"]
    assert "presses Decline" in shown.getvalue()


def test_a_question_by_address_is_declined_too() -> None:
    session = DemoSession(transcript()[0], 0)
    by_address = ElicitRequestURLParams(
        message="Go there.", url="https://example.com/", elicitation_id="1"
    )

    async def asked() -> Any:  # noqa: ANN401 - the SDK's own
        return await session.answer(None, by_address)

    assert anyio.run(asked).action == "decline"


@given(st.dates(date(2024, 1, 1), date(2100, 1, 1)))
def test_the_callback_is_on_a_monday_in_the_week_after_next(today: date) -> None:
    callbacks: list[Any] = [
        step.arguments["callback"]
        for scene in scenes(today)
        for step in scene.steps
        if "callback" in step.arguments
    ]

    at = datetime.fromisoformat(callbacks[0]["at"]).date()
    assert at.weekday() == 0
    assert timedelta(days=7) < at - today <= timedelta(days=14)


def test_every_scene_calls_tools_that_exist() -> None:
    tools = {step.tool for scene in scenes(date(2026, 12, 1)) for step in scene.steps}

    assert tools <= load_published().keys()


def test_a_path_with_spaces_is_quoted_and_one_with_backslashes_is_json() -> None:
    told = " ".join(demo.how_to_connect(r"C:\My Programs\chasedata-mcp.exe").values())

    assert r'claude mcp add chasedata -- "C:\My Programs\chasedata-mcp.exe" --sandbox' in told
    assert r'"command": "C:\\My Programs\\chasedata-mcp.exe"' in told


@pytest.mark.parametrize("name", ["chasedata-mcp", "chasedata-mcp.exe"])
def test_the_command_beside_the_interpreter_is_named(name: str, tmp_path: Path) -> None:
    (tmp_path / name).touch()

    assert demo.command(tmp_path / "python") == str(tmp_path / name)


def test_without_an_installed_command_its_name_has_to_do(tmp_path: Path) -> None:
    assert demo.command(tmp_path / "python") == "chasedata-mcp"
