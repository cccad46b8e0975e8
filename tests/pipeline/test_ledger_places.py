"""Which ledger the settings mean, and what becomes of it at the end."""

from pathlib import Path

import pytest
from platformdirs import user_state_path

from _support.ledger import done, intent, read_files
from _support.pipeline import execute
from _support.sandbox import PHONE
from chasedata_mcp.app.composition import opened
from chasedata_mcp.app.state import directory, ledger_of
from chasedata_mcp.errors import SettingsError
from chasedata_mcp.ledger import Ledger, LedgerElsewhereError, LedgerUnwritableError
from chasedata_mcp.sandbox import ACCID, TOKEN
from chasedata_mcp.settings import load_settings

pytestmark = pytest.mark.anyio
SANDBOX = {"CHASEDATA_SANDBOX": "1"}


async def place_of(ledger: Ledger) -> Path:
    """The directory in which a ledger turns out to be."""
    await done(ledger)
    file = ledger._store._opened().checkpoint_file
    assert file is not None
    return file.path.parent


def files_of(place: Path) -> bytes:
    return read_files(place, "ledger-*")


async def test_the_ledger_of_a_sandbox_in_memory_ends_with_it() -> None:
    settings = load_settings({**SANDBOX, "CHASEDATA_SANDBOX_FILE": ":memory:"})
    async with ledger_of(settings, "sandbox") as ledger:
        place = await place_of(ledger)
        assert (place / "ledger-sandbox.sqlite3").exists()
    assert not place.exists()


@pytest.mark.parametrize("kept_in", ["state_dir", "file"])
async def test_where_something_is_kept_the_ledger_is_too(tmp_path: Path, kept_in: str) -> None:
    place = tmp_path / "state"
    setting = (
        {"CHASEDATA_STATE_DIR": str(place)}
        if kept_in == "state_dir"
        else {"CHASEDATA_SANDBOX_FILE": str(tmp_path / "sandbox.db")}
    )
    expected = place / "sandbox" if kept_in == "state_dir" else tmp_path / "sandbox.db.ledger"
    async with ledger_of(load_settings({**SANDBOX, **setting}), "sandbox") as ledger:
        assert await place_of(ledger) == expected
    assert (expected / "ledger-sandbox.sqlite3").stat().st_mode & 0o777 == 0o600


async def test_without_a_setting_it_is_in_a_directory_of_the_users_own() -> None:
    assert directory(load_settings({})) == user_state_path("chasedata-mcp", appauthor=False)


def test_a_tilde_is_the_users_home() -> None:
    assert directory(load_settings({"CHASEDATA_STATE_DIR": "~/x"})) == Path("~/x").expanduser()


async def test_what_is_no_directory_stops_the_start(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    settings = load_settings({**SANDBOX, "CHASEDATA_STATE_DIR": str(file)})
    with pytest.raises(SettingsError, match="CHASEDATA_STATE_DIR") as raised:
        async with opened(settings):
            raise AssertionError
    assert str(file) not in str(raised.value)


async def test_a_database_is_meant_where_one_is_set(tmp_path: Path) -> None:
    unused = tmp_path / "unused"
    nowhere = "postgresql+psycopg://nobody@127.0.0.1:1/none"
    settings = load_settings(
        {**SANDBOX, "CHASEDATA_LEDGER": nowhere, "CHASEDATA_STATE_DIR": str(unused)}
    )
    async with ledger_of(settings, "sandbox") as ledger:
        with pytest.raises(LedgerUnwritableError):
            await ledger.intend(intent())
    assert not unused.exists()


async def test_nothing_is_made_before_the_first_call(tmp_path: Path) -> None:
    place = tmp_path / "state"
    async with opened(load_settings({**SANDBOX, "CHASEDATA_STATE_DIR": str(place)})) as way:
        assert not place.exists()
        await execute(way.pipeline, "insert_dnc", {"number": PHONE})
        assert place.exists()


async def test_without_a_dialer_there_is_no_ledger() -> None:
    async with opened(load_settings({})) as way:
        assert way.ledger is None


async def test_two_starts_share_one_history(tmp_path: Path) -> None:
    settings = load_settings({**SANDBOX, "CHASEDATA_STATE_DIR": str(tmp_path)})
    for expected in (1, 2):
        async with opened(settings) as way:
            await execute(way.pipeline, "insert_dnc", {"number": PHONE})
            assert way.ledger is not None
            assert len((await way.ledger.history()).entries) == expected


async def test_sandbox_and_live_have_files_of_their_own(tmp_path: Path) -> None:
    settings = load_settings({"CHASEDATA_STATE_DIR": str(tmp_path)})
    for environment in ("sandbox", "live"):
        async with ledger_of(settings, environment) as ledger:
            await ledger.open()
    (tmp_path / "ledger-live.sqlite3").replace(tmp_path / "ledger-sandbox.sqlite3")
    async with ledger_of(settings, "sandbox") as ledger:
        with pytest.raises(LedgerElsewhereError):
            await ledger.open()


async def test_the_settings_reach_what_is_kept(tmp_path: Path) -> None:
    settings = load_settings(
        {
            **SANDBOX,
            "CHASEDATA_STATE_DIR": str(tmp_path),
            "CHASEDATA_HIDDEN_FIELDS": "Notes, City",
            "CHASEDATA_TWIN_MINUTES": "0",
        }
    )
    async with opened(settings) as way:
        for _ in range(2):
            text = {"from_number": "9545550195", "to_number": PHONE, "message": "Hello"}
            await execute(way.pipeline, "send_sms", text)
        update = {"search_field": "lead_id", "identifier": "1001", "notes": "s3cret"}
        result = await execute(way.pipeline, "update_lead", update)
        assert result.message.endswith("Read back: the field took.")
    kept = files_of(tmp_path)
    assert b"update_lead" in kept
    assert b"s3cret" not in kept


async def test_a_sandbox_on_a_port_has_the_sandboxs_ledger(tmp_path: Path) -> None:
    settings = load_settings(
        {
            "CHASEDATA_BASE_URL": "http://127.0.0.1:1/HttpImport/",
            "CHASEDATA_TOKEN": TOKEN,
            "CHASEDATA_ACCID": ACCID,
            "CHASEDATA_STATE_DIR": str(tmp_path),
        }
    )
    async with opened(settings) as way:
        assert way.ledger is not None
        await way.ledger.open()
    assert (tmp_path / "ledger-sandbox.sqlite3").exists()
