"""Settings of hosts are changed as text: what isn't ours stays letter for letter."""

import json
import tomllib
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chasedata_mcp.cli.host_setup.json_text import (
    HostTextError,
    read_json,
    remove_member,
    set_member,
)
from chasedata_mcp.cli.host_setup.toml_text import read_toml, remove_table, set_table

PATH = ("mcpServers", "chasedata")
OURS = {"command": "/bin/cd", "args": ["--sandbox"]}
TABLE: Mapping[str, Any] = {"command": "C:\\bin\\cd.exe", "required": True, "env": {"A": "b"}}

COMMENTED = """\
// mine
{
    /* looks */
    "theme": "dark", // never light
    "mcpServers": { // the servers
        // the first
        "other": {"command": "x", "env": {"TOKEN": "{\\"}"}},
    },
}
"""
WITH_OURS = """\
// mine
{
    /* looks */
    "theme": "dark", // never light
    "mcpServers": { // the servers
        "chasedata": {
            "command": "/bin/cd",
            "args": [
                "--sandbox"
            ]
        },
        // the first
        "other": {"command": "x", "env": {"TOKEN": "{\\"}"}},
    },
}
"""


def test_an_entry_comes_first_and_goes_and_no_other_line_changes() -> None:
    assert set_member(COMMENTED, PATH, OURS) == WITH_OURS
    assert remove_member(WITH_OURS, PATH) == COMMENTED
    assert set_member(WITH_OURS, PATH, OURS) == WITH_OURS
    changed = set_member(WITH_OURS, PATH, "new")
    assert '"chasedata": "new",\n        // the first' in changed


def test_lines_end_and_are_indented_as_the_files_are() -> None:
    text = '{\r\n\t"a": 1\r\n}\r\n'
    new = set_member(text, PATH, {"b": 2})

    assert "\n" not in new.replace("\r\n", "")
    assert '\r\n\t"mcpServers": {\r\n\t\t"chasedata": {\r\n\t\t\t"b": 2' in new


def test_whatever_is_empty_or_on_one_line_takes_an_entry() -> None:
    for text in ("", " \n", "{}", "{ }", "{\n}\n", "// a\n{ // b\n}", '{"a": [1, 2]}', '{"a":{}}'):
        new = set_member(text, PATH, OURS)
        said = read_json(new).data
        assert isinstance(said, dict)
        assert said["mcpServers"] == {"chasedata": OURS}, text
        assert [one for one in ("// a", "// b") if one in text and one not in new] == []
        left = read_json(remove_member(new, PATH)).data
        assert isinstance(left, dict)
        assert left["mcpServers"] == {}


def test_an_entry_goes_wherever_it_stands() -> None:
    for text, left in {
        '{"mcpServers": {"chasedata": 1, "b": 2}}': '{"mcpServers": {"b": 2}}',
        '{"mcpServers": {"b": 2, "chasedata": 1}}': '{"mcpServers": {"b": 2}}',
        '{"mcpServers": {"chasedata": 1,}}': '{"mcpServers": {}}',
        '{"mcpServers": {"b": 2, /* us */ "chasedata": 1 }}': '{"mcpServers": {"b": 2 /* us */ }}',
    }.items():
        assert remove_member(text, PATH) == left


NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=4)
DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60)
@given(
    st.dictionaries(NAMES.map("our {}".format), DATA, max_size=4),
    st.sampled_from([{}, {"mcpServers": {"x": {"y": "z"}}}]),
    st.sampled_from([None, 2, "\t"]),
)
def test_any_settings_keep_all_that_they_said(
    others: dict[str, object], servers: dict[str, dict[str, object]], indent: int | str | None
) -> None:
    text = json.dumps({**others, **servers}, indent=indent, ensure_ascii=False)
    new = set_member(text, PATH, OURS)

    there = servers.get("mcpServers", {})
    assert json.loads(new) == {**others, "mcpServers": {**there, "chasedata": OURS}}
    if servers:
        assert remove_member(new, PATH) == text


@pytest.mark.parametrize(
    "text",
    [
        '{"a": }',
        '{"a" 1}',
        "{a: 1}",
        '{"a": 1',
        '{"a": 1}}',
        '{"a": 1, "a": 2}',
        '{"mcpServers": []}',
        "[]",
        "{/*",
        '{"a": "\n"}',
        '{"a": 01}',
        "[" * 500,
    ],
)
def test_what_is_not_understood_is_refused_and_not_quoted(text: str) -> None:
    with pytest.raises(HostTextError):
        set_member(text, PATH, OURS)


TOML = """\
# mine
model = "gpt" # the best

[mcp_servers.chasedata] # ours
command = "old"
[mcp_servers.chasedata.env]
A = "a"

# the other's
[mcp_servers.other]
command = "x"
"""


def test_a_table_takes_the_place_of_ours_and_all_else_stays() -> None:
    path = ("mcp_servers", "chasedata")
    new = set_table(TOML, path, TABLE)
    said = tomllib.loads(new)

    assert said["mcp_servers"]["chasedata"] == TABLE
    for kept in ('# mine\nmodel = "gpt" # the best\n', "# the other's\n[mcp_servers.other]\n"):
        assert kept in new
    assert "ours" not in new
    assert set_table(new, path, TABLE) == new
    assert "chasedata" not in remove_table(new, path)
    assert tomllib.loads(remove_table(new, path)) == {
        "model": "gpt",
        "mcp_servers": {"other": {"command": "x"}},
    }


def test_toml_that_is_wrong_is_refused_by_its_line() -> None:
    with pytest.raises(HostTextError, match=r"^line 2: it isn't TOML$"):
        read_toml('a = 1\nb = s3cr3t"\n')
