"""The checkpoint beside the store: it shows a cut tail, and a crash never looks like one."""

import pytest

from _support.ledger import Place, done, intent
from chasedata_mcp.ledger import Checkpoint, Flaw, Ledger

pytestmark = pytest.mark.anyio
CUT = ("DELETE FROM ledger_events WHERE seq > 2", "DELETE FROM ledger_entries WHERE seq > 2",
       "DELETE FROM ledger_keys WHERE seq > 2")  # fmt: skip


async def test_the_checkpoint_follows_the_store(place: Place, ledger: Ledger) -> None:
    assert not place.checkpoint.exists()
    for _ in range(3):
        await done(ledger)
        assert Checkpoint.parse(place.checkpoint.read_text()) == await ledger.checkpoint()


async def test_a_cut_tail_is_found(place: Place, ledger: Ledger) -> None:
    for _ in range(3):
        await done(ledger)
    place.tamper(*CUT)
    (problem,) = (await ledger.verify()).problems
    assert (problem.flaw, problem.seq) == (Flaw.CUT, 2)
    assert problem.text == "The chain had 6 events once and has 2."


@pytest.mark.parametrize("more", [1, 2, 3])
async def test_a_cut_tail_is_found_however_much_is_written_after_it(
    place: Place, ledger: Ledger, more: int
) -> None:
    for _ in range(3):
        await done(ledger)
    place.tamper(*CUT)
    async with place.ledger() as new:
        for _ in range(more):
            await done(new)
    async with place.ledger() as again:
        await done(again)
        assert not (await again.verify()).sound


async def test_a_checkpoint_that_fell_behind_is_nothing_strange(
    place: Place, ledger: Ledger
) -> None:
    await done(ledger)
    old = place.checkpoint.read_text()
    await done(ledger)
    place.checkpoint.write_text(old)
    verification = await ledger.verify()
    assert verification.sound
    assert verification.checkpoint_beside == Checkpoint.parse(old)
    async with place.ledger() as again:
        await done(again)
    assert Checkpoint.parse(place.checkpoint.read_text()).count == 6


async def test_without_a_checkpoint_there_is_nothing_to_compare_with_and_verification_says_so(
    place: Place, ledger: Ledger
) -> None:
    await done(ledger)
    for odd in ("", "{", "[]", '{"count": "x"}', "\N{CAT FACE}"):
        place.checkpoint.write_text(odd, encoding="utf-8")
        verification = await ledger.verify()
        assert (verification.sound, verification.checkpoint_beside) == (True, None)
    place.checkpoint.unlink()
    assert (await ledger.verify()).checkpoint_beside is None
    await done(ledger)
    assert (await ledger.verify()).checkpoint_beside == await ledger.checkpoint()


async def test_two_processes_keep_one_checkpoint(place: Place, ledger: Ledger) -> None:
    async with place.ledger() as other:
        for each in (ledger, other, other, ledger, other):
            await each.intend(intent())
    assert Checkpoint.parse(place.checkpoint.read_text()) == await ledger.checkpoint()
    assert (await ledger.verify()).sound


async def test_a_checkpoint_that_cannot_be_written_stops_nothing(
    place: Place, ledger: Ledger
) -> None:
    place.checkpoint.mkdir()
    await done(ledger)
    assert (await ledger.verify()).sound
    assert ledger.failing is None


async def test_what_a_killed_process_left_of_a_checkpoint_is_removed(
    place: Place, ledger: Ledger
) -> None:
    left = place.checkpoint.with_name(f"{place.checkpoint.name}.1234.new")
    left.write_text('{"cou')
    await done(ledger)
    assert not left.exists()
    assert (await ledger.verify()).sound


def test_a_checkpoint_survives_being_printed() -> None:
    checkpoint = Checkpoint(7, "ab" * 32)
    assert Checkpoint.parse(str(checkpoint)) == checkpoint
    assert "\n" not in str(checkpoint)
    with pytest.raises(ValueError, match="head"):
        Checkpoint.parse("[]")
