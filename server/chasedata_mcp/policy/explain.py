"""A policy in words: each value for people, and the tables of keys, caps and hours in docs/."""

import json
from collections.abc import Iterator, Mapping
from typing import cast

from pydantic import BaseModel

from chasedata_mcp.fields.format import format_value
from chasedata_mcp.policy import hours_table as windows
from chasedata_mcp.policy.caps import NEVER_STOPS
from chasedata_mcp.policy.models import (
    DEFAULT_TOOLSETS,
    EVERY_TOOLSET,
    Cap,
    Caps,
    CapSteps,
    PolicySection,
    PolicyTerms,
)
from chasedata_mcp.policy.presets import ATTENDED, UNATTENDED
from chasedata_mcp.settings import PREFIX, Settings
from chasedata_mcp.tools import field_docs as docstrings

_HEAD = (
    "| rule | `unattended` (default) | `attended` | key | source |",
    "|---|---|---|---|---|",
)
_CAPS_HEAD = (
    "| what is counted | `unattended`, an hour | a day | `attended`, an hour | a day | key |",
    "|---|---|---|---|---|---|",
)
UNSET = {
    "tools": "none",
    "calling_hours.windows": "this version's",
    "do_not_call.stopping_dispositions": "none",
    "do_not_call.suppression_file": "none",
    "do_not_call.confirmation_text": "none",
    "do_not_call.confirmation_from": "none",
    "hidden.fields": "this version's",
}
"""The text for a key without a value of its own."""
_OURS = "this project"
_SOURCES = {
    "calling_hours": "47 CFR 64.1200(c)(1), 16 CFR 310.4(c), [by state](calling-hours.md)",
    "do_not_call": "47 CFR 64.1200(d)",
    "do_not_call.largest_shrink": _OURS,
    "do_not_call.confirmation_text": "47 CFR 64.1200(a)(12)",
    "do_not_call.confirmation_from": "47 CFR 64.1200(a)(12)",
    "frequency": "FL, MD, ME, OK, OR: 3 in 24 hours",
    "texts": "3GPP TS 23.038: 160 or 70 characters, 153 or 67 a part",
}


def render_rules_table() -> str:
    """Render the table of rules: description, value in each preset, key and source."""
    return "\n".join([*_HEAD, *_rows(PolicyTerms, (UNATTENDED, ATTENDED), "")]) + "\n"


def render_caps_table() -> str:
    """Render the figures of the caps: from which one on calls ask, and from which they don't go."""
    return "\n".join([*_CAPS_HEAD, *_cap_rows()]) + "\n"


def _cap_rows() -> Iterator[str]:
    docs = docstrings.read_field_docs(Caps)
    for name in Caps.model_fields:
        caps = [getattr(preset.caps, name) for preset in (UNATTENDED, ATTENDED)]
        steps = [steps for cap in caps if isinstance(cap, Cap) for steps in (cap.hour, cap.day)]
        if steps:
            shown = " | ".join(f"{one.ask}, {_stop(name, one)}" for one in steps)
            yield f"| {_plain(docs[name])} | {shown} | `caps.{name}` |"


def _stop(cap: str, steps: CapSteps) -> str:
    return "never" if cap == NEVER_STOPS else str(steps.stop)


def render_hours_table() -> str:
    """Render the table of calling hours that comes with the server."""
    return windows.render_hours_rows(windows.load_shipped_table())


def _rows(
    model: type[BaseModel], presets: tuple[PolicySection, PolicySection], above: str
) -> Iterator[str]:
    docs = docstrings.read_field_docs(model)
    for name in model.model_fields:
        unattended, attended = (getattr(preset, name) for preset in presets)
        key = f"{above}{name}"
        if isinstance(unattended, PolicySection) and not isinstance(unattended, Cap | CapSteps):
            yield from _rows(type(unattended), (unattended, attended), f"{key}.")
        else:
            shown = " | ".join(UNSET.get(key) or _shown(one) for one in (unattended, attended))
            yield f"| {_plain(docs[name])} | {shown} | {_key(key)} | {_source(key)} |"


def _plain(text: str) -> str:
    return " ".join(text.split()).rstrip(".").replace("|", "\\|")


_ALL_BUT_BATCHES = "all but batches"


def _key(key: str) -> str:
    """Render the key in the file, with the setting of the same meaning."""
    setting = f", `{PREFIX}{key.upper()}`" if key in Settings.model_fields else ""
    return f"`{key}`{setting}"


def _source(key: str) -> str:
    return _SOURCES.get(key) or _SOURCES.get(key.partition(".")[0], _OURS)


def _shown(value: object) -> str:
    """Render a value as a file writes it."""
    match value:
        case BaseModel():
            return f"`{in_toml(value.model_dump())}`"
        case tuple() if value == DEFAULT_TOOLSETS:
            return _ALL_BUT_BATCHES
        case _:
            return f"`{in_toml(value)}`"


def describe_value(key: str, value: object) -> str:
    """Describe the value of a key path for people, on the terminal and on the approvals page."""
    match value:
        case None | {}:
            return UNSET.get(key, "-")
        case Cap():
            return in_toml(value.model_dump())
        case tuple() if set(cast("tuple[str, ...]", value)) == set(EVERY_TOOLSET):
            return "all"
        case tuple() if set(cast("tuple[str, ...]", value)) == set(DEFAULT_TOOLSETS):
            return _ALL_BUT_BATCHES
        case ():
            return "none"
        case _:
            return format_value(value)


def in_toml(value: object) -> str:
    """Write a value as TOML on one line; the steps of a cap as a pair."""
    if isinstance(value, Mapping):
        return _table_in_toml(cast("Mapping[str, object]", value))
    if isinstance(value, float):
        return f"{value:g}"
    return json.dumps(value, ensure_ascii=False)


def _table_in_toml(table: Mapping[str, object]) -> str:
    if set(table) == set(CapSteps.model_fields):
        return in_toml([table[step] for step in CapSteps.model_fields])
    return "{ " + ", ".join(f"{key} = {in_toml(part)}" for key, part in table.items()) + " }"
