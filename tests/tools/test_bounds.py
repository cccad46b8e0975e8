"""No argument is without a bound: the schema says it, and what is over it is refused."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from typing_extensions import override

from _support.sandbox import NOON
from _support.tables import each
from _support.wire_forms import EVERYTHING
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.fields.context import ValidationContext
from chasedata_mcp.tools import schema as publish
from chasedata_mcp.tools.base import Tool

TOOLS = publish.list_published()
GIVEN = {sent.tool: sent.arguments for sent in EVERYTHING}
# An error is for a model to read, whatever it was sent.
LONGEST_ERROR = 8_000


@dataclass(frozen=True)
class Place:
    """A place in a tool's arguments, and the schema of what stands there."""

    tool: str
    path: tuple[str, ...]
    schema: dict[str, Any]

    @override
    def __str__(self) -> str:
        return f"{self.tool}-{'.'.join(self.path)}"


def places(tool: str, schema: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[Place]:
    """Every place that a caller can fill, however deep; `*` is a name or an index of its own."""
    yield Place(tool, path, schema)
    for name, inner in schema.get("properties", {}).items():
        yield from places(tool, inner, (*path, name))
    for inner in (schema.get("items"), schema.get("additionalProperties")):
        if isinstance(inner, dict):
            yield from places(tool, inner, (*path, "*"))


PLACES = [
    place
    for name, tool in TOOLS.items()
    for place in places(name, publish.build_argument_schema(tool))
]


def is_bounded(schema: dict[str, Any]) -> bool:
    match schema["type"]:
        case "string":
            return "maxLength" in schema or "enum" in schema
        case "array":
            return "maxItems" in schema
        case "object":
            return schema.get("additionalProperties") is False or "maxProperties" in schema
        case "integer":
            return {"minimum", "maximum"} <= set(schema)
        case kind:
            return bool(kind == "boolean")


def over(schema: dict[str, Any]) -> object:
    """The least of a type that is more than a schema takes."""
    match schema["type"]:
        case "string":
            return "9" * (schema.get("maxLength", 50) + 1)
        case "array":
            return [f"F{number}" for number in range(schema["maxItems"] + 1)]
        case "integer":
            return schema["maximum"] + 1
        case _:
            return {f"F{number}": "x" for number in range(schema.get("maxProperties", 0) + 1)}


def given_at(path: tuple[str, ...], value: object, beside: object) -> object:
    """Arguments that have a value at a place, and valid ones beside it."""
    match path:
        case ():
            return value
        case ("*", *rest) if isinstance(beside, list):
            return [given_at(tuple(rest), value, None)]
        case ("*", *rest):
            return {"Own": given_at(tuple(rest), value, None)}
        case (name, *rest):
            others = beside if isinstance(beside, dict) else {}
            return {**others, name: given_at(tuple(rest), value, others.get(name))}
        case _:
            raise AssertionError


def refusal(tool: type[Tool], given: object) -> str:
    assert isinstance(given, dict)
    with pytest.raises(CallError) as caught:
        tool.read(given, ValidationContext(NOON))
    assert caught.value.code is Code.INVALID_ARGUMENTS
    return caught.value.message


@each("place", PLACES)
def test_every_place_that_a_caller_fills_has_a_bound_that_the_schema_says(place: Place) -> None:
    assert is_bounded(place.schema)


@each("place", [one for one in PLACES if one.schema["type"] != "boolean" and one.path])
def test_what_is_over_a_bound_is_refused_by_name_and_briefly(place: Place) -> None:
    beside = GIVEN.get(place.tool, {})
    if place.path[0] == "clear_fields":
        beside = {**beside, "clear_fields": ["notes"]}
    message = refusal(TOOLS[place.tool], given_at(place.path, over(place.schema), beside))
    assert f"`{place.path[0]}" in message
    assert len(message) < LONGEST_ERROR


def test_each_name_of_a_further_field_is_bounded() -> None:
    for tool in ("insert_lead", "update_lead"):
        for argument in ("custom_fields", "other_fields"):
            given = {**GIVEN[tool], argument: {"x" * 4_000_000: "y"}}
            message = refusal(TOOLS[tool], given)
            assert "at most 100 in all" in message
            assert len(message) < LONGEST_ERROR


@each("name", TOOLS)
def test_however_much_is_wrong_an_error_stays_short(name: str) -> None:
    wrong: dict[str, object] = {f"unknown_{number}" * 10: number for number in range(1_000)}
    message = refusal(TOOLS[name], wrong | {"x" * 1_000_000: 1})
    assert len(message) < LONGEST_ERROR
    assert "things are wrong in all" in message


def test_a_call_of_the_largest_arguments_that_are_taken_is_taken() -> None:
    text = "😀" * 20_000
    fields = {f"F{number}": "x" for number in range(100)}
    most = {**GIVEN["update_lead"], "notes": text, "custom_fields": fields, "other_fields": {}}
    cleared = [f"G{number}" for number in range(250)]
    TOOLS["update_lead"].read({**most, "clear_fields": cleared}, ValidationContext(NOON))
    assert len(json.dumps(most, ensure_ascii=False).encode()) < 4 * 1024 * 1024
