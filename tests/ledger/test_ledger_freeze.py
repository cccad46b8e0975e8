"""Freezes: nothing is written in an account until a person rearms it."""

from datetime import timedelta

import pytest

from _support.ledger import NOON, Place, done, ending, intent
from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import Frozen, Ledger

pytestmark = pytest.mark.anyio
LATER = NOON + timedelta(minutes=1)
WHY = Frozen(NOON, "It rings \N{CAT FACE} people.", 'maria "\0"')


async def freeze(ledger: Ledger, account: str = "test") -> bool:
    return await ledger.freezes.freeze(account, WHY.why, WHY.by, WHY.at)


async def events(ledger: Ledger) -> list[str]:
    return [line async for line in ledger.export()]


async def test_a_frozen_account_takes_no_intent_of_any_process(
    place: Place, ledger: Ledger
) -> None:
    assert await freeze(ledger)
    end = await ledger.checkpoint()
    async with place.ledger() as other:
        assert await other.intend(intent()) == WHY
        assert await other.freezes.frozen("test") == WHY
    assert await ledger.checkpoint() == end


async def test_another_account_goes_on(ledger: Ledger) -> None:
    await freeze(ledger)
    assert await ledger.intend(intent(account="another")) is None
    assert await ledger.freezes.frozen("another") is None


async def test_what_was_under_way_can_still_end(ledger: Ledger) -> None:
    call = intent()
    await ledger.intend(call)
    await freeze(ledger)
    await ledger.finish(ending(call.entry))
    entry = await ledger.entry(call.entry)
    assert entry is not None
    assert entry.settled


async def test_who_freezes_what_is_frozen_changes_nothing(ledger: Ledger) -> None:
    await freeze(ledger)
    end = await ledger.checkpoint()
    assert not await ledger.freezes.freeze("test", "Again.", "jose", LATER)
    assert await ledger.freezes.frozen("test") == WHY
    assert await ledger.checkpoint() == end


async def test_an_account_that_was_rearmed_goes_on(ledger: Ledger) -> None:
    await freeze(ledger)
    assert await ledger.freezes.rearm("test", "jose", LATER)
    assert await ledger.freezes.frozen("test") is None
    assert await ledger.intend(intent()) is None
    assert await freeze(ledger)


async def test_there_is_nothing_to_rearm_where_nothing_is_frozen(ledger: Ledger) -> None:
    assert not await ledger.freezes.rearm("test", "jose", LATER)
    assert (await ledger.checkpoint()).count == 0


async def test_both_are_in_the_chain_and_it_verifies(ledger: Ledger) -> None:
    await freeze(ledger)
    await ledger.freezes.rearm("test", "jose", LATER)
    frozen, _, _, rearmed, _, _ = await events(ledger)
    assert '"kind": "frozen"' in frozen
    assert '"account": "test"' in frozen
    assert '"kind": "rearmed"' in rearmed
    assert '"by": "jose"' in rearmed
    assert (await ledger.verify()).sound


async def test_both_are_entries_of_the_history(ledger: Ledger) -> None:
    await freeze(ledger)
    await freeze(ledger)
    await ledger.freezes.rearm("test", "jose", LATER)
    rearmed, frozen = (await ledger.history()).entries
    assert (frozen.intent.tool, frozen.intent.caller) == ("freeze", WHY.by)
    assert (frozen.intent.account, frozen.intent.arguments) == ("test", {"reason": WHY.why})
    assert (rearmed.intent.tool, rearmed.intent.caller, rearmed.intent.at) == (
        "rearm",
        "jose",
        LATER,
    )
    assert {one.outcome for one in (frozen, rearmed)} == {Outcome.DONE}
    assert await ledger.unsettled() == []


async def test_pruning_leaves_an_account_frozen(ledger: Ledger) -> None:
    await done(ledger)
    await freeze(ledger)
    await done(ledger, account="another", at=NOON + timedelta(days=2))
    await ledger.prune(NOON + timedelta(days=1))
    assert await ledger.freezes.frozen("test") == WHY
    assert (await ledger.verify()).sound


async def test_an_edited_event_of_freezing_is_found(place: Place, ledger: Ledger) -> None:
    await freeze(ledger)
    place.tamper("UPDATE ledger_events SET body = replace(body, 'test', 'tests')")
    assert not (await ledger.verify()).sound
