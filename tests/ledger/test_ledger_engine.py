"""The engine: where a store is made, who may read it, and which stores are refused."""

import os
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from _support.ledger import Place, done, intent
from chasedata_mcp.ledger import (
    Environment,
    Ledger,
    LedgerElsewhereError,
    LedgerError,
    LedgerTooNewError,
    LedgerUnwritableError,
    open_ledger,
)
from chasedata_mcp.ledger.sqlite import SqliteDatabase

FILE = "ledger-sandbox.sqlite3"
posix = pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@posix
@pytest.mark.anyio
async def test_only_the_owner_can_read_what_is_made(tmp_path: Path) -> None:
    directory = tmp_path / "a?b%20 \N{CAT FACE}" / "state"
    async with open_ledger(directory, "sandbox") as ledger:
        await done(ledger)
        assert mode(directory) == 0o700
        files = {path.name: mode(path) for path in directory.iterdir()}
    assert {FILE, f"{FILE}-wal", "ledger-sandbox-head.json"} <= set(files)
    assert set(files.values()) == {0o600}


@posix
@pytest.mark.anyio
async def test_what_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    directory = tmp_path / "state"
    async with open_ledger(directory, "sandbox") as ledger:
        await ledger.open()
    directory.chmod(0o755)
    (directory / FILE).chmod(0o644)
    async with open_ledger(directory, "sandbox") as ledger:
        await ledger.open()
    assert (mode(directory), mode(directory / FILE)) == (0o700, 0o600)


@posix
@pytest.mark.anyio
async def test_a_directory_that_holds_other_things_too_stays_as_it_is(tmp_path: Path) -> None:
    directory = tmp_path / "home"
    directory.mkdir(mode=0o755)
    (directory / "other.txt").touch()
    async with open_ledger(directory, "sandbox") as ledger:
        await ledger.open()
    assert (mode(directory), mode(directory / FILE)) == (0o755, 0o600)


@pytest.mark.anyio
async def test_nothing_is_opened_before_it_is_needed(tmp_path: Path) -> None:
    async with open_ledger(tmp_path / "state", "sandbox") as ledger:
        assert ledger.failing is None
    assert not (tmp_path / "state").exists()


@pytest.mark.anyio
async def test_a_ledger_of_another_environment_is_refused(place: Place, ledger: Ledger) -> None:
    await done(ledger)
    place.slip("UPDATE ledger_store SET environment = 'live'")
    async with place.ledger() as other:
        with pytest.raises(LedgerElsewhereError, match="'live', not 'sandbox'"):
            await other.open()


@pytest.mark.anyio
async def test_sandbox_and_live_have_files_of_their_own(tmp_path: Path) -> None:
    environments: tuple[Environment, ...] = ("sandbox", "live")
    for environment in environments:
        async with open_ledger(tmp_path, environment) as ledger:
            call = intent(environment=environment)
            assert await ledger.intend(call) is None
            assert (await ledger.checkpoint()).count == 1
    assert (tmp_path / "ledger-live.sqlite3").exists()
    assert (tmp_path / "ledger-live-head.json").exists()


@pytest.mark.anyio
async def test_a_ledger_of_a_newer_version_is_refused_and_stays_as_it_is(
    place: Place, ledger: Ledger
) -> None:
    await done(ledger)
    place.slip("UPDATE ledger_store SET version = 6")
    before = place.rows("SELECT * FROM ledger_events")
    async with place.ledger() as older:
        with pytest.raises(LedgerTooNewError, match="version 6 and this program knows up to 5"):
            await older.intend(intent())
        assert older.failing is not None
        assert "version 6" in older.failing
    assert place.rows("SELECT * FROM ledger_events") == before


@pytest.mark.anyio
async def test_a_file_that_is_no_ledger_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("not a database" * 100)
    async with open_ledger(tmp_path, "sandbox") as ledger:
        with pytest.raises(LedgerUnwritableError, match="not a database"):
            await ledger.open()
    assert (tmp_path / FILE).read_text() == "not a database" * 100


@pytest.mark.anyio
async def test_a_place_where_no_file_can_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / FILE).mkdir()
    for directory in (tmp_path, tmp_path / "file", tmp_path / "file" / "below"):
        async with open_ledger(directory, "sandbox") as ledger:
            with pytest.raises(LedgerUnwritableError, match="can't be made"):
                await ledger.open()


@pytest.mark.anyio
@pytest.mark.parametrize(
    "address",
    [
        "sqlite:///x.db",
        "postgresql+nothing://u:secret@localhost/x",
        "mysql://u:secret@localhost/x",
        "://",
        "postgresql+psycopg://u:secret@localhost:port/x",
        "postgresql://u:secret@localhost/x?secret=1",
    ],
)
async def test_an_address_that_is_none_of_ours_is_refused_without_quoting_it(address: str) -> None:
    async with open_ledger(address, "sandbox") as ledger:
        with pytest.raises(LedgerError, match="address can't be used") as raised:
            await ledger.open()
    assert "secret" not in str(raised.value)
    assert raised.value.__context__ is None


@pytest.mark.anyio
@pytest.mark.parametrize("scheme", ["postgresql+psycopg", "postgresql"])
async def test_a_missing_database_is_reported_without_its_password(
    tmp_path: Path, scheme: str
) -> None:
    address = f"{scheme}://u:secret@/x?host={tmp_path}"
    async with open_ledger(address, "sandbox") as ledger:
        with pytest.raises(LedgerUnwritableError, match="can't be reached") as raised:
            await ledger.intend(intent())
    assert "secret" not in str(raised.value)
    assert raised.value.__context__ is None


@pytest.mark.anyio
@pytest.mark.parametrize("place", ["postgresql"], indirect=True)
async def test_beside_postgresql_a_checkpoint_is_kept_where_it_is_named(
    place: Place,
) -> None:
    async with open_ledger(place.where, "sandbox") as ledger:
        await done(ledger)
        assert (await ledger.verify()).checkpoint_beside is None


def test_the_driver_of_postgresql_is_loaded_for_postgresql_alone(tmp_path: Path) -> None:
    script = (
        "import sys; from chasedata_mcp.ledger.engine import open_store; "
        f"open_store({str(tmp_path)!r}, 'sandbox', None).close(); print('psycopg' in sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.run(  # noqa: S603 - a script of ours
        [sys.executable, "-c", script],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == "False"


def test_a_connection_keeps_few_pages_of_a_file_that_grows(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "large.sqlite3")
    with closing(database), database.read() as reader, database.write() as writer:
        for connection in (reader, writer):
            row = connection.fetch_one("PRAGMA cache_size")
            assert row is not None
            # Negative: of so many kilobytes, however large a page is.
            assert -1000 < row[0] < 0
