"""The command `chasedata-mcp undo`, for a person at the terminal and for a script."""

import json
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from _support.commands import command, open_terminal, state
from _support.pipeline import yes_to
from _support.terminals import run_wide
from _support.timeouts import TIMEOUT
from _support.undo_rows import NEW, NUMBER, ROWS, Row, compared
from chasedata_mcp.approvals.models import DECLINED, Reply
from chasedata_mcp.cli.exit_codes import Exit
from chasedata_mcp.cli.terminal_prompt import ask_at_terminal
from chasedata_mcp.errors import Outcome, SettingsError
from chasedata_mcp.ledger.questions import Question
from chasedata_mcp.tools.results import Result

LEAD = ("--search-field", "client_id", "--identifier", "WEB-1001")


class Person:
    """Somebody at the terminal, who says yes or no to every question."""

    def __init__(self, *, yes: bool = True) -> None:
        self.asked: list[Question] = []
        self._yes = yes

    def __call__(self, question: Question) -> Reply:
        self.asked.append(question)
        return Reply(yes_to(question), "on the terminal") if self._yes else DECLINED


def compared_state(directory: Path) -> dict[str, Any]:
    return compared(state(directory))


def done(directory: Path, *words: str) -> str:
    """A call made by the command; gives its entry."""
    ended = command(directory, "call", *words, "--json")
    assert ended.code == Exit.DONE, ended
    entry: str = json.loads(ended.out)["entry"]
    return entry


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.title)
def test_each_is_taken_back_and_brought_again_by_a_person(row: Row, tmp_path: Path) -> None:
    somebody = Person()
    with open_terminal(tmp_path, somebody) as session:
        for tool, arguments in row.before:
            assert session.call(tool, arguments).outcome is Outcome.DONE
        before = compared_state(tmp_path)
        entry = session.call(*row.call).entry
        after = compared_state(tmp_path)
        assert entry is not None
        somebody.asked.clear()
        undo = session.undo(entry)
        assert undo.outcome is Outcome.DONE, undo
        assert len(somebody.asked) == (row.typed is not None)
        assert compared_state(tmp_path) == before
        assert undo.entry is not None
        assert session.undo(undo.entry).outcome is Outcome.DONE
        assert compared_state(tmp_path) == after


def test_what_it_did_is_shown(tmp_path: Path) -> None:
    entry = done(tmp_path, "update_lead", *LEAD, "--city", "Tampa")
    ended = command(tmp_path, "undo", entry)
    assert ended.code == Exit.DONE
    assert "Undone." in ended.words
    assert "Read back: the field took." in ended.words


def test_a_program_gets_the_result_on_one_line(tmp_path: Path) -> None:
    entry = done(tmp_path, "update_lead", *LEAD, "--city", "Tampa")
    ended = command(tmp_path, "undo", entry, "--json")
    assert ended.out.count("\n") == 1
    told = json.loads(ended.out)
    assert told["outcome"] == "done"
    again = command(tmp_path, "undo", entry, "--json")
    assert again.code == Exit.REFUSED
    assert f"by entry {told['entry']}" in json.loads(again.out)["message"]
    assert command(tmp_path, "undo", told["entry"]).code == Exit.DONE


def test_the_history_shows_it(tmp_path: Path) -> None:
    entry = done(tmp_path, "update_lead", *LEAD, "--city", "Tampa")
    undo = json.loads(command(tmp_path, "undo", entry, "--json").out)["entry"]
    lines = command(tmp_path, "history", "--json").out.splitlines()
    entries = {one["id"]: one for one in map(json.loads, lines)}
    assert entries[undo]["undoes"] == entry
    assert entries[entry]["undone_by"] == [undo]


def test_what_asks_is_refused_where_nobody_can_be_asked(tmp_path: Path) -> None:
    entry = done(tmp_path, "insert_dnc", "--number", NUMBER)
    before = compared_state(tmp_path)
    ended = command(tmp_path, "undo", entry)
    assert ended.code == Exit.REFUSED
    assert "chasedata-mcp approve" in ended.words
    assert "run the same command again" in ended.words
    assert compared_state(tmp_path) == before
    [no] = map(
        json.loads, command(tmp_path, "history", "--tool", "delete_dnc", "--json").out.splitlines()
    )
    assert (no["outcome"], no["undoes"]) == ("refused", entry)


