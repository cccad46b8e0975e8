"""Queries: pages of entries, the newest first, narrowed by filters."""

from datetime import timedelta

import pytest

from _support.ledger import NOON, Place, done, ending, intent, read, refusal
from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import EntryKind, Filter, Ledger

pytestmark = pytest.mark.anyio
OTHER = "9545550124"


async def ids(ledger: Ledger, which: Filter) -> list[str]:
    return [entry.id for entry in (await ledger.history(which)).entries]


async def test_an_empty_ledger_has_an_empty_page(ledger: Ledger) -> None:
    page = await ledger.history()
    assert (page.entries, page.older) == ((), None)


async def test_pages_follow_each_other_and_end(ledger: Ledger) -> None:
    calls = [intent(at=NOON + timedelta(seconds=second)) for second in range(5)]
    for call in calls:
        await ledger.intend(call)
    seen: list[str] = []
    cursor: str | None = None
    sizes: list[int] = []
    while True:
        page = await ledger.history(limit=2, before=cursor)
        seen += [entry.id for entry in page.entries]
        sizes.append(len(page.entries))
        # What happens meanwhile moves nothing.
        await ledger.intend(intent())
        cursor = page.older
        if cursor is None:
            break
    assert seen == [call.entry for call in reversed(calls)]
    assert sizes == [2, 2, 1]


async def test_a_page_that_is_just_full_is_the_last(ledger: Ledger) -> None:
    await ledger.intend(intent())
    await ledger.intend(intent())
    assert (await ledger.history(limit=2)).older is None


@pytest.mark.parametrize("cursor", ["", "x", "-1", "1.5", "9" * 30, "\u0661", "1; DROP TABLE x"])
async def test_a_cursor_that_no_page_gave_is_refused(ledger: Ledger, cursor: str) -> None:
    with pytest.raises(ValueError, match="cursor"):
        await ledger.history(before=cursor)


@pytest.mark.parametrize(
    "which",
    [
        Filter(tool="insert_dnc"),
        Filter(number=OTHER),
        Filter(subject=f"dnc:{OTHER}"),
        Filter(caller="jose"),
        Filter(account="another"),
        Filter(since=NOON + timedelta(hours=1)),
        Filter(tool="insert_dnc", number=OTHER, caller="jose", outcome=Outcome.DONE),
    ],
)
async def test_a_filter_narrows(ledger: Ledger, which: Filter) -> None:
    await done(ledger)
    wanted = await done(
        ledger,
        at=NOON + timedelta(hours=1),
        tool="insert_dnc",
        caller="jose",
        account="another",
        numbers=(OTHER,),
        resource_keys=(f"dnc:{OTHER}",),
    )
    assert await ids(ledger, which) == [wanted.entry]


async def test_until_is_not_included(ledger: Ledger) -> None:
    early = await done(ledger)
    await done(ledger, at=NOON + timedelta(hours=1))
    which = Filter(since=NOON, until=NOON + timedelta(hours=1))
    assert await ids(ledger, which) == [early.entry]


async def test_entries_can_be_asked_for_by_outcome_and_kind(ledger: Ledger) -> None:
    call = await done(ledger)
    unknown, refused = intent(), intent()
    for each in (unknown, refused):
        await ledger.intend(each)
    await ledger.finish(ending(refused.entry, Outcome.REFUSED))
    searched, never_sent = read(), refusal()
    ledger.note(searched)
    ledger.note(never_sent)
    assert await ids(ledger, Filter(outcome=Outcome.DONE)) == [searched.intent.entry, call.entry]
    assert await ids(ledger, Filter(outcome=Outcome.UNKNOWN)) == [unknown.entry]
    assert await ids(ledger, Filter(outcome=Outcome.REFUSED)) == [
        never_sent.intent.entry,
        refused.entry,
    ]
    assert await ids(ledger, Filter(kind=EntryKind.READ)) == [searched.intent.entry]
    assert await ids(ledger, Filter(kind=EntryKind.REFUSAL)) == [never_sent.intent.entry]


async def test_a_filter_that_nothing_fits_gives_an_empty_page(ledger: Ledger) -> None:
    await done(ledger)
    for which in (Filter(tool="\0"), Filter(number="' OR 1=1 --"), Filter(caller="\ud800")):
        assert await ids(ledger, which) == []


async def test_who_follows_gets_new_entries_and_of_new_endings(
    place: Place, ledger: Ledger
) -> None:
    await done(ledger)
    begin = await ledger.changes(None)
    assert begin.entries == ()
    call = intent()
    await ledger.intend(call)
    async with place.ledger() as other:
        first = await other.changes(begin.upto)
        assert [(entry.id, entry.outcome) for entry in first.entries] == [
            (call.entry, Outcome.UNKNOWN)
        ]
        await ledger.finish(ending(call.entry))
        second = await other.changes(first.upto)
        assert [(entry.id, entry.outcome) for entry in second.entries] == [
            (call.entry, Outcome.DONE)
        ]
        assert await other.changes(second.upto) == type(second)((), second.upto)


async def test_following_goes_on_where_a_part_ended(ledger: Ledger) -> None:
    calls = [intent() for _ in range(5)]
    for call in calls:
        await ledger.intend(call)
    seen: list[str] = []
    upto = 0
    for _ in range(3):
        part = await ledger.changes(upto, limit=2)
        seen += [entry.id for entry in part.entries]
        upto = part.upto
    assert seen == [call.entry for call in calls]
