"""What stands before everything served over HTTP."""

from collections.abc import Mapping
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from _support.tables import each
from chasedata_mcp.mcp_server.auth import BearerAuth
from chasedata_mcp.web.loopback import LoopbackGuard

pytestmark = pytest.mark.anyio
KEY = "a-key-that-nobody-guesses"
AT_8765 = BearerAuth.on_loopback(8765, KEY)
HOST = "127.0.0.1:8765"
BEARER = f"Bearer {KEY}"


class Inside:
    """What the guard lets through, and what was sent by either."""

    def __init__(self, auth: BearerAuth = AT_8765) -> None:
        self.reached: list[Scope] = []
        self.sent: list[Message] = []
        self._guard = LoopbackGuard(self._app, auth.refusal)

    async def _app(self, scope: Scope, _receive: Receive, _send: Send) -> None:
        self.reached.append(scope)

    async def _send(self, message: Message) -> None:
        self.sent.append(dict(message))

    async def _receive(self) -> Message:
        raise AssertionError("the guard reads no body")

    async def asked(self, scope: Scope) -> int:
        """The guard's status, 0 where it let the request in."""
        await self._guard(scope, self._receive, self._send)
        return int(self.sent[0]["status"]) if self.sent else 0


def http(
    headers: Mapping[str, str] | list[tuple[str, str]], path: str = "/mcp", **more: object
) -> dict[str, Any]:
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    raw = [(name.encode(), value.encode("latin-1")) for name, value in pairs]
    return {"type": "http", "method": "POST", "path": path, "headers": raw, **more}


async def status(
    headers: Mapping[str, str] | list[tuple[str, str]],
    path: str = "/mcp",
    auth: BearerAuth = AT_8765,
    **more: object,
) -> int:
    return await Inside(auth).asked(http(headers, path, **more))


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost:8765", "[::1]:8765"])
async def test_the_right_host_and_key_come_in(host: str) -> None:
    assert await status({"host": host, "authorization": BEARER}) == 0


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_the_schemes_case_makes_no_difference(scheme: str) -> None:
    assert await status({"host": HOST, "authorization": f"{scheme} {KEY}"}) == 0


@each(
    "host",
    [
        "evil.example:8765",
        "127.0.0.1",
        "127.0.0.1:8766",
        "localhost",
        "localhost:8765.evil.example",
        "127.0.0.1:8765, evil.example",
        "LOCALHOST:8765",
        "0.0.0.0:8765",
        "127.1:8765",
        "user@127.0.0.1:8765",
        "",
    ],
)
@each("path", ["/mcp", "/healthz", "/"])
async def test_another_host_is_refused_on_every_path(host: str, path: str) -> None:
    assert await status({"host": host, "authorization": BEARER}, path) == 421


async def test_no_host_and_two_hosts_are_refused() -> None:
    assert await status({"authorization": BEARER}) == 421
    assert await status([("host", HOST), ("host", HOST), ("authorization", BEARER)]) == 421


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8765", "http://localhost:8765"])
async def test_a_page_of_its_own_may_call_with_the_key(origin: str) -> None:
    assert await status({"host": HOST, "origin": origin, "authorization": BEARER}) == 0
    assert await status({"host": HOST, "origin": origin}) == 401


@each(
    "origin",
    [
        "http://evil.example",
        "http://localhost:3000",
        "http://localhost",
        "https://localhost:8765",
        "http://localhost:8765.evil.example",
        "http://localhost:8765/",
        "null",
        "",
    ],
)
@each("method", ["POST", "GET", "DELETE", "OPTIONS"])
async def test_a_foreign_origin_is_refused_even_with_the_key(origin: str, method: str) -> None:
    headers = {"host": HOST, "origin": origin, "authorization": BEARER}
    assert await status(headers, method=method) == 403


async def test_two_origins_are_refused() -> None:
    own = ("origin", "http://localhost:8765")
    assert await status([("host", HOST), own, own, ("authorization", BEARER)]) == 403


