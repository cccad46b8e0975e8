"""Crashes of a whole PostgreSQL in the midst of writes, though by its settings it is lazy."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import anyio
import pytest
from anyio import to_thread

from _support.ledger import NOON, Place, ending, grant, intent
from _support.postgresql import a_server, crash, ledger_address, make_schema
from chasedata_mcp.ledger import Ledger, LedgerError

pytestmark = pytest.mark.anyio
_SENT = 40


class Callers:
    """Callers of two processes, who send each call once its intent is recorded.

    Attributes:
        sent: The entries of the calls that were sent.
        is_enough: So many were sent that the crash may come.
    """

    def __init__(self, ledgers: Sequence[Ledger]) -> None:
        self.sent: list[str] = []
        self.is_enough = anyio.Event()
        self._ledgers = ledgers

    async def call_until_a_crash(self) -> None:
        async with anyio.create_task_group() as callers:
            for ledger in [*self._ledgers] * 3:
                callers.start_soon(self._call, ledger)

    async def _call(self, ledger: Ledger) -> None:
        with suppress(LedgerError):
            while True:
                call = intent()
                await ledger.intend(call)
                self.sent.append(call.entry)
                if len(self.sent) == _SENT:
                    self.is_enough.set()
                await ledger.finish(ending(call.entry))


async def test_a_crash_takes_no_intent_of_a_call_that_was_sent_and_leaves_a_whole_chain(
    tmp_path: Path, testrun_uid: str, worker_id: str
) -> None:
    # What isn't waited for stays in the server's memory, from which a crash takes it.
    lazy = {"synchronous_commit": "off", "wal_writer_delay": "10s", "wal_writer_flush_after": "1GB"}
    with a_server(f"crashed-{testrun_uid}-{worker_id}", **lazy) as server:
        address = ledger_address(server.get_uri(), make_schema(server.get_uri()))
        places = [Place(address, tmp_path / name / "head.json") for name in ("one", "two")]
        async with places[0].ledger() as one, places[1].ledger() as two:
            for round_ in range(2):
                await one.grants.give(grant(id=f"g{round_}"))
                callers = Callers([one, two])
                async with anyio.create_task_group() as both:
                    both.start_soon(callers.call_until_a_crash)
                    await callers.is_enough.wait()
                    await to_thread.run_sync(crash, server)
                server.ensure_postgres_running()
                # Those that were running, and one that is started anew.
                for place, running in zip(places, (one, two), strict=True):
                    async with place.ledger() as started_anew:
                        for ledger in (running, started_anew):
                            verification = await ledger.verify()
                            assert verification.sound, verification
                            on_record = [await ledger.entry(entry) for entry in callers.sent]
                            assert None not in on_record
                    assert await running.intend(intent()) is None
                grants = await two.grants.all("test", NOON)
                assert [each.id for each in grants].count(f"g{round_}") == 1
