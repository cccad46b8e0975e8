"""The tables of docs/policy.md are generated from the terms of a policy."""

from pathlib import Path

import pytest

from chasedata_mcp.policy.explain import in_toml, render_hours_table, render_rules_table
from chasedata_mcp.policy.loader import list_key_paths
from chasedata_mcp.policy.presets import UNATTENDED

DOCUMENT = Path(__file__).parents[2] / "docs" / "policy.md"


def rows() -> list[list[str]]:
    lines = render_rules_table().splitlines()
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def test_every_key_of_a_policy_has_a_row_and_a_cap_has_one() -> None:
    keys = {key for key, _ in list_key_paths(UNATTENDED.model_dump())}
    limits = ("caps.", "frequency.texts_in_24_hours")
    in_steps = {".".join(key.split(".")[:2]) for key in keys if key.startswith(limits)}
    expected = {key for key in keys if not key.startswith(limits)} | in_steps
    assert {row[3].split("`")[1] for row in rows()} == expected


def test_every_row_says_what_the_rule_is_and_where_it_comes_from() -> None:
    for row in rows():
        assert len(row) == 5
        assert row[0]
        assert row[4]


def test_a_row_has_both_presets_and_the_setting_of_the_same_meaning() -> None:
    [confirm] = [row for row in rows() if "`confirm`" in row[3]]
    assert confirm[1:4] == ['`"destructive"`', '`"outward"`', "`confirm`, `CHASEDATA_CONFIRM`"]
    [texts] = [row for row in rows() if row[3] == "`caps.texts`"]
    assert texts[1:3] == [
        "`{ hour = [40, 100], day = [200, 400] }`",
        "`{ hour = [100, 500], day = [500, 2000] }`",
    ]


def test_the_law_is_the_source_of_what_is_law() -> None:
    sources = {row[3].split("`")[1]: row[4] for row in rows()}
    assert "47 CFR 64.1200(c)(1)" in sources["calling_hours.outside"]
    assert sources["caps.texts"] == "this project"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (10.0, "10"),
        (2.5, "2.5"),
        ("a", '"a"'),
        (("a", "b"), '["a", "b"]'),
        (UNATTENDED.caps.model_dump()["texts"], "{ hour = [40, 100], day = [200, 400] }"),
        ({"ask": 1, "stop": 2}, "[1, 2]"),
    ],
)
def test_a_value_is_written_as_a_file_has_it(value: object, text: str) -> None:
    assert in_toml(value) == text


def test_the_document_has_both_tables_as_they_are_made() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert f"<!-- rules -->\n{render_rules_table()}<!-- /rules -->" in text
    assert f"<!-- hours -->\n{render_hours_table()}<!-- /hours -->" in text


def test_the_hours_have_a_row_for_the_whole_country() -> None:
    assert "| federal | 8:00 to 21:00 |" in render_hours_table()
