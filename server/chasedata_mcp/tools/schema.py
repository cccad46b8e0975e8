"""The catalogue as it is published: tools/list entries, tool_schemas/, the README's table."""

import json
from functools import cache
from typing import Any, cast

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema
from typing_extensions import override

from chasedata_mcp.tools.base import Tool
from chasedata_mcp.tools.batches import BATCHES
from chasedata_mcp.tools.field_docs import read_field_docs
from chasedata_mcp.tools.history import HISTORY
from chasedata_mcp.tools.impact import Impact
from chasedata_mcp.tools.jobs import JOBS
from chasedata_mcp.tools.published import PublishedTool, render_published
from chasedata_mcp.tools.registry import CATALOGUE
from chasedata_mcp.tools.results import Result

Json = dict[str, Any]
# Tools whose question depends on more than the level (tools.md, "Confirmation").
_ASKS = {
    "insert_lead": "if it dials past the DNC list (type the number) or past duplicates",
    "delete_dnc": "type the number",
    "delete_dial_list": "type the list's name",
    "undo": "as the calls that it makes do",
    "freeze": "never",
    "plan_batch": "never",
    "run_batch": "once for all rows: type their count",
    "stop_batch": "never",
}


class _PlainSchema(GenerateJsonSchema):
    """Schemas without what only costs room or trips clients: titles, nulls, references."""

    @override
    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        # An optional value is one that may be left out; null is not taken.
        return self.generate_inner(schema["schema"])

    @override
    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        # What is not given is not sent, so there is no default to show.
        return self.generate_inner(schema["schema"])

    @override
    def field_title_should_be_set(self, schema: object) -> bool:
        return False


class _InputSchema(_PlainSchema):
    """The input schema of a tool."""

    @override
    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        shown = super().model_schema(schema)
        for name, text in read_field_docs(schema["cls"]).items():
            # A name that says all has no description, and an empty docstring where a parent has.
            if name in shown["properties"] and text:
                shown["properties"][name] = {"description": text} | shown["properties"][name]
        return shown


class _OutputSchema(_PlainSchema):
    """The output schema of a tool, which stands in a listing once a tool: as short as it goes.

    A result says by itself what is in it, so nothing is described, and what is a text where it is
    there at all is declared once for all: by `additionalProperties`.
    """

    @override
    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        shown = super().model_schema(schema)
        required = shown.get("required", ())
        properties = {
            name: part
            for name, part in shown["properties"].items()
            if name in required or not self._is_text(part)
        }
        if len(properties) < len(shown["properties"]):
            shown["additionalProperties"] = {"type": "string"}
        return {**shown, "properties": properties}

    def _is_text(self, part: JsonSchemaValue) -> bool:
        meant = self.get_schema_from_definitions(part["$ref"]) if "$ref" in part else part
        return meant is not None and meant.get("type") == "string"


@cache
def build_entry(tool: type[Tool]) -> Json:
    """Build the tool's entry in tools/list, exactly."""
    return {
        "name": tool.name,
        "title": tool.title,
        "description": tool.description,
        "inputSchema": _drop_bounds(build_argument_schema(tool)),
        "outputSchema": build_output_schema(tool),
        "annotations": {
            "readOnlyHint": tool.hints.read_only,
            "destructiveHint": tool.hints.destructive,
            "idempotentHint": tool.hints.idempotent,
            "openWorldHint": tool.hints.open_world,
        },
    }


def build_argument_schema(tool: type[Tool]) -> Json:
    """Build the schema of a tool's arguments, with their bounds; required ones stand first."""
    schema = _inline_references(tool.model_json_schema(schema_generator=_InputSchema))
    required = schema.get("required", [])
    first = {name: schema["properties"][name] for name in required}
    return {**schema, "properties": first | schema["properties"]}


_BOUNDS = frozenset({"maxLength", "maxItems", "maxProperties"})
_LARGEST_INTEGER = 2**31 - 1
"""The bound of the integers that have no other: what a database of the dialer's surely holds."""


