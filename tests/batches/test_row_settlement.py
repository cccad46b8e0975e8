"""Rows whose answer was lost: they are settled by reading, in the batch and on record."""

from dataclasses import replace
from datetime import timedelta

import pytest

from _support.row_runs import COMMON, NEW, THERE, CountingDialer, Running, leads, make_batch
from chasedata_mcp.batches.models import BatchRow, OnDuplicate, RowState
from chasedata_mcp.history.reconcile import record_finding
from chasedata_mcp.ledger import Filter

pytestmark = pytest.mark.anyio


async def test_nobody_whose_phone_may_have_rung_is_rung_again(running: Running) -> None:
    running.pipeline.set_faults("InjectLead.php=drop*1")
    rows = leads(NEW[0], import_only=False, client_id="C1")
    assert [state for _, state, _ in await running.states(rows)] == ["unknown"]
    running.pipeline.clock.move(timedelta(hours=1))
    assert [state for _, state, _ in await running.states(rows)] == ["unknown"]
    assert running.stored() == []


async def test_only_a_request_to_stop_is_sent_again_unread(running: Running) -> None:
    running.pipeline.set_faults("LeadOperations.php=drop*1,UpdateLead.php=drop*1")
    stop = [BatchRow(1, 2, ("x",), {"number": NEW[0]}, RowState.READY)]
    batch = make_batch("insert_dnc")
    assert [state for _, state, _ in await running.states(stop, batch=batch)] == ["unknown"]
    assert [state for _, state, _ in await running.states(stop, batch=batch)] == ["done"]
    by_id = {"search_field": "client_id", "identifier": "WEB-1001", "city": "Dallas"}
    row = [BatchRow(1, 2, ("x",), by_id, RowState.READY)]
    update = make_batch("update_lead", id="b2")
    assert [state for _, state, _ in await running.states(row, batch=update)] == ["unknown"]
    assert [state for _, state, _ in await running.states(row, batch=update)] == ["unknown"]


async def test_a_lost_answer_is_settled_by_reading_before_anything_is_sent_again(
    running: Running,
) -> None:
    for number, other in enumerate(({}, {"client_id": "C1"})):
        rows, batch = leads(NEW[number], **other), make_batch(id=f"b{number}")
        running.pipeline.set_faults("InjectLead.php=drop_after*1")
        first = await running.states(rows, batch=batch)
        # How many leads had the phone is known of the look at its marks; of the id it isn't.
        assert first == ([(1, "unknown", "no_answer")] if other else [(1, "done", "")])
        found = await running.states(rows, batch=batch)
        assert found == [(1, "done", "found" if other else "")]
    assert running.stored() == NEW[:2]


async def test_a_row_that_never_arrived_is_sent_again_once_it_can_not_arrive_any_more(
    running: Running,
) -> None:
    running.pipeline.set_faults("InjectLead.php=status:500*1")
    first = await running.states(leads(NEW[0]))
    assert first == [(1, "unknown", "not_understood")]
    assert [state for _, state, _ in await running.states(leads(NEW[0]))] == ["unknown"]
    assert running.stored() == []
    running.pipeline.clock.move(timedelta(minutes=3))
    assert await running.states(leads(NEW[0])) == [(1, "done", "")]
    assert running.stored() == [NEW[0]]


async def test_a_lead_that_was_there_with_other_values_is_not_taken_for_the_lost_one(
    running: Running,
) -> None:
    await running.pipeline.call("insert_lead", **COMMON, primary_phone=NEW[0], city="Austin")
    running.pipeline.set_faults("InjectLead.php=drop*1")
    rows = leads(NEW[0], city="Dallas")
    assert [state for _, state, _ in await running.states(rows)] == ["unknown"]
    assert await running.states(rows) == [(1, "duplicate", "found")]


async def list_unsettled(running: Running) -> int:
    which = Filter(account=running.pipeline.account.accid)
    return await running.pipeline.ledger.count_unsettled(which)


async def test_what_a_row_was_found_to_be_is_on_record_by_the_same_read(running: Running) -> None:
    rows = leads(NEW[0], client_id="C1")
    running.pipeline.set_faults("InjectLead.php=drop_after*1")
    await running.states(rows)
    assert await list_unsettled(running) == 1
    assert await running.states(rows) == [(1, "done", "found")]
    [entry] = (await running.pipeline.ledger.batches.of_rows(["b1/1"])).values()
    assert entry.outcome == "done"
    assert entry.ending is not None
    assert entry.ending.how.startswith("A search finds a lead with these values")


async def test_a_row_that_is_sent_again_leaves_no_call_of_unknown_outcome(running: Running) -> None:
    running.pipeline.set_faults("InjectLead.php=status:500*1")
    await running.states(leads(NEW[0]))
    running.pipeline.clock.move(timedelta(minutes=3))
    assert await running.states(leads(NEW[0])) == [(1, "done", "")]
    assert await list_unsettled(running) == 0


async def test_a_row_that_a_person_found_undone_is_sent_unless_it_rings(running: Running) -> None:
    for number, rings in enumerate((False, True)):
        batch, rows = make_batch(id=f"b{number}"), leads(NEW[number], import_only=not rings)
        running.pipeline.set_faults("InjectLead.php=drop*1")
        assert [state for _, state, _ in await running.states(rows, batch=batch)] == ["unknown"]
        running.pipeline.clock.move(timedelta(minutes=3))
        place = f"{batch.id}/1"
        entry = (await running.pipeline.ledger.batches.of_rows([place]))[place]
        way = (running.pipeline, running.pipeline.ledger, entry.id)
        await record_finding(*way, "not done", "maria, on the terminal")
        then = [state for _, state, _ in await running.states(rows, batch=batch)]
        assert then == ["refused" if rings else "done"]
    assert running.stored() == [NEW[0]]


