"""Verification: what was edited, removed, inserted, reordered or cut is found."""

import sqlite3
from collections.abc import Sequence
from datetime import timedelta

import psycopg
import pytest

from _support.ledger import NOON, Place, done, ending, intent, read, refusal
from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import Checkpoint, Flaw, Ledger, Verification

pytestmark = pytest.mark.anyio


@pytest.fixture
async def used(ledger: Ledger) -> Ledger:
    """A ledger with ten events, the second call's outcome unknown and then found."""
    await done(ledger)
    unknown = intent(at=NOON + timedelta(seconds=1), entry="unknown-one")
    await ledger.intend(unknown)
    await ledger.finish(ending(unknown.entry, Outcome.UNKNOWN))
    await ledger.settle(ending(unknown.entry, how="search_lead by phone"))
    for _ in range(2):
        ledger.note(read())
        ledger.note(refusal())
    await ledger.flush()
    await ledger.intend(intent(entry="open-one", numbers=(), resource_keys=()))
    return ledger


def flaws(verification: Verification) -> list[tuple[Flaw, int | None]]:
    return [(problem.flaw, problem.seq) for problem in verification.problems]


async def test_a_ledger_that_nobody_touched_is_sound(used: Ledger) -> None:
    verification = await used.verify()
    assert (verification.sound, verification.problems, verification.pruned) == (True, (), 0)
    assert verification.checkpoint == verification.checkpoint_beside == await used.checkpoint()
    assert verification.checkpoint.count == 10


async def test_an_empty_ledger_is_sound(ledger: Ledger) -> None:
    verification = await ledger.verify()
    assert (verification.sound, verification.checkpoint.count) == (True, 0)


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        (
            ["UPDATE ledger_events SET body = replace(body, 'unknown', 'done') WHERE seq = 4"],
            [(Flaw.EDITED, 4)],
        ),
        (
            ["UPDATE ledger_events SET body = replace(body, 'Hello', 'Bye') WHERE seq = 3"],
            [(Flaw.EDITED, 3)],
        ),
        (
            ["UPDATE ledger_events SET at = '2020-01-01T00:00:00.000000Z' WHERE seq = 2"],
            [(Flaw.EDITED, 2)],
        ),
        (
            ["UPDATE ledger_events SET hash = 'x' WHERE seq = 5"],
            [(Flaw.EDITED, 5), (Flaw.BROKEN, 6)],
        ),
        (
            ["UPDATE ledger_events SET body = 'no JSON' WHERE seq = 2"],
            [(Flaw.EDITED, 2), (Flaw.EDITED, 2)],
        ),
        (["DELETE FROM ledger_events WHERE seq = 2"], [(Flaw.REMOVED, 3)]),
        (["DELETE FROM ledger_events WHERE seq IN (4, 5)"], None),
        (
            ["UPDATE ledger_events SET seq = 100 WHERE seq = 4"],
            [(Flaw.REMOVED, 5), (Flaw.REMOVED, 100)],
        ),
        (
            [
                "UPDATE ledger_events SET seq = 100 WHERE seq = 4",
                "UPDATE ledger_events SET seq = 4 WHERE seq = 5",
                "UPDATE ledger_events SET seq = 5 WHERE seq = 100",
            ],
            None,
        ),
        (
            [
                "UPDATE ledger_events SET seq = seq + 100 WHERE seq > 2",
                "UPDATE ledger_events SET seq = seq - 99 WHERE seq > 2",
                (
                    "INSERT INTO ledger_events SELECT 3, at, what, entry, body, hash "
                    "FROM ledger_events WHERE seq = 2"
                ),
            ],
            None,
        ),
        (
            [
                (
                    "INSERT INTO ledger_events SELECT 0, at, 'lost', '', '{}', hash "
                    "FROM ledger_events WHERE seq = 1"
                )
            ],
            [(Flaw.INSERTED, 0)],
        ),
        (
            ["DELETE FROM ledger_events WHERE seq <= 2", "UPDATE ledger_store SET pruned = 2"],
            None,
        ),
        (["DELETE FROM ledger_events WHERE seq = 10"], [(Flaw.CUT, 9)]),
        (["DELETE FROM ledger_events"], [(Flaw.CUT, 0)]),
    ],
)
async def test_whatever_is_done_to_the_events_is_found(
    place: Place, used: Ledger, statements: Sequence[str], found: Sequence[object] | None
) -> None:
    place.tamper(*statements)
    verification = await used.verify()
    assert not verification.sound
    if found is not None:
        assert [flaw for flaw in flaws(verification) if flaw[0] is not Flaw.INDEX] == found