def _drop_bounds(schema: Json) -> Json:
    """Drop the bounds of lengths from a schema that is listed.

    They were a twelfth of what a model reads of all tools. No model counts up to them; what is too
    long is refused by an error that names the argument and its bound.
    """
    kept = {key: part for key, part in schema.items() if key not in _BOUNDS}
    if kept.get("maximum") == _LARGEST_INTEGER:
        del kept["maximum"]
    for key in ("items", "additionalProperties"):
        if isinstance(kept.get(key), dict):
            kept[key] = _drop_inside(kept[key])
    if "properties" in kept:
        kept["properties"] = {name: _drop_inside(one) for name, one in kept["properties"].items()}
    return kept


def _drop_inside(schema: Json) -> Json:
    """Drop the bounds of what is inside a schema, and that it takes no further argument."""
    kept = _drop_bounds(schema)
    return {key: part for key, part in kept.items() if part is not False}


def build_output_schema(tool: type[Tool]) -> Json:
    """Return the schema of a result, done or not: one object, without combinators at its root."""
    return _build_cached_schema(tool.result)


@cache
def _build_cached_schema(result: type[Result]) -> Json:
    schema = result.model_json_schema(mode="serialization", schema_generator=_OutputSchema)
    return _inline_references(schema, but=frozenset({"description"}))


def _inline_references(schema: Json, but: frozenset[str] = frozenset()) -> Json:
    """Inline the references, which some clients don't follow, and drop the titles."""
    plain: Json = _inline(schema, schema.get("$defs", {}), but)
    plain.pop("description", None)
    return plain


def _inline(node: Any, definitions: Json, but: frozenset[str]) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(node, list):
        return [_inline(item, definitions, but) for item in cast("list[object]", node)]
    if not isinstance(node, dict):
        return node
    parts = cast("Json", node)
    if "$ref" in parts:
        meant = definitions[parts["$ref"].rpartition("/")[2]]
        own = {key: part for key, part in parts.items() if key != "$ref"}
        return _inline({**meant, **own}, definitions, but)
    return {
        key: _inline(part, definitions, but)
        for key, part in parts.items()
        if _is_informative(key, part, but)
    }


def _is_informative(key: str, part: object, but: frozenset[str]) -> bool:
    """Tell whether a part of a schema informs a client; a title that is text doesn't."""
    return key != "$defs" and not (key in {"title", *but} and isinstance(part, str))


def list_published() -> dict[str, type[Tool]]:
    """List every tool that exists, in the order in which they are listed."""
    return {**CATALOGUE, **JOBS, **HISTORY, **BATCHES}


def render_files() -> dict[str, str]:
    """Render the files of tool_schemas/: a file's name, and its text."""
    return {
        f"{name}.json": json.dumps(build_entry(tool), indent=2, ensure_ascii=False) + "\n"
        for name, tool in list_published().items()
    }


def render_packaged() -> str:
    """Render the list that comes with the package (`published.json`)."""
    return render_published(
        PublishedTool(tool.name, tool.toolset, tool.declared_impact, build_entry(tool))
        for tool in list_published().values()
    )


def measure_size() -> int:
    """Measure the bytes of the tools in a model's context: name, description, input schema."""
    shown = ("name", "description", "inputSchema")
    entries = [{key: build_entry(tool)[key] for key in shown} for tool in list_published().values()]
    return len(json.dumps(entries, separators=(",", ":"), ensure_ascii=False).encode())


def render_table() -> str:
    """Render the README's table of tools."""
    rows = ["| toolset | tool | what it does | effect | asks a person |", "|---|---|---|---|---|"]
    for name, tool in list_published().items():
        sentence = tool.description.partition(". ")[0].rstrip(".")
        impact = (
            "outward; with `import_only` write" if name == "insert_lead" else tool.declared_impact
        )
        rows.append(
            f"| {tool.toolset} | `{name}` | {sentence} | {impact} | {describe_asking(tool)} |"
        )
    return "\n".join(rows) + "\n"


def describe_asking(tool: type[Tool] | PublishedTool) -> str:
    """Describe when a person is asked before a call of this tool."""
    if tool.name in _ASKS:
        return _ASKS[tool.name]
    if tool.name in JOBS and tool.declared_impact is not Impact.READ:
        return "as the calls that it makes do"
    levels = {
        Impact.READ: "never",
        Impact.WRITE: "level `writes`",
        Impact.OUTWARD: "level `outward`",
    }
    return levels[tool.declared_impact]
