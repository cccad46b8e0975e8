"""The server over Streamable HTTP, on a real port of this machine."""

import json
import logging
from http.client import HTTPResponse
from socket import create_connection, create_server, socket
from urllib.parse import SplitResult, urlsplit

import anyio
import anyio.to_thread
import httpx
import pytest
from mcp import Client
from mcp.client import ClientRequestContext
from mcp_types import ElicitRequestFormParams, ElicitRequestParams, ElicitResult, TextContent

from _support.conversations import ERAS, each_era
from _support.http_servers import KEY, connected, serving
from _support.served import LISTED, SANDBOX
from _support.timeouts import TIMEOUT
from chasedata_mcp.errors import SettingsError
from chasedata_mcp.mcp_server.http import key_of, serve_http
from chasedata_mcp.settings import load_settings

pytestmark = pytest.mark.anyio
NUMBER = "(954) 555-0101"
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
ACCEPTS = {"accept": "application/json, text/event-stream"}


class Person:
    """Answers what is asked, and keeps the questions."""

    def __init__(self, answer: ElicitResult) -> None:
        self.asked: list[str] = []
        self._answer = answer

    async def __call__(
        self,
        context: ClientRequestContext,  # noqa: ARG002 - the SDK's signature
        params: ElicitRequestParams,
    ) -> ElicitResult:
        assert isinstance(params, ElicitRequestFormParams)
        self.asked.append(params.message)
        return self._answer


async def code_of_deleting(client: Client) -> str | None:
    result = await client.call_tool("delete_dnc", {"number": NUMBER})
    content = result.structured_content or {}
    return None if content["outcome"] == "done" else content["code"]


async def test_both_eras_look_up_list_and_read_on_one_port() -> None:
    async with serving() as url:
        for era in ERAS:
            async with connected(url, era) as client:
                assert len((await client.list_tools()).tools) == len(LISTED)
                assert len((await client.list_prompts()).prompts) == 8
                sought = {"search_field": "client_id", "identifier": "WEB-1001"}
                result = await client.call_tool("search_lead", sought)
                assert (result.structured_content or {})["found"] is True
                assert (await client.read_resource("chasedata://guide")).contents


@each_era
async def test_a_person_is_asked_over_http_and_each_answer_counts(era: str) -> None:
    right = Person(ElicitResult(action="accept", content={"confirm": NUMBER}))
    wrong = Person(ElicitResult(action="accept", content={"confirm": "954-555-0199"}))
    async with serving() as url:
        # After a wrong number a person is asked once more.
        for person, code, times in ((right, None, 1), (wrong, "declined", 2)):
            async with connected(url, era, person) as client:
                assert await code_of_deleting(client) == code
            assert len(person.asked) == times


@each_era
async def test_two_people_are_asked_at_once_and_each_answers_for_themselves(era: str) -> None:
    codes: dict[str, str | None] = {}

    async def delete(url: str, name: str, answer: ElicitResult) -> None:
        async with connected(url, era, Person(answer)) as client:
            codes[name] = await code_of_deleting(client)

    async with serving() as url, anyio.create_task_group() as tasks:
        yes = ElicitResult(action="accept", content={"confirm": NUMBER})
        tasks.start_soon(delete, url, "yes", yes)
        no = ElicitResult(action="accept", content={"confirm": "no"})
        tasks.start_soon(delete, url, "no", no)
    assert codes == {"yes": None, "no": "declined"}


async def test_the_gate_stands_before_every_path() -> None:
    bearer = {"authorization": f"Bearer {KEY}"}
    evil = {"host": "evil.example"}
    async with serving() as url, httpx.AsyncClient(timeout=TIMEOUT, trust_env=False) as pool:
        origin = {"origin": "http://localhost:3000"}
        for path in ("/mcp", "/", "/docs", "/.well-known/oauth-protected-resource"):
            address = httpx.URL(url).copy_with(path=path)
            assert (await pool.post(address, json=PING)).status_code == 401
            assert (await pool.get(address, params={"key": KEY})).status_code == 401
            assert (await pool.post(address, headers=bearer | origin)).status_code == 403
            assert (await pool.post(address, headers=bearer | evil)).status_code == 421
        assert (await pool.post(url, json=PING, headers=bearer | ACCEPTS)).status_code == 400
        assert (await pool.get(address, headers=bearer)).status_code == 404


async def test_the_own_origin_with_the_key_passes_the_sdks_checks_too() -> None:
    initialize = PING | {
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "page", "version": "1"},
        },
    }
    async with serving() as url, httpx.AsyncClient(timeout=TIMEOUT, trust_env=False) as pool:
        own = {"authorization": f"Bearer {KEY}", "origin": url.removesuffix("/mcp"), **ACCEPTS}
        answer = await pool.post(url, json=initialize, headers=own)
    assert answer.status_code == 200
    assert "mcp-session-id" in answer.headers


async def test_healthz_is_open_and_tells_nothing() -> None:
    async with serving() as url, httpx.AsyncClient(timeout=TIMEOUT, trust_env=False) as pool:
        address = httpx.URL(url).copy_with(path="/healthz")
        answer = await pool.get(address)
        posted = await pool.post(address)
        out_of_band = await pool.get(address, headers={"host": "evil.example"})
    assert (answer.status_code, answer.text) == (200, "ok")
    assert "server" not in answer.headers
    assert posted.status_code == 405
    assert out_of_band.status_code == 421


