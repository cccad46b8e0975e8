"""The entry of the MCP Registry. These are checks of our own, by the schema of 2025-12-11.

The schema's text isn't kept here; `mcp-publisher validate` of the release workflow holds the entry
against it before anything is published.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from dist_contents import PROJECT, ROOT

from chasedata_mcp.settings import PREFIX, Settings, load_settings

ENTRY: dict[str, Any] = json.loads((ROOT / "server.json").read_text("utf-8"))
[PACKAGE] = ENTRY["packages"]
VARIABLES = {one["name"]: one for one in PACKAGE["environmentVariables"]}
_ENTRY = {"$schema", "name", "title", "description", "version", "websiteUrl", "repository", "icons"}
_PACKAGE = {"registryType", "identifier", "version", "runtimeHint", "transport"}
_VARIABLE = {"name", "description", "format", "default", "placeholder", "isSecret", "isRequired"}


def problems(entry: dict[str, Any]) -> Iterator[str]:
    """What the schema refuses, or takes without a meaning, of an entry for one Python package."""
    if not re.fullmatch(r"[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+", entry["name"]):
        yield "name"
    for field in ("title", "description"):
        if not 1 <= len(entry[field]) <= 100:
            yield field
    for icon in entry["icons"]:
        if not icon["src"].startswith("https://") or len(icon["src"]) > 255:
            yield "icons"
    yield from sorted(set(entry) - _ENTRY - {"packages"})
    for package in entry["packages"]:
        yield from sorted(set(package) - _PACKAGE - {"environmentVariables"})
        for variable in package["environmentVariables"]:
            yield from sorted(set(variable) - _VARIABLE)
            if not isinstance(variable.get("default", ""), str):
                yield "default"


def test_the_entry_is_as_the_schema_has_it() -> None:
    assert list(problems(ENTRY)) == []
    assert ENTRY["$schema"].endswith("/schemas/2025-12-11/server.schema.json")


def test_what_the_schema_refuses_is_noticed() -> None:
    wrong = {**ENTRY, "name": "chasedata-mcp", "description": "x" * 101, "status": "active"}

    assert list(problems(wrong)) == ["name", "description", "status"]


def test_the_entry_is_of_this_package_and_version() -> None:
    assert ENTRY["version"] == PACKAGE["version"] == PROJECT["version"]
    assert PACKAGE["identifier"] == PROJECT["name"]
    assert ENTRY["repository"]["url"] == PROJECT["urls"]["Source"]


def test_the_readme_says_that_the_name_is_this_packages() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")

    assert re.findall(r"mcp-name: (\S+)", readme) == [ENTRY["name"]]


def test_every_variable_is_a_setting_and_the_token_a_secret() -> None:
    assert {name.removeprefix(PREFIX).lower() for name in VARIABLES} <= set(Settings.model_fields)
    assert VARIABLES["CHASEDATA_TOKEN"]["isSecret"] is True


def test_who_fills_in_nothing_is_on_the_sandbox() -> None:
    given = {name: one["default"] for name, one in VARIABLES.items() if "default" in one}

    assert load_settings(given).sandbox