@each(
    "authorization",
    [
        "",
        KEY,
        "Bearer",
        "Bearer ",
        f"Bearer {KEY}x",
        f"Bearer {KEY[:-1]}",
        f"Bearer {KEY.upper()}",
        f"Bearer {KEY}, Bearer {KEY}",
        f"Basic {KEY}",
        f"Token {KEY}",
        "Bearer \u00e9\u00ff",
    ],
)
async def test_a_wrong_key_is_refused(authorization: str) -> None:
    assert await status({"host": HOST, "authorization": authorization}) == 401


async def test_no_key_and_two_keys_are_refused() -> None:
    assert await status({"host": HOST}) == 401
    twice = [("authorization", BEARER), ("authorization", BEARER)]
    assert await status([("host", HOST), *twice]) == 401


@pytest.mark.parametrize("query", [f"key={KEY}", f"access_token={KEY}", f"token={KEY}"])
async def test_a_key_in_the_address_is_no_key(query: str) -> None:
    assert await status({"host": HOST}, query_string=query.encode()) == 401


async def test_the_refusal_asks_for_a_bearer_and_tells_nothing_more() -> None:
    inside = Inside()
    await inside.asked(http({"host": HOST, "authorization": "Bearer wrong"}))
    start, body = inside.sent
    assert dict(start["headers"])[b"www-authenticate"] == b"Bearer"
    assert body["body"] == b"A key is needed.\n"
    assert int(dict(start["headers"])[b"content-length"]) == len(body["body"])
    assert not inside.reached


async def test_the_host_is_judged_first_and_the_key_last() -> None:
    assert await status({"host": "evil.example", "origin": "http://evil.example"}) == 421
    assert await status({"host": HOST, "origin": "http://evil.example"}) == 403


async def test_healthz_needs_no_key_and_minds_no_origin() -> None:
    assert await status({"host": HOST}, "/healthz") == 0
    assert await status({"host": HOST, "origin": "http://evil.example"}, "/healthz") == 0


@pytest.mark.parametrize(
    "path", ["/", "/healthz/", "/healthz/../mcp", "/HEALTHZ", "//healthz", "/mcp/", "/healthzz"]
)
async def test_every_other_path_needs_the_key(path: str) -> None:
    assert await status({"host": HOST}, path) == 401


async def test_without_a_key_host_and_origin_are_still_judged() -> None:
    keyless = BearerAuth.on_loopback(8765, None)
    assert await status({"host": HOST}, auth=keyless) == 0
    assert await status({"host": "evil.example"}, auth=keyless) == 421
    foreign = {"host": HOST, "origin": "http://localhost:3000"}
    assert await status(foreign, auth=keyless) == 403


async def test_on_port_80_the_port_may_be_left_out() -> None:
    on_80 = BearerAuth.on_loopback(80, KEY)
    origin = {"origin": "http://localhost", "authorization": BEARER}
    assert await status({"host": "localhost", **origin}, auth=on_80) == 0
    assert await status({"host": "localhost:80", **origin}, auth=on_80) == 0


@pytest.mark.parametrize("key", ["", "fifteen letters"])
def test_a_key_that_could_be_guessed_is_not_taken(key: str) -> None:
    with pytest.raises(ValueError, match="at least 16 characters"):
        BearerAuth.on_loopback(8765, key)


def test_an_admission_does_not_show_its_key() -> None:
    assert KEY not in repr(AT_8765)


async def test_a_websocket_is_closed_even_with_the_key() -> None:
    inside = Inside()
    await inside._guard(
        http({"host": HOST, "authorization": BEARER}) | {"type": "websocket"},
        inside._receive,
        inside._send,
    )
    assert inside.sent == [{"type": "websocket.close", "code": 1008}]
    assert not inside.reached


async def test_a_lifespan_passes_and_what_is_unknown_does_not() -> None:
    inside = Inside()
    await inside.asked({"type": "lifespan"})
    await inside.asked({"type": "something.new"})
    assert [scope["type"] for scope in inside.reached] == ["lifespan"]
    assert not inside.sent
