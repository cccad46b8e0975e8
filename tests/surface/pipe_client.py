"""The names that an MCP server has, as a client on a pipe reads them."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from surface.name_lines import named, of_json, of_schema

_INTRODUCTION: Final[dict[str, object]] = {
    "protocolVersion": "2025-11-25",
    "capabilities": {"elicitation": {}},
    "clientInfo": {"name": "surface", "version": "1"},
}


class Client:
    """A client of the server on a pipe, which leaves open whatever it is asked."""

    _ASKED: Final = (
        ("delete_dnc", {"number": "2125550104"}),
        ("send_sms", {"from_number": "9545550195", "to_number": "9545550101", "message": "Hi"}),
    )
    _LISTS: Final = ("tools/list", "prompts/list", "resources/list", "resources/templates/list")

    def __init__(self, state: Path) -> None:
        state.mkdir()
        policy = state / "attended.toml"
        policy.write_text("preset = 'attended'", "utf-8")
        settings = {"SANDBOX_FILE": ":memory:", "POLICY": str(policy), "STATE_DIR": str(state)}
        self.tools: set[str] = set()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "chasedata_mcp", "--sandbox"],
            env={**os.environ, **{f"CHASEDATA_{name}": text for name, text in settings.items()}},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        self._send("initialize", "initialize", **_INTRODUCTION)
        self._send("notifications/initialized")
        for method in self._LISTS:
            self._send(method, method)

    def names(self) -> Iterator[str]:
        """What the server has by name, as far as it lists it."""
        with self._process:
            yield from named("server", of_json(self._answer("initialize")["capabilities"]))
            tools, prompts, resources, templates = map(self._answer, self._LISTS)
            for tool in tools["tools"]:
                self.tools.add(tool["name"])
                for which in ("inputSchema", "outputSchema"):
                    yield from named(f"tool {tool['name']} {which}", of_schema(tool[which]))
            for prompt in prompts["prompts"]:
                yield f"prompt {prompt['name']}"
                arguments = (one["name"] for one in prompt.get("arguments", ()))
                yield from named(f"prompt {prompt['name']}", arguments)
            for resource in resources["resources"]:
                yield f"resource {resource['uri']}"
                self._send("resources/read", "read", uri=resource["uri"])
                for content in self._answer("read")["contents"]:
                    if content.get("mimeType") == "application/json":
                        held = of_json(json.loads(content["text"]))
                        yield from named(f"resource {resource['uri']}", held)
                    words = re.findall(r"^\| `(\w+)` \|", content["text"], re.MULTILINE)
                    yield from named(f"resource {resource['uri']}", words)
            yield from (f"resource {one['uriTemplate']}" for one in templates["resourceTemplates"])
            for name, call in self._ASKED:
                self._send("tools/call", name, name=name, arguments=call)
            for _ in self._ASKED:
                yield from named("form", iter(self._question()["requestedSchema"]["properties"]))
            self._process.kill()

    def _send(self, method: str, request: str | None = None, **params: object) -> None:
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        whole = message if request is None else {**message, "id": request}
        assert self._process.stdin
        self._process.stdin.write(f"{json.dumps(whole)}\n")
        self._process.stdin.flush()

    def _answer(self, request: str) -> Any:  # noqa: ANN401 - any JSON
        return next(one["result"] for one in self._messages() if one.get("id") == request)

    def _question(self) -> Any:  # noqa: ANN401 - any JSON
        return next(one["params"] for one in self._messages() if "id" in one and "method" in one)

    def _messages(self) -> Iterator[Any]:
        assert self._process.stdout
        return map(json.loads, self._process.stdout)
