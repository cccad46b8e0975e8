"""Batches on the page: what waits, how far a run is, what came of it, and its stop."""

from datetime import timedelta
from pathlib import Path

import pytest

from _support.approval_pages import Visit, signed_in, words
from _support.batch_rows import keep_batch
from _support.ledger import ending, intent
from _support.open_approvals import HOSTILE
from chasedata_mcp.approvals_page.batch_overview import STOPPED_HERE
from chasedata_mcp.batches.models import BatchState, RowState
from chasedata_mcp.ledger.questions import Question, Typed, TypedKind

pytestmark = pytest.mark.anyio
RUNNING = {(RowState.DONE, ""): 6, (RowState.REFUSED, "refused_by_dialer"): 1}
REST = {(RowState.READY, ""): 3, (RowState.LEFT_OUT, "invalid"): 2}


def state_of(somebody: Visit, batch: str) -> tuple[BatchState, str]:
    store = somebody.approvals.oversight.batches.open_store()
    assert store is not None
    found = store.get(batch)
    store.close()
    assert found is not None
    return found.state, found.stopped_because


async def test_a_run_is_shown_with_what_came_of_it_so_far(tmp_path: Path) -> None:
    async with signed_in(tmp_path) as somebody:
        page = await somebody.open()
        assert 'id="batches"' in page.text
        assert "Many rows at once" in page.text
        assert "7 of 10" not in words(page)
        now = somebody.approvals.clock()
        keep_batch(tmp_path, "k3m8x2p4qa", RUNNING | REST, now, state=BatchState.RUNNING)
        shown = words(await somebody.open("/approvals/live"))
    assert "Call or store a new lead , leads.csv running" in shown
    assert "7 of 10: 6 done, 1 refused" in shown
    assert "2 are left out: 2 rows with wrong values." in shown
    assert "Stop" in shown


async def test_a_run_that_waits_for_lost_rows_says_so(tmp_path: Path) -> None:
    async with signed_in(tmp_path) as somebody:
        now = somebody.approvals.clock()
        lost = RUNNING | {(RowState.UNKNOWN, "no_answer"): 2}
        keep_batch(tmp_path, "k3m8x2p4qa", lost, now, state=BatchState.RUNNING)
        shown = words(await somebody.open())
    assert "No answer came for 2 rows. Once they can't arrive any more" in shown
    assert "Stop" in shown


async def test_a_batch_is_stopped_on_the_page(tmp_path: Path) -> None:
    async with signed_in(tmp_path) as somebody:
        now = somebody.approvals.clock()
        keep_batch(tmp_path, "k3m8x2p4qa", RUNNING | REST, now, state=BatchState.RUNNING)
        await somebody.open()
        answer = await somebody.send("/approvals/batches/k3m8x2p4qa")
        assert "The batch stops before its next row." in words(answer)
        assert state_of(somebody, "k3m8x2p4qa") == (BatchState.STOPPED, STOPPED_HERE)
        again = await somebody.send("/approvals/batches/k3m8x2p4qa")
        assert "The batch wasn't running any more." in words(again)
        assert "The batch wasn't running" in words(
            await somebody.send("/approvals/batches/nothing")
        )


async def test_a_stop_without_the_pages_own_token_stops_nothing(tmp_path: Path) -> None:
    async with signed_in(tmp_path) as somebody:
        now = somebody.approvals.clock()
        keep_batch(tmp_path, "k3m8x2p4qa", RUNNING, now, state=BatchState.RUNNING)
        await somebody.open()
        await somebody.post("/approvals/batches/k3m8x2p4qa", {"token": "0" * 64})
        assert state_of(somebody, "k3m8x2p4qa")[0] is BatchState.RUNNING


async def test_batches_of_another_account_are_neither_shown_nor_stopped(tmp_path: Path) -> None:
    async with signed_in(tmp_path) as somebody:
        now = somebody.approvals.clock()
        keep_batch(tmp_path, "otherbatch", RUNNING, now, state=BatchState.RUNNING, account="other")
        assert "otherbatch" not in (await somebody.open()).text
        await somebody.send("/approvals/batches/otherbatch")
        assert state_of(somebody, "otherbatch")[0] is BatchState.RUNNING