@pytest.mark.parametrize(
    "statement",
    [
        (
            "UPDATE ledger_labels SET outcome = 'refused' WHERE id ="
            " (SELECT label FROM ledger_calls WHERE entry = 'open-one')"
        ),
        (
            "UPDATE ledger_labels SET caller = 'jose' WHERE id ="
            " (SELECT label FROM ledger_calls WHERE entry = 'open-one')"
        ),
        (
            "UPDATE ledger_labels SET free_text = 1 WHERE id ="
            " (SELECT label FROM ledger_calls WHERE entry = 'open-one')"
        ),
        (
            "DELETE FROM ledger_labels WHERE id ="
            " (SELECT label FROM ledger_calls WHERE entry = 'open-one')"
        ),
        (
            "UPDATE ledger_calls SET label ="
            " (SELECT label FROM ledger_calls WHERE entry = 'open-one')"
            " WHERE entry = 'unknown-one'"
        ),
        "UPDATE ledger_calls SET label = 77 WHERE entry = 'unknown-one'",
        "UPDATE ledger_calls SET at = '2020-01-01T00:00:00.000000Z' WHERE entry = 'open-one'",
        "DELETE FROM ledger_calls WHERE entry = 'open-one'",
        "UPDATE ledger_calls SET entry = 'another' WHERE entry = 'open-one'",
        (
            "INSERT INTO ledger_calls SELECT 77, 'another', at, label FROM ledger_calls"
            " WHERE entry = 'open-one'"
        ),
        "INSERT INTO ledger_spans VALUES (1, 1000, '2020', '2030')",
        "DELETE FROM ledger_keys WHERE seq = 3 AND key LIKE 'number:%'",
        "UPDATE ledger_keys SET key = 'number:9545550199' WHERE seq = 3 AND key LIKE 'number:%'",
        "INSERT INTO ledger_keys VALUES ('number:9545550199', 9)",
        "INSERT INTO ledger_keys VALUES ('number:9545550199', 77)",
        "INSERT INTO ledger_keys VALUES ('number:9545550199', 0)",
        "INSERT INTO ledger_keys VALUES ('number:9545550199', 2)",
    ],
)
async def test_what_finds_entries_is_held_against_the_events(
    place: Place, used: Ledger, statement: str
) -> None:
    place.tamper(statement)
    verification = await used.verify()
    assert {problem.flaw for problem in verification.problems} == {Flaw.INDEX}


async def test_the_text_of_a_problem_quotes_no_data(place: Place, used: Ledger) -> None:
    place.tamper("UPDATE ledger_events SET body = replace(body, 'Hello', 'Bye')")
    verification = await used.verify()
    assert verification.problems
    assert not any("Bye" in problem.text for problem in verification.problems)


@pytest.mark.parametrize(
    ("statement", "text"),
    [
        ("DELETE FROM ledger_events WHERE seq = 2", "1 event before this one is gone."),
        ("DELETE FROM ledger_events WHERE seq IN (2, 3)", "2 events before this one are gone."),
        (
            "DELETE FROM ledger_events WHERE seq = 1",
            "The first event is gone, and no checkpoint says so.",
        ),
        (
            "DELETE FROM ledger_events WHERE seq <= 2",
            "The first 2 events are gone, and no checkpoint says so.",
        ),
    ],
)
async def test_what_is_gone_is_counted(
    place: Place, used: Ledger, statement: str, text: str
) -> None:
    place.tamper(statement)
    assert text in {problem.text for problem in (await used.verify()).problems}


async def test_a_chain_of_one_event_that_was_cut_is_reported(place: Place, ledger: Ledger) -> None:
    await ledger.intend(intent(numbers=(), resource_keys=()))
    place.tamper("DELETE FROM ledger_events", "DELETE FROM ledger_calls")
    (problem,) = (await ledger.verify()).problems
    assert problem.text == "The chain had 1 event once and has 0."


async def test_of_many_problems_the_first_are_reported(place: Place, ledger: Ledger) -> None:
    for _ in range(30):
        await ledger.intend(intent())
    place.tamper("UPDATE ledger_events SET body = replace(body, 'Hello', 'Bye')")
    assert len((await ledger.verify()).problems) == 20


@pytest.mark.parametrize(
    "statement", ["UPDATE ledger_events SET body = '{}'", "DELETE FROM ledger_events"]
)
async def test_a_slip_does_not_change_events(place: Place, used: Ledger, statement: str) -> None:
    with pytest.raises((sqlite3.Error, psycopg.Error)):
        place.slip(statement)
    assert (await used.verify()).sound


async def test_a_chain_that_was_written_anew_is_found_by_a_checkpoint_kept_elsewhere(
    place: Place, used: Ledger
) -> None:
    out_of_band = Checkpoint.parse(str(await used.checkpoint()))
    place.tamper("DELETE FROM ledger_events", "DELETE FROM ledger_calls", "DELETE FROM ledger_keys")
    place.checkpoint.unlink()
    async with place.ledger() as new:
        for _ in range(12):
            await done(new)
    assert (await used.verify()).sound
    assert flaws(await used.verify(out_of_band)) == [(Flaw.EDITED, 10)]


async def test_a_checkpoint_kept_elsewhere_agrees_with_what_came_after_it(used: Ledger) -> None:
    out_of_band = await used.checkpoint()
    await done(used)
    assert (await used.verify(out_of_band)).sound
