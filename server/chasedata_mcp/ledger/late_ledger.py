"""The opening of a ledger, by its first use."""

import gc
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from chasedata_mcp.ledger.ledger import Ledger
from chasedata_mcp.ledger.models import Environment
from chasedata_mcp.ledger.store_time import Machine, StoreTime, this_machine

if TYPE_CHECKING:
    from chasedata_mcp.ledger.store import Store


def open_ledger(
    where: str | Path,
    environment: Environment,
    *,
    checkpoint: Path | None = None,
    clock: Machine | Callable[[], datetime] | None = None,
    before: Callable[[], object] = lambda: None,
) -> Ledger:
    """Make a ledger that opens its store with the first use, without waiting or failing here.

    Args:
        where: A directory, for `ledger-<environment>.sqlite3`, or `postgresql+psycopg://...`.
        environment: The store's; one that was made for the other environment is refused.
        checkpoint: The file for the checkpoint, if not `ledger-<environment>-head.json` in the
            directory; beside a PostgreSQL database there is none unless named.
        clock: The machine by which times are, if not this one; or a clock alone, which is right by
            definition.
        before: Called before the store is opened, in the thread that opens it.
    """
    given = clock or this_machine()
    machine = given if isinstance(given, Machine) else Machine(given, uptime=None)
    time = StoreTime(machine)

    def opening() -> "Store":
        before()
        first = f"{__package__}.engine" not in sys.modules
        from chasedata_mcp.ledger.engine import open_store  # noqa: PLC0415 - see `LateModule`

        if first:
            # Else the collector looks through all imports in every call (docs/performance.md).
            gc.freeze()
        return open_store(where, environment, checkpoint, machine.clock(), time)

    return Ledger(opening, clock=machine.clock, time=time)
