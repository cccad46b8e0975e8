"""Which ledger the settings mean: a file of the user's own, a database, or a passing one."""

import shutil
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from chasedata_mcp.errors import SettingsError
from chasedata_mcp.ledger import Environment, Ledger, open_ledger
from chasedata_mcp.settings import Settings


@asynccontextmanager
async def ledger_of(settings: Settings, environment: Environment) -> AsyncGenerator[Ledger]:
    """The ledger of this environment; the store itself is opened by its first use.

    An embedded sandbox in memory keeps its ledger for as long as it lives, unless a place is set.
    """
    place = tempfile.mkdtemp(prefix="chasedata-mcp-") if is_passing(settings) else None
    where = place or settings.ledger or directory(settings)
    try:
        async with open_ledger(where, environment) as ledger:
            yield ledger
    finally:
        if place is not None:
            shutil.rmtree(place, ignore_errors=True)


def is_passing(settings: Settings) -> bool:
    """Whether the ledger ends with the process: an embedded sandbox's in memory, no place set."""
    kept = settings.sandbox_file or settings.state_dir or settings.ledger
    return settings.sandbox and not kept


def directory(settings: Settings) -> Path:
    """Where the ledger's file is.

    Raises:
        SettingsError: It is set, and is not a directory.
    """
    if settings.state_dir is None:
        from platformdirs import user_state_path  # noqa: PLC0415 - seldom needed at the start

        return user_state_path("chasedata-mcp", appauthor=False)
    place = settings.state_dir.expanduser()
    if place.exists() and not place.is_dir():
        raise SettingsError("CHASEDATA_STATE_DIR names something that is not a directory")
    return place
