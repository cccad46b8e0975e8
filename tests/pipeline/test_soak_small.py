"""A small part of `make soak` with every run of the tests, and that its checks can fail."""

import importlib
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from _support.ledger import ending, intent
from _support.timeouts import TIMEOUT
from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import Entry, EntryKind

BENCH = Path(__file__).parents[1] / "bench"
FORM = {"Action": "SendSms", "To": "9545550123"}
POSIX_ONLY = pytest.mark.skipif(sys.platform == "win32", reason="there is no forkserver there")


@POSIX_ONLY
def test_what_is_killed_in_the_midst_leaves_a_ledger_that_is_right() -> None:
    command = [sys.executable, str(BENCH / "soak.py"), "--seed", "7"]
    small = ["--kills", "10", "--races", "50"]
    environ = {
        **{name: text for name, text in os.environ.items() if not name.startswith("CHASEDATA_")},
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    ended = subprocess.run(  # noqa: S603 - our own program
        [*command, *small],
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        env=environ,
        check=False,
    )
    assert ended.returncode == 0, f"{ended.stdout}\n{ended.stderr}"
    assert "Everything holds." in ended.stdout


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401 - a module of the benches
    monkeypatch.syspath_prepend(BENCH)
    return importlib.import_module("soak_checks")


@pytest.fixture
def seen(checks: Any) -> Callable[[bool], object]:  # noqa: ANN401 - as above
    return lambda done: checks.Seen("TextOperations.php", FORM, done)


def entry(outcome: Outcome | None = None) -> Entry:
    call = intent(form=FORM)
    endings = () if outcome is None else (ending(call.entry, outcome),)
    return Entry(1, EntryKind.WRITE, call, endings)


@pytest.mark.parametrize(
    ("outcome", "done"),
    [(Outcome.DONE, True), (Outcome.REFUSED, False), (Outcome.UNKNOWN, True), (None, None)],
)
def test_a_ledger_that_is_right_is_found_to_be(
    checks: Any,  # noqa: ANN401 - as above
    seen: Callable[[bool], object],
    outcome: Outcome | None,
    done: bool | None,  # noqa: FBT001 - whether the sandbox did it
) -> None:
    posts = [] if done is None else [seen(done)]
    assert checks.held([entry(outcome)], posts, {}).problems == ()


@pytest.mark.parametrize(
    ("outcomes", "posts"),
    [
        ([], [True]),
        ([Outcome.DONE], []),
        ([Outcome.DONE], [False]),
        ([Outcome.REFUSED], [True]),
        ([Outcome.DONE], [True, True]),
        ([Outcome.DONE, Outcome.DONE], [True, False]),
    ],
)
def test_a_ledger_that_is_wrong_is_found_out(
    checks: Any,  # noqa: ANN401 - as above
    seen: Callable[[bool], object],
    outcomes: list[Outcome],
    posts: list[bool],
) -> None:
    entries = [entry(outcome) for outcome in outcomes]
    assert checks.held(entries, [seen(done) for done in posts], {}).problems


def test_a_caller_that_was_told_otherwise_is_found_out(
    checks: Any,  # noqa: ANN401 - as above
    seen: Callable[[bool], object],
) -> None:
    done = replace(entry(Outcome.DONE), seq=2)
    assert not checks.held([done], [seen(True)], {done.id: "done"}).problems  # noqa: FBT003 - it did
    assert checks.held([done], [seen(True)], {done.id: "refused"}).problems  # noqa: FBT003 - it did
    assert checks.held([], [], {"gone": "done"}).problems
