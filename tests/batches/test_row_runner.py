"""Rows down the pipeline: each is sent once, judged like any call, and accounted for."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from _support.faults import Watching
from _support.pipeline import CALLER
from _support.row_runs import COMMON, NEW, THERE, YES, CountingDialer, Running, leads, make_batch
from _support.sandbox import a_sandbox_pipeline, caps, terms
from chasedata_mcp.app.composition import no_store
from chasedata_mcp.batches.models import BatchRow, OnDuplicate, RowOutcome, RowState
from chasedata_mcp.batches.row_sender import Stop
from chasedata_mcp.errors import CallError
from chasedata_mcp.ledger import Ledger
from chasedata_mcp.pipeline.pipeline import ApprovedRow
from chasedata_mcp.tools.answer_types import Answer
from chasedata_mcp.tools.request import Request

pytestmark = pytest.mark.anyio

DOUBLE = "CURL error[500]: Duplicated phone number. Lead ignored."


async def test_each_row_is_stored_once_and_on_record_under_its_batch(
    running: Running,
) -> None:
    dialer = CountingDialer(running.pipeline.dialer)
    counted = running.pipeline.over(dialer=dialer)
    found = await running.states(leads(*NEW[:20]), pipeline=counted)
    assert found == [(n, "done", "") for n in range(1, 21)]
    assert running.stored() == NEW[:20]
    # Each number's marks are looked up, and then its lead is stored: nothing else.
    assert dialer.posts == 40
    entries = await running.pipeline.ledger.batches.of_rows(["b1/1", "b1/20", "b1/21", "b2/1"])
    assert set(entries) == {"b1/1", "b1/20"}
    assert entries["b1/20"].intent.approval == YES
    assert entries["b1/20"].intent.caller == CALLER


async def test_a_lead_that_is_there_is_a_duplicate_and_stays_as_it_was(running: Running) -> None:
    before = running.pipeline.row("leads", PrimaryPhone=THERE)
    found = await running.states(leads(THERE, NEW[0], city="Elsewhere"))
    assert found == [(1, "duplicate", "duplicate_lead"), (2, "done", "")]
    assert running.pipeline.row("leads", PrimaryPhone=THERE) == before


async def test_only_a_duplicate_is_updated_and_only_where_that_was_asked_for(
    running: Running,
) -> None:
    batch = make_batch(on_duplicate=OnDuplicate.UPDATE)
    rows = leads(THERE, NEW[0], city="Elsewhere")
    assert await running.states(rows, batch=batch) == [(1, "done", ""), (2, "done", "")]
    assert running.pipeline.row("leads", PrimaryPhone=THERE)["City"] == "Elsewhere"
    running.pipeline.set_faults("InjectLead.php=body:<br><br>Result: Wrong token*1")
    wrong = leads(THERE, city="Nowhere")
    again = make_batch(id="b2", on_duplicate=OnDuplicate.UPDATE)
    assert [state for _, state, _ in await running.states(wrong, batch=again)] == ["refused"]
    assert running.pipeline.row("leads", PrimaryPhone=THERE)["City"] == "Elsewhere"


async def test_what_a_killed_run_knew_of_a_row_is_gone_on_with(running: Running) -> None:
    """A row's last entry may say that it wasn't reached, or that its lead is there already."""
    for frame, batch, rows, then in (
        ("CURL error[7]: no route", make_batch(), leads(NEW[0]), ("done", "")),
        (DOUBLE, make_batch(id="b2"), leads(THERE), ("duplicate", "duplicate_lead")),
        (
            DOUBLE,
            make_batch(id="b3", on_duplicate=OnDuplicate.REPORT),
            leads(THERE),
            ("duplicate", "reported"),
        ),
        (
            DOUBLE,
            make_batch(id="b4", on_duplicate=OnDuplicate.UPDATE),
            leads(THERE, city="Elsewhere"),
            ("done", ""),
        ),
    ):
        running.pipeline.set_faults(f"InjectLead.php=body:<br><br>Result: {frame}*9")
        pipeline, row = running.pipeline, ApprovedRow(f"{batch.id}/1", YES)
        action = pipeline.read("insert_lead", rows[0].arguments)
        with pytest.raises(CallError):
            # As far as a process came that was killed before it kept what became of the row.
            await pipeline.send(await pipeline.admit_row(action, CALLER, row))
        running.pipeline.behind.faults.clear()
        assert await running.states(rows, batch=batch) == [(1, *then)]
    assert running.stored() == [NEW[0]]
    assert running.pipeline.row("leads", PrimaryPhone=THERE)["City"] == "Elsewhere"


async def test_what_refuses_a_call_refuses_a_row(running: Running) -> None:
    await running.pipeline.call("insert_dnc", number=NEW[0])
    found = await running.states(leads(NEW[0], NEW[1]))
    assert found == [(1, "refused", "not_allowed"), (2, "done", "")]
    assert running.stored() == [NEW[1]]


async def test_many_in_a_row_who_must_not_be_called_are_left_and_the_run_goes_on(
    running: Running,
) -> None:
    for phone in NEW[:24]:
        await running.pipeline.call("insert_dnc", number=phone)
    found = await running.states(leads(*NEW[:30]), in_flight=1)
    assert [state for _, state, _ in found] == ["refused"] * 24 + ["done"] * 6


async def test_whoever_watches_a_slow_run_sees_it_go_on(running: Running) -> None:
    kept = list[int]()

    async def keep(outcomes: Sequence[RowOutcome]) -> None:
        kept.append(len(outcomes))

    await running.run(leads(*NEW[:6]), in_flight=1, per_second=0.5, keep=keep)
    assert (sum(kept), max(kept)) == (6, 2)


async def test_rows_that_ring_now_keep_to_the_hours_at_the_phone(running: Running) -> None:
    running.pipeline.clock.move(timedelta(hours=12))
    found = await running.states(leads(NEW[0], import_only=False))
    assert found == [(1, "refused", "not_allowed")]


async def test_rows_that_ring_now_count_as_people_who_are_reached() -> None:
    async with a_sandbox_pipeline(terms(**caps(contacted=(1, 2)))) as pipeline:
        running = Running(pipeline)
        rows = [
            replace(row, arguments={**row.arguments, "import_only": False})
            for row in leads(*NEW[:5])
        ]
        outcomes, stop = await running.run(rows, in_flight=1)
        assert [one.state for one in outcomes] == ["done", "done"]
        assert stop is not None
        assert "caps.contacted" in stop.because


async def test_many_rows_use_up_no_cap_on_single_calls_and_count_for_one_of_their_own() -> None:
    steps = caps(made_callable=(1, 1), batch_rows=(1, 3))
    async with a_sandbox_pipeline(terms(**steps)) as pipeline:
        running = Running(pipeline)
        outcomes, stop = await running.run(leads(*NEW[:6]), in_flight=1)
        assert [one.number for one in outcomes] == [1, 2, 3]
        assert stop is not None
        assert "caps.batch_rows" in stop.because
        assert not await pipeline.asks("insert_lead", **COMMON, primary_phone=NEW[30])


@pytest.mark.parametrize(
    "opened", ["dial_non_callables", "allow_dialing_duplicates", "no check_timezone"]
)
async def test_what_was_not_shown_with_the_batch_is_not_covered_by_its_yes(
    running: Running, opened: str
) -> None:
    argument = opened.removeprefix("no ")
    rows = leads(NEW[0], import_only=False, **{argument: opened == argument})
    assert await running.states(rows) == [(1, "refused", "needs_confirmation")]
    assert running.stored() == []


async def test_a_freeze_stops_a_run_and_the_rows_stay_ready(running: Running) -> None:
    pipeline = running.pipeline
    await pipeline.ledger.freezes.freeze(
        pipeline.account.accid, "somebody said stop", "maria", pipeline.clock()
    )
    outcomes, stop = await running.run(leads(*NEW[:3]))
    assert outcomes == []
    assert stop is not None
    assert "somebody said stop" in stop.because


async def test_rows_of_a_run_that_was_killed_are_not_sent_again(running: Running) -> None:
    rows = leads(*NEW[:4])
    await running.run(rows[:2])
    dialer = CountingDialer(running.pipeline.dialer)
    found = await running.states(rows, pipeline=running.pipeline.over(dialer=dialer))
    assert found == [(n, "done", "") for n in (1, 2, 3, 4)]
    assert dialer.posts == 4
    assert running.stored() == NEW[:4]


@pytest.mark.parametrize("script", ["*", "InjectLead.php"])
async def test_a_wrong_token_fails_twenty_rows_however_many_are_in_flight(
    running: Running, script: str
) -> None:
    running.pipeline.set_faults(f"{script}=body:<br><br>Result: Wrong token*999")
    outcomes, stop = await running.run(leads(*NEW), in_flight=15)
    assert [one.state for one in outcomes] == [RowState.REFUSED] * 20
    assert stop is not None
    assert stop.because.startswith("20 rows in a row failed alike")
    assert running.time.read() == 0


async def test_rows_that_do_not_reach_the_dialer_wait_until_it_is_there(running: Running) -> None:
    way = running.pipeline.over(dialer=CountingDialer(running.pipeline.dialer, unreached=4))
    outcomes = await running.states(leads(*NEW[:3]), pipeline=way, in_flight=1)
    assert outcomes == [(n, "done", "") for n in (1, 2, 3)]
    assert running.stored() == NEW[:3]
    assert running.time.read() == 0.5 + 1 + 2 + 4


async def test_a_rest_ends_where_the_run_does(running: Running) -> None:
    running.stops[7] = Stop("a person stopped it")
    way = running.pipeline.over(dialer=CountingDialer(running.pipeline.dialer, unreached=99))
    outcomes, stop = await running.run(leads(NEW[0]), pipeline=way, in_flight=1)
    assert (outcomes, stop) == ([], Stop("a person stopped it"))
    assert running.time.read() < 8


async def test_a_dialer_that_can_not_be_reached_for_minutes_ends_a_run(running: Running) -> None:
    way = running.pipeline.over(dialer=CountingDialer(running.pipeline.dialer, unreached=999))
    outcomes, stop = await running.run(leads(*NEW), pipeline=way, in_flight=1)
    assert (outcomes, stop) == (
        [],
        Stop(
            "20 rows in a row failed alike: Whether the dialer marks the number or its lead as "
            "do-not-call could not be read."
        ),
    )
    assert 400 < running.time.read() < 600


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("update_lead", {"search_field": "phone", "identifier": THERE, "city": "Dallas"}),
        ("search_lead", {"search_field": "phone", "identifier": THERE}),
        ("insert_dnc", {"number": NEW[0]}),
        ("add_dial_list_phone", {"agent": "Maria", "list_name": "Warm-Leads", "phone": NEW[0]}),
        ("disposition_lead", {"lead_id": "1006", "disposition": "SALE"}),
    ],
)
async def test_every_tool_of_a_batch_is_run(
    running: Running, tool: str, arguments: dict[str, object]
) -> None:
    row = BatchRow(1, 2, ("x",), arguments, RowState.READY)
    [(_, state, _)] = await running.states([row], batch=make_batch(tool))
    assert state == "done"


async def test_what_ends_a_run_ends_it_between_two_rows(running: Running) -> None:
    running.stops[8] = Stop("a person stopped it")
    outcomes, stop = await running.run(leads(*NEW[:20]), in_flight=1)
    assert stop == Stop("a person stopped it")
    assert [one.number for one in outcomes] == [1, 2, 3, 4, 5, 6, 7]
    assert running.stored() == NEW[:7]


async def test_rows_that_cannot_be_put_on_record_stay_ready(running: Running) -> None:
    closed = running.pipeline.over(ledger=Ledger(no_store))
    outcomes, stop = await running.run(leads(*NEW[:20]), pipeline=closed)
    assert (outcomes, stop and stop.is_passing) == ([], True)
    assert running.stored() == []


async def test_a_row_that_another_process_sent_meanwhile_is_not_sent_twice(
    running: Running,
) -> None:
    async with running.pipeline.another_process() as other:

        async def send_first() -> None:
            if not running.stored():
                await running.run(leads(NEW[0]), pipeline=other)

        late = running.pipeline.over(dialer=Watching(running.pipeline.dialer, send_first))
        assert await running.states(leads(NEW[0]), pipeline=late) == [(1, "done", "")]
    assert running.stored() == [NEW[0]]


async def test_every_row_is_sent_however_slowly_rows_may_follow_each_other(
    running: Running,
) -> None:
    running.stops[100] = Stop("it goes in circles")
    outcomes, stop = await running.run(leads(*NEW[:6]), in_flight=2, per_second=0.1)
    assert stop is None
    assert running.stored() == NEW[:6]
    assert running.time.read() == 50
    assert {one.state for one in outcomes} == {RowState.DONE}


async def test_every_row_is_sent_however_slowly_the_dialer_looks_it_up(running: Running) -> None:
    running.stops[100] = Stop("it goes in circles")

    async def wait() -> None:
        await running.time.sleep(6)

    slow = running.pipeline.over(dialer=Watching(running.pipeline.dialer, wait))
    _, stop = await running.run(leads(*NEW[:6]), pipeline=slow, in_flight=2)
    assert stop is None
    assert running.stored() == NEW[:6]


async def test_a_row_that_waited_long_for_its_turn_is_looked_up_once_more(
    running: Running,
) -> None:
    searched: list[str] = []

    class Listing:
        async def post(self, request: Request) -> Answer:
            searched.append(request.form.get("Identifier", ""))
            return await running.pipeline.dialer.post(request)

    way = running.pipeline.over(dialer=Listing())
    await running.run(leads(*NEW[:2]), pipeline=way, in_flight=2, per_second=0.1)
    assert (searched.count(NEW[0]), searched.count(NEW[1])) == (1, 2)
    assert running.stored() == NEW[:2]
