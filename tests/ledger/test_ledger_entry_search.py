"""The search for a page: by any filter it finds what a look at every entry finds."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import product
from random import Random

import pytest

from _support.ledger import NOON, Place, ending, intent
from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import Entry, EntryKind, Filter, Flaw, Intent, Ledger, Note
from chasedata_mcp.ledger.spans import LENGTH

pytestmark = pytest.mark.anyio
TOOLS = ("search_lead", "send_sms", "insert_dnc")
CALLERS = ("maria/one", "maria/two", "maria", "mariana/one", "jose/one")
PHONES = tuple(f"95455501{last:02}" for last in range(7))
ENTRIES = 3 * LENGTH + LENGTH // 3
# The last is a machine's whose clock is a year behind.
LATE = (timedelta(0), timedelta(seconds=90), timedelta(minutes=40), timedelta(days=365))


def a_call(number: int, chance: Random) -> Intent:
    late = chance.choices(LATE, (900, 60, 30, 1))[0]
    phone = chance.choice(PHONES)
    return intent(
        at=NOON + timedelta(minutes=number) - late,
        tool=chance.choices(TOOLS, (90, 9, 1))[0],
        caller=chance.choice(CALLERS),
        account=chance.choices(("test", "another"), (20, 1))[0],
        numbers=(phone,),
        resource_keys=(f"sms:{phone}", f"lead:lead_id/{chance.randrange(40)}"),
    )


@pytest.fixture
async def long(ledger: Ledger) -> Ledger:
    """A ledger of more than three spans, its times in no good order."""
    chance = Random(13)  # noqa: S311 - no secret
    for number in range(ENTRIES):
        call = a_call(number, chance)
        outcome = chance.choices(list(Outcome), (90, 5, 5))[0]
        if number % 50 == 0:
            await ledger.flush()
            await ledger.intend(call)
            await ledger.finish(ending(call.entry, outcome))
        else:
            ended = ending(call.entry, outcome)
            is_read = outcome is not Outcome.REFUSED
            ledger.note(Note(EntryKind.READ if is_read else EntryKind.REFUSAL, call, ended))
    await ledger.flush()
    return ledger


def filters() -> Iterator[Filter]:
    hours = [None, *(NOON + timedelta(hours=hour) for hour in (1, 20, 21, 50))]
    for since, until in product(hours, hours):
        yield Filter(since=since, until=until)
    for since, until in ((None, None), (None, hours[1]), (hours[2], hours[4])):
        for narrowed in (
            *(Filter(tool=tool, caller=name) for tool in TOOLS for name in (None, *CALLERS[:3])),
            *(Filter(principal=name, outcome=one) for name in ("maria", "ana") for one in Outcome),
            *(Filter(kind=kind, account=name) for kind in EntryKind for name in (None, "another")),
            Filter(account="nobody"),
            Filter(reads=False),
            Filter(number=PHONES[3], leads=frozenset({"lead:lead_id/7", "lead:lead_id/8"})),
            Filter(number=PHONES[0], tool="insert_dnc", reads=False),
            Filter(subject="lead:lead_id/9", number=PHONES[2]),
            Filter(subject="lead:lead_id/9", caller="nobody"),
        ):
            yield replace(narrowed, since=since, until=until)


def facts_of(entry: Entry) -> dict[str, object]:
    """Give what a filter may want to be equal, by the filter's names."""
    call = entry.intent
    return {
        "tool": call.tool,
        "caller": call.caller,
        "account": call.account,
        "outcome": entry.outcome,
        "kind": entry.kind,
        "principal": call.caller.partition("/")[0] if "/" in call.caller else "",
    }


Known = list[tuple[Entry, dict[str, object]]]
"""Entries, each with its facts: an outcome is found once, and not anew for every filter."""


def matching(known: Known, which: Filter) -> list[Entry]:
    """List the entries that a filter takes, by what each part of it means."""
    names = ("tool", "caller", "account", "outcome", "kind", "principal")
    wanted = {name: getattr(which, name) for name in names if getattr(which, name) is not None}
    return [
        entry
        for entry, facts in known
        if wanted.items() <= facts.items() and matches_otherwise(entry, which)
    ]


def matches_otherwise(entry: Entry, which: Filter) -> bool:
    call, touched = entry.intent, set(entry.intent.resource_keys)
    return (
        (which.since is None or call.at >= which.since)
        and (which.until is None or call.at < which.until)
        and (which.subject is None or which.subject in touched)
        and (which.number is None or which.number in call.numbers or bool(which.leads & touched))
        and (which.reads or entry.kind is not EntryKind.READ)
    )


async def first_pages(ledger: Ledger, which: Filter) -> tuple[list[str], bool]:
    """List the entries of three pages, and say whether there are more."""
    found: list[str] = []
    cursor: str | None = None
    for _ in range(3):
        page = await ledger.history(which, limit=7, before=cursor)
        found += [entry.id for entry in page.entries]
        cursor = page.older
        if cursor is None:
            return found, False
    return found, True


async def require_the_same(ledger: Ledger) -> int:
    """Compare the pages of every filter with all entries, and count these."""
    entries = (await ledger.history(limit=10_000)).entries
    known = [(entry, facts_of(entry)) for entry in entries]
    for which in filters():
        found = matching(known, which)
        expected = [entry.id for entry in found]
        assert await first_pages(ledger, which) == (expected[:21], len(expected) > 21), which
        unsettled = [
            entry.id for entry in found if entry.kind is EntryKind.WRITE and not entry.settled
        ]
        assert await ledger.count_unsettled(which) == len(unsettled), which
        assert [one.id for one in await ledger.unsettled(which)] == unsettled, which
    return len(entries)


async def test_a_page_has_what_a_look_at_every_entry_finds_before_and_after_pruning(
    long: Ledger,
) -> None:
    assert await require_the_same(long) == ENTRIES
    assert (await long.verify()).sound
    assert (await long.prune(NOON + timedelta(hours=22))).removed > LENGTH
    assert LENGTH < await require_the_same(long) < ENTRIES - LENGTH
    assert (await long.verify()).sound


async def test_times_that_would_hide_an_entry_are_found(place: Place, long: Ledger) -> None:
    spans = "SELECT first, last, earliest, latest FROM ledger_spans ORDER BY first"
    before = place.rows(spans)
    for statement in (
        "UPDATE ledger_spans SET latest = earliest WHERE first = 1",
        "UPDATE ledger_spans SET earliest = latest WHERE first = 1001",
        "UPDATE ledger_spans SET last = 1500 WHERE first = 1001",
        "UPDATE ledger_spans SET last = 9000 WHERE first = 2001",
        "UPDATE ledger_spans SET last = 9000, first = 8001 WHERE first = 2001",
        "DELETE FROM ledger_spans WHERE first = 1001",
    ):
        place.slip(statement)
        assert {problem.flaw for problem in (await long.verify()).problems} == {Flaw.INDEX}
        place.slip("DELETE FROM ledger_spans")
        for row in before:
            place.slip(f"INSERT INTO ledger_spans VALUES {row}")  # noqa: S608 - of our own
        assert (await long.verify()).sound
