"""The writer: an intent before its call, the outcome after it, and later findings."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from _support.ledger import NOON, PHONE, Place, done, ending, intent
from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import (
    ApprovalSummary,
    EntryExistsError,
    EntryKind,
    Filter,
    Ledger,
    NoSuchEntryError,
    Ruling,
    fresh_id,
)

pytestmark = pytest.mark.anyio


async def test_an_intent_is_on_disk_when_it_is_taken(place: Place, ledger: Ledger) -> None:
    call = intent()
    assert await ledger.intend(call) is None
    async with place.ledger() as other:
        entry = await other.entry(call.entry)
    assert entry is not None
    assert entry.intent == call


async def test_an_intent_without_an_outcome_reads_as_unknown(ledger: Ledger) -> None:
    call = intent()
    await ledger.intend(call)
    (entry,) = (await ledger.history(Filter(outcome=Outcome.UNKNOWN))).entries
    assert (entry.id, entry.outcome, entry.settled, entry.ending) == (
        call.entry,
        Outcome.UNKNOWN,
        False,
        None,
    )
    assert [each.id for each in await ledger.unsettled()] == [call.entry]


async def test_the_outcome_of_a_call_is_read_with_it(ledger: Ledger) -> None:
    call = intent()
    await ledger.intend(call)
    refused = ending(call.entry, Outcome.REFUSED, code="refused_by_dialer", answer={"said": "no"})
    await ledger.finish(refused)
    entry = await ledger.entry(call.entry)
    assert entry is not None
    assert (entry.kind, entry.ending, entry.settled) == (EntryKind.WRITE, refused, True)
    assert not await ledger.unsettled()


async def test_everything_about_a_call_comes_back_as_it_was(ledger: Ledger) -> None:
    call = intent(
        caller="maria \ud800 \0 \N{CAT FACE}",
        tool='a "tool"\\',
        arguments={"notes": "x" * 1_000_000, "deep": [{"a": [1, 2.5, None, True]}]},
        effects=[{"kind": "reached", "number": PHONE}],
        verdict=(Ruling("outward", "ask", "A person is texted."),),
        approval=ApprovalSummary("c1", "Send it?", "elicitation", "maria"),
        form={"To": PHONE, "Message": "\u202eHello\n"},
        numbers=(PHONE, "9545550124"),
        resource_keys=("list:Mar\u00eda/Spring", "odd:\ud800\0"),
        before={"FirstName": "Ann"},
        undoes=fresh_id(),
    )
    await ledger.intend(call)
    known = ending(call.entry, Outcome.UNKNOWN, answer=["\0"], after={"FirstName": "Anne"})
    await ledger.finish(known)
    entry = await ledger.entry(call.entry)
    assert entry is not None
    assert entry.intent == call
    assert entry.endings == (known,)
    assert (await ledger.history(Filter(caller=call.caller, tool=call.tool))).entries == (entry,)
    assert (await ledger.history(Filter(subject="odd:\ud800\0"))).entries == (entry,)


async def test_a_time_of_any_zone_is_kept_as_the_same_time(ledger: Ledger) -> None:
    call = intent(at=datetime(2026, 3, 2, 7, tzinfo=timezone(timedelta(hours=-5))))
    await ledger.intend(call)
    entry = await ledger.entry(call.entry)
    assert entry is not None
    assert entry.intent.at == NOON
    assert entry.intent.at.tzinfo == UTC


async def test_what_a_read_finds_later_settles_a_call_and_says_how(ledger: Ledger) -> None:
    call = intent()
    await ledger.intend(call)
    await ledger.finish(ending(call.entry, Outcome.UNKNOWN, code="no_answer"))
    found = ending(call.entry, how="search_lead by client_id")
    await ledger.settle(found)
    entry = await ledger.entry(call.entry)
    assert entry is not None
    assert (entry.outcome, entry.ending) == (Outcome.DONE, found)
    assert len(entry.endings) == 2
    assert not await ledger.unsettled()
    assert (await ledger.history(Filter(outcome=Outcome.DONE))).entries == (entry,)


async def test_what_could_not_be_found_later_unsettles_nothing(ledger: Ledger) -> None:
    call = await done(ledger)
    await ledger.settle(ending(call.entry, Outcome.UNKNOWN, how="search_lead by phone"))
    entry = await ledger.entry(call.entry)
    assert entry is not None
    assert entry.outcome is Outcome.DONE
    assert not await ledger.unsettled()


async def test_an_answer_that_comes_after_all_counts_more_than_what_was_found(
    ledger: Ledger,
) -> None:
    call = intent()
    await ledger.intend(call)
    await ledger.settle(ending(call.entry, Outcome.REFUSED, how="search_lead by client_id"))
    await ledger.finish(ending(call.entry))
    entry = await ledger.entry(call.entry)
    assert entry is not None
    assert entry.outcome is Outcome.DONE


async def test_an_answer_and_a_finding_are_not_taken_for_each_other(ledger: Ledger) -> None:
    call = intent()
    await ledger.intend(call)
    with pytest.raises(ValueError, match="found"):
        await ledger.finish(ending(call.entry, how="search_lead"))
    with pytest.raises(ValueError, match="how"):
        await ledger.settle(ending(call.entry))
    assert (await ledger.checkpoint()).count == 1


async def test_nothing_can_come_of_a_call_that_nobody_intended(ledger: Ledger) -> None:
    with pytest.raises(NoSuchEntryError):
        await ledger.finish(ending("nowhere"))
    with pytest.raises(NoSuchEntryError):
        await ledger.settle(ending("nowhere", how="search_lead"))
    assert (await ledger.checkpoint()).count == 0
    assert ledger.failing is None


async def test_an_id_is_for_one_entry(ledger: Ledger) -> None:
    call = intent()
    await ledger.intend(call)
    with pytest.raises(EntryExistsError):
        await ledger.intend(replace(call, digest="another"))
    assert (await ledger.checkpoint()).count == 1
    assert ledger.failing is None
    assert (await ledger.verify()).sound


@pytest.mark.parametrize(
    "wrong",
    [
        {"environment": "live"},
        {"at": NOON.replace(tzinfo=None)},
        {"arguments": {"a": float("nan")}},
        {"entry": ""},
        {"entry": "a b"},
        {"entry": "\0"},
        {"entry": "\N{CAT FACE}"},
        {"entry": "x" * 65},
    ],
)
async def test_an_intent_that_cannot_be_kept_is_refused_whole(
    ledger: Ledger, wrong: dict[str, object]
) -> None:
    with pytest.raises(ValueError, match=r".") as raised:
        await ledger.intend(intent(**wrong))
    assert PHONE not in str(raised.value)
    assert (await ledger.checkpoint()).count == 0


async def test_an_id_that_nobody_gave_has_no_entry(ledger: Ledger) -> None:
    assert await ledger.entry("nowhere") is None
    assert await ledger.entry("\0\ud800") is None


async def test_a_call_that_is_under_way_can_be_kept_out_of_what_is_unsettled(
    ledger: Ledger,
) -> None:
    old = intent()
    await ledger.intend(old)
    await ledger.intend(intent(at=NOON + timedelta(minutes=5)))
    until = Filter(until=NOON + timedelta(minutes=1))
    assert [entry.id for entry in await ledger.unsettled(until)] == [old.entry]
    assert len(await ledger.unsettled(limit=1)) == 1


def test_ids_can_be_read_out_and_do_not_come_twice() -> None:
    ids = {fresh_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(len(each) == 10 and each.isalnum() and each == each.lower() for each in ids)
