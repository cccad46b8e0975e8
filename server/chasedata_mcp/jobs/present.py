"""The text of a job's result: what its fields say, line by line."""

from collections.abc import Iterator, Mapping
from typing import cast

from chasedata_mcp.tools.jobs.job_results import JobResult, JobStep
from chasedata_mcp.tools.render import RenderedResult, render_views
from chasedata_mcp.tools.results import Result

_SAID = frozenset({*Result.model_fields, "job", "call", "text"})
"""The fields that every text has, or that stand in its line of facts."""


def render_job(result: Result) -> RenderedResult:
    """Render a job's result as text and as structured content."""
    match result:
        case JobResult(steps=steps, left=left):
            own = [
                *map(_write_step, steps or ()),
                *(f"left to a person: {one}" for one in left or ()),
            ]
        case _:
            dumped = result.model_dump(mode="json", exclude_none=True).items()
            own = list(_lines("", {name: value for name, value in dumped if name not in _SAID}))
    quoted = [] if result.dialer_said is None else [f"dialer_said: {result.dialer_said}"]
    asked = [] if result.question is None else list(_lines("question", result.question))
    return render_views(result, [*quoted, *asked, *own], "job")


def _write_step(step: JobStep) -> str:
    """Write a step on one line: no value in it begins another."""
    code = f" ({step.code})" if step.code else ""
    entry = f", entry {step.entry}" if step.entry else ""
    ended = f"{step.outcome}{code}{entry}"
    why = [] if step.message is None else [step.message]
    if step.dialer_said is not None:
        why.append(f"The dialer said: {step.dialer_said}")
    said = " ".join([f"{ended}." if why else ended, *why])
    return " ".join(f"{step.step} {step.about}: {said}".split())


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
