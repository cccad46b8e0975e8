"""The text of a job's result: what its fields say, line by line."""

from collections.abc import Iterator, Mapping
from typing import cast

from chasedata_mcp.tools.render import RenderedResult, render_views
from chasedata_mcp.tools.results import Result

_SAID = frozenset({*Result.model_fields, "job", "call", "text"})
"""The fields that every text has, or that stand in its line of facts."""


def render_job(result: Result) -> RenderedResult:
    """Render a job's result as text and as structured content."""
    own = {
        name: value
        for name, value in result.model_dump(mode="json", exclude_none=True).items()
        if name not in _SAID
    }
    quoted = [] if result.dialer_said is None else [f"dialer_said: {result.dialer_said}"]
    asked = [] if result.question is None else list(_lines("question", result.question))
    return render_views(result, [*quoted, *asked, *_lines("", own)], "job")


def _lines(label: str, value: object) -> Iterator[str]:
    match value:
        case dict():
            items = cast("Mapping[str, object]", value).items()
            if label and all(isinstance(one, str) for _, one in items):
                yield from _lines(label, ", ".join(f"{name}: {one}" for name, one in items))
                return
            for name, one in items:
                yield from _lines(name, one)
        case list():
            for one in cast("list[object]", value):
                yield from _lines(label, one)
        case _:
            # No further line of a text looks like one of ours.
            first, *further = str(value).split("\n")
            yield f"{label}: {first}"
            yield from (f"  | {line}" for line in further)
