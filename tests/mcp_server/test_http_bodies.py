"""Bodies as they come over HTTP: what is no message is answered with an error, before the SDK."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from _support.served import SANDBOX
from _support.timeouts import TIMEOUT
from chasedata_mcp.app.composition import opened
from chasedata_mcp.mcp_server.auth import BearerAuth
from chasedata_mcp.mcp_server.http import PATH, http_app
from chasedata_mcp.mcp_server.json_rpc import LONGEST
from chasedata_mcp.mcp_server.request_bodies import RequestBodyCheck
from chasedata_mcp.settings import load_settings

pytestmark = pytest.mark.anyio
HEADERS = {"accept": "application/json, text/event-stream", "content-type": "application/json"}
MODERN = {"mcp-protocol-version": "2026-07-28"}
PORT = 8765
BODIES = {
    b'{"jsonrpc":"2.0","id":5,"method":"ping","params":[]}': (5, -32602),
    b'{"jsonrpc":"2.0","id":1.0,"method":"ping"}': (1, -32600),
    b'{"jsonrpc":"2.0","id":null,"method":"ping"}': (None, -32600),
    b'{"id":6,"method":"ping"}': (6, -32600),
    rb'{"jsonrpc":"2.0","id":7,"method":"ping","params":{"a":"\ud83d"}}': (7, -32700),
    b'{"jsonrpc":"2.0","id":8,"method":"ping","params":{"a":NaN}}': (8, -32700),
    b'{"jsonrpc":"2.0","id":9,"meth': (9, -32700),
    b'[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","id":2,"method":"ping"}]': (
        None,
        -32600,
    ),
    b'{"jsonrpc":"2.0","id":1,"result":"hunter2"}': (None, -32600),
    b'{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"insert_dnc","arguments":'
    b'{"number":"hunter2","number":"3055550101"}}}': (3, -32602),
    b'{"jsonrpc":"2.0","id":4,"method":"tools/list","params":{"cursor":"%b"}}' % (b"x" * 2_049): (
        4,
        -32602,
    ),
    b"": (None, -32700),
    b"[" * 100_000: (None, -32700),
    b"\xff\xfe": (None, -32700),
}


@asynccontextmanager
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """A client of the whole server, without a port."""
    settings = load_settings(SANDBOX)
    async with opened(settings) as way:
        app = http_app(way, settings, BearerAuth.on_loopback(PORT, None))
        transport = httpx.ASGITransport(app)
        base = f"http://127.0.0.1:{PORT}"
        async with httpx.AsyncClient(
            timeout=TIMEOUT, transport=transport, base_url=base, headers=HEADERS
        ) as made:
            yield made


@pytest.mark.parametrize("era", [{}, MODERN], ids=["handshake", "modern"])
async def test_a_body_that_is_no_message_is_answered_with_an_error(era: dict[str, str]) -> None:
    async with client() as posting:
        for body, (message_id, code) in BODIES.items():
            answer = await posting.post(PATH, content=body, headers=era)
            told = json.loads(answer.content)
            assert (answer.status_code, told["id"], told["error"]["code"]) == (
                400,
                message_id,
                code,
            )
            assert "hunter2" not in answer.text


async def test_a_body_that_is_too_long_is_refused_before_all_of_it_is_read() -> None:
    async with client() as posting:
        body = b'{"jsonrpc":"2.0","id":5,"params":{"a":"' + b"x" * (2 * LONGEST)
        answer = await posting.post(PATH, content=body)

    assert (answer.status_code, answer.json()["id"]) == (413, 5)


async def test_a_body_that_is_a_message_arrives_as_it_was_and_a_get_is_not_waited_for() -> None:
    async def echo(request: Request) -> Response:
        return Response(await request.body())

    app = RequestBodyCheck(Starlette(routes=[Route("/", echo, methods=["GET", "POST"])]), "/")
    body = b'{"jsonrpc":"2.0","id":1,"method":"ping"}\r\n'
    async with httpx.AsyncClient(
        timeout=TIMEOUT, transport=httpx.ASGITransport(app), base_url="http://test"
    ) as posting:
        assert (await posting.post("/", content=body)).content == body
        assert (await posting.get("/")).content == b""


async def test_a_client_that_leaves_within_its_body_is_left_alone() -> None:
    async def gone() -> dict[str, object]:
        return {"type": "http.disconnect"}

    async def never(*_: object) -> None:
        raise AssertionError

    await RequestBodyCheck(never, "/")({"type": "http", "method": "POST", "path": "/"}, gone, never)
