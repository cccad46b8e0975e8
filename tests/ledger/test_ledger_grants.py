"""Grants: a yes to several calls, each use counted, ended at once."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import anyio
import pytest

from _support.ledger import NOON, PHONE, Place, done, intent
from chasedata_mcp.errors import Outcome
from chasedata_mcp.fields.assurance_level import AssuranceLevel
from chasedata_mcp.ledger import EntryExistsError, Filter, Grant, Ledger, Reservation, SpentGrant
from chasedata_mcp.ledger.grants import parse_grant

pytestmark = pytest.mark.anyio
SOON, END = NOON + timedelta(minutes=1), NOON + timedelta(hours=5)
TEXTS = Grant(
    id="g1",
    account="test",
    caller="maria",
    tools=("send_sms",),
    numbers=(PHONE, "9545550124"),
    campaign='Spr\u00edng "\0"',
    at_most=3,
    given=NOON,
    until=END,
    by="jose",
    how="terminal",
    sureness=AssuranceLevel.MACHINE,
)
BY_GRANT = Reservation(grant="g1")


@pytest.fixture
async def given(ledger: Ledger) -> Ledger:
    await ledger.grants.give(TEXTS)
    return ledger


async def used(ledger: Ledger) -> int:
    (grant,) = await ledger.grants.all("test", SOON)
    return grant.used


async def test_a_grant_comes_back_as_it_was_given(place: Place, given: Ledger) -> None:
    await given.grants.give(replace(TEXTS, id="g2", numbers=None, campaign=None, given=SOON))
    async with place.ledger() as other:
        newest, oldest = await other.grants.all("test", SOON)
    assert oldest == TEXTS
    assert (newest.numbers, newest.campaign) == (None, None)
    assert TEXTS.is_open(SOON)


async def test_a_grant_that_does_not_say_how_sure_it_is_is_the_least(
    place: Place, given: Ledger
) -> None:
    assert [one.sureness for one in await given.grants.all("test", SOON)] == ["machine"]
    [(body,)] = place.rows("SELECT body FROM ledger_grants")
    kept = json.loads(body)
    assert kept.pop("sureness") == "machine"
    assert parse_grant(json.dumps(kept), 1) == replace(
        TEXTS, sureness=AssuranceLevel.CLIENT, used=1
    )
    event, *_ = [json.loads(line) async for line in given.export()]
    assert event["body"]["sureness"] == "machine"


async def test_giving_and_revoking_are_entries_that_the_number_finds(given: Ledger) -> None:
    await given.grants.revoke("g1", "jose", SOON)
    revoked, granted = (await given.history()).entries
    assert (granted.intent.tool, granted.intent.caller) == ("grant", TEXTS.by)
    assert (revoked.intent.tool, revoked.intent.caller) == ("revoke", "jose")
    for entry in (granted, revoked):
        assert entry.outcome is Outcome.DONE
        assert isinstance(entry.intent.arguments, Mapping)
        assert entry.intent.arguments["grant"] == "g1"
    assert TEXTS.numbers is not None
    found = await given.history(Filter(number=TEXTS.numbers[0]))
    assert found.entries == (granted,)


async def test_an_id_is_for_one_grant(given: Ledger) -> None:
    end = await given.checkpoint()
    with pytest.raises(EntryExistsError):
        await given.grants.give(replace(TEXTS, caller="jose"))
    assert await given.checkpoint() == end


@pytest.mark.parametrize(
    "other", [{"used": 1}, {"revoked": NOON}, {"until": NOON.replace(tzinfo=None)}]
)
async def test_a_grant_that_is_not_new_or_has_no_zone_is_not_given(
    ledger: Ledger, other: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=r"a new grant|time zone"):
        await ledger.grants.give(replace(TEXTS, **other))
    assert await ledger.grants.all("test", SOON) == []


async def test_each_call_uses_a_grant_once_until_it_is_used_up(given: Ledger) -> None:
    for number in range(1, 4):
        assert await given.intend(intent(), BY_GRANT) is None
        assert await used(given) == number
    end = await given.checkpoint()
    assert await given.intend(intent(), BY_GRANT) == SpentGrant("g1")
    assert await given.checkpoint() == end


@pytest.mark.parametrize(
    "other",
    [{"caller": "jose"}, {"account": "another"}, {"at": END}, {"at": END + SOON.resolution}],
)
async def test_a_grant_is_for_one_caller_in_one_account_in_time(
    given: Ledger, other: dict[str, Any]
) -> None:
    assert await given.intend(intent(**other), BY_GRANT) == SpentGrant("g1")
    assert sum([one.used for one in await given.grants.all("test", SOON)]) == 0


async def test_a_grant_is_used_by_any_client_of_its_principal(given: Ledger) -> None:
    assert await given.intend(intent(caller="maria/whatever"), BY_GRANT) is None
    assert await given.intend(intent(caller="jose/maria"), BY_GRANT) == SpentGrant("g1")


async def test_a_grant_that_does_not_exist_lets_nothing_through(ledger: Ledger) -> None:
    assert await ledger.intend(intent(), BY_GRANT) == SpentGrant("g1")


async def test_a_grant_that_was_revoked_lets_nothing_through(place: Place, given: Ledger) -> None:
    async with place.ledger() as other:
        assert await other.grants.revoke("g1", "jose", SOON)
    assert await given.intend(intent(at=SOON), BY_GRANT) == SpentGrant("g1")
    assert await given.grants.all("test", SOON) == []
    assert not await given.grants.revoke("g1", "jose", SOON)


async def test_there_is_nothing_to_revoke_once_a_grant_is_over_or_where_there_is_none(
    given: Ledger,
) -> None:
    assert not await given.grants.revoke("g1", "jose", END)
    assert not await given.grants.revoke("g2", "jose", SOON)
    assert await given.grants.all("test", END) == []
    assert await given.grants.all("another", SOON) == []


async def test_what_is_given_and_revoked_is_in_the_chain_and_it_verifies(given: Ledger) -> None:
    await given.grants.revoke("g1", "jose", SOON)
    granted, _, _, revoked, _, _ = [line async for line in given.export()]
    assert '"kind": "granted"' in granted
    assert PHONE in granted
    assert '"kind": "revoked"' in revoked
    assert '{"account": "test", "by": "jose", "id": "g1"}' in revoked
    assert (await given.verify()).sound


async def test_pruning_keeps_what_is_open_and_takes_what_is_over(
    place: Place, given: Ledger
) -> None:
    later = NOON + timedelta(days=9)
    await given.grants.give(replace(TEXTS, id="g2", until=later + timedelta(hours=1)))
    await done(given)
    await done(given, at=later)
    await given.prune(later)
    assert place.rows("SELECT id FROM ledger_grants") == [("g2",)]
    assert [grant.id for grant in await given.grants.all("test", later)] == ["g2"]
    assert (await given.verify()).sound


async def test_of_fifteen_at_once_over_two_connections_a_parse_grant_three_lets_three_through(
    place: Place, given: Ledger
) -> None:
    answers: list[object] = []

    async def attempt(through: Ledger) -> None:
        answers.append(await through.intend(intent(), BY_GRANT))

    async with place.ledger() as other, anyio.create_task_group() as group:
        for number in range(15):
            group.start_soon(attempt, (given, other)[number % 2])
    assert answers.count(None) == 3
    assert answers.count(SpentGrant("g1")) == 12
