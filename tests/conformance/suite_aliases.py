"""Our server under the names that the conformance suite calls: `python suite_aliases.py`.

The suite calls tools, prompts and resources that a real server doesn't have (`test_simple_text`).
Here its names stand for ours, where ours can show the same: in front of the whole product, gate
and all, requests are renamed, and nothing else is touched. Answers are the product's own.
"""

import json
import sys
from collections.abc import Mapping
from typing import Any

import anyio
import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chasedata_mcp.app.composition import opened
from chasedata_mcp.mcp_server.auth import BearerAuth
from chasedata_mcp.mcp_server.http import http_app
from chasedata_mcp.settings import load_settings

Json = dict[str, Any]

_ASKS_FIRST = ("delete_dnc", {"number": "9545550101"})
TOOLS: Mapping[str, tuple[str, Json]] = {
    "test_simple_text": ("search_lead", {"search_field": "client_id", "identifier": "WEB-1001"}),
    "test_error_handling": ("search_lead", {}),
    "test_elicitation": _ASKS_FIRST,
    "test_input_required_result_elicitation": _ASKS_FIRST,
    "test_input_required_result_tampered_state": _ASKS_FIRST,
}
# Ours all need an argument, so the one that has to go without is given it here.
SIMPLE = "test_simple_prompt", "stop_calling", {"number": "9545550101"}
WITH_ARGUMENTS = (
    "test_prompt_with_arguments",
    "build_dial_list",
    {"arg1": "agent", "arg2": "list_name"},
)
RESOURCES = {"test://static-text": "chasedata://guide"}
_NAMED_IN_A_HEADER = b"mcp-name"


class Aliases:
    """Renames what the suite asks for."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Rename a posted request, and pass everything else on."""
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        body = renamed(await _whole(receive))
        unread: list[Message] = [{"type": "http.request", "body": body}]

        async def given() -> Message:
            return unread.pop() if unread else await receive()

        await self._app({**scope, "headers": _headers(scope, body)}, given, send)


def renamed(body: bytes) -> bytes:
    """The request in our names; one that isn't JSON, or isn't aliased, as it is."""
    try:
        message = json.loads(body)
        method, params = message["method"], message["params"]
    except (ValueError, KeyError, TypeError):
        return body
    message["params"] = {**params, **_ours(method, params)}
    return json.dumps(message).encode()


def _ours(method: str, params: Json) -> Json:
    """What takes the place of the parameters that bear a name of the suite's."""
    simple, with_arguments = SIMPLE, WITH_ARGUMENTS
    match method, params:
        case "tools/call", {"name": str(name)} if name in TOOLS:
            ours, arguments = TOOLS[name]
            return {"name": ours, "arguments": arguments}
        case "prompts/get", {"name": str(name)} if name == simple[0]:
            return {"name": simple[1], "arguments": simple[2]}
        case "prompts/get", {"name": str(name), "arguments": given} if name == with_arguments[0]:
            arguments = {with_arguments[2][key]: value for key, value in given.items()}
            return {"name": with_arguments[1], "arguments": arguments}
        case "completion/complete", {"ref": {"name": str(name)}, "argument": argument} if (
            name == with_arguments[0]
        ):
            argument = {**argument, "name": with_arguments[2][argument["name"]]}
            return {"ref": {**params["ref"], "name": with_arguments[1]}, "argument": argument}
        case "resources/read", {"uri": str(uri)} if uri in RESOURCES:
            return {"uri": RESOURCES[uri]}
        case _:
            return {}


def _headers(scope: Scope, body: bytes) -> list[tuple[bytes, bytes]]:
    """The request's headers, with its new length and the name that the newer era repeats there."""
    ours = {alias: name for alias, (name, _) in TOOLS.items()} | RESOURCES
    ours |= {alias: name for alias, name, _ in (SIMPLE, WITH_ARGUMENTS)}
    headers = {name: value for name, value in scope["headers"] if name != b"content-length"}
    if _NAMED_IN_A_HEADER in headers:
        name = headers[_NAMED_IN_A_HEADER].decode("latin-1")
        headers[_NAMED_IN_A_HEADER] = ours.get(name, name).encode("latin-1")
    return [*headers.items(), (b"content-length", str(len(body)).encode())]


async def _whole(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(body)


async def _serve(port: int) -> None:
    settings = load_settings({"CHASEDATA_SANDBOX_FILE": ":memory:"}, sandbox=True)
    async with opened(settings) as way:
        app = Aliases(http_app(way, settings, BearerAuth.on_loopback(port, None)))
        config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning")
        await uvicorn.Server(config).serve()


def main() -> None:
    """Serve on the port that is given."""
    anyio.run(_serve, int(sys.argv[1]))


if __name__ == "__main__":
    main()
