"""Which ledger and which sandbox the settings mean: the user's own, another, or a passing one."""

import json
import os
import re
import shutil
import tempfile
from collections.abc import AsyncGenerator, Mapping
from contextlib import ExitStack, asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from chasedata_mcp.app.occupancy import occupied
from chasedata_mcp.errors import SettingsError
from chasedata_mcp.settings import IN_MEMORY, Settings, expand_home

if TYPE_CHECKING:
    from chasedata_mcp.ledger import Environment, Ledger

SANDBOX: Final = "sandbox"
"""The folder of the user's own sandbox, in the state directory."""
_OURS: Final = "chasedata-mcp"
_PORT = re.compile(r":\d+$")
_WHICH = frozenset({"host", "hostaddr", "port", "dbname", "service", "options"})
"""The parameters of an address that say which database, and which schema of it, is meant."""


@asynccontextmanager
async def ledger_of(settings: Settings, environment: "Environment") -> AsyncGenerator["Ledger"]:
    """The ledger of this environment; the store itself is opened by its first use.

    An embedded sandbox in memory keeps its ledger for as long as it lives, unless a place is set.
    The user's own sandbox is in use from then on: nobody can start it afresh meanwhile.
    """
    from chasedata_mcp.ledger import open_ledger  # noqa: PLC0415 - the start needs no ledger yet

    place = tempfile.mkdtemp(prefix="chasedata-mcp-") if is_passing(settings) else None
    where = place or settings.ledger or ledger_directory(settings)
    head = head_of(settings, environment) if place is None else None
    used = ExitStack()

    def use() -> None:
        if is_users_sandbox(settings) and settings.ledger is None:
            used.enter_context(occupied(sandbox_home(settings)))

    try:
        with used:
            async with open_ledger(where, environment, checkpoint=head, before=use) as ledger:
                yield ledger
    finally:
        if place is not None:
            shutil.rmtree(place, ignore_errors=True)


def head_of(settings: Settings, environment: "Environment") -> Path | None:
    """Find where this machine keeps the head of a database; a file has its own beside it.

    Raises:
        SettingsError: As `directory`.
    """
    if settings.ledger is None:
        return None
    return (
        ledger_directory(settings) / f"ledger-{environment}-{_database(settings.ledger)}-head.json"
    )


def _database(address: str) -> str:
    """A short name for a database: by its host, port, name and schema, not by who opens it."""
    main, _, query = address.partition("://")[2].partition("?")
    place, _, name = main.rpartition("@")[2].partition("/")
    host = place.lower() if _PORT.search(place) else f"{place.lower()}:5432"
    given = sorted(pair for pair in parse_qsl(query) if pair[0] in _WHICH)
    whole = json.dumps([host, name, given])
    return sha256(whole.encode()).hexdigest()[:12]


def is_passing(settings: Settings) -> bool:
    """Tell whether the ledger ends with the process: a sandbox in memory, and no place set."""
    kept = settings.state_dir or settings.ledger
    return settings.sandbox and settings.sandbox_file == IN_MEMORY and not kept


def is_users_sandbox(settings: Settings) -> bool:
    """Tell whether the embedded sandbox is meant that each user has without a setting."""
    return settings.sandbox and settings.sandbox_file is None


def sandbox_home(settings: Settings) -> Path:
    """The folder of the user's own sandbox: its state and its record, apart from live.

    Raises:
        SettingsError: As `directory`.
    """
    return directory(settings) / SANDBOX


def sandbox_file(settings: Settings) -> Path | None:
    """Find where the embedded sandbox keeps its state; None where it keeps none.

    Raises:
        SettingsError: As `directory`.
    """
    if settings.sandbox_file is None:
        return sandbox_home(settings) / "sandbox.sqlite3"
    return None if settings.sandbox_file == IN_MEMORY else settings.sandbox_file.expanduser()


def ledger_directory(settings: Settings) -> Path:
    """Find where the ledger's file is: beside a sandbox's own, since each of these is a dialer.

    Raises:
        SettingsError: As `directory`.
    """
    if is_users_sandbox(settings):
        return sandbox_home(settings)
    if settings.sandbox and settings.state_dir is None:
        file = sandbox_file(settings)
        return directory(settings) if file is None else beside(file)
    return directory(settings)


def record_of(settings: Settings, environ: Mapping[str, str] = os.environ) -> Path | None:
    """The directory of the record, where nobody who has no setting would look for it.

    Raises:
        SettingsError: As `directory`.
    """
    if settings.sandbox_file is not None and settings.state_dir is None:
        return ledger_directory(settings)
    found, without_a_setting = directory(settings), Path("~/.local/state", _OURS).expanduser()
    moved = settings.state_dir or (environ.get("XDG_STATE_HOME") and found != without_a_setting)
    return found if moved else None


def beside(file: Path) -> Path:
    """Name the folder of the ledger of a sandbox that keeps its state in a file of its own."""
    return file.with_name(f"{file.name}.ledger")


def files_directory(settings: Settings) -> Path | None:
    """Find the folder of the files that a client may plan batches of; None where none is set.

    Raises:
        SettingsError: It is set, and is no folder that can be read.
    """
    if settings.files_dir is None:
        return None
    try:
        place = expand_home(settings.files_dir)
    except ValueError as error:
        raise SettingsError(f"CHASEDATA_FILES_DIR {error}") from None
    if not place.is_dir():
        raise SettingsError("CHASEDATA_FILES_DIR names something that is not a directory")
    if not os.access(place, os.R_OK | os.X_OK):
        raise SettingsError("CHASEDATA_FILES_DIR names a directory that can't be read")
    return place


def directory(settings: Settings) -> Path:
    """Find where this user's state is kept, whatever dialer is meant.

    Raises:
        SettingsError: It is set, and is not a directory, or begins with a home that there isn't.
    """
    if settings.state_dir is None:
        from platformdirs import user_state_path  # noqa: PLC0415 - seldom needed at the start

        return user_state_path(_OURS, appauthor=False)
    try:
        place = expand_home(settings.state_dir)
    except ValueError as error:
        raise SettingsError(f"CHASEDATA_STATE_DIR {error}") from None
    if place.exists() and not place.is_dir():
        raise SettingsError("CHASEDATA_STATE_DIR names something that is not a directory")
    return place
