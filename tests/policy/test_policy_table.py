"""The tables of the pages about the policy are generated from the terms of a policy."""

from pathlib import Path

import pytest

from _support.tables import each
from chasedata_mcp.policy.explain import (
    in_toml,
    render_caps_table,
    render_hours_table,
    render_rules_table,
)
from chasedata_mcp.policy.loader import list_key_paths
from chasedata_mcp.policy.models import Caps, PolicyTerms
from chasedata_mcp.policy.presets import UNATTENDED

DOCS = Path(__file__).parents[2] / "docs"


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


@pytest.mark.parametrize(
    ("page", "name", "table"),
    [
        ("policy.md", "caps", render_caps_table()),
        ("policy-file.md", "rules", render_rules_table()),
        ("calling-hours.md", "hours", render_hours_table()),
    ],
)
def test_each_page_has_its_table_as_it_is_made(page: str, name: str, table: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    assert f"<!-- {name} -->\n{table}<!-- /{name} -->" in text


@each("part", PolicyTerms.model_fields)
def test_the_page_for_whoever_decides_names_every_part_of_a_policy(part: str) -> None:
    text = (DOCS / "policy.md").read_text(encoding="utf-8")
    assert f"`{part}`" in text or f"`{part}." in text


def test_every_cap_has_a_line_with_its_figures_and_requests_to_stop_are_never_refused() -> None:
    lines = render_caps_table().splitlines()
    assert len(lines) == 2 + len([key for key in Caps.model_fields if key != "at_stop"])
    assert "| Texts sent | 40, 100 | 200, 400 | 100, 500 | 500, 2000 | `caps.texts` |" in lines
    assert (
        "| Numbers put on the do-not-call list | 50, never | 200, never | 200, never | 1000, never "
        "| `caps.dnc_insertions` |"
    ) in lines


def test_the_hours_have_a_row_for_the_whole_country() -> None:
    assert "| federal | 8:00 to 21:00 |" in render_hours_table()
