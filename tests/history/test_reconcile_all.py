"""Every entry of unknown outcome is looked up, however many there are and whatever came later."""

from dataclasses import replace

import pytest

from _support.ledger import ending
from _support.served_pipeline import Served
from chasedata_mcp.errors import Outcome
from chasedata_mcp.history.reconcile import ReconciledEntry, reconcile
from chasedata_mcp.ledger import Filter
from chasedata_mcp.pipeline.settlement import LONGEST, Settlement, Unresolved

pytestmark = pytest.mark.anyio
LIST: dict[str, object] = {"agent": "James", "list_name": "Spring"}


def lead(number: int) -> dict[str, object]:
    return {
        "campaign": "Solar",
        "primary_phone": f"602555{number:04}",
        "client_id": f"CRM-{number}",
        "import_only": True,
    }


async def looked(pipeline: Served) -> list[ReconciledEntry]:
    return [one async for one in reconcile(pipeline, pipeline.ledger)]


async def update(pipeline: Served, outcome: Outcome, **fields: object) -> str:
    """Record an update of another lead as a busy account has them, without sending it."""
    arguments = {"search_field": "lead_id", "identifier": "1002", **fields}
    intent = pipeline.intent("update_lead", arguments)
    await pipeline.ledger.intend(intent)
    if outcome is not Outcome.UNKNOWN:
        at = pipeline.clock()
        await pipeline.ledger.finish(ending(intent.entry, outcome, at=at))
    return intent.entry


async def an_insert_of(pipeline: Served, number: int) -> str:
    """Record an insert as a killed process leaves it; no lead is there before it."""
    intent = replace(pipeline.intent("insert_lead", lead(number)), before={"leads": 0})
    await pipeline.ledger.intend(intent)
    return intent.entry


async def test_a_write_before_many_updates_is_settled(pipeline: Served) -> None:
    entry = await an_insert_of(pipeline, 177)
    for _ in range(201):
        await update(pipeline, Outcome.DONE, city="Tampa")
    pipeline.clock.move(LONGEST)
    [one] = await looked(pipeline)
    assert (one.entry.id, one.found) == (
        entry,
        Settlement(Outcome.REFUSED, "A search by client id finds no lead."),
    )


@pytest.mark.parametrize(
    ("behind", "outcome", "is_settled"),
    [
        (0, Outcome.DONE, False),
        (150, Outcome.DONE, False),
        (150, Outcome.REFUSED, True),
        (0, Outcome.UNKNOWN, False),
    ],
)
async def test_an_update_that_may_have_moved_the_lead_is_found_among_many(
    pipeline: Served, behind: int, outcome: Outcome, *, is_settled: bool
) -> None:
    await update(pipeline, Outcome.DONE, campaign="Solar")
    entry = await an_insert_of(pipeline, 177)
    await update(pipeline, outcome, campaign="Medicare")
    for _ in range(behind):
        await update(pipeline, Outcome.DONE, city="Tampa")
    pipeline.clock.move(LONGEST)
    found = {one.entry.id: one.found for one in await looked(pipeline)}
    assert isinstance(found[entry], Settlement) is is_settled


async def test_updates_that_come_while_it_looks_matter_too(pipeline: Served) -> None:
    older, newer = await an_insert_of(pipeline, 1), await an_insert_of(pipeline, 2)
    pipeline.clock.move(LONGEST)
    found: dict[str, object] = {}
    async for one in reconcile(pipeline, pipeline.ledger):
        found[one.entry.id] = one.found
        for _ in range(3):
            await update(pipeline, Outcome.DONE, campaign="Medicare")
    assert isinstance(found[newer], Settlement)
    assert isinstance(found[older], Unresolved)


async def test_an_update_that_turns_out_not_done_holds_nothing_up(pipeline: Served) -> None:
    entry = await an_insert_of(pipeline, 177)
    await update(pipeline, Outcome.DONE, city="Tampa")
    moved = await update(pipeline, Outcome.UNKNOWN, campaign="Medicare")
    pipeline.clock.move(LONGEST)
    assert not isinstance(
        {one.entry.id: one.found for one in await looked(pipeline)}[entry], Settlement
    )
    await pipeline.ledger.settle(
        ending(moved, Outcome.REFUSED, how="a person looked", at=pipeline.clock())
    )
    [one] = await looked(pipeline)
    assert isinstance(one.found, Settlement)


async def test_what_comes_behind_many_unknown_ones_has_its_turn(pipeline: Served) -> None:
    first = await an_insert_of(pipeline, 1)
    for _ in range(1001):
        await pipeline.left_open("create_dial_list", **LIST)
    last = await an_insert_of(pipeline, 2)
    pipeline.clock.move(LONGEST)
    found = await looked(pipeline)
    assert [found[0].entry.id, found[-1].entry.id] == [last, first]
    assert [isinstance(one.found, Settlement) for one in (found[0], found[-1])] == [True, True]
    which = Filter(account=pipeline.account.accid)
    assert len(found) == 1003
    assert await pipeline.ledger.count_unsettled(which) == 1001


async def test_what_somebody_settled_meanwhile_is_left_alone(pipeline: Served) -> None:
    older = await an_insert_of(pipeline, 1)
    await an_insert_of(pipeline, 2)
    pipeline.clock.move(LONGEST)
    seen = 0
    async for _ in reconcile(pipeline, pipeline.ledger):
        seen += 1
        word = ending(older, Outcome.REFUSED, how="a person looked", at=pipeline.clock())
        await pipeline.ledger.settle(word)
    assert seen == 1
    assert len((await pipeline.entry(older)).endings) == 1
