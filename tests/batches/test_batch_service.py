"""A batch from its plan to its end: approved once, stopped, gone on with, and accounted for."""

import csv
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from _support.batch_engine import AtOnce
from _support.faults import Watching
from _support.machines import FakeMachine, MachineClock, World
from _support.name_files import a_directory
from _support.passing_time import PassingTime
from _support.pipeline import CALLER
from _support.row_runs import COMMON, NEW, THERE, YES
from _support.sandbox import NOON, SandboxPipeline, a_sandbox_pipeline, terms
from chasedata_mcp.app.composition import policy_in_force
from chasedata_mcp.batches.account_files import PROBLEM, write_account
from chasedata_mcp.batches.batch_runs import BatchRuns
from chasedata_mcp.batches.batch_service import (
    HOLDS,
    STOPPED_BY_CLIENT,
    STOPPED_HERE,
    BatchService,
    BatchView,
)
from chasedata_mcp.batches.errors import BatchError, BatchStoreError
from chasedata_mcp.batches.models import BatchRow, BatchState, RowOutcome, RowState
from chasedata_mcp.batches.pace import GIVES_UP_AFTER, Pace
from chasedata_mcp.batches.planner import BatchRequest, Planner
from chasedata_mcp.batches.store import BatchStore
from chasedata_mcp.errors import CallError
from chasedata_mcp.ledger import (
    ApprovalAnswer,
    ApprovalState,
    AssuranceLevel,
    open_ledger,
)
from chasedata_mcp.ledger.sqlite import SqliteDatabase
from chasedata_mcp.pipeline.settlement import GRACE

pytestmark = pytest.mark.anyio


@dataclass
class Desk:
    """The batches of a sandbox, with the folder of the files."""

    pipeline: SandboxPipeline
    store: BatchStore
    folder: Path
    database: SqliteDatabase
    time: PassingTime = field(default_factory=PassingTime)
    pass_time: Callable[[timedelta], None] = lambda _: None
    """Lets time pass for the record, as a run waits."""

    async def sleep(self, seconds: float) -> None:
        await self.time.sleep(seconds)
        self.pass_time(timedelta(seconds=seconds))

    def service(self, in_flight: int = 5, **parts: Any) -> BatchService:  # noqa: ANN401 - of a pipeline
        """Make a service, as another process has it."""
        pipeline = self.pipeline.over(**parts)
        pace = partial(Pace, in_flight, clock=self.time.read, sleep=self.sleep)
        return BatchService(pipeline, self.pipeline.ledger, self.store, pace, AtOnce())

    async def planned(self, *phones: str, **other: Any) -> BatchView:  # noqa: ANN401 - any field
        lines = "".join(f"{phone},{number}\n" for number, phone in enumerate(phones, 1))
        (self.folder / "leads.csv").write_text(f"Phone,City\n{lines}")
        usual: dict[str, Any] = {"tool": "insert_lead", "file": "leads.csv", "common": COMMON}
        request = BatchRequest(**{**usual, **other})
        batch = await Planner(self.pipeline, self.store, self.folder).plan(request, CALLER)
        return await self.service().view(batch.id)

    async def approved(self, *phones: str, **other: Any) -> BatchView:  # noqa: ANN401 - as above
        view = await self.planned(*phones, **other)
        await self.service().approve(view, YES, self.pipeline.clock())
        return view

    def stored(self) -> list[str]:
        phones = [row["PrimaryPhone"] for row in self.pipeline.state()["leads"]]
        return sorted(phone for phone in phones if phone in NEW)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    database = SqliteDatabase(tmp_path / "batches.sqlite3")
    store = BatchStore(database)
    folder = tmp_path / "files"
    folder.mkdir()
    async with a_sandbox_pipeline() as pipeline:
        yield Desk(pipeline, store, folder, database, pass_time=pipeline.clock.move)
    store.close()


def ignore(_: BatchView) -> None:
    """Let a run go on without looking."""


async def test_a_batch_that_nobody_approved_sends_nothing(desk: Desk) -> None:
    view = await desk.planned(*NEW[:3])
    with pytest.raises(BatchError, match="Nobody said yes"):
        await desk.service().run(view.batch.id, ignore)
    assert desk.stored() == []


