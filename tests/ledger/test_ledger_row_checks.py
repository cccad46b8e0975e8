"""Row checks: freezes and grants are compared with the chain, whatever is pruned of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from _support.ledger import NOON, Place, done, ending, grant, intent
from chasedata_mcp.ledger import Flaw, Ledger

pytestmark = pytest.mark.anyio
OLD = NOON - timedelta(days=100)
BEFORE = NOON - timedelta(days=90)
GRANT = grant(at_most=5, given=OLD, until=NOON + timedelta(days=30), how="page")


@pytest.fixture
async def stands(ledger: Ledger) -> Ledger:
    """A ledger with a frozen account and one that goes on, a grant, and one that was revoked."""
    call = intent(at=OLD)
    await ledger.intend(call)
    await ledger.finish(ending(call.entry, at=OLD))
    await ledger.freezes.freeze("stopped", "the wrong list \N{CAT FACE}", "maria", OLD)
    for _ in range(2):
        await ledger.freezes.freeze("another", "a cap", "jose", OLD)
        await ledger.freezes.rearm("another", "jose", OLD)
    await ledger.grants.give(GRANT)
    await ledger.grants.give(replace(GRANT, id="g2"))
    await ledger.grants.revoke("g2", "jose", OLD)
    await done(ledger)
    return ledger


async def flaws(ledger: Ledger) -> set[Flaw]:
    return {problem.flaw for problem in (await ledger.verify()).problems}


TAMPERED = [
    "UPDATE ledger_accounts SET frozen_at = NULL WHERE account = 'stopped'",
    "UPDATE ledger_accounts SET frozen_why = 'nothing' WHERE account = 'stopped'",
    "DELETE FROM ledger_accounts WHERE account = 'stopped'",
    (
        "UPDATE ledger_accounts SET frozen_at = '2026-03-02T12:00:00.000000Z', frozen_why = '',"
        " frozen_by = '' WHERE account = 'another'"
    ),
    "UPDATE ledger_grants SET revoked = NULL WHERE id = 'g2'",
    "UPDATE ledger_grants SET revoked = '2026-03-02T12:00:00.000000Z' WHERE id = 'g1'",
    "UPDATE ledger_grants SET at_most = 5000 WHERE id = 'g1'",
    "UPDATE ledger_grants SET until = '2036-03-02T12:00:00.000000Z' WHERE id = 'g1'",
    "UPDATE ledger_grants SET caller = 'jose' WHERE id = 'g1'",
    "UPDATE ledger_grants SET body = replace(body, 'send_sms', 'delete_dnc') WHERE id = 'g1'",
    "UPDATE ledger_grants SET id = 'g3' WHERE id = 'g1'",
]


@pytest.mark.parametrize("pruned", [False, True])
@pytest.mark.parametrize("statement", TAMPERED)
async def test_a_freeze_or_a_grant_that_was_changed_in_the_database_is_found(
    place: Place, stands: Ledger, statement: str, *, pruned: bool
) -> None:
    if pruned:
        await stands.prune(BEFORE)
    assert (await stands.verify()).sound
    place.slip(statement)
    assert await flaws(stands) == {Flaw.STANDING}


async def test_what_stands_is_carried_over_every_cut(stands: Ledger) -> None:
    pruned = await stands.prune(BEFORE)
    assert (pruned.removed, pruned.carried) == (9, 0)
    await done(stands, at=NOON + timedelta(days=20))
    assert (await stands.prune(NOON + timedelta(hours=1))).removed == 1
    assert (await stands.verify()).sound
    found = await stands.freezes.frozen("stopped")
    assert found is not None
    assert found.why == "the wrong list \N{CAT FACE}"
    assert [grant.id for grant in await stands.grants.all("test", NOON)] == ["g1"]
    await stands.freezes.rearm("stopped", "jose", NOON)
    await stands.grants.revoke("g1", "jose", NOON)
    assert (await stands.verify()).sound


async def test_a_grant_that_is_over_may_be_gone(stands: Ledger) -> None:
    await stands.prune(GRANT.until + timedelta(days=1))
    assert await stands.grants.all("test", NOON) == []
    assert (await stands.verify()).sound


async def test_a_use_of_a_grant_is_not_held_against_the_chain(place: Place, stands: Ledger) -> None:
    place.slip("UPDATE ledger_grants SET used = 0")
    assert (await stands.verify()).sound


async def test_an_event_that_can_not_be_read_keeps_nothing_from_being_pruned(
    place: Place, stands: Ledger
) -> None:
    place.tamper("UPDATE ledger_events SET body = '{}' WHERE what IN ('granted', 'frozen')")
    assert (await stands.prune(BEFORE)).removed == 9
    assert Flaw.STANDING in await flaws(stands)
