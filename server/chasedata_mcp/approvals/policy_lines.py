"""The policy in force as lines for people: each value, and where it comes from."""

from collections.abc import Iterator, Mapping
from typing import Final, cast

from chasedata_mcp.guards.terms import EVERY_TOOLSET
from chasedata_mcp.policies import InForce, leaves
from chasedata_mcp.policies.rules_table import UNSET

_CAPS: Final = "caps."


def policy_lines(in_force: InForce) -> Mapping[str, tuple[str, str]]:
    """By key, each value in words and its source; the two steps of a cap make one line."""
    return dict(_lines(in_force))


def _lines(in_force: InForce) -> Iterator[tuple[str, tuple[str, str]]]:
    values = dict(leaves(in_force.terms.model_dump()))
    for key, value in values.items():
        source = in_force.sources[key]
        cap, _, step = key.rpartition(".")
        if not (key.startswith(_CAPS) and step in {"ask", "stop"}):
            yield key, (_words(key, value), source)
        elif step == "ask":
            yield cap, (f"asks at {value}, stops at {values[f'{cap}.stop']}", source)


def _words(key: str, value: object) -> str:
    match value:
        case None | {}:
            return UNSET.get(key, "-")
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:g}"
        case tuple():
            words = cast("tuple[str, ...]", value)
            return "all" if set(words) == set(EVERY_TOOLSET) else ", ".join(words) or "none"
        case _:
            return str(value)
