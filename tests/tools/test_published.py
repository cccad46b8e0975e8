"""The catalogue as clients see it, held against tools.md to the letter."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from jsonschema import (
    Draft202012Validator,
)
from mcp_types import ListToolsResult
from mcp_types import Tool as ListedTool

from _support.sandbox import NOON
from _support.wire_forms import LEAST_OF
from chasedata_mcp.fields.context import ValidationContext
from chasedata_mcp.settings import Settings
from chasedata_mcp.tools import schema as publish
from chasedata_mcp.tools.base import Tool
from chasedata_mcp.tools.jobs import JOBS
from chasedata_mcp.tools.registry import CATALOGUE, TOOLSETS


@dataclass(frozen=True)
class Line:
    """A line of tools.md: toolset, name, effect, idempotent, destructive hint, required."""

    toolset: str
    name: str
    impact: str
    idempotent: bool
    destructive: bool
    required: str


def _line(text: str) -> Line:
    toolset, name, impact, idempotent, destructive, required = map(str.strip, text.split("|"))
    return Line(toolset, name, impact, idempotent == "yes", destructive == "yes", required)


# toolset | tool | effect | idempotent | destructive hint | required, transcribed from tools.md.
_TABLE = """
leads | insert_lead | outward | no | no | campaign primary_phone import_only
leads | update_lead | write | yes | yes | search_field identifier
leads | search_lead | read | yes | no | search_field identifier
leads | disposition_lead | write | yes | yes | lead_id disposition
dnc | insert_dnc | write | yes | yes | number
dnc | delete_dnc | destructive | yes | yes | number
sms | send_sms | outward | no | no | from_number to_number message
calls | available_inbound_agents | read | yes | no | did
calls | conference_call | outward | no | no | agent phone
dial_lists | create_dial_list | write | no | no | agent list_name
dial_lists | delete_dial_list | destructive | no | yes | agent list_name
dial_lists | add_dial_list_phone | write | yes | no | agent list_name phone
dial_lists | delete_dial_list_phone | write | yes | yes | agent list_name phone
dial_lists | mark_dial_list_phone_dialed | write | yes | no | agent list_name phone
dial_lists | mark_dial_list_phone_undialed | write | yes | no | agent list_name phone
playlists | enable_playlist_filter | write | yes | no | playlist filter_name
playlists | disable_playlist_filter | write | yes | no | playlist filter_name
playlists | assign_playlist_filter | write | yes | no | playlist filter_name
playlists | remove_playlist_filter | write | yes | no | playlist filter_name
playlists | reload_playlist | outward | yes | no | playlist
skills | update_skill_priority | write | yes | yes | skill source
skills | reload_skills | outward | yes | no |
"""
TABLE = [_line(text) for text in _TABLE.strip().splitlines()]
# Behind the catalogue's, the jobs, those about its history and its safety, and the batches.
BATCHES = ("plan_batch", "run_batch", "show_batch", "stop_batch")
ALL = [*(line.name for line in TABLE), *JOBS, "list_history", "undo", "freeze", *BATCHES]

# Lengths by argument, wherever it is; transcribed from tools.md, which gives no others.
LENGTHS = {
    "message": 1600,
    "client_id": 50,
    "first_name": 100,
    "last_name": 100,
    "address": 500,
    "city": 100,
    "state": 2,
    "zip_code": 10,
    "rep": 50,
    "call_status": 50,
    "campaign": 50,
    "subcampaign": 50,
    "primary_phone": 50,
    "disposition": 50,
    "list_name": 100,
    "playlist": 100,
    "filter_name": 100,
    "notes": 20_000,
}
ENUMS = {
    "search_field": ["client_id", "lead_id", "phone"],
    "duplicates_check": ["campaign", "none", "all_campaigns", "campaign_and_subcampaign"],
}
INTEGERS = {"priority", "delay_seconds"}
OBJECTS = {"custom_fields", "other_fields", "callback"}
# Their names say what they are.
SPEAKING = {
    *("first_name", "last_name", "address", "city", "state", "zip_code", "notes", "subcampaign"),
    *("search_field", "list_name", "playlist", "filter_name"),
}

lines = pytest.mark.parametrize("line", TABLE, ids=lambda line: line.name)
tools = pytest.mark.parametrize("name", [line.name for line in TABLE])


def entry(name: str) -> dict[str, Any]:
    return publish.build_entry(CATALOGUE[name])


def properties(name: str) -> dict[str, Any]:
    found: dict[str, Any] = entry(name)["inputSchema"]["properties"]
    return found


def rules(name: str) -> dict[str, Any]:
    """The arguments with their bounds, which are left out where they are listed."""
    found: dict[str, Any] = publish.build_argument_schema(CATALOGUE[name])["properties"]
    return found


def schemas(node: object) -> Iterator[dict[str, Any]]:
    """Every schema within a schema; what is below `properties` and `examples` is told apart."""
    if not isinstance(node, dict):
        return
    yield node
    for inner in node.get("properties", {}).values():
        yield from schemas(inner)
    for key in ("items", "additionalProperties"):
        yield from schemas(node.get(key))


def test_there_are_22_tools_in_seven_toolsets_in_the_order_of_the_documents() -> None:
    assert [(a.toolset, name) for name, a in CATALOGUE.items()] == [
        (line.toolset, line.name) for line in TABLE
    ]
    assert len(CATALOGUE) == 22
    assert TOOLSETS == ("leads", "dnc", "sms", "calls", "dial_lists", "playlists", "skills")


@lines
def test_the_hints_are_those_of_the_table(line: Line) -> None:
    assert CATALOGUE[line.name].declared_impact == line.impact
    assert entry(line.name)["annotations"] == {
        "readOnlyHint": line.impact == "read",
        "destructiveHint": line.destructive,
        "idempotentHint": line.idempotent,
        "openWorldHint": line.impact == "outward",
    }


@lines
def test_the_required_arguments_are_those_of_the_table(line: Line) -> None:
    required = entry(line.name)["inputSchema"].get("required", [])
    assert sorted(required) == sorted(line.required.split())


@tools
def test_an_argument_has_the_type_and_the_length_of_the_documents(name: str) -> None:
    for argument, schema in rules(name).items():
        match schema["type"]:
            case "string" if argument in ENUMS:
                assert schema["enum"] == ENUMS[argument]
            case "string":
                # Of an id, a name of an agent or a number tools.md says no length; ours is bounded.
                assert schema["maxLength"] == LENGTHS.get(argument, schema["maxLength"]), argument
            case "integer":
                assert argument in INTEGERS
                assert schema["minimum"] == 0
            case "object":
                assert argument in OBJECTS
            case "array":
                assert argument == "clear_fields"
                assert (schema["items"]["type"], schema["items"]["maxLength"]) == ("string", 100)
            case kind:
                assert kind == "boolean", argument


@pytest.mark.parametrize("name", ["insert_lead", "update_lead"])
def test_both_lead_tools_take_the_same_fields(name: str) -> None:
    given = rules(name)
    fields = set(LENGTHS) - {"disposition", "list_name", "message", "playlist", "filter_name"}
    assert fields | OBJECTS <= set(given)
    callback = given["callback"]
    assert callback["required"] == ["agent", "at"]
    assert set(callback["properties"]) == {"agent", "at", "notes"}
    assert callback["additionalProperties"] is False
    for further in ("custom_fields", "other_fields"):
        assert given[further]["additionalProperties"] == {"maxLength": 20_000, "type": "string"}


@tools
def test_an_input_schema_is_plain_enough_for_every_client(name: str) -> None:
    root = entry(name)["inputSchema"]
    Draft202012Validator.check_schema(root)
    assert root["type"] == "object"
    assert root["additionalProperties"] is False
    odd = {"anyOf", "oneOf", "allOf", "not", "$ref", "$defs", "title", "default", "const"}
    for schema in schemas(root):
        assert not odd & set(schema)
        assert schema["type"] in {"object", "string", "integer", "boolean", "array"}
    assert "null" not in json.dumps(root)


@tools
def test_an_argument_whose_name_does_not_say_all_has_a_description(name: str) -> None:
    described = [*properties(name).items()]
    described += properties(name).get("callback", {}).get("properties", {}).items()
    for argument, schema in described:
        assert (argument in SPEAKING) or schema["description"].endswith("."), argument
        assert schema.get("description", "said.").endswith(".")


@tools
def test_what_is_listed_is_every_rule_but_the_bounds_that_no_model_counts_up_to(name: str) -> None:
    assert list(properties(name)) == list(rules(name))
    assert entry(name)["inputSchema"].get("required") == publish.build_argument_schema(
        CATALOGUE[name]
    ).get("required")
    for argument, listed in properties(name).items():
        assert not {"maxLength", "maxItems", "maxProperties"} & set(listed)
        for key in ("type", "enum", "minimum", "description"):
            assert listed.get(key) == rules(name)[argument].get(key)


@tools
def test_the_examples_are_taken(name: str) -> None:
    least = LEAST_OF[name].arguments
    for argument, schema in properties(name).items():
        for example in schema.get("examples", []):
            CATALOGUE[name].read({**least, argument: example}, ValidationContext(NOON))
    for example in (
        properties(name).get("callback", {}).get("properties", {}).get("at", {}).get("examples", [])
    ):
        callback = {"agent": "Maria", "at": example}
        CATALOGUE[name].read({**least, "callback": callback}, ValidationContext(NOON))


@tools
def test_a_description_begins_with_a_short_sentence_of_what_happens(name: str) -> None:
    description = entry(name)["description"]
    first = re.split(r"(?<=\.) ", description)[0]
    assert re.match(r"[A-Z][a-z]+s\b", first), "a verb of what the tool does"
    assert first.endswith(".")
    assert len(first) <= 130
    assert description == " ".join(description.split())


@tools
def test_a_description_names_no_tool_and_no_argument_that_there_is_not(name: str) -> None:
    texts = [entry(name)["description"]]
    texts += [schema.get("description", "") for schema in properties(name).values()]
    words = set(re.findall(r"\b[a-z]+(?:_[a-z]+)+\b", " ".join(texts)))
    arguments = {argument for tool in CATALOGUE for argument in properties(tool)}
    assert words <= set(publish.list_published()) | arguments
    assert name not in words


def test_a_title_is_in_a_managers_words_and_stands_once() -> None:
    titles = [publish.build_entry(tool)["title"] for tool in publish.list_published().values()]
    assert len(set(titles)) == len(ALL)
    for title in titles:
        assert re.fullmatch(r"[A-Z][a-z]+(?: [a-z-]+)+", title), "a verb, and no abbreviation"
        assert len(title) <= 40
    assert entry("delete_dnc")["title"] == "Remove from do-not-call list"
    assert all("title" not in entry(name)["annotations"] for name in CATALOGUE)


def listing(tools: Iterable[type[Tool]]) -> int:
    """Count the bytes of a list of tools as it is sent."""
    entries = [ListedTool.model_validate(publish.build_entry(tool)) for tool in tools]
    sent = ListToolsResult(tools=entries).model_dump_json(by_alias=True, exclude_none=True)
    return len(sent.encode())


def test_a_listing_is_under_9500_tokens_and_one_of_all_tools_under_10500() -> None:
    # o200k makes 7,411 tokens of 31,900 bytes of such a listing.
    bytes_of_a_token = 31_900 / 7_411
    # Batches, of 4,400 bytes, are listed only where they are asked for.
    tools = publish.list_published()
    assert listing(tools.values()) / bytes_of_a_token < 10_500
    on = Settings().offered_toolsets
    by_default = [tool for tool in tools.values() if tool.toolset in on]
    assert listing(by_default) / bytes_of_a_token < 9_500


def read_by_a_model(names: Iterable[str]) -> int:
    """Count the bytes of what a model reads of some tools."""
    tools = publish.list_published()
    shown = ("name", "description", "inputSchema")
    entries = [{key: publish.build_entry(tools[name])[key] for key in shown} for name in names]
    return len(json.dumps(entries, separators=(",", ":"), ensure_ascii=False).encode())


def test_what_a_model_reads_of_all_tools_stays_under_22000_bytes() -> None:
    # 5,500 tokens of four bytes (issue 15); the toolsets that are on by default have 4,500.
    tools = publish.list_published()
    assert publish.measure_size() == read_by_a_model(tools)
    assert publish.measure_size() < 22_000
    on = Settings().offered_toolsets
    by_default = [name for name, tool in tools.items() if tool.toolset in on]
    assert read_by_a_model(by_default) < 18_000


def test_each_tool_about_batches_stays_under_900_bytes() -> None:
    assert all(read_by_a_model([name]) < 900 for name in BATCHES)
    assert read_by_a_model(BATCHES) < 2_000


def test_the_two_tools_of_a_lead_stay_under_4000_bytes() -> None:
    assert read_by_a_model(["insert_lead", "update_lead"]) < 4_000


def test_the_files_are_one_for_each_tool_and_exactly_its_entry() -> None:
    files = publish.render_files()
    assert list(files) == [f"{name}.json" for name in ALL]
    for name, text in files.items():
        assert json.loads(text) == publish.build_entry(
            publish.list_published()[name.removesuffix(".json")]
        )
        assert text.endswith("}\n")


def test_the_readmes_table_has_a_line_for_each_tool_and_says_what_asks() -> None:
    _, _, *rows = publish.render_table().splitlines()
    assert [row.split(" | ")[1] for row in rows] == [f"`{name}`" for name in ALL]
    asks = {row.split("`")[1]: row.split(" | ")[-1].rstrip(" |") for row in rows}
    assert asks["delete_dnc"] == "type the number"
    assert asks["delete_dial_list"] == "type the list's name"
    assert asks["search_lead"] == asks["available_inbound_agents"] == "never"
    assert asks["list_history"] == "never"
    assert all("outward" in asks[name] for name in ("send_sms", "reload_skills"))
    assert all(row.count("|") == 6 for row in rows)
