"""What every `--help` has in common, and options that are not understood."""

import re
from itertools import pairwise

import pytest

from _support.terminals import run, run_wide
from chasedata_mcp.cli.help_text import unwrap

COMMANDS = (
    *(
        "demo",
        "setup",
        "serve",
        "call",
        "approve",
        "approvals",
        "undo",
        "reconcile",
        "tools",
        "doctor",
    ),
    *("history", "freeze", "sandbox", "schemas", "version"),
    *("ledger", "ledger verify", "ledger head", "ledger export", "ledger prune"),
    *("ledger backup", "ledger restore"),
    *("policy", "policy show", "policy check", "policy rearm", "policy suggest", "policy test"),
    *("grants", "grants give", "grants revoke"),
    *("keys", "keys make", "keys revoke"),
    *("second-factor", "second-factor enroll", "second-factor remove"),
)


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_no_flag_looks_as_if_it_took_a_value(command: str) -> None:
    ended = run(*command.split(), "--help")

    assert ended.code == 0
    assert "bool" not in ended.out
    assert re.search(r"--help +(-h +)?Show this message", ended.words)


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_every_line_of_a_paragraph_is_filled_before_it_breaks(command: str) -> None:
    lines = run(*command.split(), "--help").out.partition("\u256d")[0].splitlines()
    for line, following in pairwise(lines):
        first = following.strip().partition(" ")[0]
        assert not (line.strip() and first) or len(line.rstrip()) + len(first) + 1 >= 80


def test_paragraphs_are_unwrapped_and_stay_paragraphs() -> None:
    assert unwrap("One\n   line.\n\nAnother\none.\n") == "One line.\n\nAnother one."


def test_square_brackets_are_shown_as_they_are() -> None:
    words = run_wide("second-factor", "enroll", "--help").words

    assert "a code for a yes (`[yes]`, `second_factor`)" in words


def test_the_option_of_the_main_helps_example_is_listed_there() -> None:
    words = run("--help").words

    assert "chasedata-mcp --sandbox serve an assistant on the sandbox" in words
    assert "--sandbox Alone: serve an assistant on the sandbox" in words


@pytest.mark.parametrize("words", [("--sandbx",), ("doctor", "--sandbx"), ("ledger", "--hlep")])
def test_of_an_option_that_there_is_not_the_nearest_is_named(words: tuple[str, ...]) -> None:
    ended = run(*words)

    assert ended.code == 2
    assert f"No such option: {words[-1]}. Did you mean '--" in " ".join(ended.err.split())


def test_of_an_option_that_is_like_none_nothing_is_named() -> None:
    ended = run("doctor", "--qqqq")

    assert ended.code == 2
    assert "Did you mean" not in ended.err


def test_an_option_before_its_command_is_told_where_it_stands() -> None:
    ended = run("--sandbox", "doctor")

    assert ended.code == 2
    assert "--sandbox stands behind a command, as in chasedata-mcp doctor --sandbox" in ended.err


def test_a_question_is_answered_where_there_is_a_terminal() -> None:
    ended = run("approve", "k7zc2hf9", "--sandbox")

    assert ended.code == 2
    assert "there is no terminal here to ask at" in ended.err
