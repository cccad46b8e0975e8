"""The published files of tool_schemas/ are what the catalogue says."""

from pathlib import Path

from chasedata_mcp.tools import schema as publish
from chasedata_mcp.tools.published import FILE, load_actions, load_published
from chasedata_mcp.tools.registry import CATALOGUE

_FOLDER = Path(__file__).parents[2] / "tool_schemas"


def test_the_published_files_are_those_of_the_catalogue() -> None:
    found = {path.name: path.read_text(encoding="utf-8") for path in _FOLDER.glob("*.json")}
    assert found == publish.render_files(), "make them anew: chasedata-mcp schemas tool_schemas"


def test_the_list_that_comes_with_the_package_is_that_of_the_classes() -> None:
    assert FILE.read_text(encoding="utf-8") == publish.render_packaged(), "chasedata-mcp schemas"
    classes = publish.list_published()
    assert list(load_published()) == list(classes)
    for name, tool in load_published().items():
        assert tool.entry == publish.build_entry(classes[name])
        assert (tool.toolset, tool.declared_impact) == (
            classes[name].toolset,
            classes[name].declared_impact,
        )
    assert [tool.name for tool in load_actions()] == list(CATALOGUE)
