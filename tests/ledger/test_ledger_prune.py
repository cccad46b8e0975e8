"""Pruning: old and settled entries are removed, and the rest still verifies."""

import json
from datetime import timedelta

import pytest

from _support.ledger import NOON, PHONE, Place, done, ending, intent, read
from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import Checkpoint, Filter, Flaw, Ledger, Pruned

pytestmark = pytest.mark.anyio
OLD = NOON - timedelta(days=100)
BEFORE = NOON - timedelta(days=90)


async def old_and_new(ledger: Ledger) -> None:
    """Three old calls, one of them open, an old read, and a new call."""
    for entry in ("old-1", "old-2"):
        await ledger.intend(intent(entry=entry, at=OLD))
        await ledger.finish(ending(entry, at=OLD))
    await ledger.intend(intent(entry="old-open", at=OLD))
    await ledger.finish(ending("old-open", Outcome.UNKNOWN, at=OLD))
    ledger.note(read(at=OLD))
    await ledger.flush()
    await done(ledger, entry="new-1")


async def ids(ledger: Ledger) -> list[str]:
    return [entry.id for entry in (await ledger.history()).entries]


async def test_what_is_old_and_settled_goes(place: Place, ledger: Ledger) -> None:
    await old_and_new(ledger)
    open_before = await ledger.entry("old-open")
    assert await ledger.prune(BEFORE) == Pruned(removed=3, carried=1)
    assert await ids(ledger) == ["new-1", "old-open"]
    assert await ledger.entry("old-open") == open_before
    assert await ledger.entry("old-1") is None
    verification = await ledger.verify()
    assert (verification.sound, verification.pruned) == (True, 7)
    assert not any("old-1" in str(row) for row in place.rows("SELECT * FROM ledger_events"))
    assert len(place.rows("SELECT * FROM ledger_keys")) == 4


async def test_what_is_left_is_exported_behind_what_was_pruned(ledger: Ledger) -> None:
    await old_and_new(ledger)
    await ledger.prune(BEFORE)
    events = [json.loads(line) async for line in ledger.export()]
    assert [event["prev"] for event in events[1:]] == [event["hash"] for event in events[:-1]]
    [cut] = [event["body"] for event in events if event["kind"] == "pruned"]
    assert (events[0]["seq"], events[0]["prev"]) == (cut["upto"] + 1, cut["hash"])


async def test_what_is_not_settled_is_kept_and_can_be_settled_then(ledger: Ledger) -> None:
    await old_and_new(ledger)
    await ledger.prune(BEFORE)
    assert [entry.id for entry in await ledger.unsettled()] == ["old-open"]
    await ledger.settle(ending("old-open", at=NOON, how="search_lead by phone"))
    entry = await ledger.entry("old-open")
    assert entry is not None
    assert (entry.outcome, len(entry.endings)) == (Outcome.DONE, 2)
    assert (await ledger.verify()).sound


async def test_a_call_that_was_settled_lately_is_kept_whole(ledger: Ledger) -> None:
    await old_and_new(ledger)
    await ledger.settle(ending("old-open", at=NOON, how="search_lead by phone"))
    before = await ledger.entry("old-open")
    assert await ledger.prune(BEFORE) == Pruned(removed=3, carried=1)
    assert await ledger.entry("old-open") == before
    assert (await ledger.verify()).sound


async def test_pruning_can_be_repeated(ledger: Ledger) -> None:
    await old_and_new(ledger)
    await ledger.prune(BEFORE)
    assert await ledger.prune(BEFORE) == Pruned(0, 0)
    assert await ledger.prune(NOON + timedelta(days=1)) == Pruned(removed=1, carried=1)
    assert await ids(ledger) == ["old-open"]
    assert (await ledger.verify()).sound
    await ledger.settle(ending("old-open", at=NOON, how="search_lead by phone"))
    assert await ledger.prune(NOON + timedelta(days=2)) == Pruned(removed=1, carried=0)
    assert await ids(ledger) == []
    await done(ledger)
    assert (await ledger.verify()).sound


async def test_where_nothing_is_old_nothing_is_written(ledger: Ledger) -> None:
    assert await ledger.prune(BEFORE) == Pruned(0, 0)
    await done(ledger)
    end = await ledger.checkpoint()
    assert await ledger.prune(BEFORE) == Pruned(0, 0)
    assert await ledger.checkpoint() == end


async def test_what_is_carried_is_still_found_and_stays_in_its_order(ledger: Ledger) -> None:
    await old_and_new(ledger)
    await done(ledger, entry="new-2")
    await ledger.prune(BEFORE)
    old = await ledger.entry("old-open")
    assert old is not None
    later = await ledger.later_touching(old)
    assert [entry.id for entry in later] == ["new-1", "new-2"]
    numbered = await ledger.history(Filter(number=PHONE))
    assert [entry.id for entry in numbered.entries] == ["new-2", "new-1", "old-open"]


async def test_what_is_taken_away_after_pruning_is_found(place: Place, ledger: Ledger) -> None:
    await old_and_new(ledger)
    await ledger.prune(BEFORE)
    place.tamper("DELETE FROM ledger_events WHERE seq = 8")
    (first, *_) = (await ledger.verify()).problems
    assert first.flaw is Flaw.REMOVED or first.flaw is Flaw.INDEX


async def test_a_checkpoint_that_was_edited_is_found(place: Place, ledger: Ledger) -> None:
    await old_and_new(ledger)
    await ledger.prune(BEFORE)
    place.tamper("UPDATE ledger_events SET body = replace(body, '7', '6') WHERE what = 'pruned'")
    flaws = [problem.flaw for problem in (await ledger.verify()).problems]
    assert Flaw.EDITED in flaws
    assert Flaw.REMOVED in flaws


async def test_checkpoints_from_before_the_cut_at_it_and_after_it_agree(ledger: Ledger) -> None:
    heads = [await ledger.checkpoint()]
    await old_and_new(ledger)
    lines = [line async for line in ledger.export()]
    assert len(lines) == 9
    heads.append(await ledger.checkpoint())
    await ledger.prune(BEFORE)
    heads.append(await ledger.checkpoint())
    for head in heads:
        assert (await ledger.verify(head)).sound


async def test_a_checkpoint_at_the_cut_with_another_hash_is_found(ledger: Ledger) -> None:
    await old_and_new(ledger)
    await ledger.prune(BEFORE)
    (problem,) = (await ledger.verify(Checkpoint(7, "0" * 64))).problems
    assert problem.flaw is Flaw.EDITED


async def test_approvals_go_with_their_time(place: Place, ledger: Ledger) -> None:
    await old_and_new(ledger)
    place.slip(
        "INSERT INTO ledger_consents (id, digest, caller, question, asked, ends, "
        "store_ends, state) VALUES ('c1', 'd', 'c', '{}', '2025-01-01T00:00:00.000000Z', "
        "'2025-01-01T00:05:00.000000Z', '2025-01-01T00:05:00.000000Z', 'asked')"
    )
    await ledger.prune(BEFORE)
    assert await ledger.approvals.get("c1") is None
