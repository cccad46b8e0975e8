"""Approvals on record: one call, its caller, five minutes, once."""

from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta

import anyio
import anyio.lowlevel
import pytest

from _support.clock import START
from _support.ledger import LedgerInMemory
from chasedata_mcp.approvals.grants import Approval
from chasedata_mcp.approvals.models import LIFE, Consent, State, why_not
from chasedata_mcp.approvals.questions import Question
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.pipeline.approval_store import ConsentsInLedger

pytestmark = pytest.mark.anyio
QUESTION = Question("Do it?")
HOW, BY = "through the client", "caller"
LAST_MOMENT = START + LIFE - timedelta(microseconds=1)
TOO_LATE = START + LIFE


def kept() -> ConsentsInLedger:
    return ConsentsInLedger(LedgerInMemory(lambda: START))


async def asked(consents: ConsentsInLedger) -> Consent:
    return await consents.ask("digest", "caller", QUESTION, START)


async def state(consents: ConsentsInLedger, consent: Consent) -> State:
    found = await consents.find(consent.id)
    assert found is not None
    return found.state


async def refusal(spending: Awaitable[None]) -> str:
    with pytest.raises(CallError) as caught:
        await spending
    assert caught.value.code is Code.NEEDS_CONFIRMATION
    assert "Nothing was sent." in caught.value.message
    return caught.value.message


async def test_a_question_is_open_for_five_minutes() -> None:
    consent = await asked(kept())
    assert consent.state is State.ASKED
    assert consent.ends == START + timedelta(minutes=5)


async def test_a_granted_consent_is_spent_once() -> None:
    consents = kept()
    consent = await asked(consents)
    await consents.grant(consent.id, Approval(START, HOW, BY))
    await consents.spend(consent.id, "digest", "caller", START)
    assert await state(consents, consent) is State.SPENT
    assert "used already" in await refusal(consents.spend(consent.id, "digest", "caller", START))


async def test_an_open_question_can_not_be_spent() -> None:
    consents = kept()
    consent = await asked(consents)
    assert "Nobody has said yes" in await refusal(
        consents.spend(consent.id, "digest", "caller", START)
    )


async def test_a_declined_question_stays_declined() -> None:
    consents = kept()
    consent = await asked(consents)
    await consents.decline(consent.id, START, HOW, BY)
    await consents.grant(consent.id, Approval(START, HOW, BY))
    assert await state(consents, consent) is State.DECLINED
    await refusal(consents.spend(consent.id, "digest", "caller", START))


async def test_a_no_takes_back_a_yes_that_was_not_used() -> None:
    consents = kept()
    consent = await asked(consents)
    await consents.grant(consent.id, Approval(START, HOW, BY))
    await consents.decline(consent.id, START, HOW, BY)
    assert await state(consents, consent) is State.DECLINED
    await refusal(consents.spend(consent.id, "digest", "caller", START))


async def test_a_spent_consent_is_neither_granted_again_nor_declined() -> None:
    consents = kept()
    consent = await asked(consents)
    await consents.grant(consent.id, Approval(START, HOW, BY))
    await consents.spend(consent.id, "digest", "caller", START)
    await consents.grant(consent.id, Approval(START, HOW, BY))
    await consents.decline(consent.id, START, HOW, BY)
    assert await state(consents, consent) is State.SPENT


@pytest.mark.parametrize(("digest", "caller"), [("other", "caller"), ("digest", "other")])
async def test_a_yes_is_for_its_call_by_its_caller(digest: str, caller: str) -> None:
    consents = kept()
    consent = await asked(consents)
    await consents.grant(consent.id, Approval(START, HOW, BY))
    assert "another call" in await refusal(consents.spend(consent.id, digest, caller, START))
    await consents.spend(consent.id, "digest", "caller", START)


async def test_a_yes_in_the_last_moment_holds() -> None:
    consents = kept()
    consent = await asked(consents)
    await consents.grant(consent.id, Approval(LAST_MOMENT, HOW, BY))
    await consents.spend(consent.id, "digest", "caller", LAST_MOMENT)


async def test_a_yes_after_five_minutes_is_none() -> None:
    consents = kept()
    consent = await asked(consents)
    await consents.grant(consent.id, Approval(TOO_LATE, HOW, BY))
    assert await state(consents, consent) is State.ASKED


async def test_a_yes_in_time_is_not_spent_after_five_minutes() -> None:
    consents = kept()
    consent = await asked(consents)
    await consents.grant(consent.id, Approval(START, HOW, BY))
    assert "too late" in await refusal(consents.spend(consent.id, "digest", "caller", TOO_LATE))


async def test_an_unknown_consent_is_not_there_to_be_answered() -> None:
    consents = kept()
    await consents.grant("nobody", Approval(START, HOW, BY))
    await consents.decline("nobody", START, HOW, BY)
    assert await consents.find("nobody") is None
    assert "no open question" in await refusal(consents.spend("nobody", "digest", "caller", START))


async def test_ids_are_long_and_never_the_same() -> None:
    consents = kept()
    ids = {(await asked(consents)).id for _ in range(200)}
    assert len(ids) == 200
    assert min(map(len, ids)) >= 22


async def test_of_many_who_spend_at_once_one_succeeds() -> None:
    consents = kept()
    consent = await asked(consents)
    await consents.grant(consent.id, Approval(START, HOW, BY))
    outcomes: list[str] = []

    async def spend() -> None:
        await anyio.lowlevel.checkpoint()
        try:
            await consents.spend(consent.id, "digest", "caller", START)
        except CallError as error:
            outcomes.append(error.code)
        else:
            outcomes.append("spent")

    await at_once(spend, 50)
    assert sorted(outcomes) == [Code.NEEDS_CONFIRMATION] * 49 + ["spent"]


async def at_once(what: Callable[[], Coroutine[None, None, None]], times: int) -> None:
    async with anyio.create_task_group() as tasks:
        for _ in range(times):
            tasks.start_soon(what)


async def test_no_reason_is_given_where_a_consent_lets_its_call_through() -> None:
    consent = Consent("id", "digest", "caller", QUESTION, START, TOO_LATE, State.GRANTED)
    assert not why_not(consent, "digest", "caller", START)