async def test_an_approved_batch_runs_to_its_end_and_is_finished(desk: Desk) -> None:
    view = await desk.approved(*NEW, THERE, NEW[0], "12")
    seen: list[int] = []
    ended = await desk.service().run(view.batch.id, lambda now: seen.append(now.left))
    assert ended.batch.state is BatchState.FINISHED
    assert desk.stored() == NEW
    assert {state.value: ended.counts.of(state) for state in RowState} == {
        "ready": 0,
        "left_out": 2,
        "done": 60,
        "duplicate": 1,
        "refused": 0,
        "unknown": 0,
    }
    assert seen[-1] == 0
    with pytest.raises(BatchError, match="No row of this batch is left"):
        await desk.service().run(view.batch.id, ignore)


async def test_a_yes_ends_when_it_says(desk: Desk) -> None:
    view = await desk.approved(NEW[0])
    desk.pipeline.clock.move(HOLDS)
    with pytest.raises(BatchError, match="the yes has ended"):
        await desk.service().run(view.batch.id, ignore)
    assert desk.stored() == []


async def test_rows_that_were_changed_behind_the_yes_are_not_sent(desk: Desk) -> None:
    view = await desk.approved(*NEW[:2])
    with desk.database.write() as connection:
        connection.run(
            "UPDATE batch_rows SET arguments = replace(arguments, ?, ?)", (NEW[0], NEW[9])
        )
    with pytest.raises(BatchError, match="were changed since they were planned"):
        await desk.service().run(view.batch.id, ignore)
    assert desk.stored() == []


async def test_a_run_that_its_client_stopped_goes_on_without_a_new_question(desk: Desk) -> None:
    phones = [f"954555{number:04}" for number in range(7000, 7230)]
    view = await desk.approved(*phones)
    service = desk.service()

    def stop_after_one(now: BatchView) -> None:
        if now.left < 230:
            desk.store.set_state(view.batch.id, BatchState.STOPPED, STOPPED_BY_CLIENT)

    stopped = await service.run(view.batch.id, stop_after_one)
    # Others went on while what became of some was kept.
    assert (stopped.batch.state, 0 < stopped.left < 230) == (BatchState.STOPPED, True)
    assert stopped.batch.stopped_because == STOPPED_BY_CLIENT
    ended = await desk.service().run(view.batch.id, ignore)
    assert ended.batch.state is BatchState.FINISHED
    assert ended.counts.of(RowState.DONE) == 230


async def test_what_a_person_stopped_needs_a_new_yes_whatever_it_was_doing(desk: Desk) -> None:
    for state in (BatchState.APPROVED, BatchState.RUNNING, BatchState.STOPPED):
        view = await desk.approved(*NEW[:3])
        desk.store.set_state(view.batch.id, state, "its own reason")
        stopped = await desk.service().end_yes(view.batch.id)
        assert stopped.batch.state is BatchState.STOPPED
        why = "its own reason" if state is BatchState.STOPPED else STOPPED_HERE
        assert stopped.batch.stopped_because == why
        assert not await desk.service().is_approved(stopped)
        with pytest.raises(BatchError, match="ask again"):
            await desk.service().run(view.batch.id, ignore)
    assert desk.stored() == []


async def test_a_stop_by_a_person_ends_a_run_that_begins_at_the_same_moment(desk: Desk) -> None:
    view = await desk.approved(*NEW[:3])
    service = desk.service()
    await service.end_yes(view.batch.id)
    # As by a run that had looked at the yes a moment before.
    desk.store.set_state(view.batch.id, BatchState.RUNNING)
    async with AtOnce().opened(service._runs.run_chunk) as engine:
        service._runs._open = engine
        await engine.start(view.batch.id)
    assert "the yes has ended" in (await service.view(view.batch.id)).batch.stopped_because
    assert desk.stored() == []


async def test_a_yes_ends_when_its_question_said_however_late_it_was_given(desk: Desk) -> None:
    view = await desk.planned(NEW[0])
    asked = desk.pipeline.clock()
    desk.pipeline.clock.move(timedelta(minutes=14))
    await desk.service().approve(view, YES, asked)
    view = await desk.service().view(view.batch.id)
    assert await desk.service().find_end_of_yes(view) == asked + HOLDS
    desk.pipeline.clock.move(HOLDS - timedelta(minutes=14))
    assert not await desk.service().is_approved(view)


