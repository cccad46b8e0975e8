"""The checkpoint beside the store: it shows a cut tail, and a crash never looks like one."""

from itertools import pairwise
from pathlib import Path

import pytest

from _support.ledger import Place, done, intent
from chasedata_mcp.ledger import Checkpoint, Flaw, Ledger
from chasedata_mcp.ledger.checkpoints import CheckpointFile

pytestmark = pytest.mark.anyio
CUT = ("DELETE FROM ledger_events WHERE seq > 2", "DELETE FROM ledger_calls WHERE seq > 2",
       "DELETE FROM ledger_keys WHERE seq > 2")  # fmt: skip


async def test_the_checkpoint_follows_the_store(place: Place, ledger: Ledger) -> None:
    assert not place.checkpoint.exists()
    for _ in range(3):
        await ledger.intend(intent())
        assert Checkpoint.parse(place.checkpoint.read_text()) == await ledger.checkpoint()


async def test_a_cut_tail_is_found(place: Place, ledger: Ledger) -> None:
    for _ in range(3):
        await done(ledger)
    await ledger.intend(intent())
    place.tamper(*CUT)
    (problem,) = (await ledger.verify()).problems
    assert (problem.flaw, problem.seq) == (Flaw.CUT, 2)
    assert problem.text == "The chain had 7 events once and has 2."


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
    await ledger.intend(intent())
    assert (await ledger.verify()).checkpoint_beside == await ledger.checkpoint()


async def test_it_is_written_into_the_same_file_which_keeps_its_width(
    place: Place, ledger: Ledger
) -> None:
    await ledger.intend(intent())
    before, length = place.checkpoint.stat().st_ino, place.checkpoint.stat().st_size
    for _ in range(6):
        await done(ledger)
    assert (place.checkpoint.stat().st_ino, place.checkpoint.stat().st_size) == (before, length)
    assert [path.name for path in place.checkpoint.parent.glob("*.new")] == []


async def test_a_longer_or_shorter_line_that_was_there_leaves_nothing_behind(
    place: Place, ledger: Ledger
) -> None:
    await done(ledger)
    usual = place.checkpoint.stat().st_size
    for before in (str(await ledger.checkpoint()), f"{await ledger.checkpoint()}{' ' * 999}\n"):
        place.checkpoint.write_text(before)
        await ledger.intend(intent())
        assert place.checkpoint.stat().st_size == usual
        assert Checkpoint.parse(place.checkpoint.read_text()) == await ledger.checkpoint()


def test_a_line_that_was_half_written_is_never_read_as_another_head(tmp_path: Path) -> None:
    beside, lines, heads = CheckpointFile(tmp_path / "head.json"), list[bytes](), list[Checkpoint]()
    # From 9 to 10 a count grows by a digit.
    for number in range(9, 12):
        beside = CheckpointFile(tmp_path / f"{number}.json")
        heads.append(Checkpoint(number, f"{number % 10}" * 64))
        beside.advance(heads, heads[-1], lambda _: None)
        lines.append(beside.path.read_bytes())
    for (old, new), known in zip(pairwise(lines), pairwise(heads), strict=True):
        for cut in range(len(new)):
            beside.path.write_bytes(new[:cut] + old[cut:])
            assert beside.read() in {None, *known}
            beside.path.write_bytes(new[:cut])
            assert beside.read() in {None, known[1]}


async def test_a_torn_line_shows_nothing_and_verification_says_so_until_the_next_event(
    place: Place, ledger: Ledger
) -> None:
    await done(ledger)
    old = place.checkpoint.read_bytes()
    await done(ledger)
    await ledger.intend(intent())
    place.checkpoint.write_bytes(place.checkpoint.read_bytes()[:60] + old[60:])
    verification = await ledger.verify()
    assert (verification.sound, verification.is_head_damaged) == (True, True)
    assert verification.checkpoint_beside is None
    await ledger.intend(intent())
    verification = await ledger.verify()
    assert (verification.is_head_damaged, verification.behind) == (False, 0)
    assert verification.checkpoint_beside == await ledger.checkpoint()


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
