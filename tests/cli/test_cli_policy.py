"""`policy show` and `policy check`."""

import json
from pathlib import Path
from typing import Any

import pytest

from _support.terminals import Ended, run, run_wide
from chasedata_mcp.policy.presets import PRESET_SUMMARIES

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "policy.toml"


def shown(place: Path, *words: str, **settings: str) -> Ended:
    return run("policy", "show", *words, SANDBOX="1", STATE_DIR=str(place), **settings)


def as_json(place: Path, **settings: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(shown(place, "--json", **settings).out)
    return found


def row(ended: Ended, key: str) -> list[str]:
    [line] = [line for line in ended.out.splitlines() if line.strip().startswith(f"{key} ")]
    return line.split()[1:]


# show


def test_the_presets_are_explained_and_the_one_in_force_is_marked(tmp_path: Path) -> None:
    ended = shown(tmp_path)
    assert ended.code == 0
    assert ended.out.startswith("Preset unattended  (no policy file)\n")
    assert "→ unattended" in ended.out
    assert "→ attended" not in ended.out
    for sentence in PRESET_SUMMARIES.values():
        assert sentence in ended.words


def test_every_value_is_shown_with_where_it_comes_from(tmp_path: Path, file: Path) -> None:
    file.write_text('preset = "attended"\ntools.send_sms = "ask"\n', encoding="utf-8")
    ended = shown(tmp_path, POLICY=str(file), READ_ONLY="1")
    assert "Preset attended" in ended.out
    assert str(file) in ended.out
    assert row(ended, "read_only") == ["yes", "CHASEDATA_READ_ONLY"]
    assert row(ended, "confirm") == ["outward", "preset", "attended"]
    assert row(ended, "toolsets") == ["all", "but", "batches", "default"]
    assert row(ended, "tools.send_sms") == ["ask", "policy", "file"]
    assert row(ended, "after_reading.minutes") == ["10", "default"]


def test_a_cap_is_one_row_with_all_that_it_comes_from(tmp_path: Path, file: Path) -> None:
    file.write_text('caps.texts.hour = [1, 2]\ncaps.deletions = "off"\n', encoding="utf-8")
    ended = shown(tmp_path, POLICY=str(file))
    told = ["1,", "2", "200,", "400", "policy", "file,", "preset", "unattended"]
    assert row(ended, "caps.texts") == told
    assert row(ended, "caps.deletions") == ["off", "off", "policy", "file"]


def test_the_calling_hours_in_force_are_shown(tmp_path: Path, file: Path) -> None:
    assert row(shown(tmp_path), "FL")[:4] == ["8:00", "to", "20:00", "3"]
    assert row(shown(tmp_path), "AL")[:5] == ["8:00", "to", "20:00", "no", "no"]
    assert row(shown(tmp_path), "WY")[:3] == ["8:00", "to", "20:00"]
    table = tmp_path / "hours.toml"
    table.write_text(
        '[[window]]\nstate = "federal"\nfrom = "9:00"\nuntil = "17:00"\nsunday = true\n'
        'by_area_code = false\nsource = "mine"\ndate = 2026-11-01\n',
        encoding="utf-8",
    )
    file.write_text(f"calling_hours.windows = '{table}'\n", encoding="utf-8")
    ended = shown(tmp_path, POLICY=str(file))
    assert row(ended, "federal")[:3] == ["9:00", "to", "17:00"]
    assert "  AL" not in ended.out


def test_what_is_shown_fits_80_columns(tmp_path: Path) -> None:
    ended = shown(tmp_path, POLICY=str(EXAMPLES / "policy-attended.toml"))
    too_long = [line for line in ended.out.splitlines()[1:] if len(line) > 80]
    assert too_long == []


def test_without_anything_done_nothing_is_frozen_and_no_grant_is_open(tmp_path: Path) -> None:
    ended = shown(tmp_path)
    assert row(ended, "Frozen") == ["no"]
    assert row(ended, "Grants") == ["none", "is", "open"]


@pytest.mark.parametrize("settings", [{}, {"SANDBOX": "1", "SANDBOX_FILE": ":memory:"}])
def test_the_policy_is_shown_where_there_is_no_ledger_too(settings: dict[str, str]) -> None:
    ended = run("policy", "show", **settings)
    assert ended.code == 0
    assert "Preset unattended" in ended.out
    assert "Frozen not known: " in ended.words
    found = json.loads(run("policy", "show", "--json", **settings).out)
    assert (found["frozen"], found["grants"]) == (None, [])
    assert found["ledger"] != "kept"


def test_the_json_has_all_of_it(tmp_path: Path, file: Path) -> None:
    file.write_text("texts.ask_over_parts = 2\n", encoding="utf-8")
    found = as_json(tmp_path, POLICY=str(file))
    assert (found["preset"], found["file"], found["ledger"]) == ("unattended", str(file), "kept")
    assert found["presets"] == PRESET_SUMMARIES
    assert found["rules"]["texts.ask_over_parts"] == {"value": 2, "source": "policy file"}
    assert found["rules"]["confirm"] == {"value": "destructive", "source": "preset unattended"}
    [federal] = [one for one in found["calling_hours"] if one["place"] == "federal"]
    assert (federal["from"], federal["until"], federal["sunday"]) == ("08:00", "21:00", True)
    assert (found["frozen"], found["grants"]) == (None, [])


def test_a_policy_that_is_not_good_ends_every_command_with_2(tmp_path: Path, file: Path) -> None:
    file.write_text("read_only = 1\n", encoding="utf-8")
    ended = shown(tmp_path, POLICY=str(file))
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == f"chasedata-mcp: {file}: read_only: must be true or false\n"


def test_a_relative_path_ends_with_2_and_says_why(tmp_path: Path) -> None:
    ended = shown(tmp_path, POLICY="policy.toml")
    assert ended.code == 2
    assert "never read from the working directory" in ended.err


# check


def test_a_good_file_says_what_it_changes(file: Path) -> None:
    file.write_text(
        'preset = "attended"\nconfirm = "writes"\ncaps.texts = "off"\n'
        'caps.contacted.hour = [9, 10]\nfrequency.over = "refuse"\ntools.undo = "off"\n',
        encoding="utf-8",
    )
    ended = run_wide("policy", "check", str(file))
    assert ended.code == 0
    assert ended.out.startswith("✓ The file is good; its preset is attended.\n")
    assert row(ended, "confirm") == ["outward", "writes"]
    assert " ".join(row(ended, "caps.texts")) == "{ hour = [100, 500], day = [500, 2000] } off"
    assert row(ended, "caps.contacted.hour.ask") == ["100", "9"]
    assert row(ended, "tools.undo") == ["-", "off"]
    assert "frequency" not in ended.out
    assert "caps.contacted.day" not in ended.out


def test_a_good_file_that_changes_nothing_says_so(file: Path) -> None:
    file.write_text('preset = "attended"\nconfirm = "outward"\n', encoding="utf-8")
    ended = run("policy", "check", str(file))
    assert (ended.code, "It changes nothing" in ended.out) == (0, True)


def test_a_bad_file_has_a_line_for_each_problem_and_ends_with_1(file: Path) -> None:
    file.write_text('foo = 1\nconfirm = "s3cr3t"\ncaps.texts.hour.stop = 0\n', encoding="utf-8")
    ended = run("policy", "check", str(file))
    assert ended.code == 1
    assert ended.out.splitlines() == [
        f"✗ {file}: 3 problems",
        "  confirm: must be 'destructive', 'outward' or 'writes'",
        "  caps.texts.hour.stop: must be at least 1",
        "  foo: is no key of a policy",
    ]


def test_a_file_that_is_not_there_is_one_problem(file: Path) -> None:
    ended = run("policy", "check", str(file))
    assert ended.code == 1
    assert ended.out.splitlines() == [f"✗ {file}: 1 problem", "  there is no such file"]


def test_a_file_of_the_working_directory_can_be_checked(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text("read_only = true\n", encoding="utf-8")
    monkeypatch.chdir(file.parent)
    assert run("policy", "check", file.name).code == 0


def test_a_check_looks_at_no_other_setting(file: Path) -> None:
    file.write_text('toolsets = ["sms"]\n', encoding="utf-8")
    assert run("policy", "check", str(file), TOOLSETS="leads", TOKEN="half").code == 0


@pytest.mark.parametrize("name", ["attended", "unattended"])
def test_the_examples_are_good(name: str) -> None:
    ended = run("policy", "check", str(EXAMPLES / f"policy-{name}.toml"))
    assert (ended.code, f"preset is {name}." in ended.out) == (0, True)


def test_without_a_command_it_lists_them() -> None:
    words = run("policy", "--help").words
    assert all(command in words for command in ("show", "check", "rearm"))
