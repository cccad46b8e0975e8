"""Which ledger the settings mean: a file of the user's own, a database, or a passing one."""

import json
import re
import shutil
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qsl

from chasedata_mcp.errors import SettingsError
from chasedata_mcp.ledger import Environment, Ledger, open_ledger
from chasedata_mcp.settings import Settings

_PORT = re.compile(r":\d+$")
_WHICH = frozenset({"host", "hostaddr", "port", "dbname", "service", "options"})
"""What of an address's parameters says which database, and which schema of it, is meant."""


@asynccontextmanager
async def ledger_of(settings: Settings, environment: Environment) -> AsyncGenerator[Ledger]:
    """The ledger of this environment; the store itself is opened by its first use.

    An embedded sandbox in memory keeps its ledger for as long as it lives, unless a place is set.
    """
    place = tempfile.mkdtemp(prefix="chasedata-mcp-") if is_passing(settings) else None
    where = place or settings.ledger or directory(settings)
    head = head_of(settings, environment) if place is None else None
    try:
        async with open_ledger(where, environment, head=head) as ledger:
            yield ledger
    finally:
        if place is not None:
            shutil.rmtree(place, ignore_errors=True)


def head_of(settings: Settings, environment: Environment) -> Path | None:
    """Where this machine keeps the head of a database; a file has its own beside it.

    Raises:
        SettingsError: As `directory`.
    """
    if settings.ledger is None:
        return None
    return directory(settings) / f"ledger-{environment}-{_database(settings.ledger)}-head.json"


def _database(address: str) -> str:
    """A short name for a database: by its host, port, name and schema, not by who opens it."""
    main, _, query = address.partition("://")[2].partition("?")
    place, _, name = main.rpartition("@")[2].partition("/")
    host = place.lower() if _PORT.search(place) else f"{place.lower()}:5432"
    given = sorted(pair for pair in parse_qsl(query) if pair[0] in _WHICH)
    whole = json.dumps([host, name, given])
    return sha256(whole.encode()).hexdigest()[:12]


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
