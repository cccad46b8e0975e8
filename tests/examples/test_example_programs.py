import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from _support.conversations import unmarked
from _support.forks import forking_commands
from _support.terminals import Ended, environment, unmeasured
from _support.timeouts import TIMEOUT

EXAMPLES = Path(__file__).parents[2] / "examples"


def played(*words: str, **settings: str) -> Ended:
    ended = subprocess.run(  # noqa: S603 - our own examples
        words,
        env=unmeasured(environment(**settings)),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=TIMEOUT,
        encoding="utf-8",
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


def test_the_client_is_connected_and_never_answers_for_a_person() -> None:
    ended = played(sys.executable, str(EXAMPLES / "client.py"))

    assert ended.code == 0, ended.err
    assert "This is a SANDBOX" in ended.out
    assert "Leads: ['1002', '1003', '1010']" in ended.out
    assert "Let the dialer call 212-555-0104 again?" in ended.out
    assert "refused (needs_confirmation)" in ended.out


@pytest.mark.skipif(shutil.which("sh") is None, reason="a shell script needs a shell")
def test_the_scripted_session_plays_to_its_end() -> None:
    path = os.pathsep.join([str(forking_commands()), environment()["PATH"]])
    ended = subprocess.run(  # noqa: S603 - our own example
        ["sh", str(EXAMPLES / "session.sh")],  # noqa: S607 - whichever shell there is
        env={**unmeasured(environment()), "PATH": path},
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
    assert unmarked(results[1]["leads"][0]["fields"]["adv_Roof__Type"]) == "Tile"
    assert "exit code 4" in ended.stdout
    assert "exit code 3" in ended.stdout
