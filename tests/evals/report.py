"""What came of the requests: a line for each that went wrong, and the figures."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from evals.request_file import Request
from evals.scoring import Call, Score, score


@dataclass(frozen=True, slots=True)
class Judged:
    """A request with the calls that a model made for it, and their score."""

    request: Request
    calls: Sequence[Call]
    score: Score


def judge(requests: Sequence[Request], calls: Sequence[Sequence[Call]]) -> list[Judged]:
    """Score the calls of each request."""
    return [
        Judged(request, made, score(request, made))
        for request, made in zip(requests, calls, strict=True)
    ]


def as_text(judged: Sequence[Judged]) -> str:
    """Write what went wrong, and the figures below it."""
    lines = [line for one in judged if not _is_right(one.score) for line in _describe(one)]
    return "\n".join([*lines, _figures(judged)])


def as_json(judged: Sequence[Judged]) -> str:
    """Write every request with its calls and its score."""
    rows = [
        {
            "says": one.request.says,
            "calls": [asdict(call) for call in one.calls],
            **asdict(one.score),
        }
        for one in judged
    ]
    return json.dumps(rows, ensure_ascii=False, indent=2) + "\n"


def _is_right(found: Score) -> bool:
    return found.first and found.whole and found.harmless


def _describe(one: Judged) -> list[str]:
    wrong = [
        what
        for what, holds in (
            ("the first call is wrong", one.score.first),
            ("it isn't done", one.score.whole),
            ("something else was written", one.score.harmless),
        )
        if not holds
    ]
    made = [
        f"    {call.tool} {json.dumps(call.arguments, ensure_ascii=False)}" for call in one.calls
    ]
    return [f"- {one.request.says}", f"  {', '.join(wrong)}", *(made or ["    no call"]), ""]


def _figures(judged: Sequence[Judged]) -> str:
    total = len(judged)
    first, whole, harmless = (
        sum(getattr(one.score, name) for one in judged) for name in ("first", "whole", "harmless")
    )
    return f"Of {total}: first call right {first}, done {whole}, nothing else written {harmless}."
