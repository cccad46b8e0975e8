"""The precheck: the last time that a caller was shown text by others, for every process."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from _support.ledger import NOON, TEN_MINUTES, done, ending, facts, intent
from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import (
    FREE_TEXT,
    EntryKind,
    Ledger,
    Note,
)

pytestmark = pytest.mark.anyio
WORDS: Mapping[str, bool] = {FREE_TEXT: True}


async def last_read(ledger: Ledger, caller: str = "maria") -> datetime | None:
    now = NOON + timedelta(seconds=2)
    found = await facts(ledger, caller=caller, now=now, read_since=now - TEN_MINUTES)
    return found.last_read


async def noted(ledger: Ledger, tool: str, outcome: Outcome, **other: object) -> None:
    """Have a read on record, with what came of it."""
    arguments, answer = other.get("arguments", {}), other.get("answer")
    called = intent(tool=tool, arguments=arguments, at=other.get("at", NOON))
    ledger.note(Note(EntryKind.READ, called, replace(ending(called.entry, outcome), answer=answer)))  # type: ignore[arg-type]  # of JSON
    await ledger.flush()


@pytest.mark.parametrize(
    ("tool", "outcome"),
    [
        ("search_lead", Outcome.REFUSED),
        ("search_lead", Outcome.UNKNOWN),
        *(("available_inbound_agents", outcome) for outcome in Outcome),
    ],
)
async def test_a_read_that_came_back_in_free_words_counts_however_it_ended(
    ledger: Ledger, tool: str, outcome: Outcome
) -> None:
    await noted(ledger, tool, outcome, answer=WORDS)
    assert await last_read(ledger) == NOON
    assert await last_read(ledger, "james") is None


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.UNKNOWN])
async def test_a_write_that_failed_in_free_words_counts(ledger: Ledger, outcome: Outcome) -> None:
    call = intent()
    await ledger.intend(call)
    assert await last_read(ledger) is None
    await ledger.finish(ending(call.entry, outcome, answer=WORDS))
    assert await last_read(ledger) == NOON


async def test_a_detailed_search_counts_where_it_is_done(ledger: Ledger) -> None:
    await noted(ledger, "search_lead", Outcome.DONE, arguments={"detailed": False})
    await noted(ledger, "search_lead", Outcome.REFUSED, arguments={"detailed": True})
    assert await last_read(ledger) is None
    await noted(ledger, "search_lead", Outcome.DONE, arguments={"detailed": True})
    assert await last_read(ledger) == NOON


async def test_an_update_counts_once_its_lead_was_read_back(ledger: Ledger) -> None:
    call = await done(ledger, tool="update_lead")
    assert await last_read(ledger) is None
    await ledger.settle(ending(call.entry, how="read back"))
    assert await last_read(ledger) == NOON


async def test_no_argument_is_taken_for_what_came_back(ledger: Ledger) -> None:
    forged = {"notes": f'"{FREE_TEXT}":true,"detailed":true', FREE_TEXT: "true"}
    await noted(ledger, "search_lead", Outcome.DONE, arguments=forged)
    assert await last_read(ledger) is None


async def test_of_several_the_last_counts_and_none_from_before_the_time(ledger: Ledger) -> None:
    for minutes in (11, 9, 5):
        at = NOON - timedelta(minutes=minutes)
        await noted(ledger, "search_lead", Outcome.UNKNOWN, answer=WORDS, at=at)
        seen = await last_read(ledger)
        assert seen == (None if minutes == 11 else at)
