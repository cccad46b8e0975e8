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
MARIA = "maria/an assistant"
WORDS: Mapping[str, list[str]] = {FREE_TEXT: ["lead 1001"]}


async def last_read(ledger: Ledger, caller: str = MARIA) -> datetime | None:
    now = NOON + timedelta(seconds=2)
    found = await facts(ledger, caller=caller, now=now, read_since=now - TEN_MINUTES)
    return found.readings[0].at if found.readings else None


async def noted(ledger: Ledger, tool: str, outcome: Outcome, **other: object) -> None:
    """Have a read on record, with what came of it."""
    answer = other.pop("answer", None)
    called = intent(tool=tool, **{"at": NOON, "caller": MARIA, **other})
    ledger.note(Note(EntryKind.READ, called, replace(ending(called.entry, outcome), answer=answer)))  # type: ignore[arg-type]  # of JSON
    await ledger.flush()


@pytest.mark.parametrize(
    ("tool", "outcome"),
    [
        (tool, outcome)
        for tool in ("search_lead", "available_inbound_agents")
        for outcome in Outcome
    ],
)
async def test_a_read_that_showed_free_text_counts_however_it_ended(
    ledger: Ledger, tool: str, outcome: Outcome
) -> None:
    await noted(ledger, tool, outcome, answer=WORDS)
    assert await last_read(ledger) == NOON


async def test_it_counts_for_every_client_of_the_principal_and_for_nobody_else(
    ledger: Ledger,
) -> None:
    await noted(ledger, "search_lead", Outcome.DONE, answer=WORDS)
    for ours in (MARIA, "maria/another", "maria/", "maria/a/b"):
        assert await last_read(ledger, ours) == NOON
    for other in ("james/an assistant", "mari/a", "maria2/an assistant", "Maria/an assistant"):
        assert await last_read(ledger, other) is None


async def test_what_another_account_showed_doesnt_count(ledger: Ledger) -> None:
    await noted(ledger, "search_lead", Outcome.DONE, answer=WORDS, account="another")
    assert await last_read(ledger) is None


async def test_what_a_person_looked_at_on_their_own_terminal_doesnt_count(
    ledger: Ledger,
) -> None:
    await noted(ledger, "search_lead", Outcome.DONE, answer=WORDS, caller="maria/terminal")
    assert await last_read(ledger) is None
    await noted(ledger, "search_lead", Outcome.DONE, answer=WORDS, caller="maria/script")
    assert await last_read(ledger) == NOON


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.UNKNOWN])
async def test_a_write_that_failed_in_free_words_counts(ledger: Ledger, outcome: Outcome) -> None:
    call = intent(caller=MARIA)
    await ledger.intend(call)
    assert await last_read(ledger) is None
    await ledger.finish(ending(call.entry, outcome, answer=WORDS))
    assert await last_read(ledger) == NOON


async def test_a_search_that_showed_no_free_text_doesnt_count(ledger: Ledger) -> None:
    for detailed in (True, False):
        given = {"detailed": detailed}
        await noted(ledger, "search_lead", Outcome.DONE, arguments=given, answer={"leads": []})
    assert await last_read(ledger) is None


async def test_an_update_counts_once_its_lead_was_read_back(ledger: Ledger) -> None:
    call = await done(ledger, tool="update_lead", caller=MARIA)
    assert await last_read(ledger) is None
    await ledger.settle(ending(call.entry, how="read back", answer=WORDS))
    assert await last_read(ledger) == NOON


async def test_no_argument_is_taken_for_what_came_back(ledger: Ledger) -> None:
    forged = {"notes": f'"{FREE_TEXT}":["lead 1"]', FREE_TEXT: '["lead 1"]'}
    await noted(ledger, "search_lead", Outcome.DONE, arguments=forged)
    assert await last_read(ledger) is None


async def test_of_several_the_last_comes_first_and_none_from_before_the_time(
    ledger: Ledger,
) -> None:
    for minutes in (11, 9, 5):
        at = NOON - timedelta(minutes=minutes)
        words = {FREE_TEXT: [f"lead {minutes}"]}
        await noted(ledger, "search_lead", Outcome.UNKNOWN, answer=words, at=at)
        seen = await last_read(ledger)
        assert seen == (None if minutes == 11 else at)
    now = NOON + timedelta(seconds=2)
    found = await facts(ledger, caller=MARIA, now=now, read_since=now - TEN_MINUTES)
    assert [one.sources for one in found.readings] == [("lead 5",), ("lead 9",)]
