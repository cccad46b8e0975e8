"""Approvals: an open question is found or asked in one step; and how long a yes to it holds."""

from dataclasses import replace
from datetime import timedelta

import anyio
import pytest

from _support.ledger import NOON, Place, no, question, yes
from chasedata_mcp.ledger import Approval, EntryExistsError, Ledger, Unspent

pytestmark = pytest.mark.anyio
MINUTE = timedelta(minutes=1)
SOON, END = NOON + MINUTE, NOON + 15 * MINUTE
ASKED = question(ends=END, code="aaaa2222")
ALIKE = replace(ASKED, id="c2", code="bbbb3333", asked=SOON, ends=END + MINUTE)


async def test_the_question_that_waits_is_found(ledger: Ledger) -> None:
    assert await ledger.approvals.find_or_ask(ASKED) == ASKED
    assert await ledger.approvals.find_or_ask(ALIKE) == ASKED
    assert await ledger.approvals.pending("test", SOON) == [ASKED]


@pytest.mark.parametrize(
    "other",
    [
        replace(ALIKE, digest="d2"),
        replace(ALIKE, caller="jose"),
        replace(ALIKE, asked=END, ends=END + MINUTE),
    ],
)
async def test_one_of_another_call_or_caller_or_time_is_asked(
    ledger: Ledger, other: Approval
) -> None:
    await ledger.approvals.find_or_ask(ASKED)
    assert await ledger.approvals.find_or_ask(other) == other


async def test_one_that_only_a_client_asks_is_not_found(ledger: Ledger) -> None:
    await ledger.approvals.ask(replace(ASKED, code=""))
    assert await ledger.approvals.find_or_ask(ALIKE) == ALIKE


async def test_one_that_is_answered_is_not_found(ledger: Ledger) -> None:
    await ledger.approvals.find_or_ask(ASKED)
    await ledger.approvals.answer("c1", yes(SOON, "page", "jose"))
    assert await ledger.approvals.find_or_ask(ALIKE) == ALIKE
    await ledger.approvals.answer("c2", no(SOON, "page", "jose"))
    third = replace(ALIKE, id="c3", code="cccc4444")
    assert await ledger.approvals.find_or_ask(third) == third


async def test_a_code_that_another_question_has_is_refused(ledger: Ledger) -> None:
    await ledger.approvals.find_or_ask(ASKED)
    with pytest.raises(EntryExistsError, match="code"):
        await ledger.approvals.find_or_ask(replace(ALIKE, digest="d2", code=ASKED.code))


async def test_of_many_at_once_one_asks_and_the_others_find_it(
    place: Place, ledger: Ledger
) -> None:
    found: list[str] = []

    async def attempt(through: Ledger, number: int) -> None:
        row = replace(ASKED, id=f"c{number}", code=f"code{number}")
        found.append((await through.approvals.find_or_ask(row)).id)

    async with place.ledger() as another, anyio.create_task_group() as group:
        for number in range(10):
            group.start_soon(attempt, (ledger, another)[number % 2], number)
    assert len(found) == 10
    assert len(set(found)) == 1
    assert len(await ledger.approvals.pending("test", SOON)) == 1


async def test_a_yes_given_in_time_holds_at_least_for_as_long_as_is_asked(ledger: Ledger) -> None:
    await ledger.approvals.find_or_ask(ASKED)
    given = END - timedelta(seconds=12)
    await ledger.approvals.answer("c1", yes(given, "page", "jose", holds=5 * MINUTE))
    found = await ledger.approvals.get("c1")
    assert found is not None
    assert found.ends == given + 5 * MINUTE
    assert await ledger.approvals.active("d1", "maria", END + MINUTE) == found
    late = await ledger.approvals.spend("c1", "d1", "maria", given + 5 * MINUTE)
    assert late is Unspent.LATE
    assert await ledger.approvals.spend("c1", "d1", "maria", END + MINUTE) is None


async def test_a_yes_given_early_holds_until_its_question_ends(ledger: Ledger) -> None:
    await ledger.approvals.find_or_ask(ASKED)
    await ledger.approvals.answer("c1", yes(SOON, "page", "jose", holds=5 * MINUTE))
    found = await ledger.approvals.get("c1")
    assert found is not None
    assert found.ends == END


async def test_no_time_is_won_by_a_no_or_by_an_answer_that_is_late(ledger: Ledger) -> None:
    await ledger.approvals.find_or_ask(ASKED)
    assert not await ledger.approvals.answer("c1", yes(END, "page", "jose", holds=5 * MINUTE))
    assert await ledger.approvals.get("c1") == ASKED
    await ledger.approvals.answer("c1", no(SOON, "page", "jose"))
    found = await ledger.approvals.get("c1")
    assert found is not None
    assert found.ends == END