async def test_nobody_is_asked_about_rows_that_this_server_refuses_anyway(desk: Desk) -> None:
    view = await desk.planned(NEW[0])
    for refused, why in (
        (replace(desk.pipeline.policy, read_only=True), "read-only"),
        (replace(desk.pipeline.policy, toolsets=frozenset({"dnc"})), "toolset leads is off"),
        (policy_in_force(terms(tools={"insert_lead": "refuse"})), "insert_lead"),
    ):
        with pytest.raises(CallError, match=why):
            await desk.service(policy=refused).build_request(view)


@pytest.fixture
async def set_clock(desk: Desk, machine: FakeMachine, tmp_path: Path) -> AsyncIterator[Desk]:
    """The desk on a machine whose clock a test sets."""
    async with open_ledger(tmp_path, "live", clock=machine.read()) as ledger:
        parts = replace(desk.pipeline.parts, clock=MachineClock(machine), ledger=ledger)
        pipeline = SandboxPipeline(parts, desk.pipeline.behind)
        yield replace(desk, pipeline=pipeline, pass_time=machine.world.move)


@pytest.fixture
def machine() -> FakeMachine:
    return FakeMachine(World(NOON))


async def test_a_yes_ends_by_the_time_that_passes_whatever_the_clock_is_set_to(
    set_clock: Desk, machine: FakeMachine
) -> None:
    views = [await set_clock.approved(phone) for phone in NEW[:2]]
    machine.off = HOLDS
    ended = await set_clock.service().run(views[0].batch.id, ignore)
    assert ended.batch.state is BatchState.FINISHED
    machine.off = -HOLDS
    machine.world.move(HOLDS)
    with pytest.raises(BatchError, match="the yes has ended"):
        await set_clock.service().run(views[1].batch.id, ignore)


async def test_a_lost_row_is_sent_again_by_the_time_that_passes(
    set_clock: Desk, machine: FakeMachine
) -> None:
    def set_forward(by: timedelta) -> None:
        machine.off = timedelta(hours=1)
        machine.world.move(by)

    view = await set_clock.approved(NEW[0])
    set_clock.pipeline.set_faults("InjectLead.php=drop*1")
    began = machine.world.time
    ended = await replace(set_clock, pass_time=set_forward).service().run(view.batch.id, ignore)
    assert (set_clock.stored(), ended.batch.state) == (NEW[:1], BatchState.FINISHED)
    assert GRACE <= machine.world.time - began < 2 * GRACE


class KilledError(BaseException):
    """The end of a process."""


class KilledStore(BatchStore):
    """A store whose process ends before what became of its rows is kept."""

    @override
    def settle_rows(self, batch: str, outcomes: Sequence[RowOutcome]) -> None:
        raise KilledError


async def test_rows_that_a_killed_process_sent_are_not_sent_again(desk: Desk) -> None:
    view = await desk.approved(*NEW[:20])

    killed = replace(desk, store=KilledStore(desk.database))
    with pytest.raises(KilledError):
        await killed.service().run(view.batch.id, ignore)
    assert desk.stored() == NEW[:20]
    ended = await desk.service().run(view.batch.id, ignore)
    assert (ended.batch.state, ended.counts.of(RowState.DONE)) == (BatchState.FINISHED, 20)
    assert desk.stored() == NEW[:20]


async def test_lost_answers_are_settled_first_when_a_run_goes_on(desk: Desk) -> None:
    view = await desk.approved(*NEW[:4], columns={"City": "client_id"})
    desk.pipeline.set_faults("InjectLead.php=drop_after*1,InjectLead.php=drop*1")

    def stop(_: timedelta) -> None:
        if desk.store.count_rows(view.batch.id).of(RowState.UNKNOWN) == 2:
            desk.store.set_state(view.batch.id, BatchState.STOPPED, "a person stopped it")

    stopped = await replace(desk, pass_time=stop).service().run(view.batch.id, ignore)
    assert (stopped.batch.state, stopped.counts.of(RowState.UNKNOWN)) == (BatchState.STOPPED, 2)
    desk.pipeline.clock.move(timedelta(minutes=3))
    ended = await desk.service().run(view.batch.id, ignore)
    assert (ended.batch.state, ended.counts.of(RowState.DONE)) == (BatchState.FINISHED, 4)
    assert desk.stored() == NEW[:4]


