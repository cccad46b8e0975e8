"""docs/settings.md has every setting, and none that there isn't."""

import re
from pathlib import Path

from chasedata_mcp.settings import FILE_VARIABLE, PREFIX, Settings

PAGE = (Path(__file__).parents[2] / "docs" / "settings.md").read_text("utf-8")
# The scripts stand in one row, the first in full.
_SHORT = re.compile(r"`…_([A-Z_]+)`")
_WHOLE = re.compile(rf"`{PREFIX}([A-Z_]+)[`=]")


def test_the_page_has_every_setting_and_no_other() -> None:
    shown = {*_WHOLE.findall(PAGE), *(f"SCRIPT_{name}" for name in _SHORT.findall(PAGE))}
    settings = {name.upper() for name in Settings.model_fields}
    assert shown - {FILE_VARIABLE.removeprefix(PREFIX)} == settings
