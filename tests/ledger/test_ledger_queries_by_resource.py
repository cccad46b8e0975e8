"""Queries by resource: the other calls that touched the same one."""

from datetime import timedelta

import pytest

from _support.ledger import NOON, done, ending, intent, read, refusal
from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import Entry, Intent, Ledger

pytestmark = pytest.mark.anyio
LIST, PHONE = "list:Maria/Spring", "list:Maria/Spring#9545550123"


async def entry_of(ledger: Ledger, call: Intent) -> Entry:
    entry = await ledger.entry(call.entry)
    assert entry is not None
    return entry


async def test_later_calls_to_the_same_thing_are_listed_the_oldest_first(ledger: Ledger) -> None:
    await done(ledger, resource_keys=(LIST,))
    middle = await done(ledger, resource_keys=(LIST, PHONE))
    of_list = await done(ledger, resource_keys=(LIST,))
    of_both = await done(ledger, resource_keys=(PHONE, LIST))
    await done(ledger, resource_keys=("list:Maria/Autumn",))
    later = await ledger.later_touching(await entry_of(ledger, middle))
    assert [entry.id for entry in later] == [of_list.entry, of_both.entry]
    assert [entry.id for entry in await ledger.later_touching(later[0])] == [of_both.entry]
    assert await ledger.later_touching(later[1]) == []


async def test_what_may_have_been_done_is_in_the_way_and_what_was_refused_is_not(
    ledger: Ledger,
) -> None:
    first = await done(ledger, resource_keys=(LIST,))
    unknown, refused = intent(resource_keys=(LIST,)), intent(resource_keys=(LIST,))
    for call in (unknown, refused):
        await ledger.intend(call)
    await ledger.finish(ending(refused.entry, Outcome.REFUSED))
    ledger.note(read(resource_keys=(LIST,)))
    ledger.note(refusal(resource_keys=(LIST,)))
    later = await ledger.later_touching(await entry_of(ledger, first))
    assert [entry.id for entry in later] == [unknown.entry]


async def test_an_entry_without_subjects_has_nothing_in_its_way(ledger: Ledger) -> None:
    first = await done(ledger, resource_keys=())
    await done(ledger)
    assert await ledger.later_touching(await entry_of(ledger, first)) == []


async def test_all_writes_to_a_thing_are_listed_the_oldest_first(ledger: Ledger) -> None:
    calls = [await done(ledger, resource_keys=(LIST,)) for _ in range(3)]
    await done(ledger, resource_keys=(PHONE,))
    entries = await ledger.touching(LIST)
    assert [entry.id for entry in entries] == [call.entry for call in calls]
    after = await ledger.touching(LIST, after=entries[0].seq, limit=1)
    assert [entry.id for entry in after] == [calls[1].entry]


async def test_the_last_write_to_a_thing_may_be_asked_for_by_tool(ledger: Ledger) -> None:
    assert await ledger.last_for(LIST) is None
    created = await done(ledger, tool="create_dial_list", resource_keys=(LIST,))
    added = await done(ledger, at=NOON - timedelta(hours=1), resource_keys=(LIST,))
    last, last_created = (
        await ledger.last_for(LIST),
        await ledger.last_for(LIST, tool="create_dial_list"),
    )
    assert last is not None
    assert last_created is not None
    assert (last.id, last_created.id) == (added.entry, created.entry)


async def test_what_takes_an_entry_back_is_listed(ledger: Ledger) -> None:
    first = await done(ledger)
    undo = await done(ledger, undoes=first.entry)
    failed = intent(undoes=first.entry)
    await ledger.intend(failed)
    await ledger.finish(ending(failed.entry, Outcome.REFUSED))
    ledger.note(refusal(undoes=first.entry))
    assert [entry.id for entry in await ledger.undoing(first.entry)] == [undo.entry]
    assert await ledger.undoing(undo.entry) == []
