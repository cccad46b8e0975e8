"""The facts that are known of the wire, and the tables that docs/wire.md has of it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, cast

from chasedata_mcp.settings.scripts import Script
from chasedata_mcp.settings.wire.loader import Values, load_shipped_document, shipped_values

_VALUE = re.compile(r"\{([a-z]+)\.([a-z_]+)\}")
INFERRED: Final = "I"
_HEADS: Final = {
    "requests": ("fact",),
    "scripts": ("family", "script"),
    "answers": ("body", "meaning"),
    "unseen": ("fact",),
}


TABLES: Final = tuple(_HEADS)
"""The names of the tables."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact with how sure it is and its source; `others` are names that a script may have, too."""

    id: str
    table: str
    says: tuple[str, ...]
    sure: str
    source: str
    others: tuple[str, ...] = ()


@cache
def load_facts() -> Sequence[Fact]:
    """Load all facts, in the order of the file."""
    listed: list[dict[str, Any]] = load_shipped_document()["fact"]
    return tuple(_read_fact(one, shipped_values()) for one in listed)


def is_inferred(script: Script) -> bool:
    """Tell whether the shipped name of a script is inferred."""
    return _by_id()[f"scripts.{script.value}"].sure == INFERRED


def find_fact(fact_id: str) -> Fact:
    """Find a fact by its id."""
    return _by_id()[fact_id]


@cache
def _by_id() -> dict[str, Fact]:
    return {fact.id: fact for fact in load_facts()}


def _read_fact(given: dict[str, Any], values: Values) -> Fact:
    says = tuple(_VALUE.sub(lambda at: _write(values[at[1]][at[2]]), one) for one in given["says"])
    others = tuple(given.get("others", ()))
    return Fact(given["id"], given["table"], says, given["sure"], given["source"], others)


def _write(value: object) -> str:
    if not isinstance(value, tuple):
        return str(value)
    several = cast("tuple[object, ...]", value)
    are_texts = any(isinstance(one, str) for one in several)
    return ("`, `" if are_texts else " or ").join(map(str, several))


def render_table(name: str) -> str:
    """Render the table of this name in Markdown."""
    rows = [fact for fact in load_facts() if fact.table == name]
    head = (*_HEADS[name], "sure", "source")
    lines = [head, tuple("---" for _ in head)]
    lines += [(*fact.says, fact.sure, fact.source) for fact in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
