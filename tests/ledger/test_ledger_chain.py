"""The chain: verification finds any change to any row."""

import shutil
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from _support.ledger import done, ending, intent, read
from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import Verification, open_ledger
from chasedata_mcp.ledger.packed_texts import pack, unpack

EVENTS = 20
COLUMNS = ("seq", "at", "what", "entry", "body", "hash")
SEQ = st.integers(1, EVENTS)
FILE = "ledger-sandbox.sqlite3"
# The store is the same throughout, and each example gets a copy of its own.
SHARED = settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of twenty events, closed."""
    directory = tmp_path_factory.mktemp("made") / "state"

    async def make() -> None:
        async with open_ledger(directory, "sandbox") as ledger:
            for _ in range(6):
                await done(ledger)
            for _ in range(4):
                ledger.note(read())
            await ledger.flush()
            unknown = intent()
            await ledger.intend(unknown)
            await ledger.finish(ending(unknown.entry, Outcome.UNKNOWN))
            await ledger.settle(ending(unknown.entry, how="search_lead by phone"))
            await ledger.intend(intent())

    anyio.run(make)
    return directory


def verified(made: Path, *statements: tuple[str, Sequence[object]]) -> Verification:
    """Verify a copy after somebody has tampered with it."""
    copy = made.with_name("copy")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(made, copy)
    connection = sqlite3.connect(copy / FILE)
    for guard in ("ledger_events_stay", "ledger_events_last"):
        connection.execute(f"DROP TRIGGER {guard}")
    for statement, values in statements:
        connection.execute(statement, values)
    connection.commit()
    connection.close()

    async def verify() -> Verification:
        async with open_ledger(copy, "sandbox") as ledger:
            return await ledger.verify()

    return anyio.run(verify)


def test_the_copy_is_sound_when_nothing_is_done_to_it(made: Path) -> None:
    verification = verified(made)
    assert verification.sound
    assert verification.checkpoint.count == EVENTS


@SHARED
@given(seq=SEQ, column=st.sampled_from(COLUMNS[1:]), data=st.data())
def test_an_edit_of_any_value_is_found(
    made: Path, seq: int, column: str, data: st.DataObject
) -> None:
    connection = sqlite3.connect(made / FILE)
    (old,) = connection.execute(f"SELECT {column} FROM ledger_events WHERE seq = {seq}").fetchone()  # noqa: S608 - a name from above
    connection.close()
    is_packed = column == "body" and isinstance(old, bytes)
    text = unpack(old) if is_packed else old
    place = data.draw(st.integers(0, max(0, len(text) - 1)), label="place")
    length = data.draw(st.integers(0, 3), label="length")
    letters = st.text(st.characters(exclude_categories=["Cs"]), max_size=3)
    pieces: st.SearchStrategy[Any] = st.binary(max_size=3) if isinstance(text, bytes) else letters
    new = data.draw(
        st.one_of(
            pieces.map(lambda piece: text[:place] + piece + text[place + length :]),
            st.integers(-9, 9),
            st.binary(max_size=3),
        ).filter(lambda new: new not in {old, text}),
        label="new",
    )
    if is_packed and isinstance(new, str) and new.isascii():
        new = data.draw(st.sampled_from([new, pack(new)]), label="packed or not")
    change = f"UPDATE ledger_events SET {column} = ? WHERE seq = ?"  # noqa: S608 - as above
    assert not verified(made, (change, (new, seq))).sound


@SHARED
@given(removed=st.sets(SEQ, min_size=1))
def test_a_removal_of_any_rows_is_found(made: Path, removed: set[int]) -> None:
    statement = "DELETE FROM ledger_events WHERE seq = ?"
    assert not verified(made, *((statement, (seq,)) for seq in removed)).sound


@SHARED
@given(removed=st.sets(SEQ, min_size=1))
def test_a_removal_is_found_though_the_gap_is_closed(made: Path, removed: set[int]) -> None:
    left = [seq for seq in range(1, EVENTS + 1) if seq not in removed]
    remove = [("DELETE FROM ledger_events WHERE seq = ?", (seq,)) for seq in removed]
    move = [
        ("UPDATE ledger_events SET seq = ? WHERE seq = ?", (new, old))
        for new, old in enumerate(left, 1)
    ]
    assert not verified(made, *remove, *move).sound


@SHARED
@given(order=st.permutations(range(1, EVENTS + 1)).filter(lambda order: order != sorted(order)))
def test_any_other_order_is_found(made: Path, order: Sequence[int]) -> None:
    away = ("UPDATE ledger_events SET seq = seq + 1000", ())
    back = [
        ("UPDATE ledger_events SET seq = ? WHERE seq = ?", (new, old + 1000))
        for new, old in enumerate(order, 1)
    ]
    assert not verified(made, away, *back).sound


@SHARED
@given(after=st.integers(0, EVENTS - 1), source=SEQ)
def test_an_insertion_before_any_row_is_found(made: Path, after: int, source: int) -> None:
    columns = ", ".join(COLUMNS[1:])
    room = [
        ("UPDATE ledger_events SET seq = seq + 1000 WHERE seq > ?", (after,)),
        ("UPDATE ledger_events SET seq = seq - 999 WHERE seq > 1000", ()),
    ]
    moved = source if source <= after else source + 1
    copy = f"INSERT INTO ledger_events SELECT ?, {columns} FROM ledger_events WHERE seq = ?"  # noqa: S608 - as above
    assert not verified(made, *room, (copy, (after + 1, moved))).sound
