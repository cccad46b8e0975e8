"""Approvals on disk: a yes is used once, whoever else tries, and survives a restart."""

from dataclasses import replace
from datetime import datetime, timedelta

import anyio
import pytest

from _support.forks import Child
from _support.ledger import NOON, Place, no, yes
from chasedata_mcp.ledger import Approval, ApprovalState, EntryExistsError, Ledger, Unspent
from chasedata_mcp.ledger.questions import Question, Typed, TypedKind

ASKED = Approval(
    id="c1",
    digest="d1",
    caller="maria",
    question=Question("Delete it?", Typed(TypedKind.NAME, "Spr\u00edng")),
    asked=NOON,
    ends=NOON + timedelta(minutes=5),
)
SOON, LATE = NOON + timedelta(minutes=1), NOON + timedelta(minutes=5)
RACER = """
import json, os
from datetime import datetime
import anyio
from chasedata_mcp.ledger import open_ledger
given = json.loads(os.environ["GIVEN"])
async def race():
    async with open_ledger(given["where"], "sandbox") as ledger:
        await ledger.open()
        print("ready", flush=True)
        input()
        now = datetime.fromisoformat(given["now"])
        for number in range(given["times"]):
            problem = await ledger.approvals.spend(f"c{number}", "d1", "maria", now)
            print(problem.name if problem else "SPENT", flush=True)
anyio.run(race)
"""


@pytest.fixture
async def granted(ledger: Ledger) -> Ledger:
    await ledger.approvals.ask(ASKED)
    assert await ledger.approvals.answer("c1", yes(SOON, "elicitation", "maria"))
    return ledger


@pytest.mark.anyio
async def test_a_question_comes_back_as_it_was_asked(place: Place, ledger: Ledger) -> None:
    odd = replace(ASKED, id="c\ud800", caller='maria "\0" \N{CAT FACE}', digest="\\")
    for row in (ASKED, odd):
        await ledger.approvals.ask(row)
        async with place.ledger() as other:
            assert await other.approvals.get(row.id) == row
    assert await ledger.approvals.get("c2") is None


@pytest.mark.anyio
async def test_an_id_is_for_one_question(ledger: Ledger) -> None:
    await ledger.approvals.ask(ASKED)
    with pytest.raises(EntryExistsError):
        await ledger.approvals.ask(replace(ASKED, digest="another"))
    assert await ledger.approvals.get("c1") == ASKED


@pytest.mark.anyio
async def test_a_yes_is_kept_with_how_and_by_whom(granted: Ledger) -> None:
    row = await granted.approvals.get("c1")
    assert row == replace(ASKED, state=ApprovalState.GRANTED, how="elicitation", by="maria")


@pytest.mark.anyio
async def test_a_yes_is_spent_once_and_after_a_restart_too(place: Place, granted: Ledger) -> None:
    async with place.ledger() as other:
        assert await other.approvals.spend("c1", "d1", "maria", SOON) is None
    assert await granted.approvals.spend("c1", "d1", "maria", SOON) is Unspent.USED
    row = await granted.approvals.get("c1")
    assert row is not None
    assert (row.state, row.how, row.by) == (ApprovalState.SPENT, "elicitation", "maria")


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("attempt", "why"),
    [
        (("c2", "d1", "maria", SOON), Unspent.MISSING),
        (("c1", "d2", "maria", SOON), Unspent.OTHER_CALL),
        (("c1", "d1", "jose", SOON), Unspent.OTHER_CALL),
        (("c1", "d1", "maria", LATE), Unspent.LATE),
    ],
)
async def test_a_yes_is_for_one_call_by_one_caller_in_time(
    granted: Ledger, attempt: tuple[str, str, str, datetime], why: Unspent
) -> None:
    assert await granted.approvals.spend(*attempt) is why
    row = await granted.approvals.get("c1")
    assert row is not None
    assert row.state is ApprovalState.GRANTED


@pytest.mark.anyio
async def test_what_nobody_said_yes_to_is_not_spent(ledger: Ledger) -> None:
    await ledger.approvals.ask(ASKED)
    assert await ledger.approvals.spend("c1", "d1", "maria", SOON) is Unspent.NOT_GRANTED


@pytest.mark.anyio
async def test_a_no_stays_a_no(ledger: Ledger) -> None:
    await ledger.approvals.ask(ASKED)
    assert await ledger.approvals.answer("c1", no(SOON, "elicitation", "maria"))
    assert not await ledger.approvals.answer("c1", yes(SOON, "elicitation", "maria"))
    assert await ledger.approvals.spend("c1", "d1", "maria", SOON) is Unspent.NOT_GRANTED


@pytest.mark.anyio
async def test_a_no_takes_back_a_yes_that_was_not_used(granted: Ledger) -> None:
    assert await granted.approvals.answer("c1", no(SOON, "elicitation", "maria"))
    assert await granted.approvals.spend("c1", "d1", "maria", SOON) is Unspent.NOT_GRANTED


@pytest.mark.anyio
async def test_a_yes_that_was_used_stays_so(granted: Ledger) -> None:
    assert await granted.approvals.spend("c1", "d1", "maria", SOON) is None
    assert not await granted.approvals.answer("c1", no(SOON, "elicitation", "maria"))
    row = await granted.approvals.get("c1")
    assert row is not None
    assert row.state is ApprovalState.SPENT


@pytest.mark.anyio
async def test_an_answer_that_comes_too_late_or_to_nothing_is_none(ledger: Ledger) -> None:
    await ledger.approvals.ask(ASKED)
    assert not await ledger.approvals.answer("c1", yes(LATE, "elicitation", "maria"))
    assert not await ledger.approvals.answer("c2", yes(SOON, "elicitation", "maria"))
    assert await ledger.approvals.get("c1") == ASKED


@pytest.mark.anyio
async def test_of_many_at_once_one_spends(place: Place, granted: Ledger) -> None:
    answers: list[Unspent | None] = []

    async def attempt(ledger: Ledger) -> None:
        answers.append(await ledger.approvals.spend("c1", "d1", "maria", SOON))

    async with place.ledger() as other, anyio.create_task_group() as group:
        for number in range(20):
            group.start_soon(attempt, (granted, other)[number % 2])
    assert answers.count(None) == 1
    assert answers.count(Unspent.USED) == 19


def test_of_two_processes_racing_for_an_approval_one_spends_it_each_time(place: Place) -> None:
    times = 200

    async def prepare() -> None:
        async with place.ledger() as ledger:
            for number in range(times):
                await ledger.approvals.ask(replace(ASKED, id=f"c{number}"))
                await ledger.approvals.answer(f"c{number}", yes(SOON, "test", "maria"))

    anyio.run(prepare)
    given = {"where": place.where, "now": SOON.isoformat(), "times": times}
    with Child(RACER, **given) as one, Child(RACER, **given) as other:
        assert (one.hears(), other.hears()) == ("ready", "ready")
        one.go()
        other.go()
        results = [{one.hears(), other.hears()} for _ in range(times)]
    assert results == [{"SPENT", "USED"}] * times
