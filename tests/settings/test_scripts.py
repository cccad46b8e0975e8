"""The scripts and their settings, transcribed from wire.md."""

import re

import pytest

from chasedata_mcp.settings import PREFIX, Settings
from chasedata_mcp.settings.scripts import DEFAULT_NAMES, INFERRED, NAME_PATTERN, Script

# family | script | how sure: documented or inferred
_TABLE = """
insert | InjectLead.php | D
update | UpdateLead.php | D
leads | LeadOperations.php | D
skills | SkillListOperations.php | D
texts | TextOperations.php | I
calls | CallOperations.php | I
dial_lists | AgentDialListOperations.php | I
playlists | PlaylistOperations.php | I
"""
LINES = [tuple(map(str.strip, line.split("|"))) for line in _TABLE.strip().splitlines()]


def test_the_names_and_what_is_inferred_are_those_of_the_table() -> None:
    assert {(s.value, name) for s, name in DEFAULT_NAMES.items()} == {line[:2] for line in LINES}
    assert {script.value for script in INFERRED} == {line[0] for line in LINES if line[2] == "I"}


@pytest.mark.parametrize("script", list(Script))
def test_each_script_has_a_setting_of_its_own(script: Script) -> None:
    field = script.setting.removeprefix(PREFIX).lower()
    assert Settings.model_fields[field].default == DEFAULT_NAMES[script]


def test_the_pattern_takes_letters_and_the_ending_and_nothing_else() -> None:
    for name in DEFAULT_NAMES.values():
        assert re.fullmatch(NAME_PATTERN, name)
    for name in (
        "",
        ".php",
        "a.PHP",
        "a1.php",
        "../a.php",
        "a.php?x=1",
        "a.php\n",
        "a/b.php",
        "é.php",
    ):
        assert not re.fullmatch(NAME_PATTERN, name)
