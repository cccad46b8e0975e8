"""Names as lines: of JSON, schemas, models, commands and tables, whatever they are made by."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from enum import Enum
from pathlib import Path
from typing import Any, Final, TypeAlias

from pydantic import BaseModel

Json: TypeAlias = "str | float | list[Json] | dict[str, Json] | None"
_NAMES: Final = frozenset(
    {
        "account",
        "changed",
        "channel",
        "code",
        "environment",
        "how",
        "kind",
        "level",
        "live",
        "outcome",
        "passing",
        "preset",
        "retry",
        "rule",
        "says",
        "sureness",
        "tool",
        "typed",
        "verdict",
        "when",
    }
)
"""Keys in JSON whose values are names themselves."""
_OPEN: Final = frozenset({"fields", "other_fields", "custom_fields", "ring_groups", "subcampaigns"})
"""Keys in JSON below which stand an account's own names."""


def of_json(value: Json, path: str = "") -> Iterator[str]:
    """The paths of the keys in a value, and the names that stand there."""
    key = path.rpartition(".")[2]
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from of_json(inner, f"{path}.{'*' if key in _OPEN else name}")
    elif isinstance(value, list):
        for inner in value:
            kind = inner.get("kind", "") if isinstance(inner, dict) else ""
            yield from of_json(inner, f"{path}[{kind}]")
    else:
        yield path
        if isinstance(value, str) and key.rstrip("[]") in _NAMES:
            yield f"{path} = {value}"


def of_lines(printed: str) -> Iterator[str]:
    """The same of lines of JSON, of which there is one at least."""
    assert printed
    for line in printed.splitlines():
        yield from of_json(json.loads(line))


def of_schema(schema: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON Schema
    """The paths of the properties in a schema, and the words that may stand there."""

    def walk(part: Any, path: str, within: frozenset[str]) -> Iterator[str]:  # noqa: ANN401 - as above
        if (name := part.get("$ref")) and name not in within:
            yield from walk(schema["$defs"][name.rpartition("/")[2]], path, within | {name})
        words = [*part.get("enum", ()), *([part["const"]] if "const" in part else ())]
        yield from (f"{path} = {word}" for word in words)
        for key, inner in part.get("properties", {}).items():
            yield f"{path}.{key}"
            yield from walk(inner, f"{path}.{key}", within)
        for either in ("anyOf", "oneOf", "allOf"):
            for inner in part.get(either, ()):
                yield from walk(inner, path, within)
        for key, sign in (("items", "[]"), ("additionalProperties", ".*")):
            if isinstance(part.get(key), dict):
                yield from walk(part[key], f"{path}{sign}", within)

    yield from walk(schema, "", frozenset())


def named(prefix: str, paths: Iterable[str]) -> Iterator[str]:
    """The paths with what they are of before them."""
    return (f"{prefix}: {path.removeprefix('.')}" for path in paths if path)


def of_model(*fields: str) -> Iterator[str]:
    """The keys of the one pydantic model that has these fields, and the words for each."""
    models, found = [BaseModel], set[type[BaseModel]]()
    while models:
        models += (model := models.pop()).__subclasses__()
        if model is not BaseModel and set(fields) <= model.model_fields.keys():
            found.add(model)
    (one,) = found
    return of_schema(one.model_json_schema())


def of_commands(command: Any, path: str) -> Iterator[str]:  # noqa: ANN401 - typer keeps its types to itself
    """The commands below one, and what each takes."""
    yield path
    for one in command.params:
        kind = one.type_descriptor and one.type_descriptor.annotation
        words = [word.value for word in kind] if isinstance(kind, type(Enum)) else []
        for option in [*one.opts, *one.secondary_opts]:
            shown = option if option.startswith("-") else one.metavar or one.name.upper()
            yield from (f"{path} {shown}", *(f"{path} {shown} = {word}" for word in words))
    for name, inner in getattr(command, "commands", {}).items():
        yield from of_commands(inner, f"{path} {name}")


def of_tables(file: Path) -> Iterator[str]:
    """The tables of a file of SQLite's, with their columns and indexes."""
    with closing(sqlite3.connect(file)) as db:
        tables = [
            name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        ]
        for table in tables:
            for _, column, kind, needed, _, key in db.execute(f"PRAGMA table_info({table})"):
                marks = f"{' needed' if needed else ''}{' key' if key else ''}"
                yield f"{table}.{column} {kind}{marks}"
            for _, index, unique, *_ in db.execute(f"PRAGMA index_list({table})"):
                columns = [row[2] for row in db.execute(f"PRAGMA index_info({index})")]
                yield f"{table} index {index} ({', '.join(columns)}){' unique' if unique else ''}"
        for mark in ("application_id", "user_version"):
            yield f"{mark} {db.execute(f'PRAGMA {mark}').fetchone()[0]}"
