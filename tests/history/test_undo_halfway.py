"""An undo of several steps that stops halfway says so, and can be put right."""

import logging
from datetime import timedelta
from pathlib import Path

import anyio
import pytest

from _support.conversations import Person, accepted, code, each_era, text, told
from _support.pipeline import CALLER
from _support.served_pipeline import Served
from chasedata_mcp.errors import CallError, Code, Outcome
from chasedata_mcp.history.reconcile import PersonFinding, record_finding
from chasedata_mcp.history.undo.undo_progress import UndoProgress, add_progress
from chasedata_mcp.history.undo_service import UndoService
from chasedata_mcp.ledger import open_ledger
from chasedata_mcp.pipeline.pipeline import PendingApproval
from chasedata_mcp.tools.render import IN_SANDBOX

pytestmark = pytest.mark.anyio
LIST: dict[str, object] = {"agent": "James", "list_name": "Spring"}
ON_LIST: dict[str, object] = {**LIST, "phone": "9545550101"}
PERSON = "maria, on the terminal"


async def deleted(pipeline: Served) -> str:
    """A list with a phone that is marked, deleted: three steps to have it back."""
    await pipeline.do("create_dial_list", **LIST)
    await pipeline.do("add_dial_list_phone", **ON_LIST)
    await pipeline.do("mark_dial_list_phone_dialed", **ON_LIST)
    return await pipeline.do("delete_dial_list", **LIST)


def types_its_name() -> Person:
    return Person(accepted({"confirm": "Spring"}))


@each_era
@pytest.mark.parametrize("wrong", ["lost", "refused", "unanswered"])
async def test_a_step_that_fails_says_how_many_were_done_and_is_on_record(
    era: str, wrong: str, pipeline: Served
) -> None:
    await pipeline.do("create_dial_list", **LIST)
    await pipeline.do("add_dial_list_phone", **ON_LIST)
    await pipeline.do("mark_dial_list_phone_dialed", **ON_LIST)
    entry = await pipeline.do("delete_dial_list", **LIST)
    pipeline.dialer.forms.clear()
    pipeline.wire.goes_wrong["AddPhone"] = wrong
    result = await pipeline.undo(entry, era)
    codes = {"refused": "refused_by_dialer"}
    assert code(result) == codes.get(wrong, "no_answer")
    assert told(result)["message"].startswith(f"{IN_SANDBOX} 1 of 3 steps were done. ")
    assert (told(result)["changed"], told(result)["retry"]) == ("unknown", "after_check")
    assert "Nothing was changed." not in text(result)
    assert [form["Action"] for form in pipeline.dialer.writes] == ["CreateList", "AddPhone"]
    listed = await pipeline.ledger.history(limit=2)
    failed, done = listed.entries
    assert done.outcome is Outcome.DONE
    ended = Outcome.REFUSED if wrong == "refused" else Outcome.UNKNOWN
    assert failed.outcome is ended
    assert {done.intent.undoes, failed.intent.undoes} == {entry}
    assert f"undo entry {done.id}; then this one again" in told(result)["hint"]
    unknown = f"Whether the next one was (add_dial_list_phone, entry {failed.id}) is unknown."
    assert (unknown in told(result)["message"]) == (wrong != "refused")
    assert (f"reconcile {failed.id} --done" in told(result)["hint"]) == (wrong != "refused")


async def test_an_undo_that_stopped_midway_is_gone_back_on_and_made_again(pipeline: Served) -> None:
    await pipeline.do("create_dial_list", **LIST)
    await pipeline.do("add_dial_list_phone", **ON_LIST)
    before = pipeline.state()["dial_list_phones"]
    entry = await pipeline.do("delete_dial_list", **LIST)
    pipeline.wire.goes_wrong["AddPhone"] = "refused"
    await pipeline.undo(entry, "auto")
    [first] = [one for one in await pipeline.ledger.undoing(entry) if one.outcome is Outcome.DONE]
    back = await pipeline.undo(first.id, "auto", Person(accepted({"confirm": "Spring"})))
    assert code(back) is None
    assert code(await pipeline.undo(entry, "auto")) is None
    assert pipeline.state()["dial_list_phones"] == before


async def test_a_first_step_that_fails_is_told_as_any_call(pipeline: Served) -> None:
    await pipeline.do("create_dial_list", **LIST)
    entry = await pipeline.do("add_dial_list_phone", **ON_LIST)
    pipeline.wire.goes_wrong["DeletePhone"] = "refused"
    result = await pipeline.undo(entry, "auto")
    assert code(result) == "refused_by_dialer"
    assert "steps" not in told(result)["message"]
    assert told(result)["changed"] == "no"


