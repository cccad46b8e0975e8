"""The bundle for Claude Desktop: its form is the server's settings, and begins on the sandbox."""

import json
import re
import runpy
import struct
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from dist_contents import PROJECT, ROOT

from chasedata_mcp.settings import load_settings

BUNDLE = ROOT / "server" / "bundle"
MANIFEST: dict[str, Any] = json.loads((BUNDLE / "manifest.json").read_text("utf-8"))
COMMAND = MANIFEST["server"]["mcp_config"]
Read = Callable[[Mapping[str, str]], dict[str, str]]


@pytest.fixture(name="read", scope="module")
def reader() -> Read:
    settings: Read = runpy.run_path(str(BUNDLE / "server.py"))["settings"]
    return settings


def filled_in(**answers: object) -> dict[str, str]:
    """Make the variables that a host hands on: each field's answer, or its default."""
    fields = {name: field["default"] for name, field in MANIFEST["user_config"].items()}
    texts = {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in {**fields, **answers}.items()
    }
    return {
        variable: texts[re.sub(r"^\$\{user_config\.(\w+)\}$", r"\1", mark)]
        for variable, mark in COMMAND["env"].items()
    }


def test_a_form_that_is_left_as_it_is_means_the_sandbox(read: Read) -> None:
    found = load_settings(read(filled_in()))

    assert found.sandbox
    assert found.token is None


def test_while_the_sandbox_is_on_a_token_is_not_used(read: Read) -> None:
    assert load_settings(read(filled_in(token="a-token", accid="test"))).sandbox


def test_with_the_sandbox_off_the_form_is_the_dialer(read: Read) -> None:
    answers = filled_in(sandbox=False, token="a-token", accid="test", read_only=True)
    found = load_settings(read(answers))

    assert (found.sandbox, found.accid, found.read_only) == (False, "test", True)
    assert found.token is not None
    assert found.token.get_secret_value() == "a-token"


def test_a_field_that_a_host_leaves_as_its_mark_is_not_filled_in(read: Read) -> None:
    assert read(COMMAND["env"]) == {}


def test_every_field_of_the_form_is_handed_on_and_the_token_is_a_secret() -> None:
    marks = set(COMMAND["env"].values())

    assert {f"${{user_config.{name}}}" for name in MANIFEST["user_config"]} == marks
    assert MANIFEST["user_config"]["token"]["sensitive"] is True


def test_the_bundle_is_of_this_version_throughout() -> None:
    version = PROJECT["version"]
    wheel = f"chasedata_mcp-{version}-py3-none-any.whl"

    assert MANIFEST["version"] == version
    assert f"${{__dirname}}/{wheel}" in COMMAND["args"]
    project = (BUNDLE / "pyproject.toml").read_text("utf-8")
    assert f'version = "{version}"' in project
    assert f'path = "{wheel}"' in project


def test_the_icon_is_the_png_that_a_host_wants() -> None:
    picture = (BUNDLE / MANIFEST["icon"]).read_bytes()

    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">2I", picture[16:24]) == (512, 512)
