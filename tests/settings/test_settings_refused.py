"""Names and values that are no settings: the start stops, and no value is repeated."""

from pathlib import Path

import pytest

from chasedata_mcp.errors import SettingsError
from chasedata_mcp.settings import load_settings

LIVE = {"CHASEDATA_TOKEN": "T0K3N-0F-MINE", "CHASEDATA_ACCID": "acme"}


def file(folder: Path, text: str, name: str = "settings.toml") -> dict[str, str]:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return {"CHASEDATA_CONFIG": str(path)}


def why_not(environ: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(environ)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return str(caught.value)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("CHASEDATA_TOKENN", "CHASEDATA_TOKEN"),
        ("CHASEDATA_ACCIDD", "CHASEDATA_ACCID"),
        ("CHASEDATA_READONLY", "CHASEDATA_READ_ONLY"),
        ("CHASEDATA_TOOLSET", "CHASEDATA_TOOLSETS"),
        ("CHASEDATA_CONFIRMS", "CHASEDATA_CONFIRM"),
        ("CHASEDATA_CONFIG_FILE", "CHASEDATA_CONFIG"),
        ("CHASEDATA_URL", "CHASEDATA_BASE_URL"),
        ("CHASEDATA_SCRIPT_DIALLISTS", "CHASEDATA_SCRIPT_DIAL_LISTS"),
    ],
)
def test_a_name_with_a_letter_too_many_stops_the_start_and_names_the_nearest(
    wrong: str, right: str
) -> None:
    text = why_not({wrong: "v4lu3-0f-mine"})
    assert text == f"{wrong} is no setting of chasedata-mcp; did you mean {right}?"


def test_a_name_like_none_stops_the_start_too() -> None:
    text = why_not({"CHASEDATA_QQQ": "x"})
    assert text == "CHASEDATA_QQQ is no setting of chasedata-mcp"


def test_a_name_in_the_file_is_as_strict_and_is_named_as_it_stands_there(tmp_path: Path) -> None:
    assert why_not(file(tmp_path, 'TOKEN = "x"\n')) == (
        "TOKEN is no setting of chasedata-mcp; did you mean token?"
    )
    assert "did you mean toolsets?" in why_not(file(tmp_path, 'toolset = ["leads"]\n'))
    assert "chasedata is no setting" in why_not(file(tmp_path, "[chasedata]\nread_only = true\n"))
    assert why_not(file(tmp_path, 'config = "x.toml"\n')).startswith("config is no setting")


def test_variables_of_others_are_left_alone() -> None:
    assert load_settings({"PATH": "", "CHASE_DATA_TOKEN": "x", "MCP_TOKEN": "x"}) == load_settings(
        {}
    )


@pytest.mark.parametrize("text", ["", " ", "\t"])
@pytest.mark.parametrize("name", ["TOKEN", "SANDBOX", "TOOLSETS", "CONFIG", "READ_ONLY", "QQQ"])
def test_an_empty_variable_stops_the_start(name: str, text: str) -> None:
    said = why_not({f"CHASEDATA_{name}": text})
    assert said == f"CHASEDATA_{name} is set but empty: give it a value or unset it"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("SANDBOX", "s3cr3t-maybe"),
        ("READ_ONLY", "2"),
        ("TOOLSETS", "leads,s3cr3t"),
        ("TOOLSETS", "leads,,dnc"),
        ("TOOLSETS", "Leads"),
        ("POLICY", "s3cr3t.toml"),
        ("POLICY", "./s3cr3t.toml"),
        ("POLICY", "~someone-s3cr3t/policy.toml"),
        ("CONFIRM", "none"),
        ("CONFIRM", "never-s3cr3t"),
        ("COUNTRIES", "usa"),
        ("SEARCH_SECONDS", "0"),
        ("SEARCH_SECONDS", "-1"),
        ("SEARCH_SECONDS", "nan"),
        ("WRITE_SECONDS", "inf"),
        ("WRITE_SECONDS", "601"),
        ("WRITE_SECONDS", "s3cr3t"),
        ("IN_FLIGHT", "0"),
        ("IN_FLIGHT", "16"),
        ("IN_FLIGHT", "1.5"),
        ("READS_IN_FLIGHT", "-1"),
        ("READS_IN_FLIGHT", "16"),
        ("LOG_LEVEL", "loud-s3cr3t"),
        ("HTTP_KEY", "sh0rt-s3cr3t"),
        ("HTTP_KEY", "s3cr3t" * 50),
        ("HTTP_KEY", "s3cr3t with spaces"),
        ("HTTP_KEY", "s3cr3t-ünd-umläute"),
        ("SCRIPT_LEADS", "../s3cr3t.php"),
        ("SCRIPT_LEADS", "https://s3cr3t.example/a.php"),
        ("SCRIPT_TEXTS", "TextOperations"),
    ],
)
def test_a_value_that_is_not_understood_stops_the_start_and_is_not_repeated(
    name: str, text: str
) -> None:
    said = why_not({f"CHASEDATA_{name}": text})
    assert said.startswith(f"CHASEDATA_{name}: ")
    assert "s3cr3t" not in said
    assert text not in said or len(text) < 5


@pytest.mark.parametrize(
    ("name", "text"),
    [("TOKEN", "s3cr3t" * 50), ("ACCID", "s3cr3t.example"), ("ACCID", "-a"), ("ACCID", "a" * 64)],
)
def test_credentials_that_can_not_be_are_not_repeated(name: str, text: str) -> None:
    said = why_not({**LIVE, f"CHASEDATA_{name}": text})
    assert said.startswith(f"CHASEDATA_{name}: ")
    assert "s3cr3t" not in said
    assert LIVE["CHASEDATA_TOKEN"] not in said


def test_every_problem_is_told_at_once() -> None:
    said = why_not({"CHASEDATA_CONFIRM": "x", "CHASEDATA_IN_FLIGHT": "x"})
    assert "CHASEDATA_CONFIRM: " in said
    assert "CHASEDATA_IN_FLIGHT: " in said
