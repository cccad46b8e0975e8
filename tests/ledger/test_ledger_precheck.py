"""The precheck: all facts that a call is decided by are of one moment."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from _support.ledger import NOON, PHONE, Place, facts, grant, intent
from chasedata_mcp.ledger import (
    Frozen,
    Ledger,
    LedgerFacts,
    LedgerUnreadableError,
    Reservation,
    open_ledger,
)
from chasedata_mcp.ledger.usage import Limit, Unit

pytestmark = pytest.mark.anyio
HOUR = timedelta(hours=1)
GRANT = grant()


async def test_of_an_account_that_nothing_happened_in_nothing_is_known(ledger: Ledger) -> None:
    assert await facts(ledger) == LedgerFacts()


async def test_all_of_it_comes_together(ledger: Ledger) -> None:
    limits = (
        Limit("texts", "texts", HOUR, 9),
        Limit("people", "contacted", HOUR, 9, distinct=True),
    )
    units = (Unit("texts", PHONE), Unit("contacted", PHONE))
    first = replace(GRANT, id="g2", given=NOON - HOUR)
    for one in (GRANT, first):
        await ledger.grants.give(one)
    taken = Reservation(units=units, grant="g1", suppresses=(PHONE,))
    assert await ledger.intend(intent(), taken) is None
    await ledger.freezes.freeze("test", "Stop.", "jose", NOON)
    found = await facts(ledger, [PHONE, PHONE, "9545550199"], usage=units, limits=limits)
    assert found == LedgerFacts(
        frozen=Frozen(NOON, "Stop.", "jose"),
        suppressed=frozenset({PHONE}),
        suppressed_count=1,
        counts=(2, 1),
        grants=(first, replace(GRANT, used=1)),
    )


async def test_grants_that_are_used_up_over_revoked_or_of_others_are_not_among_it(
    ledger: Ledger,
) -> None:
    others: dict[str, dict[str, Any]] = {
        "used up": {"at_most": 1},
        "over": {"until": NOON + HOUR / 2},
        "revoked": {},
        "other": {"caller": "jose"},
        "elsewhere": {"account": "another"},
        "open": {},
    }
    for name, other in others.items():
        await ledger.grants.give(replace(GRANT, id=name, **other))
    await ledger.intend(intent(), Reservation(grant="used up"))
    await ledger.grants.revoke("revoked", "jose", NOON)
    found = await facts(ledger, now=NOON + HOUR / 2)
    assert [grant.id for grant in found.grants] == ["open"]


async def test_a_store_that_can_not_be_read_says_so_without_what_was_asked(
    place: Place, ledger: Ledger
) -> None:
    await ledger.open()
    place.slip("DROP TABLE ledger_memory")
    with pytest.raises(LedgerUnreadableError, match="can't be read") as raised:
        await facts(ledger, [PHONE])
    assert PHONE not in str(raised.value)
    assert raised.value.__context__ is None


@pytest.mark.parametrize("place", ["postgresql"], indirect=True)
async def test_where_no_file_is_kept_an_empty_registry_is_only_empty(place: Place) -> None:
    async with open_ledger(place.where, "sandbox") as ledger:
        taken = Reservation(suppresses=(PHONE,))
        assert await ledger.intend(intent(), taken) is None
        found = await facts(ledger, [PHONE])
        assert found == LedgerFacts(suppressed=frozenset({PHONE}), suppressed_count=1)
        assert await facts(ledger, account="another") == LedgerFacts()