async def test_a_row_whose_callback_has_passed_ends_no_run_of_the_others(running: Running) -> None:
    callback = {"agent": "Maria", "at": "2026-06-02T10:00:00"}
    rows = [*leads(NEW[0], callback=callback), *leads("", NEW[1])[1:]]
    running.pipeline.set_faults("InjectLead.php=status:500*1")
    assert await running.states(rows[:1]) == [(1, "unknown", "not_understood")]
    running.pipeline.clock.move(timedelta(days=3))
    assert await running.states(rows) == [(1, "refused", "invalid_arguments"), (2, "done", "")]


async def test_a_lead_in_another_campaign_is_not_why_an_insert_was_not_done(
    running: Running,
) -> None:
    there = {"campaign": "Medicare", "import_only": True, "city": "Austin"}
    for number, (check, then) in enumerate(
        (
            (None, "unknown"),
            ("campaign", "unknown"),
            ("none", "unknown"),
            ("campaign_and_subcampaign", "unknown"),
            ("all_campaigns", "duplicate"),
        )
    ):
        await running.pipeline.call("insert_lead", **there, primary_phone=NEW[number])
        running.pipeline.set_faults("InjectLead.php=status:500*1")
        more = {} if check is None else {"duplicates_check": check}
        rows, batch = leads(NEW[number], city="Dallas", **more), make_batch(id=f"b{number}")
        await running.states(rows, batch=batch)
        running.pipeline.clock.move(timedelta(minutes=3))
        found = [state for _, state, _ in await running.states(rows, batch=batch)]
        assert found == [then], check


async def test_a_lost_update_of_a_duplicate_is_settled_as_the_update_that_it_is(
    running: Running,
) -> None:
    batch, rows = make_batch(on_duplicate=OnDuplicate.UPDATE), leads(THERE, city="Elsewhere")
    running.pipeline.set_faults("UpdateLead.php=status:500*1")
    assert [state for _, state, _ in await running.states(rows, batch=batch)] == ["unknown"]
    assert [state for _, state, _ in await running.states(rows, batch=batch)] == ["unknown"]
    running.pipeline.clock.move(timedelta(minutes=3))
    assert await running.states(rows, batch=batch) == [(1, "done", "")]
    assert running.pipeline.row("leads", PrimaryPhone=THERE)["City"] == "Elsewhere"
    assert await list_unsettled(running) == 0


async def test_a_lead_that_shows_less_than_was_sent_is_taken_for_the_lost_one(
    running: Running,
) -> None:
    """The dialer drops a custom field that it doesn't have, and says nothing of it."""
    rows = leads(NEW[0], client_id="C1", custom_fields={"Favourite Colour": "blue"})
    running.pipeline.set_faults("InjectLead.php=drop_after*1")
    assert [state for _, state, _ in await running.states(rows)] == ["unknown"]
    assert await running.states(rows) == [(1, "done", "found")]


async def test_rows_that_stay_unknown_keep_no_other_row_from_being_sent(running: Running) -> None:
    """Nobody whose phone may have rung is rung again, however many they are."""
    rows = leads(*NEW[:30], import_only=False)
    for first in range(0, 25, 5):
        running.pipeline.set_faults("InjectLead.php=drop*5")
        await running.run(rows[first : first + 5], in_flight=1)
    unknown = [replace(row, state=RowState.UNKNOWN) for row in rows[:25]]
    began = running.time.read()
    outcomes, stop = await running.run([*unknown, *rows[25:]])
    assert (stop, running.time.read() - began) == (None, 0)
    assert [one.state for one in outcomes] == [RowState.UNKNOWN] * 25 + [RowState.DONE] * 5


async def test_a_row_whose_entry_was_removed_from_the_record_is_not_sent_again_unless_to_stop(
    running: Running,
) -> None:
    """`ledger prune` removes an entry once it is settled, and the row waits for its next run."""
    for tool, arguments, then in (
        ("insert_lead", {**COMMON, "primary_phone": NEW[0]}, "unknown"),
        ("insert_dnc", {"number": NEW[1]}, "done"),
    ):
        batch = make_batch(tool, id=tool)
        row = BatchRow(1, 2, ("x",), arguments, RowState.UNKNOWN, "no_answer", "Lost.", "e1")
        assert [state for _, state, _ in await running.states([row], batch=batch)] == [then]
    assert running.stored() == []


async def test_twenty_lost_rows_that_cannot_be_looked_up_end_a_run(running: Running) -> None:
    rows = leads(*NEW[:25])
    running.pipeline.set_faults("InjectLead.php=drop*99")
    await running.run(rows)
    running.pipeline.set_faults("")
    silent = running.pipeline.over(dialer=CountingDialer(running.pipeline.dialer, unreached=999))
    _, stop = await running.run(rows[:20], pipeline=silent, in_flight=1)
    assert stop is not None
    assert "20 rows in a row failed alike" in stop.because
    assert "Whether it was done couldn't be read" in stop.because
