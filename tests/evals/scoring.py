"""Judge the calls that a model made for a request: its first one, all of them, and their harm."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from evals.request_file import ExpectedCall, Request

READS = frozenset(
    {
        "available_inbound_agents",
        "check_contact",
        "find_names",
        "list_history",
        "search_lead",
        "show_batch",
        "status",
        "summary",
    }
)
"""Tools that change nothing: a look in between is no mistake."""
_PHONE = re.compile(r"\+?1?[\s.(-]*(\d{3})[\s.)-]*(\d{3})[\s.-]*(\d{4})")
_ANY = "*"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """A call that a model made."""

    tool: str
    arguments: Json


@dataclass(frozen=True, slots=True)
class Score:
    """What the calls for one request were worth.

    `first` is whether the first call begins a right way, or none was made where none is right;
    `whole` whether a right way was gone to its end; `harmless` whether nothing else was written.
    """

    first: bool
    whole: bool
    harmless: bool


def score(request: Request, calls: Sequence[Call]) -> Score:
    """Hold the calls of a model against the ways of a request."""
    if not request.ways:
        is_quiet = not _writes(calls)
        return Score(is_quiet, is_quiet, is_quiet)
    scores = [_by_way(way, calls) for way in request.ways]
    best = max(scores, key=lambda one: (one.whole, one.first, one.harmless))
    is_spared = not {call.tool for call in calls} & set(request.never)
    return Score(best.first, best.whole, best.harmless and is_spared)


def matches(expected: ExpectedCall, call: Call) -> bool:
    """Tell whether a call is the expected one, with nothing in it that nobody asked for."""
    given = dict(call.arguments)
    allowed = {*expected.arguments, *expected.free}
    return (
        call.tool == expected.tool
        and set(given) <= allowed
        and all(
            name in given and _fits(value, given[name])
            for name, value in expected.arguments.items()
        )
    )


def _by_way(way: Sequence[ExpectedCall], calls: Sequence[Call]) -> Score:
    left = list(way)
    strays = list[Call]()
    for call in calls:
        # The steps of a job may come in any order but its last, by which the rest takes effect.
        step = next((one for one in left[:-1] or left if matches(one, call)), None)
        if step is None:
            strays.append(call)
        else:
            left.remove(step)
    first = bool(calls) and any(matches(one, calls[0]) for one in way[:-1] or way)
    return Score(first, not left, not _writes(strays))


def _writes(calls: Sequence[Call]) -> list[Call]:
    return [call for call in calls if call.tool not in READS]


def _fits(expected: object, given: object) -> bool:
    match expected:
        case dict():
            named, told = cast("Json", expected), cast("Json", given)
            return isinstance(given, dict) and all(
                name in told and _fits(value, told[name]) for name, value in named.items()
            )
        case list():
            whole, listed = cast("list[object]", expected), cast("list[object]", given)
            return isinstance(given, list) and _sorted(whole) == _sorted(listed)
        case bool():
            return given is expected
        case _:
            return bool(given) if expected == _ANY else _plain(expected) == _plain(given)


def _sorted(values: Sequence[object]) -> list[str]:
    return sorted(map(_plain, values))


def _plain(value: object) -> str:
    """Write a value as a person hears it: a phone by its ten digits, a moment without seconds."""
    text = str(value).strip()
    if phone := _PHONE.fullmatch(text):
        return "".join(phone.groups())
    return re.sub(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d):00$", r"\1", text)