async def test_a_run_settles_what_it_lost_and_tells_that_it_waits(desk: Desk) -> None:
    view = await desk.approved(*NEW[:4], columns={"City": "client_id"})
    desk.pipeline.set_faults("InjectLead.php=drop_after*1,InjectLead.php=drop*1")
    began, waited_for = desk.pipeline.clock(), set[int]()

    def pass_time(by: timedelta) -> None:
        desk.pipeline.clock.move(by)
        batch = desk.store.get(view.batch.id)
        assert batch is not None
        waited_for.add(BatchView(batch, desk.store.count_rows(batch.id)).awaited)

    ended = await replace(desk, pass_time=pass_time).service().run(view.batch.id, ignore)
    assert (ended.batch.state, ended.counts.of(RowState.DONE)) == (BatchState.FINISHED, 4)
    assert desk.stored() == NEW[:4]
    assert 2 in waited_for
    assert GRACE <= desk.pipeline.clock() - began < 2 * GRACE


async def test_a_dialer_that_loses_every_answer_is_not_waited_for_for_ever(desk: Desk) -> None:
    view = await desk.approved(*NEW[:2])
    desk.pipeline.set_faults("InjectLead.php=drop*99")
    stopped = await desk.service().run(view.batch.id, ignore)
    assert stopped.batch.state is BatchState.STOPPED
    assert "2 rows are still to be settled" in stopped.batch.stopped_because
    assert desk.stored() == []


async def test_rows_lost_by_an_earlier_run_keep_no_others_from_being_sent(desk: Desk) -> None:
    same = {"agent": "Maria", "list_name": "Warm-Leads"}
    view = await desk.approved(*NEW, tool="add_dial_list_phone", common=same)
    desk.pipeline.set_faults(f"AgentDialListOperations.php=drop*{GIVES_UP_AFTER}")
    stopped = await desk.service().run(view.batch.id, ignore)
    assert stopped.counts.of(RowState.UNKNOWN) == GIVES_UP_AFTER
    stopped = await desk.service().run(view.batch.id, ignore)
    assert stopped.counts.of(RowState.DONE) == len(NEW) - GIVES_UP_AFTER
    assert stopped.counts.of(RowState.UNKNOWN) == GIVES_UP_AFTER


async def test_whatever_ends_a_run_ends_it_between_two_rows(desk: Desk) -> None:
    freezes, now = desk.pipeline.ledger.freezes, desk.pipeline.clock()

    async def freeze(_: str) -> None:
        await freezes.freeze(desk.pipeline.account.accid, "a test", "maria", now)

    async def stop(batch: str) -> None:
        await desk.service().stop(batch)

    async def end_the_yes(_: str) -> None:
        desk.pipeline.clock.move(HOLDS)

    for place, (end, because) in enumerate(
        [
            (stop, "its client stopped it"),
            (end_the_yes, "the yes has ended"),
            (freeze, "All writes are stopped"),
        ]
    ):
        phones = NEW[place * 10 : place * 10 + 10]
        view = await desk.approved(*phones)

        async def look(
            end: Callable[[str], Awaitable[None]] = end,
            batch: str = view.batch.id,
            phones: list[str] = phones,
        ) -> None:
            if set(phones[:3]) <= set(desk.stored()):
                await end(batch)

        service = desk.service(in_flight=1, dialer=Watching(desk.pipeline.dialer, look))
        stopped = await service.run(view.batch.id, ignore)
        assert stopped.batch.state is BatchState.STOPPED
        assert because in stopped.batch.stopped_because
        # What was noticed while a row's number was looked up ends the run after that row.
        assert stopped.counts.of(RowState.DONE) in {3, 4}


class PausingStore(BatchStore):
    """A store that can't be read or written so many times, from its first chunk on."""

    fails = 0
    tried = 0

    @override
    def read_rows(self, *args: Any, **options: Any) -> list[BatchRow]:
        self._fail()
        return super().read_rows(*args, **options)

    @override
    def settle_rows(self, batch: str, outcomes: Sequence[RowOutcome]) -> None:
        self._fail()
        super().settle_rows(batch, outcomes)

    def _fail(self) -> None:
        self.tried += 1
        if self.fails:
            self.fails -= 1
            raise BatchStoreError("The store of batches can't be read: its disk fails.")


