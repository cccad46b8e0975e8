"""What `make soak` checks can fail: each kind of wrong that it looks for is found out."""

import json
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

import pytest

from _support.ledger import ending, intent
from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import Ending, Entry, EntryKind
from soak.checks import compare_calls
from soak.recording_dialer import Did, Seen
from soak.replay import Event, Suppression, find_broken

FORM = {"Action": "SendSms", "To": "9545550123"}
NUMBER = "9545550123"


def entry(outcome: Outcome | None = None, **found: str) -> Entry:
    call = intent(form=FORM)
    endings: tuple[Ending, ...] = ()
    if outcome is not None:
        endings = (replace(ending(call.entry, outcome), **found),)  # type: ignore[arg-type] # `how`
    return Entry(1, EntryKind.WRITE, call, endings)


def seen(*did: Did) -> list[Seen]:
    return [Seen("TextOperations.php", FORM, one) for one in did]


def grant() -> Entry:
    """Give a yes to several calls, by which nothing is sent."""
    given = intent(tool="grant", form=None)
    return Entry(2, EntryKind.WRITE, given, (ending(given.entry, Outcome.DONE),))


@pytest.mark.parametrize(
    ("entries", "posts"),
    [
        ([entry(Outcome.DONE)], seen(Did.DONE)),
        ([entry(Outcome.DONE), grant()], seen(Did.DONE)),
        ([entry(Outcome.REFUSED)], seen(Did.REFUSED)),
        ([entry(Outcome.UNKNOWN)], seen(Did.DONE)),
        ([entry(Outcome.UNKNOWN)], seen(Did.NOTHING)),
        ([entry(None)], seen(Did.DONE)),
        ([entry(None)], []),
        ([entry(Outcome.REFUSED, code="not_reached")], []),
        ([entry(Outcome.REFUSED, how="the lead isn't there")], seen(Did.NOTHING)),
    ],
)
def test_a_ledger_that_is_right_is_found_to_be(entries: list[Entry], posts: list[Seen]) -> None:
    assert compare_calls(entries, posts, {}).problems == ()


@pytest.mark.parametrize(
    ("entries", "posts"),
    [
        ([], seen(Did.DONE)),
        ([], seen(Did.NOTHING)),
        ([entry(Outcome.DONE)], []),
        ([entry(Outcome.DONE)], seen(Did.REFUSED)),
        ([entry(Outcome.DONE)], seen(Did.NOTHING)),
        ([entry(Outcome.REFUSED)], seen(Did.DONE)),
        ([entry(Outcome.REFUSED)], seen(Did.NOTHING)),
        ([entry(Outcome.REFUSED, how="the lead isn't there")], seen(Did.DONE)),
        ([entry(Outcome.REFUSED, code="not_reached")], seen(Did.DONE)),
        ([entry(Outcome.DONE)], seen(Did.DONE, Did.DONE)),
        ([entry(Outcome.DONE)], seen(Did.DONE, Did.NOTHING)),
        ([entry(Outcome.DONE), entry(Outcome.DONE)], seen(Did.DONE, Did.REFUSED)),
    ],
)
def test_a_ledger_that_is_wrong_is_found_out(entries: list[Entry], posts: list[Seen]) -> None:
    assert compare_calls(entries, posts, {}).problems


def test_a_caller_that_was_told_otherwise_is_found_out() -> None:
    done, lost = entry(Outcome.DONE), entry(Outcome.UNKNOWN)
    posts = seen(Did.DONE)
    assert not compare_calls([done], posts, {done.id: "done"}).problems
    assert not compare_calls([done], posts, {done.id: "unknown"}).problems
    assert compare_calls([done], posts, {done.id: "refused"}).problems
    assert compare_calls([lost], posts, {lost.id: "done"}).problems
    assert compare_calls([], [], {"gone": "unknown"}).problems


def chained(*drafts: tuple[str, str, dict[str, object]]) -> list[Event]:
    """Chain events of a kind and an entry, as an export has them."""
    events, prev = list[Event](), "0" * 64
    for seq, (kind, entry_id, body) in enumerate(drafts, 1):
        event = {"seq": seq, "at": "", "kind": kind, "entry": entry_id, "body": body}
        text = json.dumps(event, sort_keys=True, separators=(",", ":"))
        digest = sha256(f"{prev}\n{text}".encode()).hexdigest()
        events.append({**event, "prev": prev, "hash": digest})
        prev = digest
    return events


def called(entry_id: str, tool: str) -> tuple[str, str, dict[str, object]]:
    form = {"To": NUMBER} if tool == "send_sms" else {"Number": NUMBER}
    return "intent", entry_id, {"tool": tool, "form": form}


def ended(
    entry_id: str, outcome: str, code: str | None = None
) -> tuple[str, str, dict[str, object]]:
    return "outcome", entry_id, {"outcome": outcome, "code": code}


PUT, TAKEN, TEXT = called("a", "insert_dnc"), called("b", "delete_dnc"), called("c", "send_sms")
REFUSED = "refused_by_dialer"


@pytest.mark.parametrize(
    ("events", "is_suppressed"),
    [
        ([PUT], True),
        ([PUT, ended("a", "unknown")], True),
        ([PUT, ended("a", "refused", REFUSED)], True),
        ([PUT, ended("a", "done"), TAKEN], True),
        ([PUT, ended("a", "done"), TAKEN, ended("b", "unknown")], True),
        ([PUT, ended("a", "done"), TAKEN, ended("b", "refused", REFUSED)], True),
        ([PUT, ended("a", "done"), TAKEN, ended("b", "done")], False),
        ([PUT, ended("a", "refused", REFUSED), TAKEN, ended("b", "refused", REFUSED)], False),
        ([TAKEN, PUT, ended("b", "done")], True),
    ],
)
def test_a_number_has_to_be_suppressed_from_the_intent_until_it_is_taken_off(
    events: Sequence[tuple[str, str, dict[str, object]]], *, is_suppressed: bool
) -> None:
    suppression = Suppression()
    suppression.read(chained(*events))
    assert bool(list(suppression.compare([]))) is is_suppressed
    assert not list(suppression.compare([NUMBER]))
    suppression.read(chained(*events, TEXT)[-1:])
    assert bool(suppression.problems) is is_suppressed


def test_each_way_to_break_a_chain_is_found_out() -> None:
    events = chained(PUT, ended("a", "done"), TAKEN)
    assert not list(find_broken(events))
    assert list(find_broken(events[1:]))
    assert list(find_broken([events[0], events[2]]))
    assert list(find_broken([*events[:2], {**events[2], "at": "later"}]))
