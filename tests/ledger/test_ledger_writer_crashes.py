"""A process killed at any point: promised entries are there, and the chain verifies."""

from datetime import timedelta

import anyio
import pytest

from _support.forks import Child
from _support.ledger import NOON, Place
from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import EntryKind, Verification

BEGINNING = """
import json, os, sys
from pathlib import Path
import anyio
from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import open_ledger
from _support.ledger import ending, intent, read
given = json.loads(os.environ["GIVEN"])
def ledger_there():
    return open_ledger(given["where"], "sandbox", checkpoint=Path(given["checkpoint"]))
"""
BETWEEN = """
async def run():
    async with ledger_there() as ledger:
        await ledger.intend(intent(entry="sent"))
        print("sent", flush=True)
        sys.stdin.read()
anyio.run(run)
"""
BUSY = """
async def run():
    async with ledger_there() as ledger:
        while True:
            for _ in range(50):
                ledger.note(read())
            call = intent()
            await ledger.intend(call)
            print("intended", call.entry, flush=True)
            await ledger.finish(ending(call.entry))
            print("done", call.entry, flush=True)
anyio.run(run)
"""


def given(place: Place) -> dict[str, str]:
    return {"where": place.where, "checkpoint": str(place.checkpoint)}


def test_a_call_that_was_sent_when_the_power_went_reads_as_unknown(place: Place) -> None:
    with Child(BEGINNING + BETWEEN, **given(place)) as child:
        assert child.hears() == "sent"
        child.kill()

    async def look() -> Verification:
        async with place.ledger() as ledger:
            (entry,) = (await ledger.history()).entries
            assert (entry.id, entry.outcome, entry.endings) == ("sent", Outcome.UNKNOWN, ())
            assert [each.id for each in await ledger.unsettled()] == ["sent"]
            return await ledger.verify()

    verification = anyio.run(look)
    assert verification.sound
    assert verification.checkpoint.count == 1


@pytest.mark.parametrize("lines", [1, 2, 5, 8])
def test_what_is_promised_to_be_on_disk_is_and_nothing_looks_like_tampering(
    place: Place, lines: int
) -> None:
    with Child(BEGINNING + BUSY, **given(place)) as child:
        promised = [child.hears().split() for _ in range(lines)]
        child.kill()

    async def look() -> None:
        async with place.ledger() as ledger:
            assert (await ledger.verify()).sound
            for what, entry_id in promised:
                entry = await ledger.entry(entry_id)
                assert entry is not None
                assert entry.kind is EntryKind.WRITE
                assert what == "intended" or entry.outcome is Outcome.DONE
            await ledger.prune(NOON + timedelta(hours=1))
            assert (await ledger.verify()).sound

    anyio.run(look)