async def test_a_run_waits_for_a_store_that_can_not_be_used_for_a_while(desk: Desk) -> None:
    for fails, state, waited in ((3, BatchState.FINISHED, 7), (99, BatchState.STOPPED, 120)):
        phones = NEW[10:20] if fails > 3 else NEW[:10]
        view = await desk.approved(*phones)
        store, time = PausingStore(desk.database), PassingTime()
        service = replace(desk, store=store).service()
        parts = (desk.pipeline, desk.pipeline.ledger, store, lambda: Pace(5), AtOnce())
        service._runs = BatchRuns(*parts, sleep=time.sleep)
        store.fails = fails
        ended = await service.run(view.batch.id, ignore)
        assert (ended.batch.state, time.read()) == (state, waited)
        assert (set(phones) <= set(desk.stored())) is (state is BatchState.FINISHED)
    assert "its disk fails" in ended.batch.stopped_because


async def test_a_yes_under_another_policy_is_none(desk: Desk) -> None:
    view = await desk.approved(*NEW[:3])
    other = desk.service(policy=policy_in_force(terms(confirm="writes")))
    assert not await other.is_approved(view)
    with pytest.raises(BatchError, match="Nobody said yes"):
        await other.run(view.batch.id, ignore)
    # A process with another policy may be handed what one with this policy has begun.
    desk.store.set_state(view.batch.id, BatchState.RUNNING)
    async with AtOnce().opened(other._runs.run_chunk) as engine:
        other._runs._open = engine
        await engine.start(view.batch.id)
    stopped = await other.view(view.batch.id)
    assert stopped.batch.state is BatchState.STOPPED
    assert "isn't the one any more" in stopped.batch.stopped_because
    assert desk.stored() == []


async def test_a_yes_about_another_dialer_is_none(desk: Desk) -> None:
    view = await desk.approved(*NEW[:3])
    other = desk.service(account=replace(desk.pipeline.account, host="www.example.com"))
    assert not await other.is_approved(view)
    with pytest.raises(BatchError, match="Nobody said yes"):
        await other.run(view.batch.id, ignore)
    here, there = [await one.build_request(view) for one in (desk.service(), other)]
    assert here.digest != there.digest
    assert await other._find_approved() == []
    assert list(await desk.service()._find_approved()) == [view.batch.id]


async def test_a_batch_of_another_account_is_none(desk: Desk) -> None:
    view = await desk.planned(NEW[0])
    other = desk.pipeline.over(account=type(desk.pipeline.account)("live", "other", "h"))
    service = BatchService(other, desk.pipeline.ledger, desk.store, lambda: Pace(5), AtOnce())
    with pytest.raises(BatchError, match="no batch of this id"):
        await service.view(view.batch.id)
    assert await service.list_views(9) == []
    assert [one.batch.id for one in await desk.service().list_views(9)] == [view.batch.id]


async def test_the_request_is_for_these_rows_under_this_policy(desk: Desk) -> None:
    service = desk.service()
    one, other = await desk.planned(NEW[0]), await desk.planned(NEW[1])
    digests = {(await service.build_request(view)).digest for view in (one, other)}
    assert len(digests) == 2
    request = await service.build_request(one)
    assert request.question is not None
    assert request.question.typed is not None
    assert request.question.typed.expected == "1"


async def test_a_yes_that_was_asked_for_before_the_last_one_is_none_behind_it(desk: Desk) -> None:
    view = await desk.planned(*NEW[:3])
    service, asking = desk.service(), desk.pipeline.approvals
    first = await asking.spend_or_ask(await service.build_request(view), out_of_band=True)
    assert first.question.typed is not None
    yes = ApprovalAnswer.yes("on the page", "maria", desk.pipeline.clock(), AssuranceLevel.MACHINE)
    await desk.pipeline.ledger.approvals.answer(first.id, yes)
    # Another client of the caller asked as well, got its yes, and was stopped.
    await service.approve(view, YES, desk.pipeline.clock())
    stopped = await service.end_yes(view.batch.id)
    again = await asking.spend_or_ask(await service.build_request(stopped), out_of_band=True)
    assert (again.id != first.id, again.state) == (True, ApprovalState.ASKED)


