"""Checkpoints of a database that the settings name: files of this machine, and their use."""

from pathlib import Path

import pytest

from _support.ledger import PHONE, Place, done, facts, intent
from chasedata_mcp.app.state import head_of, ledger_of
from chasedata_mcp.ledger import Checkpoint, Environment, Flaw, Ledger, Reservation
from chasedata_mcp.settings import Settings, load_settings

pytestmark = pytest.mark.anyio
on_postgresql = pytest.mark.parametrize("place", ["postgresql"], indirect=True)
BASE = "postgresql+psycopg://ann:s3cret@db.example.org:5432/calls"


def settings(place: Place, machine: Path) -> Settings:
    return load_settings({"CHASEDATA_LEDGER": place.where, "CHASEDATA_STATE_DIR": str(machine)})


async def is_lost(ledger: Ledger) -> bool:
    return (await facts(ledger, [PHONE])).registry_lost


def named(address: str, environment: Environment = "live") -> str:
    found = load_settings({"CHASEDATA_LEDGER": address, "CHASEDATA_STATE_DIR": "~/nowhere"})
    head = head_of(found, environment)
    assert head is not None
    return head.name


@on_postgresql
async def test_a_cut_tail_is_found(place: Place, tmp_path: Path) -> None:
    async with ledger_of(settings(place, tmp_path), "sandbox") as ledger:
        for _ in range(3):
            await done(ledger)
        # It takes the outcomes before it to the disk.
        await ledger.intend(intent())
        verification = await ledger.verify()
        assert (verification.sound, verification.checkpoint_beside) == (
            True,
            await ledger.checkpoint(),
        )
        place.tamper("DELETE FROM ledger_events WHERE seq = 7")
        assert Flaw.CUT in {problem.flaw for problem in (await ledger.verify()).problems}


@on_postgresql
async def test_a_lost_dnc_registry_is_found(place: Place, tmp_path: Path) -> None:
    async with ledger_of(settings(place, tmp_path), "sandbox") as ledger:
        await ledger.intend(intent(), Reservation(suppresses=(PHONE,)))
        place.slip("DELETE FROM ledger_memory")
        place.slip("DELETE FROM ledger_accounts")
        assert await is_lost(ledger)


@on_postgresql
async def test_files_are_made_for_their_owner_in_the_state_directory(
    place: Place, tmp_path: Path
) -> None:
    machine = tmp_path / "state"
    async with ledger_of(settings(place, machine), "sandbox") as ledger:
        await done(ledger)
    names = sorted(file.name for file in machine.iterdir())
    key = names[0].removeprefix("ledger-sandbox-").removesuffix("-head.json")
    assert names == [f"ledger-sandbox-{key}-head.json", f"memory-sandbox-{key}.json"]
    assert {file.stat().st_mode & 0o777 for file in (machine, *machine.iterdir())} == {0o700, 0o600}


@on_postgresql
async def test_several_machines_write_one_database_and_nothing_is_wrong(
    place: Place, tmp_path: Path
) -> None:
    machines = [settings(place, tmp_path / name) for name in ("one", "two")]
    async with (
        ledger_of(machines[0], "sandbox") as one,
        ledger_of(machines[1], "sandbox") as two,
    ):
        for each in (one, two, two, one, two):
            await done(each)
        call = intent()
        await one.intend(call, Reservation(suppresses=(PHONE,)))
        await two.intend(intent(), Reservation(suppresses=("9545550124",)))
        for each in (one, two):
            verification = await each.verify()
            assert verification.sound
            assert isinstance(verification.checkpoint_beside, Checkpoint)
            assert not await is_lost(each)
        # The one's own is behind, and what is cut behind it only the other can see.
        place.tamper("DELETE FROM ledger_events WHERE seq = 12")
        assert Flaw.CUT in {problem.flaw for problem in (await two.verify()).problems}


def test_what_is_kept_is_named_after_the_database_and_not_after_who_opens_it() -> None:
    assert named(BASE).startswith("ledger-live-")
    for same in (
        "postgresql+psycopg://db.example.org/calls",
        "postgresql+psycopg://bob:p%40ss/w@rd@DB.example.org:5432/calls",
        f"{BASE}?sslmode=require&user=bob&password=x",
    ):
        assert named(same) == named(BASE)
    others = [
        named(other)
        for other in (
            BASE.replace("5432", "5433"),
            BASE.replace("calls", "other"),
            BASE.replace("db.", "db2."),
            f"{BASE}?options=-csearch_path=team",
            "postgresql+psycopg:///calls?host=/tmp",
            "postgresql+psycopg://[::1/calls",
        )
    ]
    assert len({*others, named(BASE), named(BASE, "sandbox")}) == len(others) + 2
    assert not any(word in named(BASE) for word in ("ann", "s3cret", "example", "calls"))


def test_beside_a_file_the_checkpoint_needs_no_name_of_its_own(tmp_path: Path) -> None:
    assert head_of(load_settings({"CHASEDATA_STATE_DIR": str(tmp_path)}), "live") is None
