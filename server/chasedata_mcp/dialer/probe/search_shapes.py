"""The members of what a search and a list of agents came back with."""

import json
import re
from dataclasses import dataclass
from typing import Any, Final, cast

from chasedata_mcp.settings.wire.profile import SENTENCE

_MEMBER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,49}")
_BREAKS = re.compile(r"(?:\s|<br ?/?>)*")
_DEEPEST: Final = 5
_STATES: Final = re.compile(
    r"wait|pause|break|wrap|talk|busy|idle|avail|ready|call|offline|online", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class ReadBody:
    """The JSON values of a body, and whether the words of a refusal's frame stood round them."""

    values: tuple[Any, ...]
    framed: bool


def read_body(body: str | None, refused: str) -> ReadBody | None:
    """Read the JSON in a body, one value or several after another; None where it is none."""
    if body is None:
        return None
    bare = _read_values(body)
    if bare is not None:
        return ReadBody(bare, framed=False)
    before, _, after = refused.partition(SENTENCE)
    text = body.strip()
    opening, closing = before.strip(), after.strip()
    if not (text.startswith(opening) and text.endswith(closing)):
        return None
    inner = _read_values(text.removeprefix(opening).removesuffix(closing))
    return None if inner is None else ReadBody(inner, framed=True)


def find_members(value: object, *, exists: bool) -> tuple[str, str] | None:
    """Find the names for the id and for whether there is a lead, in an object that has both.

    Args:
        value: A record of a search that wasn't detailed.
        exists: Whether there is a lead.
    """
    if not isinstance(value, dict):
        return None
    record = cast("dict[str, Any]", value)
    truths = [name for name, one in record.items() if _is_truth(one, exists=exists)]
    if len(record) != 2 or len(truths) != 1:  # noqa: PLR2004 - the id, and whether there is one
        return None
    (other,) = (name for name in record if name != truths[0])
    return (other, truths[0]) if all(map(_MEMBER.fullmatch, record)) else None


def find_fields_member(value: object, client_id: str) -> str | None:
    """Find the member that holds a lead's fields, empty where they stand beside the id."""
    if not isinstance(value, dict):
        return None
    record = cast("dict[str, Any]", value)
    if client_id in record.values():
        return ""
    for name, inner in record.items():
        if isinstance(inner, dict) and client_id in cast("dict[str, Any]", inner).values():
            return name
    return None


def unpack_fields(values: tuple[Any, ...], client_id: str) -> dict[str, str] | None:
    """Give the fields of the test lead, wherever it stands in a detailed answer."""
    for record in _flatten(list(values), _DEEPEST):
        if client_id in record.values():
            return {name: one for name, one in record.items() if isinstance(one, str)}
    return None


def name_several(read: ReadBody) -> tuple[str, str | None] | None:
    """Tell how several leads came, with the name of the member of a wrapper."""
    if len(read.values) != 1:
        return "objects", None
    value = read.values[0]
    if isinstance(value, list):
        return "list", None
    if isinstance(value, dict):
        wrapper = cast("dict[str, Any]", value)
        if len(wrapper) == 1 and isinstance(next(iter(wrapper.values())), list):
            return "wrapper", next(iter(wrapper))
    return None


def find_agent_members(value: object) -> tuple[str, str] | None:
    """Find the names for an agent and for their state, in a list of objects with those two."""
    if not isinstance(value, list):
        return None
    records = cast("list[object]", value)
    if not records or not all(isinstance(one, dict) for one in records):
        return None
    agents = cast("list[dict[str, Any]]", records)
    names = set(agents[0])
    states = [name for name in names if all(_is_state(one.get(name)) for one in agents)]
    if len(names) != 2 or len(states) != 1:  # noqa: PLR2004 - an agent and a state
        return None
    (other,) = names - set(states)
    return (other, states[0]) if all(map(_MEMBER.fullmatch, names)) else None


def describe_shape(value: object, known: frozenset[str], depth: int = 3) -> object:
    """Describe JSON by its members and types; values, and names that aren't known, stay out."""
    match value:
        case dict() if depth:
            record = cast("dict[str, Any]", value)
            inner = {
                name: describe_shape(one, known, depth - 1)
                for name, one in record.items()
                if name.casefold() in known
            }
            others = len(record) - len(inner)
            return {**inner, "…": f"{others} more"} if others else inner
        case list() if depth:
            items = cast("list[object]", value)
            first = [describe_shape(items[0], known, depth - 1)] if items else []
            return [*first, f"{len(items)} in all"]
        case _:
            return type(value).__name__


def _is_truth(value: object, *, exists: bool) -> bool:
    if isinstance(value, bool):
        return value is exists
    return isinstance(value, str) and value.casefold() == str(exists).casefold()


def _is_state(value: object) -> bool:
    return isinstance(value, str) and _STATES.search(value) is not None


def _flatten(values: list[Any], depth: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if not depth:
        return found
    for value in values:
        if isinstance(value, dict):
            record = cast("dict[str, Any]", value)
            found.append(record)
            found += _flatten(list(record.values()), depth - 1)
        elif isinstance(value, list):
            found += _flatten(cast("list[object]", value), depth - 1)
    return found


def _read_values(text: str) -> tuple[Any, ...] | None:
    found: list[Any] = []
    decoder, at = json.JSONDecoder(), _skip(text, 0)
    try:
        while at < len(text):
            value, end = decoder.raw_decode(text, at)
            found.append(value)
            at = _skip(text, end)
    except (ValueError, RecursionError):
        return None
    is_data = bool(found) and all(isinstance(one, dict | list) for one in found)
    return tuple(found) if is_data else None


def _skip(text: str, at: int) -> int:
    gap = _BREAKS.match(text, at)
    return gap.end() if gap else at
