"""Grants on record: hidden numbers and names stay out, though the open grant needs them."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from _support.ledger import NOON, PHONE, Place, done, grant
from chasedata_mcp.ledger import Filter, Flaw, Ledger
from chasedata_mcp.pipeline.recorder import Keeping

pytestmark = pytest.mark.anyio
CAMPAIGN = "Hush-Solar"
GRANT = grant(numbers=(PHONE,), campaign=CAMPAIGN)
OUT = Keeping(("PrimaryPhone", "Campaign"), key=b"a key").out
RECORD = ("ledger_events", "ledger_entries", "ledger_keys")


@pytest.fixture
async def given(ledger: Ledger) -> Ledger:
    """A ledger with a grant whose number and campaign are kept out of the record."""
    await ledger.grants.give(GRANT, OUT.grant(GRANT))
    return ledger


def rows(place: Place, *tables: str) -> str:
    return repr([place.rows(f"SELECT * FROM {table}") for table in tables])  # noqa: S608 - ours


async def arguments(ledger: Ledger) -> Mapping[str, object]:
    entry = (await ledger.history(Filter(tool="grant"))).entries[0]
    assert isinstance(entry.intent.arguments, Mapping)
    return entry.intent.arguments


async def test_what_is_hidden_is_neither_in_its_event_nor_in_its_entry(
    place: Place, given: Ledger
) -> None:
    record = rows(place, *RECORD)
    assert PHONE not in record
    assert CAMPAIGN not in record
    said = await arguments(given)
    assert str(said["campaign"]).startswith("~")
    assert said["campaign"] == OUT.grant(GRANT).campaign
    assert (await given.verify()).sound


async def test_what_is_not_hidden_is(place: Place, ledger: Ledger) -> None:
    await ledger.grants.give(GRANT, Keeping(("Notes",), key=b"a key").out.grant(GRANT))
    assert PHONE in rows(place, "ledger_events")
    assert f"number:{PHONE}" in rows(place, "ledger_keys")
    assert (await arguments(ledger))["campaign"] == CAMPAIGN


async def test_it_covers_its_calls_all_the_same(given: Ledger) -> None:
    assert await given.grants.all("test", NOON) == [GRANT]


async def test_once_it_is_over_the_next_write_takes_it_away(place: Place, given: Ledger) -> None:
    await done(given, at=GRANT.until - timedelta(seconds=1))
    assert CAMPAIGN in rows(place, "ledger_grants")
    await done(given, at=GRANT.until + timedelta(minutes=1))
    assert CAMPAIGN not in rows(place, *RECORD, "ledger_grants")
    assert (await given.verify()).sound


async def test_a_number_that_was_put_into_the_grant_is_found(place: Place, given: Ledger) -> None:
    place.slip(f"UPDATE ledger_grants SET body = replace(body, '{PHONE}', '3055550110')")  # noqa: S608 - ours
    assert {problem.flaw for problem in (await given.verify()).problems} == {Flaw.STANDING}


async def test_two_grants_of_the_same_scope_have_hashes_of_their_own(
    place: Place, given: Ledger
) -> None:
    await given.grants.give(replace(GRANT, id="g2"), OUT.grant(replace(GRANT, id="g2")))
    events = place.rows("SELECT body FROM ledger_events WHERE what = 'granted'")
    assert len({json.loads(body)["row"] for (body,) in events}) == 2
