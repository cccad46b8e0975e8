"""The tools as they are listed, read from the file that is made of their classes.

A start lists them without importing a class: making the schemas of models takes a fifth of it.
`chasedata-mcp schemas` makes the file, and a test holds it against the classes.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from chasedata_mcp.tools.impact import Impact

_BESIDE: Final = frozenset({"jobs", "history", "safety", "batches"})
"""The toolsets of the tools that aren't one action of the dialer's."""
FILE: Final = Path(__file__).with_name("published.json")


@dataclass(frozen=True, slots=True)
class PublishedTool:
    """A tool before it is called: what decides whether it is offered, and its entry."""

    name: str
    toolset: str
    declared_impact: Impact
    entry: Mapping[str, Any]
    """Its entry in tools/list, exactly."""


@cache
def load_published() -> Mapping[str, PublishedTool]:
    """Load every tool that exists, in the order in which they are listed."""
    # By its bytes: importlib.resources takes longer to import than this to read.
    tools = (
        PublishedTool(one["entry"]["name"], one["toolset"], Impact(one["impact"]), one["entry"])
        for one in json.loads(FILE.read_bytes())
    )
    return MappingProxyType({tool.name: tool for tool in tools})


def load_actions() -> tuple[PublishedTool, ...]:
    """Load the actions of the dialer's API: all but the tools beside them."""
    return tuple(tool for tool in load_published().values() if tool.toolset not in _BESIDE)


def load_toolsets(*names: str) -> tuple[PublishedTool, ...]:
    """Load the tools of toolsets, in their order."""
    return tuple(tool for tool in load_published().values() if tool.toolset in names)


def render_published(tools: Iterable[PublishedTool]) -> str:
    """Render the file's text: a tool a line, so that a change to one is a line's."""
    lines = [
        json.dumps(
            {"toolset": tool.toolset, "impact": tool.declared_impact, "entry": tool.entry},
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for tool in tools
    ]
    return "[\n" + ",\n".join(lines) + "\n]\n"