async def test_a_note_of_twenty_pages_is_taken() -> None:
    lead = {"campaign": "Solar", "primary_phone": "954 555 0133", "import_only": True}
    async with serving() as url, connected(url, "auto") as client:
        result = await client.call_tool("insert_lead", {**lead, "notes": "n" * 20_000})
    assert (result.structured_content or {})["outcome"] == "done"


def posted(address: SplitResult, length: int) -> bytes:
    """The head of a request with a body of so many bytes."""
    lines = {
        "host": address.netloc,
        "authorization": f"Bearer {KEY}",
        "content-type": "application/json",
        "content-length": length,
        **ACCEPTS,
    }
    head = "".join(f"{name}: {text}\r\n" for name, text in lines.items())
    return f"POST {address.path} HTTP/1.1\r\n{head}\r\n".encode()


async def test_a_body_over_four_megabytes_is_answered_before_it_ends_and_the_next_is_read() -> None:
    over, whole = 4 * 1024 * 1024 + 1, 12 * 1024 * 1024
    begun = b'{"jsonrpc":"2.0","id":5,"method":"ping","params":{"a":"'

    def answer(client: socket) -> tuple[int, bytes]:
        answered = HTTPResponse(client)
        answered.begin()
        return answered.status, answered.read()

    def talk(address: SplitResult) -> list[tuple[int, bytes]]:
        with create_connection((address.hostname or "", address.port or 0)) as client:
            client.settimeout(TIMEOUT)
            client.sendall(posted(address, whole) + begun + b"x" * (over - len(begun)))
            first = answer(client)
            client.sendall(b"x" * (whole - over) + posted(address, 5) + b"noise")
            return [first, answer(client)]

    async with serving() as url:
        long, noise = await anyio.to_thread.run_sync(talk, urlsplit(url))
    assert (long[0], json.loads(long[1])["id"]) == (413, 5)
    assert noise[0] == 400


@each_era
async def test_without_a_key_everyone_comes_in_and_the_log_says_so(
    era: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(key=None) as url, connected(url, era, key=None) as client:
        assert (await client.list_tools()).tools
    assert "no key is asked for: every program of this machine" in caplog.text


async def test_the_address_is_the_real_one_on_either_loopback() -> None:
    for host, shown in (("127.0.0.1", "127.0.0.1"), ("localhost", "localhost"), ("::1", "::1")):
        async with serving(host=host) as url, connected(url, "auto") as client:
            assert urlsplit(url).hostname == shown
            assert urlsplit(url).path == "/mcp"
            assert (await client.list_tools()).tools


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.com", "", "127.0.0.2"])  # noqa: S104 - refused, and tested to be
async def test_any_host_but_loopback_is_refused_with_the_reason(host: str) -> None:
    with pytest.raises(SettingsError, match=r"no TLS .* cross the network in clear"):
        await serve_http(load_settings(SANDBOX), 0, key=KEY, host=host)


async def test_a_port_that_is_taken_or_is_none_is_said_to_be() -> None:
    with create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=f"port {port} can't be used: "):
            await serve_http(load_settings(SANDBOX), port, key=KEY)
    for port in (-1, 65_536):
        with pytest.raises(SettingsError, match=f"port {port} can't be used: ports go from 0"):
            await serve_http(load_settings(SANDBOX), port, key=KEY)


async def test_a_short_key_is_not_served_with() -> None:
    with pytest.raises(ValueError, match="at least 16"):
        await serve_http(load_settings(SANDBOX), 0, key="short")


def test_a_key_is_made_anew_for_each_start_and_shown() -> None:
    first, second = (key_of(load_settings(SANDBOX), keyless=False) for _ in range(2))
    assert first.value is not None
    assert len(first.value) >= 43
    assert first.value != second.value
    assert f"Authorization: Bearer {first.value}" in first.notice


def test_a_key_that_is_set_is_used_and_not_shown() -> None:
    key = key_of(load_settings(SANDBOX | {"CHASEDATA_HTTP_KEY": KEY}), keyless=False)
    assert key.value == KEY
    assert "CHASEDATA_HTTP_KEY" in key.notice
    assert KEY not in key.notice


def test_no_key_is_had_by_asking_for_none_and_warned_of() -> None:
    key = key_of(load_settings(SANDBOX), keyless=True)
    assert key.value is None
    assert key.notice.startswith("WARNING: --no-key. EVERY PROGRAM AND EVERY USER")
    with pytest.raises(SettingsError, match="keep one"):
        key_of(load_settings(SANDBOX | {"CHASEDATA_HTTP_KEY": KEY}), keyless=True)


async def test_the_key_is_in_no_log_and_no_answer(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "chasedata_mcp")
    async with serving() as url, connected(url, "legacy") as client:
        sought = {"search_field": "phone", "identifier": NUMBER}
        result = await client.call_tool("search_lead", sought)
    [content] = result.content
    assert isinstance(content, TextContent)
    assert KEY not in content.text + caplog.text