async def test_the_latest_five_are_shown_and_what_others_wrote_is_text(tmp_path: Path) -> None:
    async with signed_in(tmp_path) as somebody:
        now = somebody.approvals.clock()
        for number in range(6):
            at = now + timedelta(minutes=number)
            keep_batch(
                tmp_path,
                f"batch{number}",
                RUNNING,
                at,
                state=BatchState.STOPPED,
                because=HOSTILE,
                source=HOSTILE,
            )
        page = await somebody.open()
    assert "<script>document" not in page.text
    assert "batch0" not in page.text
    assert all(f"batch{number}" in page.text for number in range(1, 6))


async def test_a_question_about_a_batch_says_how_many_rows_and_has_their_count_typed(
    tmp_path: Path,
) -> None:
    async with signed_in(tmp_path) as somebody:
        question = Question("Store 1,962 leads in “Solar”?", Typed(TypedKind.COUNT, "1962"))
        given = {"batch": "k3m8x2p4qa", "columns": "Phone → primary_phone", "campaign": "Solar"}
        asked = await somebody.approvals.ask(
            question, "insert_lead", given, beside={"rows": 1962, "warnings": []}
        )
        page = await somebody.open()
        assert "Call or store a new lead: 1,962 rows" in words(page)
        assert "To approve, type the count 1,962" in words(page)
        wrong = await somebody.send(f"/approvals/q/{asked.id}", answer="approve", confirm="yes")
        assert "Nothing was approved" in words(wrong)
        await somebody.send(f"/approvals/q/{asked.id}", answer="approve", confirm="1962")
        assert (await somebody.approvals.state(asked)).value == "granted"


@pytest.mark.parametrize(("tool", "stays"), [("insert_lead", True), ("update_lead", False)])
async def test_what_is_asked_about_rows_stands_before_what_is_said_of_them(
    tmp_path: Path, tool: str, stays: object
) -> None:
    async with signed_in(tmp_path) as somebody:
        asked = "Take 2 leads of “Solar? Now?”?"
        question = Question(f"{asked} Nothing rings now.", Typed(TypedKind.COUNT, "2"))
        await somebody.approvals.ask(question, tool, {}, beside={"rows": 2, "warnings": []})
        page = await somebody.open()
    assert f">{asked}</h3>" in page.text
    assert "<p>Nothing rings now.</p>" in page.text
    # The count is typed whatever the rows do, so it doesn't say how grave they are.
    assert ("This can't be taken back." in words(page)) is stays


async def test_the_end_of_a_run_names_the_command_for_its_account(tmp_path: Path) -> None:
    async with signed_in(tmp_path) as somebody:
        now = somebody.approvals.clock()
        keep_batch(tmp_path, "k3m8x2p4qa", RUNNING, now, state=BatchState.RUNNING)
        command = "chasedata-mcp batch results"
        assert command not in words(await somebody.open())
        keep_batch(tmp_path, "a4n9y3q5rb", RUNNING, now, state=BatchState.FINISHED)
        assert f"{command} a4n9y3q5rb --to FOLDER --sandbox" in words(await somebody.open())


async def test_the_rows_of_a_batch_push_no_other_call_off_the_page(tmp_path: Path) -> None:
    async with signed_in(tmp_path) as somebody:
        ledger, account = somebody.approvals.ledger, somebody.approvals.answers.account
        usual = {
            "at": somebody.approvals.clock(),
            "account": account.accid,
            "environment": account.environment,
        }
        calls = [intent(tool="delete_dnc", **usual)]
        calls += [intent(row=f"k3m8x2p4qa/{number}", **usual) for number in range(60)]
        calls += [intent(tool="add_note", row="a4n9y3q5rb.2", **usual)]
        for call in calls:
            await ledger.intend(call)
            await ledger.finish(ending(call.entry))
        told = await somebody.approvals.oversight.history()
    assert [entry.tool for entry in told] == ["add_note", "delete_dnc"]


async def test_a_stop_that_the_store_does_not_take_is_said_to_have_failed(tmp_path: Path) -> None:
    async with signed_in(tmp_path) as somebody:
        (tmp_path / "batches-sandbox.sqlite3").write_bytes(b"no database " * 100)
        await somebody.open()
        answer = await somebody.send("/approvals/batches/k3m8x2p4qa")
        assert "The store of batches can't be" in words(answer)
        assert "The batch wasn't stopped: try again, or stop everything" in words(answer)
