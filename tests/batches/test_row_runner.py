"""Rows down the pipeline: each is sent once, judged like any call, and accounted for."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from _support.faults import Watching
from _support.passing_time import PassingTime
from _support.pipeline import CALLER
from _support.sandbox import SandboxPipeline, a_sandbox_pipeline, caps, terms
from chasedata_mcp.app.composition import no_store
from chasedata_mcp.batches.models import (
    Batch,
    BatchRow,
    OnDuplicate,
    RowOutcome,
    RowState,
)
from chasedata_mcp.batches.pace import Pace
from chasedata_mcp.batches.row_runner import RowRunner
from chasedata_mcp.batches.row_sender import RowSender, Stop
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.ledger import ApprovalSummary, Ledger
from chasedata_mcp.pipeline.executor import Dialer
from chasedata_mcp.pipeline.pipeline import ApprovedRow, Pipeline
from chasedata_mcp.tools.answer_types import Answer
from chasedata_mcp.tools.request import Request

pytestmark = pytest.mark.anyio

THERE = "9545550101"
"""The phone of a lead that the sandbox has."""
COMMON = {"campaign": "Solar", "import_only": True}
YES = ApprovalSummary("a1", "Store 2 leads?", "at the terminal", "maria")
DOUBLE = "CURL error[500]: Duplicated phone number. Lead ignored."
NEW = [f"954555{number:04}" for number in range(7000, 7060)]


def make_batch(tool: str = "insert_lead", **other: Any) -> Batch:  # noqa: ANN401 - any field
    usual: dict[str, Any] = {
        "id": "b1",
        "account": "test",
        "caller": CALLER,
        "tool": tool,
        "source": "leads.csv",
        "header": ("Phone",),
        "arguments": ("primary_phone",),
        "common": COMMON,
        "on_duplicate": OnDuplicate.SKIP,
        "planned": None,
    }
    return Batch(**{**usual, **other})


def leads(*phones: str, **other: object) -> list[BatchRow]:
    return [
        BatchRow(
            *(number, number + 1, (phone,)),
            *({**COMMON, "primary_phone": phone, **other}, RowState.READY),
        )
        for number, phone in enumerate(phones, 1)
    ]


class CountingDialer:
    """A dialer that counts what it passes on, and can't be reached so many times at first."""

    def __init__(self, beyond: Dialer, unreached: int = 0) -> None:
        self.posts = 0
        self._beyond, self._unreached = beyond, unreached

    async def post(self, request: Request) -> Answer:
        if self._unreached:
            self._unreached -= 1
            raise CallError(Code.NOT_REACHED, "The dialer was not reached.", hint="Try again.")
        self.posts += 1
        return await self._beyond.post(request)


@dataclass
class Running:
    """A pipeline to a sandbox, and rows that are run down it."""

    pipeline: SandboxPipeline
    stops: dict[int, Stop] = field(default_factory=dict)
    """What ends the run before its so manieth row."""
    begun: int = 0
    time: PassingTime = field(default_factory=PassingTime)

    async def find_stop(self) -> Stop | None:
        self.begun += 1
        return self.stops.get(self.begun)

    async def run(
        self,
        rows: Sequence[BatchRow],
        batch: Batch | None = None,
        pipeline: Pipeline | None = None,
        in_flight: int = 5,
    ) -> tuple[list[RowOutcome], Stop | None]:
        way = pipeline or self.pipeline
        pace = Pace(in_flight, clock=self.time.read, sleep=self.time.sleep)
        ledger, of = self.pipeline.ledger, batch or make_batch()
        kept: list[RowOutcome] = []

        async def keep(outcomes: Sequence[RowOutcome]) -> None:
            kept.extend(outcomes)

        runner = RowRunner(RowSender(way, ledger, of, YES), pace, self.find_stop, keep)
        entries = await ledger.batches.of_rows([f"{of.id}/{row.number}" for row in rows])
        known = [entries.get(f"{of.id}/{row.number}") for row in rows]
        stop = await runner.run(rows, known)
        return sorted(kept, key=lambda one: one.number), stop

    async def states(self, rows: Sequence[BatchRow], **other: Any) -> list[tuple[int, str, str]]:  # noqa: ANN401 - as above
        outcomes, stop = await self.run(rows, **other)
        assert stop is None
        return [(one.number, one.state.value, one.code) for one in outcomes]

    def stored(self) -> list[str]:
        """List the phones of the sandbox's leads that tests put there, each as often as there."""
        phones = [row["PrimaryPhone"] for row in self.pipeline.state()["leads"]]
        return sorted(phone for phone in phones if phone in NEW)


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    async with a_sandbox_pipeline() as pipeline:
        yield Running(pipeline)


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
