"""No policy is read from the working directory, not even by way of a home directory."""

from pathlib import Path

import pytest

from chasedata_mcp.app.state import directory
from chasedata_mcp.errors import SettingsError
from chasedata_mcp.policy.loader import PolicyFileError, load_policy
from chasedata_mcp.settings import expand_home, load_settings

WHY = "begins with ~, and there is no home directory by an absolute path"


@pytest.fixture(params=[".", "here"])
def here(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Set the home directory to a path relative to the working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setenv("HOME", request.param)
    monkeypatch.setenv("USERPROFILE", request.param)
    place = tmp_path / str(request.param)
    place.mkdir(exist_ok=True)
    return place


def test_a_policy_is_not_read_from_there(here: Path) -> None:
    (here / "policy.toml").write_text("read_only = true", encoding="utf-8")
    with pytest.raises(PolicyFileError) as caught:
        load_policy(load_settings({"CHASEDATA_POLICY": "~/policy.toml"}))
    assert str(caught.value) == f"~/policy.toml: {WHY}"


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("do_not_call.suppression_file", "9545550123\n"),
        ("calling_hours.windows", "[[window]]\n"),
    ],
)
def test_neither_are_the_files_that_a_policy_names(
    here: Path, tmp_path: Path, key: str, text: str
) -> None:
    (here / "file").write_text(text, encoding="utf-8")
    policy = tmp_path / "policy.toml"
    policy.write_text(f'{key} = "~/file"', encoding="utf-8")
    with pytest.raises(PolicyFileError) as caught:
        load_policy(load_settings({"CHASEDATA_POLICY": str(policy)}))
    assert [str(problem) for problem in caught.value.problems] == [f"{key}: {WHY}"]


def test_the_settings_file_is_not(here: Path) -> None:
    (here / "settings.toml").write_text("sandbox = true", encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_settings({"CHASEDATA_CONFIG": "~/settings.toml"})
    assert str(caught.value) == f"CHASEDATA_CONFIG {WHY}"


def test_the_token_is_not(here: Path) -> None:
    (here / "token").write_text("a-token", encoding="utf-8")
    settings = load_settings({"CHASEDATA_TOKEN_FILE": "~/token", "CHASEDATA_ACCID": "acme"})
    with pytest.raises(SettingsError) as caught:
        settings.read_token()
    assert str(caught.value) == f"CHASEDATA_TOKEN_FILE {WHY}"


@pytest.mark.usefixtures("here")
def test_the_ledger_is_not_kept_there() -> None:
    with pytest.raises(SettingsError) as caught:
        directory(load_settings({"CHASEDATA_STATE_DIR": "~/state"}))
    assert str(caught.value) == f"CHASEDATA_STATE_DIR {WHY}"
    assert directory(load_settings({})).is_absolute()


def test_a_home_that_nobody_has_is_told_in_the_same_words() -> None:
    with pytest.raises(ValueError, match=WHY):
        expand_home(Path("~nobody-is-called-so/policy.toml"))


def test_a_home_by_an_absolute_path_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert expand_home(Path("~/policy.toml")) == tmp_path / "policy.toml"
    assert directory(load_settings({"CHASEDATA_STATE_DIR": "~/state"})) == tmp_path / "state"
