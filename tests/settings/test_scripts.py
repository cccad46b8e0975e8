"""The scripts and their settings, transcribed from the vendor's description and its gaps."""

import re

from chasedata_mcp.settings import PREFIX, Settings
from chasedata_mcp.settings.scripts import NAME_PATTERN, Script
from chasedata_mcp.settings.wire.facts import is_inferred
from chasedata_mcp.settings.wire.loader import load_shipped_profile

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
    names = load_shipped_profile().scripts
    assert {(s.value, name) for s, name in names.items()} == {line[:2] for line in LINES}
    inferred = {script.value for script in Script if is_inferred(script)}
    assert inferred == {line[0] for line in LINES if line[2] == "I"}


def test_each_script_has_a_setting_of_its_own() -> None:
    fields = {script.setting.removeprefix(PREFIX).lower() for script in Script}
    assert len(fields) == len(Script)
    assert fields == {name for name in Settings.model_fields if name.startswith("script_")}


def test_the_pattern_takes_letters_and_the_ending_and_nothing_else() -> None:
    for name in load_shipped_profile().scripts.values():
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
