"""Texts too long, empty or with odd characters: refused with the reason, and nothing is sent."""

from typing import Any

import pytest

from _support.tables import each
from _support.transport import RecordingTransport, a_pipeline_over, refusal
from _support.wire_forms import EVERYTHING, LEAST_OF
from chasedata_mcp.tools.registry import CATALOGUE
from chasedata_mcp.tools.schema import build_argument_schema

pytestmark = pytest.mark.anyio


def least(tool: str, **more: object) -> dict[str, object]:
    return {**LEAST_OF[tool].arguments, **more}


EVERY = {sent.tool: sent.arguments for sent in EVERYTHING}
CASES = [
    (tool, argument)
    for tool in CATALOGUE
    for argument in build_argument_schema(CATALOGUE[tool])["properties"]
]
cases = each("tool, argument", CASES)


def of_type(tool: str, kind: str) -> list[str]:
    properties = build_argument_schema(CATALOGUE[tool])["properties"]
    return [name for name, schema in properties.items() if schema["type"] == kind]


_LONGEST = [
    (tool, argument, schema["maxLength"])
    for tool in CATALOGUE
    for argument, schema in build_argument_schema(CATALOGUE[tool])["properties"].items()
    if "maxLength" in schema
]
# Arguments whose texts have a shape of their own.
_SHAPED = {
    *("identifier", "lead_id", "state", "primary_phone", "to_number", "from_number"),
    *("phone", "number", "did", "call_id"),
}


@each("tool, argument, longest", _LONGEST)
async def test_a_text_is_taken_up_to_its_length_and_refused_above_it(
    tool: str, argument: str, longest: int
) -> None:
    too_long = {**EVERY[tool], argument: "9" * (longest + 1)}
    message = await refusal(tool, too_long)
    assert f"`{argument}`: is too long; it must have at most {longest} characters." in message
    if argument in _SHAPED:
        return
    for text in ("x" * longest, "😀" * longest, f"  {'x' * longest}\n\t "):
        dialer = RecordingTransport()
        await a_pipeline_over(dialer).run(tool, **{**EVERY[tool], argument: text})
        assert text.strip() in [value for _, value in dialer.sent]


@cases
async def test_a_text_of_which_nothing_is_left_is_refused(tool: str, argument: str) -> None:
    if argument not in of_type(tool, "string") or argument in {"search_field", "duplicates_check"}:
        return
    for text in ("", " ", "\t\n \r\n", "\u00a0\u2003\u3000"):
        message = await refusal(tool, {**EVERY[tool], argument: text})
        assert f"`{argument}`: is empty; leave it out or give it a value." in message


_MULTILINE = {"notes", "message"}


@cases
async def test_characters_that_nobody_sees_are_refused(tool: str, argument: str) -> None:
    if argument not in of_type(tool, "string") or argument in {"search_field", "duplicates_check"}:
        return
    for character in ("\x00", "\x07", "\x0b", "\x0c", "\x1b", "\x7f", "\x85", "\x9f"):
        message = await refusal(tool, {**EVERY[tool], argument: f"1{character}2"})
        assert f"`{argument}`: has a control character in it." in message
    for surrogate in ("\ud83d", "\udc00"):
        message = await refusal(tool, {**EVERY[tool], argument: f"1{surrogate}2"})
        assert f"`{argument}`: has half of a surrogate pair in it" in message
    if argument not in _MULTILINE:
        for separator in ("\n", "\r", "\r\n", "\u2028", "\u2029"):
            message = await refusal(tool, {**EVERY[tool], argument: f"1{separator}2"})
            assert f"`{argument}`: has a line break in it" in message
        message = await refusal(tool, {**EVERY[tool], argument: "1\t2"})
        assert f"`{argument}`: has a tab in it" in message


@each(
    "given",
    [
        {"custom_fields": {"Plan": ""}},
        {"custom_fields": {"Plan": " \n"}},
        {"other_fields": {"Email": "a\nb"}},
        {"other_fields": {"Email": "a\x00b"}},
        {"custom_fields": {"Plan": "\ud83d"}},
        {"callback": {"agent": "", "at": "2026-12-01T14:20"}},
        {"callback": {"agent": "A\nB", "at": "2026-12-01T14:20"}},
        {"callback": {"agent": "A" * 101, "at": "2026-12-01T14:20"}},
        {"callback": {"agent": "A", "at": "2026-12-01T14:20", "notes": " "}},
        {"callback": {"agent": "A", "at": "2026-12-01T14:20", "notes": "\x1b"}},
        {"callback": {"agent": "A"}},
        {"callback": {"at": "2026-12-01T14:20"}},
        {"callback": {}},
    ],
)
@each("tool", ["insert_lead", "update_lead"])
async def test_the_same_holds_within_objects(tool: str, given: dict[str, Any]) -> None:
    (argument, inner), *_ = given.items()
    assert await refusal(tool, least(tool, **given))
    assert argument in {"custom_fields", "other_fields", "callback"}
    assert isinstance(inner, dict)