async def test_a_question_counts_the_phones_that_ring_where_rows_say_it_themselves(
    desk: Desk,
) -> None:
    rows = [
        {"Phone": phone, "import_only": rings != "rings", "Notes": '"import_only":false'}
        for phone, rings in ((NEW[0], "rings"), (NEW[1], ""), (NEW[2], ""))
    ]
    view = await desk.planned(file="", rows=rows, common={"campaign": "Solar"})
    request = await desk.service().build_request(view)
    assert request.question is not None
    assert request.question.text.startswith("Call 1 lead and store 2 in “Solar”? ")


async def test_a_question_names_what_an_alias_stands_for(desk: Desk) -> None:
    names = a_directory(desk.folder, "[agents]\nJoe = 'jsmith'\n[campaigns]\nHot = 'Solar'\n")
    planner = Planner(desk.pipeline.over(names=names), desk.store, desk.folder)
    rows = [{"Phone": NEW[0], "rep": "Joe"}]
    request = BatchRequest(
        tool="insert_lead", rows=rows, common={"campaign": "Hot", "import_only": True}
    )
    batch = await planner.plan(request, CALLER)
    asked = await desk.service().build_request(await desk.service().view(batch.id))
    assert asked.question is not None
    assert asked.question.text.startswith("Store 1 lead in “Solar”?")
    assert f"The first: “{NEW[0]}, jsmith”." in asked.question.text


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


async def test_each_row_is_in_one_of_three_files_that_can_be_planned_again(desk: Desk) -> None:
    view = await desk.approved(NEW[0], THERE, "12", "+1 954 555 7003", "=1+1")
    await desk.service().run(view.batch.id, ignore)
    fresh = await desk.planned(NEW[5])
    written = dict(
        write_account(desk.store, (await desk.service().view(view.batch.id)).batch, desk.folder)
    )
    assert sorted(written.values()) == [0, 2, 3]
    names = {path.name.rsplit("-", 1)[1]: path for path in written}
    done, failed = (read(names[f"{one}.csv"]) for one in ("done", "failed"))
    assert done[0] == ["Phone", "City", "lead_id", "entry", "note"]
    assert [row[0] for row in done[1:]] == [NEW[0], "'+1 954 555 7003"]
    assert all(row[3] for row in done[1:])
    assert failed[0] == ["Phone", "City", PROBLEM]
    assert [row[-1].split(":")[0] for row in failed[1:]] == [
        "duplicate_lead",
        "invalid",
        "unreadable",
    ]
    again = await Planner(desk.pipeline, desk.store, desk.folder).plan(
        BatchRequest(tool="insert_lead", file=names["failed.csv"].name, common=COMMON), CALLER
    )
    assert [row.cells[:2] for row in desk.store.read_rows(again.id, limit=9)] == [
        (THERE, "2"),
        ("12", "3"),
        ("=1+1", "5"),
    ]
    rows = write_account(desk.store, fresh.batch, desk.folder)
    assert [count for _, count in rows] == [0, 0, 1]


async def test_no_file_is_written_over(desk: Desk) -> None:
    view = await desk.planned(NEW[0])
    write_account(desk.store, view.batch, desk.folder)
    before = {path: path.read_bytes() for path in desk.folder.iterdir()}
    with pytest.raises(BatchError, match=r"is there already\. No file was changed\."):
        write_account(desk.store, view.batch, desk.folder)
    assert {path: path.read_bytes() for path in desk.folder.iterdir()} == before
    next(path for path in desk.folder.iterdir() if path.name.endswith("done.csv")).unlink()
    with pytest.raises(BatchError, match=r"failed\.csv is there already"):
        write_account(desk.store, view.batch, desk.folder)
    assert len(list(desk.folder.iterdir())) == 3


async def test_a_watcher_that_fails_ends_no_batch(desk: Desk) -> None:
    """The line of a worker goes to a pipe that nobody reads any more."""
    view = await desk.approved(*NEW[:3])

    def tell(_: BatchView) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        await desk.service().run(view.batch.id, tell)
    assert desk.stored() == NEW[:3]
    ended = await desk.service().view(view.batch.id)
    assert (ended.batch.state, ended.batch.stopped_because) == (BatchState.FINISHED, "")
