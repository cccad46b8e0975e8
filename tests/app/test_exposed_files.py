"""Files that other users of the machine can get at: no start, or a warning, in every way in."""

import logging
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from _support.http_servers import serving
from _support.served import SANDBOX, TOKEN
from _support.terminals import finish, run_wide
from _support.terminals import start as start_command
from chasedata_mcp.app.composition import opened
from chasedata_mcp.app.dialer import line
from chasedata_mcp.app.exposed_files import warn_of_exposed_files
from chasedata_mcp.approvals.second_factor import SecondFactor
from chasedata_mcp.errors import SettingsError
from chasedata_mcp.mcp_server.http_keys import HttpKeys
from chasedata_mcp.policy.loader import load_policy
from chasedata_mcp.settings import load_settings

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="files have no mode there"),
]
Environ = Mapping[str, str]


def file(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def with_token(place: Path, mode: int) -> Environ:
    token = file(place / "token", TOKEN, mode)
    return {"CHASEDATA_TOKEN_FILE": str(token), "CHASEDATA_ACCID": "acme"}


def with_config(place: Path, mode: int) -> Environ:
    return {"CHASEDATA_CONFIG": str(file(place / "settings.toml", "sandbox = true", mode))}


def with_policy(place: Path, mode: int) -> Environ:
    return {**SANDBOX, "CHASEDATA_POLICY": str(file(place / "policy.toml", "", mode))}


def with_numbers(place: Path, mode: int) -> Environ:
    numbers = file(place / "numbers.txt", "9545550123", mode)
    terms = f'[do_not_call]\nsuppression_file = "{numbers}"'
    return {**SANDBOX, "CHASEDATA_POLICY": str(file(place / "policy.toml", terms))}


def with_state(place: Path, mode: int) -> Environ:
    state = place / "state"
    state.mkdir()
    state.chmod(mode | 0o100)
    return {"CHASEDATA_SANDBOX": "1", "CHASEDATA_STATE_DIR": str(state)}


async def start(environ: Environ) -> None:
    settings = load_settings(environ)
    line(settings)
    load_policy(settings)
    async with opened(settings):
        pass


@pytest.mark.parametrize("with_", [with_token, with_config, with_policy, with_numbers, with_state])
async def test_what_others_can_write_stops_the_start_and_doctor(
    tmp_path: Path, with_: Callable[[Path, int], Environ]
) -> None:
    environ = with_(tmp_path, 0o666)
    with pytest.raises(SettingsError, match="others can write it") as caught:
        await start(environ)
    assert str(tmp_path) not in str(caught.value) or with_ in {with_policy, with_numbers}
    ended = run_wide(
        "doctor", **{name.removeprefix("CHASEDATA_"): text for name, text in environ.items()}
    )
    assert ended.code == 2
    assert "others can write it" in ended.words
    assert "chmod go-w" in ended.words


@pytest.mark.parametrize("with_", [with_token, with_config])
async def test_what_others_can_read_is_warned_of_at_the_start_and_by_doctor(
    tmp_path: Path,
    with_: Callable[[Path, int], Environ],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    environ = with_(tmp_path, 0o644)
    for name, text in environ.items():
        monkeypatch.setenv(name, text)
    await start(environ)
    caplog.set_level(logging.WARNING, "chasedata_mcp")
    warn_of_exposed_files(load_settings(environ))
    [record] = caplog.records
    assert "others can read it" in record.getMessage()
    assert str(tmp_path) not in record.getMessage()


def test_a_folder_for_files_in_which_others_can_write_is_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    for mode, warned in ((0o755, False), (0o777, True)):
        folder.chmod(mode)
        caplog.clear()
        environ = {"CHASEDATA_SANDBOX": "1", "CHASEDATA_FILES_DIR": str(folder)}
        warn_of_exposed_files(load_settings(environ))
        assert ("The folder of CHASEDATA_FILES_DIR: others can write it" in caplog.text) is warned


def test_serving_over_stdio_warns_before_anything_is_asked(tmp_path: Path) -> None:
    config = file(tmp_path / "settings.toml", "sandbox = true", 0o644)
    ended = finish(start_command("serve", CONFIG=str(config)))
    assert ended.code == 0
    assert "The file of CHASEDATA_CONFIG: others can read it." in ended.err
    assert str(tmp_path) not in ended.err
    config.chmod(0o646)
    refused = finish(start_command("serve", CONFIG=str(config)))
    assert refused.code == 2
    assert "others can write it" in refused.err


async def test_serving_over_http_warns_too(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    environ = with_token(tmp_path, 0o644)
    async with serving(environ):
        assert "The file of CHASEDATA_TOKEN_FILE: others can read it." in caplog.text


@pytest.mark.parametrize("with_", [with_token, with_config, with_policy, with_numbers, with_state])
async def test_what_is_ones_own_starts_without_a_word(
    tmp_path: Path, with_: Callable[[Path, int], Environ], caplog: pytest.LogCaptureFixture
) -> None:
    environ = with_(tmp_path, 0o600)
    await start(environ)
    warn_of_exposed_files(load_settings(environ))
    assert caplog.records == []


def test_doctor_says_what_others_can_read_and_is_ready_all_the_same(tmp_path: Path) -> None:
    config = file(tmp_path / "settings.toml", "sandbox = true", 0o644)
    ended = run_wide("doctor", CONFIG=str(config))
    assert ended.code == 0
    assert "The file of CHASEDATA_CONFIG: others can read it." in ended.words
    assert "To mend it: chmod go-rwx." in ended.words


def test_what_the_program_makes_by_itself_is_nothing_that_doctor_warns_of(tmp_path: Path) -> None:
    state = tmp_path / "state"
    sought = ("--search-field", "phone", "--identifier", "9545550101")
    run_wide("call", "search_lead", *sought, SANDBOX="1", STATE_DIR=str(state))
    run_wide("keys", "make", "crm", STATE_DIR=str(state))
    ended = run_wide("doctor", SANDBOX="1", STATE_DIR=str(state))
    assert "others can" not in ended.words
    for made in state.rglob("*"):
        if made.is_file():
            assert made.stat().st_mode & 0o077 == 0, made.name


@pytest.mark.parametrize(
    "words",
    [
        *("history", "grants", "freeze", "ledger verify", "ledger head", "policy rearm"),
        *("keys", "keys make desk", "keys revoke crm", "undo abc", "reconcile abc --done"),
        "call search_lead --search-field phone --identifier 9545550101",
        *("dnc pending", "serve", "approve"),
    ],
)
def test_no_command_uses_a_state_that_others_can_write(tmp_path: Path, words: str) -> None:
    environ = with_state(tmp_path, 0o700)
    plain = {name.removeprefix("CHASEDATA_"): text for name, text in environ.items()}
    run_wide("keys", "make", "crm", **plain)
    run_wide("freeze", **plain)
    state = tmp_path / "state"
    state.chmod(0o777)
    before = sorted(file.name for file in state.rglob("*"))
    ended = run_wide(*words.split(), **plain)
    assert ended.code in {1, 2}
    assert "others can write" in ended.err
    assert sorted(file.name for file in state.rglob("*")) == before


def test_the_keys_and_the_second_factor_open_nothing_that_others_can_write(tmp_path: Path) -> None:
    keys, factor = HttpKeys(tmp_path), SecondFactor(tmp_path)
    keys.make("crm", "maria", datetime(2026, 11, 29, tzinfo=UTC))
    (tmp_path / "second-factor.sqlite3").touch()
    for name in ("http-keys.sqlite3", "second-factor.sqlite3"):
        (tmp_path / name).chmod(0o622)
    for opened_ in (keys.all, partial(getattr, factor, "enrolled")):
        with pytest.raises(OSError, match=r"^others can write it "):
            opened_()


@pytest.mark.parametrize("path", ["settings.toml", "./settings.toml", "../x", "~nobody/x", "~x"])
@pytest.mark.parametrize("setting", ["CHASEDATA_CONFIG", "CHASEDATA_TOKEN_FILE"])
def test_the_settings_file_and_the_tokens_are_named_by_their_whole_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str, path: str
) -> None:
    monkeypatch.chdir(tmp_path)
    file(tmp_path / "settings.toml", "sandbox = true")
    with pytest.raises(SettingsError, match=f"{setting}: must be an absolute path") as caught:
        load_settings({setting: path, "CHASEDATA_ACCID": "acme"})
    assert path not in str(caught.value).removeprefix(f"{setting}: must be an absolute path")
