"""A person's finding settles a call of unknown outcome; it is confirmed and recorded."""

from datetime import timedelta
from pathlib import Path

import pytest

from _support.commands import BLOCKED as NUMBER
from _support.commands import OLD, command, killed, listed, open_terminal
from _support.conversations import Person as Typist
from _support.conversations import accepted, code, told
from _support.served_pipeline import Served
from chasedata_mcp.app.machine_user import machine_user
from chasedata_mcp.approvals.models import DECLINED, Reply
from chasedata_mcp.cli.exit_codes import Exit
from chasedata_mcp.errors import CallError, Code, Outcome
from chasedata_mcp.history.reconcile import PersonFinding, find_open_entry, record_finding
from chasedata_mcp.ledger import Ending, EntryKind
from chasedata_mcp.ledger.questions import Question
from chasedata_mcp.pipeline.settlement import LONGEST

LIST: dict[str, object] = {"agent": "James", "list_name": "Spring"}
PERSON = "maria, on the terminal"
SECOND = timedelta(seconds=1)


class Person:
    """Somebody at the terminal, who confirms what is asked back, or doesn't."""

    def __init__(self, reply: Reply) -> None:
        self.asked: list[Question] = []
        self._reply = reply

    def __call__(self, question: Question) -> Reply:
        self.asked.append(question)
        return self._reply


YES = Reply({"confirm": True}, "on the terminal")


@pytest.mark.parametrize(("word", "outcome"), [("done", "done"), ("not done", "refused")])
def test_a_persons_word_is_on_record_as_found_with_how(
    word: str, outcome: str, tmp_path: Path
) -> None:
    entry, person = killed(tmp_path), Person(YES)
    with open_terminal(tmp_path, person) as session:
        result = session.tell(entry, "done" if word == "done" else "not done")
    assert (result.outcome, result.entry) == (Outcome.DONE, entry)
    assert result.message == f"It is on record that the insert_dnc of entry {entry} was {word}."
    found = listed(tmp_path, entry)
    assert (found["outcome"], found["message"]) == (outcome, f"It was {word}.")
    assert found["known"] == f"a person looked in the dialer: {machine_user()}, on the terminal"
    assert command(tmp_path, "ledger", "verify").code == Exit.DONE
    assert command(tmp_path, "reconcile").out == "Nothing is unknown.\n"


def test_the_person_confirms_with_the_call_in_view(tmp_path: Path) -> None:
    entry, person = killed(tmp_path), Person(YES)
    with open_terminal(tmp_path, person) as session:
        session.tell(entry, "not done")
    [question] = person.asked
    for part in (entry, "insert_dnc", "somebody/an assistant", NUMBER, "was this call not done?"):
        assert part in question.text
    assert question.typed is None


@pytest.mark.parametrize("reply", [DECLINED, Reply({"confirm": False}), Reply({})])
def test_without_a_yes_nothing_is_recorded(reply: Reply, tmp_path: Path) -> None:
    entry = killed(tmp_path)
    with open_terminal(tmp_path, Person(reply)) as session:
        result = session.tell(entry, "done")
    assert (result.code, result.message) == ("declined", "Nobody said yes. Nothing was recorded.")
    assert listed(tmp_path, entry)["known"] == "nothing recorded"


def test_without_a_terminal_it_is_refused(tmp_path: Path) -> None:
    entry = killed(tmp_path)
    ended = command(tmp_path, "reconcile", entry, "--done")
    assert ended.code == Exit.REFUSED
    assert "there is no terminal to ask at" in ended.words
    assert listed(tmp_path, entry)["outcome"] == "unknown"


