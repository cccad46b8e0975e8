"""Approvals: open questions by code, by account and by call, and how sure an answer was."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import anyio
import pytest

from _support.ledger import NOON, Place, intent, no, question, read, yes
from chasedata_mcp.fields.assurance_level import AssuranceLevel
from chasedata_mcp.ledger import (
    Approval,
    ApprovalState,
    EntryExistsError,
    Ledger,
    Offer,
    Unspent,
    open_ledger,
)

pytestmark = pytest.mark.anyio
SOON, END = NOON + timedelta(minutes=1), NOON + timedelta(minutes=5)
ASKED = question(
    code="7F3K",
    calls=({"tool": "delete_dnc", "arguments": {"number": "9545550123"}},),
    known=("2 leads \N{CAT FACE}",),
    needs=AssuranceLevel.MACHINE,
    offers=(Offer(("send_sms",), None, None, 10, NOON, id="next", text="10 more"),),
)


def other(name: str, asked: datetime = NOON, **fields: Any) -> Approval:  # noqa: ANN401 - any field
    """Another question with its own id and code."""
    return replace(ASKED, id=name, code=name, asked=asked, **fields)


async def ask(ledger: Ledger, *rows: Approval) -> None:
    for row in rows:
        await ledger.approvals.ask(row)


async def test_all_of_a_question_comes_back(place: Place, ledger: Ledger) -> None:
    await ask(ledger, ASKED)
    async with place.ledger() as another:
        assert await another.approvals.get("c1") == ASKED
        assert await another.approvals.by_code("7F3K") == ASKED
    assert await ledger.approvals.by_code("7f3k") is None


async def test_a_code_is_for_one_open_question(ledger: Ledger) -> None:
    await ask(ledger, ASKED)
    again = replace(ASKED, id="c2", asked=SOON)
    with pytest.raises(EntryExistsError, match="code"):
        await ask(ledger, again)
    await ledger.approvals.answer("c1", no(SOON, "terminal", "jose"))
    await ask(ledger, again)
    assert await ledger.approvals.by_code("7F3K") == again


async def test_a_code_is_free_when_its_question_is_over(ledger: Ledger) -> None:
    late = replace(ASKED, id="c2", asked=END, ends=END + timedelta(minutes=5))
    await ask(ledger, ASKED, late)
    assert await ledger.approvals.by_code("7F3K") == late


async def test_questions_without_a_code_are_any_number(ledger: Ledger) -> None:
    await ask(ledger, replace(ASKED, code=""), replace(ASKED, id="c2", code=""))
    assert len(await ledger.approvals.pending("test", SOON)) == 2


async def test_of_many_at_once_one_gets_a_code(place: Place, ledger: Ledger) -> None:
    passed: list[bool] = []

    async def attempt(through: Ledger, number: int) -> None:
        try:
            await through.approvals.ask(replace(ASKED, id=f"c{number}"))
        except EntryExistsError:
            passed.append(False)
        else:
            passed.append(True)

    async with place.ledger() as another, anyio.create_task_group() as group:
        for number in range(10):
            group.start_soon(attempt, (ledger, another)[number % 2], number)
    assert passed.count(True) == 1


async def test_pending_are_those_that_nobody_has_answered_and_what_ends_first_comes_first(
    ledger: Ledger,
) -> None:
    newest, over = other("c2", SOON, ends=END + timedelta(minutes=1)), other("c3", ends=SOON)
    out_of_band = other("c4", account="another")
    await ask(ledger, ASKED, newest, over, out_of_band, other("c5"), other("c6"))
    await ledger.approvals.answer("c5", yes(NOON, "page", "jose"))
    await ledger.approvals.answer("c6", no(NOON, "page", "jose"))
    assert await ledger.approvals.pending("test", SOON) == [ASKED, newest]
    assert await ledger.approvals.pending("test", END) == [newest]


async def test_active_is_the_last_question_of_a_call_that_may_still_let_it_through(
    ledger: Ledger,
) -> None:
    async def active(caller: str = "maria", now: datetime = SOON) -> str | None:
        found = await ledger.approvals.active("d1", caller, now)
        return None if found is None else found.id

    assert await active() is None
    await ask(ledger, ASKED, other("c2", SOON), other("c3", SOON, digest="d2"))
    assert await active() == "c2"
    assert await active("maria/any client") == "c2"
    assert await active("jose") is None
    assert await active("mari") is None
    assert await active("jose/maria") is None
    assert await active(now=END) is None
    await ledger.approvals.answer("c1", yes(SOON, "page", "jose"))
    await ledger.approvals.answer("c2", no(SOON, "page", "jose"))
    assert await active() == "c1"
    await ledger.approvals.spend("c1", "d1", "maria", SOON)
    assert await active() is None


async def test_an_answer_is_kept_with_how_sure_it_was(ledger: Ledger) -> None:
    await ask(ledger, ASKED)
    await ledger.approvals.answer(
        "c1", yes(SOON, "terminal", "jose", sureness=AssuranceLevel.SECOND_FACTOR)
    )
    assert await ledger.approvals.get("c1") == replace(
        ASKED,
        state=ApprovalState.GRANTED,
        how="terminal",
        by="jose",
        sureness=AssuranceLevel.SECOND_FACTOR,
    )


HIDDEN = ("Delete it?", "9545550123", "at_most", "2 leads")


def words(place: Place) -> str:
    return str(place.rows("SELECT * FROM ledger_consents"))


async def over(ledger: Ledger) -> None:
    """Questions that are over soon, one of them with a yes that nobody uses."""
    await ask(ledger, ASKED, other("c2"))
    await ledger.approvals.answer("c2", yes(SOON, "page", "jose"))


async def test_the_words_of_what_is_over_go_when_a_call_is_intended(
    place: Place, ledger: Ledger
) -> None:
    await over(ledger)
    await ledger.intend(intent(at=SOON))
    assert all(word in words(place) for word in HIDDEN)
    await ask(ledger, other("c3", ends=END + timedelta(minutes=5)))
    await ledger.intend(intent(at=END))
    found = [await ledger.approvals.get(name) for name in ("c1", "c2", "c3")]
    kept = [(row.state, row.calls == (), row.known) for row in found if row]
    assert kept == [
        (ApprovalState.ASKED, True, ()),
        (ApprovalState.GRANTED, True, ()),
        (ApprovalState.ASKED, False, ASKED.known),
    ]
    assert await ledger.approvals.spend("c2", "d1", "maria", END) is Unspent.LATE


async def test_they_go_when_reads_are_noted(place: Place) -> None:
    now = [NOON]
    async with open_ledger(
        place.where, "sandbox", checkpoint=place.checkpoint, clock=lambda: now[0]
    ) as ledger:
        await over(ledger)
        now[0] = END
        ledger.note(read())
        await ledger.flush()
        assert not any(word in words(place) for word in HIDDEN)


async def test_they_go_when_the_store_is_opened(place: Place, ledger: Ledger) -> None:
    await over(ledger)
    async with open_ledger(
        place.where, "sandbox", checkpoint=place.checkpoint, clock=lambda: END
    ) as later:
        await later.open()
    assert not any(word in words(place) for word in HIDDEN)


async def test_they_go_when_the_ledger_is_pruned(place: Place) -> None:
    now = [NOON]
    async with open_ledger(
        place.where, "sandbox", checkpoint=place.checkpoint, clock=lambda: now[0]
    ) as ledger:
        await over(ledger)
        now[0] = END
        await ledger.prune(NOON - timedelta(days=90))
        assert not any(word in words(place) for word in HIDDEN)