def test_a_no_at_the_terminal_changes_nothing(tmp_path: Path) -> None:
    with open_terminal(tmp_path, Person(yes=False)) as session:
        entry = session.call("create_dial_list", NEW).entry
        assert entry is not None
        before = compared_state(tmp_path)
        result = session.undo(entry)
        assert (result.code, result.changed) == ("declined", "no")
        assert compared_state(tmp_path) == before


def test_what_changes_while_the_person_is_asked_stops_it(tmp_path: Path) -> None:
    class Slow(Person):
        @override
        def __call__(self, question: Question) -> Reply:
            done(tmp_path, "insert_dnc", "--number", NUMBER)
            return super().__call__(question)

    with open_terminal(tmp_path, Slow()) as session:
        entry = session.call("insert_dnc", {"number": NUMBER}).entry
        assert entry is not None
        result = session.undo(entry)
        assert result.code == "not_allowed"
        assert "A later call touched the same thing" in result.message


def test_where_there_is_no_way_back_it_says_why(tmp_path: Path) -> None:
    entry = done(tmp_path, "reload_skills")
    ended = command(tmp_path, "undo", entry)
    assert ended.code == Exit.REFUSED
    assert "A reload can't be taken back" in ended.words
    assert "reload them again" in ended.words


def test_an_unknown_id_is_a_wrong_argument(tmp_path: Path) -> None:
    ended = command(tmp_path, "undo", "0000000000")
    assert ended.code == Exit.USAGE
    assert "There is no entry of this id" in ended.words


def test_everybodys_entries_may_be_undone_from_here(tmp_path: Path) -> None:
    with open_terminal(tmp_path, Person()) as session:
        another = replace(session, name="another/client")
        entry = another.call("update_skill_priority", SKILL | {"priority": 2}).entry
        entry = another.call("update_skill_priority", SKILL | {"priority": 3}).entry
        assert entry is not None
        assert session.undo(entry).outcome is Outcome.DONE


SKILL: dict[str, object] = {"skill": "Sales", "source": "9545550190"}


def test_a_server_that_only_reads_undoes_nothing(tmp_path: Path) -> None:
    entry = done(tmp_path, "update_lead", *LEAD, "--city", "Tampa")
    before = compared_state(tmp_path)
    ended = command(tmp_path, "undo", entry, READ_ONLY="1")
    assert ended.code == Exit.REFUSED
    assert "CHASEDATA_READ_ONLY" in ended.words
    assert compared_state(tmp_path) == before


@pytest.mark.parametrize("words", [("undo", "0000000000"), ("reconcile",)])
def test_without_a_dialer_there_is_no_history(words: tuple[str, ...]) -> None:
    ended = run_wide(*words)
    assert (ended.code, ended.out) == (Exit.USAGE, "")
    assert "no dialer is configured" in ended.err


@pytest.mark.parametrize("words", [("undo", "0000000000"), ("reconcile",)])
def test_a_sandbox_that_is_not_kept_has_no_history(words: tuple[str, ...]) -> None:
    ended = run_wide(*words, "--sandbox", SANDBOX_FILE=":memory:")
    assert (ended.code, ended.out) == (Exit.USAGE, "")
    assert "CHASEDATA_SANDBOX_FILE=:memory:" in ended.err


class Impatient:
    """Somebody who presses Ctrl-C once while they wait."""

    def __init__(self) -> None:
        self._pressed = False

    def wait(self, sending: Future[Result]) -> Result:
        if not self._pressed:
            self._pressed = True
            raise KeyboardInterrupt
        return sending.result(timeout=TIMEOUT)


def test_an_undo_that_is_under_way_is_waited_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_terminal(tmp_path, Person()) as session:
        entry = session.call("insert_dnc", {"number": NUMBER}).entry
        assert entry is not None
        result = replace(session, wait=Impatient().wait).undo(entry)
    assert result.outcome is Outcome.DONE
    assert "under way and can't be taken back" in capsys.readouterr().err


def test_who_has_no_ledger_is_told_so(tmp_path: Path) -> None:
    with open_terminal(tmp_path, Person()) as session:
        without = replace(session, ledger=None, ask=ask_at_terminal)
        with pytest.raises(SettingsError, match="there is no history"):
            without.undo("0000000000")