@pytest.mark.parametrize(
    "words", [("x", "--done", "--not-done"), ("x",), ("--done",), ("--not-done",)]
)
def test_an_entry_takes_one_word_and_a_word_an_entry(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    ended = command(tmp_path, "reconcile", *words)
    assert (ended.code, ended.out) == (Exit.USAGE, "")
    assert "either --done or --not-done" in ended.err


def test_what_may_be_under_way_is_not_told_of(tmp_path: Path) -> None:
    entry, person = killed(tmp_path, timedelta(seconds=30)), Person(YES)
    with open_terminal(tmp_path, person) as session:
        result = session.tell(entry, "not done")
    assert (result.code, person.asked) == ("not_allowed", [])
    assert "may be under way still" in result.message


def test_an_entry_that_there_is_not_or_of_another_account_is_none(tmp_path: Path) -> None:
    out_of_band, person = killed(tmp_path, account="another"), Person(YES)
    with open_terminal(tmp_path, person) as session:
        for entry in ("0000000000", out_of_band):
            result = session.tell(entry, "done")
            assert (result.code, result.message) == (
                "invalid_arguments",
                "There is no entry of this id.",
            )
    assert not person.asked


def test_what_is_known_is_not_told_of_again(tmp_path: Path) -> None:
    entry, person = killed(tmp_path), Person(YES)
    with open_terminal(tmp_path, person) as session:
        session.tell(entry, "done")
        again = session.tell(entry, "not done")
    assert again.code == "not_allowed"
    assert "is known: done (a person looked in the dialer" in again.message
    assert listed(tmp_path, entry)["outcome"] == "done"
    assert len(person.asked) == 1


def test_what_stays_unknown_after_a_look_says_how_to_tell_of_it(tmp_path: Path) -> None:
    killed(tmp_path)
    ended = command(tmp_path, "reconcile")
    assert ended.code == Exit.UNKNOWN
    assert "chasedata-mcp reconcile ENTRY --done (or --not-done)" in ended.words


def test_a_ledger_that_can_not_be_used_ends_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "ledger-sandbox.sqlite3").write_bytes(b"this is no database" * 99)
    ended = command(tmp_path, "reconcile", "0000000000", "--done")
    assert (ended.code, ended.out, ended.err.count("\n")) == (Exit.FAILED, "", 1)


@pytest.mark.anyio
async def test_a_read_is_nothing_to_tell_of(pipeline: Served) -> None:
    pipeline.wire.goes_wrong["SearchLead"] = "refused"
    with pytest.raises(CallError):
        await pipeline.do("search_lead", search_field="lead_id", identifier="1001")
    entry = await pipeline.newest()
    assert entry.kind is EntryKind.READ
    pipeline.clock.move(OLD)
    with pytest.raises(CallError, match="no write, and changed nothing"):
        await find_open_entry(pipeline, pipeline.ledger, entry.id)


@pytest.mark.anyio
async def test_it_can_be_told_of_once_nothing_of_it_can_arrive_any_more(pipeline: Served) -> None:
    entry = await pipeline.left_open("create_dial_list", **LIST)
    pipeline.clock.move(LONGEST - SECOND)
    with pytest.raises(CallError, match="under way"):
        await record_finding(pipeline, pipeline.ledger, entry, "done", PERSON)
    pipeline.clock.move(SECOND)
    await record_finding(pipeline, pipeline.ledger, entry, "done", PERSON)
    assert (await pipeline.entry(entry)).outcome is Outcome.DONE


@pytest.mark.anyio
async def test_what_was_found_while_the_person_was_asked_stands(pipeline: Served) -> None:
    entry = await pipeline.left_open("create_dial_list", **LIST)
    pipeline.clock.move(OLD)
    await find_open_entry(pipeline, pipeline.ledger, entry)
    await pipeline.ledger.finish(_ended(pipeline, entry))
    with pytest.raises(CallError) as caught:
        await record_finding(pipeline, pipeline.ledger, entry, "not done", PERSON)
    assert caught.value.code is Code.NOT_ALLOWED
    assert (await pipeline.entry(entry)).outcome is Outcome.DONE


def _ended(pipeline: Served, entry: str) -> Ending:
    return Ending(
        entry=entry,
        at=pipeline.clock(),
        outcome=Outcome.DONE,
        message="It is made.",
        milliseconds=1,
    )


@pytest.mark.anyio
@pytest.mark.parametrize("arrived", [True, False])
async def test_what_a_person_told_of_is_undone_or_is_nothing_to_undo(
    arrived: bool,  # noqa: FBT001 - a parameter
    pipeline: Served,
) -> None:
    before = pipeline.state()["dial_lists"]
    pipeline.wire.goes_wrong["CreateList"] = "unanswered" if arrived else "lost"
    with pytest.raises(CallError):
        await pipeline.do("create_dial_list", **LIST)
    entry = (await pipeline.newest()).id
    assert "Nobody knows whether" in told(await pipeline.undo(entry, "auto"))["message"]
    pipeline.clock.move(OLD)
    word: PersonFinding = "done" if arrived else "not done"
    await record_finding(pipeline, pipeline.ledger, entry, word, PERSON)
    result = await pipeline.undo(entry, "auto", _types("Spring"))
    assert code(result) == (None if arrived else "not_allowed")
    assert pipeline.state()["dial_lists"] == before


def _types(name: str) -> Typist:
    return Typist(accepted({"confirm": name}))
