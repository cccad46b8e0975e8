"""Verification from where the last one ended: what it finds, and when everything is verified."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from _support.ledger import NOON, Place, done, ending, grant, intent
from _support.restores import FileStore
from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import Checkpoint, Flaw, Ledger, Resumption, Verification

pytestmark = pytest.mark.anyio
HOW = Resumption(key=b"made of the token", now=NOON)
EDIT = "UPDATE ledger_events SET body = replace(body, 'Hello', 'Bye') WHERE seq = {}"


@pytest.fixture
async def verified(ledger: Ledger) -> Ledger:
    """A ledger that was verified: two calls that were done, a grant, a freeze and an open call."""
    await done(ledger, entry="first-one")
    await done(ledger)
    await ledger.grants.give(grant())
    await ledger.freezes.freeze("other", "It went wrong.", "maria", NOON)
    # On disk with all that came before it, so that the head has it.
    await ledger.intend(intent(entry="open-one"))
    found = await verify_on(ledger)
    assert (found.sound, found.earlier, found.why_whole) == (True, None, None)
    return ledger


async def verify_on(ledger: Ledger, *, is_whole: bool = False, days: int = 0) -> Verification:
    how = replace(HOW, is_whole=is_whole, now=NOON + timedelta(days=days))
    return await ledger.verify(resumption=how)


def flaws(verification: Verification) -> set[Flaw]:
    return {problem.flaw for problem in verification.problems}


async def test_what_came_since_is_read_and_the_rest_on_demand_alone(
    place: Place, verified: Ledger
) -> None:
    upto = (await verified.checkpoint()).count
    place.tamper(EDIT.format(1))
    await done(verified)
    await verified.intend(intent())
    found = await verify_on(verified, days=1)
    assert found.sound
    assert found.earlier is not None
    assert (found.earlier.upto, found.earlier.at, found.earlier.whole_at) == (upto, NOON, NOON)
    await verified.intend(intent())
    place.slip(EDIT.format(upto + 4))
    again = await verify_on(verified, days=2)
    assert flaws(again) == {Flaw.EDITED}
    assert again.earlier is not None
    assert (again.earlier.upto, again.earlier.at, again.earlier.whole_at) == (
        upto + 3,
        NOON + timedelta(days=1),
        NOON,
    )
    whole = await verify_on(verified, is_whole=True)
    assert [problem.seq for problem in whole.problems] == [1, upto + 4]


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("DELETE FROM ledger_events WHERE seq = 2", Flaw.REMOVED),
        ("UPDATE ledger_events SET seq = -1 WHERE seq = 2", Flaw.INSERTED),
        ("DELETE FROM ledger_calls WHERE entry = 'first-one'", Flaw.INDEX),
        ("INSERT INTO ledger_keys (key, seq) VALUES ('number:9545550199', 1)", Flaw.INDEX),
        ("DELETE FROM ledger_keys WHERE seq = 1", Flaw.INDEX),
        ("UPDATE ledger_accounts SET frozen_why = 'Nothing.'", Flaw.STANDING),
        ("UPDATE ledger_grants SET at_most = 200", Flaw.STANDING),
    ],
)
async def test_what_is_missing_or_too_much_before_the_place_is_found_at_once(
    place: Place, verified: Ledger, statement: str, found: Flaw
) -> None:
    place.tamper(statement)
    assert found in flaws(await verify_on(verified))


async def test_another_event_at_the_place_has_everything_verified(
    place: Place, verified: Ledger
) -> None:
    place.tamper("DELETE FROM ledger_events WHERE entry = 'open-one'")
    found = await verify_on(verified)
    assert found.why_whole == "the ledger has no such event as the last verification ended with"
    assert found.earlier is None
    assert Flaw.CUT in flaws(found)


async def test_a_cut_end_shows_against_the_place_where_the_head_was_cut_as_well(
    place: Place, verified: Ledger
) -> None:
    end = (await verified.checkpoint()).count
    tables = ("events", "calls", "keys")
    place.tamper(*(f"DELETE FROM ledger_{table} WHERE seq = {end}" for table in tables))  # noqa: S608 - names of ours
    async with place.ledger() as other:
        place.checkpoint.write_text(str(await other.checkpoint()), encoding="utf-8")
        assert (await other.verify()).sound
        assert flaws(await verify_on(other)) == {Flaw.CUT}
        assert flaws(await verify_on(other, is_whole=True)) == {Flaw.CUT}


async def test_a_note_that_was_changed_or_sealed_with_another_key_has_everything_verified(
    place: Place, verified: Ledger
) -> None:
    note = place.checkpoint.with_name("verified.json")
    place.tamper(EDIT.format(1))
    sealed = note.read_text(encoding="utf-8")
    changed = "the note of the last one was changed or damaged, or the API token is another"
    for text in (sealed.replace("12:00", "13:00"), "no JSON", '{"note": "x", "seal": "é"}', "[]"):
        assert text != sealed
        note.write_text(text, encoding="utf-8")
        found = await verify_on(verified)
        assert (flaws(found), found.why_whole) == ({Flaw.EDITED}, changed)
    note.write_text(sealed, encoding="utf-8")
    found = await verified.verify(resumption=replace(HOW, key=b"of another token"))
    assert (flaws(found), found.why_whole) == ({Flaw.EDITED}, changed)
    # What isn't sound is never noted.
    assert note.read_text(encoding="utf-8") == sealed
    note.unlink()
    found = await verify_on(verified)
    assert (flaws(found), found.why_whole) == ({Flaw.EDITED}, None)


async def test_an_entry_that_ended_since_is_looked_at_again(place: Place, verified: Ledger) -> None:
    ((label,),) = place.rows("SELECT label FROM ledger_calls WHERE entry = 'open-one'")
    assert (await verify_on(verified)).earlier is not None
    await verified.finish(ending("open-one", Outcome.DONE))
    place.tamper(f"UPDATE ledger_calls SET label = {label} WHERE entry = 'open-one'")  # noqa: S608 - a number
    assert flaws(await verify_on(verified)) == {Flaw.INDEX}


async def test_the_outcomes_of_entries_of_before_may_come_since(verified: Ledger) -> None:
    await verified.finish(ending("open-one", Outcome.UNKNOWN))
    await verified.settle(ending("open-one", Outcome.DONE, how="search_lead by phone"))
    for _ in range(2):
        found = await verify_on(verified)
        assert (found.sound, found.earlier is not None) == (True, True)


async def test_freezes_and_grants_of_before_are_ended_and_revoked_since(
    place: Place, verified: Ledger
) -> None:
    await verified.freezes.rearm("other", "maria", NOON)
    assert await verified.grants.revoke("g1", "maria", NOON)
    found = await verify_on(verified)
    assert (found.sound, found.earlier is not None) == (True, True)
    place.tamper("UPDATE ledger_grants SET revoked = NULL")
    assert flaws(await verify_on(verified)) == {Flaw.STANDING}


async def test_pruning_has_everything_verified_once(verified: Ledger) -> None:
    assert (await verified.prune(NOON + timedelta(seconds=2))).removed
    found = await verify_on(verified)
    assert (found.sound, found.earlier) == (True, None)
    assert found.why_whole == "old entries were pruned since the last verification"
    assert (await verify_on(verified)).earlier is not None


async def test_no_place_is_noted_that_a_power_cut_may_take(place: Place, verified: Ledger) -> None:
    head = place.checkpoint.read_text(encoding="utf-8")
    upto = Checkpoint.parse(head).count
    await verified.intend(intent())
    place.checkpoint.write_text(head, encoding="utf-8")
    for _ in range(2):
        found = await verify_on(verified)
        assert found.sound
        assert found.earlier is not None
        assert found.earlier.upto == upto


async def test_a_restore_explains_why_the_place_is_gone(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "state")
    await store.record(2)
    backup = store.back_up()
    await store.record(2)
    async with store.ledger() as ledger:
        assert (await verify_on(ledger)).sound
    store.restore(backup)
    for why in ("the ledger has no such event as the last verification ended with", None):
        async with store.ledger() as ledger:
            found = await verify_on(ledger)
        assert (found.sound, found.why_whole) == (True, why)
        assert len(found.restores) == 1


async def test_progress_is_told_of_what_is_verified(ledger: Ledger) -> None:
    told: list[tuple[int, int]] = []

    def tell(done: int, events: int) -> None:
        told.append((done, events))

    how = replace(HOW, progress=tell)
    for _ in range(2):
        await done(ledger)
        await ledger.intend(intent())
        assert (await ledger.verify(resumption=how)).sound
    assert told == [(0, 3), (0, 3)]
