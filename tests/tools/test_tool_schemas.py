"""The published files of tool_schemas/ are what the catalogue says."""

from pathlib import Path

from chasedata_mcp.tools import schema as publish

_FOLDER = Path(__file__).parents[2] / "tool_schemas"


def test_the_published_files_are_those_of_the_catalogue() -> None:
    found = {path.name: path.read_text(encoding="utf-8") for path in _FOLDER.glob("*.json")}
    assert found == publish.render_files(), "make them anew: chasedata-mcp schemas tool_schemas"