@each_era
@pytest.mark.parametrize("arrived", [True, False])
async def test_a_step_of_which_nobody_knows_is_settled_by_a_person_and_all_is_put_back(
    era: str,
    arrived: bool,  # noqa: FBT001 - a parameter
    pipeline: Served,
) -> None:
    entry = await deleted(pipeline)
    wanted = pipeline.state()["dial_list_phones"] + [
        {"agent": "James", "list": "Spring", "phone": "9545550101", "dialed": True}
    ]
    pipeline.wire.goes_wrong["AddPhone"] = "unanswered" if arrived else "lost"
    halfway = told(await pipeline.undo(entry, era))
    first, unknown = await pipeline.ledger.undoing(entry)

    again = told(await pipeline.undo(entry, era))
    said = f"{IN_SANDBOX} It may have been undone already, by entry {first.id}."
    assert again["message"].startswith(said)
    assert f"Settle entry {unknown.id} first" in again["hint"]
    pipeline.clock.move(timedelta(minutes=3))
    word: PersonFinding = "done" if arrived else "not done"
    await record_finding(pipeline, pipeline.ledger, unknown.id, word, PERSON)

    assert f"undo entry {first.id}; then this one again" in halfway["hint"]
    assert code(await pipeline.undo(first.id, era, types_its_name())) is None
    assert code(await pipeline.undo(entry, era)) is None
    assert on_lists(pipeline) == sorted(map(str, wanted))


def on_lists(pipeline: Served) -> list[str]:
    kept = ("agent", "list", "phone", "dialed")
    rows = pipeline.state()["dial_list_phones"]
    return sorted(str({name: row[name] for name in kept}) for row in rows)


@each_era
@pytest.mark.parametrize(("word", "done"), [("CreateList", 0), ("AddPhone", 1), ("PhoneDialed", 2)])
async def test_a_fault_of_ours_says_how_many_were_done_and_which_is_unknown(
    era: str, word: str, done: int, pipeline: Served
) -> None:
    entry = await deleted(pipeline)
    pipeline.wire.goes_wrong[word] = "breaks"
    no = told(await pipeline.undo(entry, era))
    *before, last = await pipeline.ledger.undoing(entry)
    assert (len(before), last.outcome) == (done, Outcome.UNKNOWN)
    which = f"({last.intent.tool}, entry {last.id})"
    said = f"{done} of 3 steps were done. Whether the next one was {which} is unknown. "
    assert no["message"].startswith(f"{IN_SANDBOX} {said}")
    assert "its log has it under" in no["message"]
    assert (no["code"], no["outcome"], no["retry"]) == ("failed", "unknown", "after_check")
    assert f"reconcile {last.id} --done" in no["hint"]


async def test_a_fault_in_the_only_step_is_told_as_any_fault(pipeline: Served) -> None:
    entry = await pipeline.do("delete_dnc", number="2125550104")
    pipeline.wire.goes_wrong["InsertDnc"] = "breaks"
    no = told(await pipeline.undo(entry, "auto", Person(accepted({"confirm": True}))))
    assert no["message"].startswith(f"{IN_SANDBOX} This server failed on the call")


async def test_a_cancelled_undo_finishes_its_step_and_logs_how_far_it_came(
    caplog: pytest.LogCaptureFixture,
    pipeline: Served,
) -> None:
    entry = await deleted(pipeline)
    undoing = UndoService(pipeline, pipeline.ledger)
    plan = await undoing.plan(entry, None)
    cleared = await undoing.admit(plan, CALLER)
    assert not isinstance(cleared, PendingApproval)
    pipeline.wire.goes_wrong["AddPhone"] = "waits"
    with caplog.at_level(logging.WARNING, "chasedata_mcp.history"):
        async with anyio.create_task_group() as group:
            group.start_soon(undoing.execute, plan, cleared)
            await pipeline.wire.arrived.wait()
            group.cancel_scope.cancel()
            pipeline.wire.let_through.set()
    made = await pipeline.ledger.undoing(entry)
    assert [one.outcome for one in made] == [Outcome.DONE] * 2
    said = f"the undo of entry {entry} was cancelled: 2 of 3 steps were done."
    assert [record.getMessage() for record in caplog.records] == [said]
    assert code(await pipeline.undo(made[0].id, "auto", types_its_name())) is None
    assert code(await pipeline.undo(entry, "auto")) is None


async def test_where_the_ledger_can_not_be_read_what_came_back_is_counted(pipeline: Served) -> None:
    entry = await deleted(pipeline)
    plan = await UndoService(pipeline, pipeline.ledger).plan(entry, None)
    broken = UndoService(pipeline, open_ledger(Path("/proc/nowhere"), "sandbox"))
    cleared = await broken.admit(plan, CALLER)
    assert not isinstance(cleared, PendingApproval)
    pipeline.wire.goes_wrong["AddPhone"] = "refused"
    with pytest.raises(CallError, match="1 of 3 steps were done") as caught:
        await broken.execute(plan, cleared)
    [first] = await pipeline.ledger.undoing(entry)
    assert f"undo entry {first.id}" in caught.value.hint
    cleared = await broken.admit(plan, CALLER)
    assert not isinstance(cleared, PendingApproval)
    with pytest.raises(CallError, match="being undone already"):
        await broken.execute(plan, cleared)


def test_without_a_record_of_the_steps_it_says_where_to_look() -> None:
    failed = CallError(Code.NO_ANSWER, "No answer.", hint="Look.")
    told = add_progress(UndoProgress(steps=3, done=1), failed)
    assert told.message == "1 of 3 steps were done. Of the next one: No answer."
    assert told.hint == "The history shows the steps."
