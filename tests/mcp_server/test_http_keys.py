"""Named keys over HTTP: two are two principals, and one that is revoked lets nobody in."""

import hashlib
import stat
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from mcp import Client
from starlette.types import Message, Receive, Scope, Send

from _support.conversations import client, code, each_era, told
from _support.http_servers import KEY, connected, serving
from _support.served import SANDBOX
from _support.served_pipeline import DELETE, an_attended_pipeline
from _support.timeouts import TIMEOUT
from chasedata_mcp.errors import CallError, Code, SettingsError
from chasedata_mcp.mcp_server.auth import BearerAuth
from chasedata_mcp.mcp_server.callers import Context
from chasedata_mcp.mcp_server.http import key_of
from chasedata_mcp.mcp_server.http_keys import HttpKeys, KeyNameError
from chasedata_mcp.settings import load_settings
from chasedata_mcp.web.loopback import LoopbackGuard

pytestmark = pytest.mark.anyio
NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
HOST = "127.0.0.1:8765"
JSON_RPC = {"accept": "application/json, text/event-stream"}
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "same", "version": "1"},
    },
}


@pytest.fixture
def keys(tmp_path: Path) -> HttpKeys:
    return HttpKeys(tmp_path / "state")


async def status(auth: BearerAuth, key: str) -> int:
    """The guard's status for a request with a key, 0 where it came in."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(dict(message))

    async def receive() -> Message:
        raise AssertionError("the guard reads no body")

    async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
        pass

    headers = [(b"host", HOST.encode()), (b"authorization", f"Bearer {key}".encode())]
    scope: Scope = {"type": "http", "method": "POST", "path": "/mcp", "headers": headers}
    await LoopbackGuard(app, auth.refusal)(scope, receive, send)
    return int(sent[0]["status"]) if sent else 0


async def test_each_named_key_is_a_principal_and_no_other_text_is_one(keys: HttpKeys) -> None:
    crm, desk = (keys.make(name, "maria", NOON) for name in ("crm", "desk"))
    assert keys.principal_of(crm) == "key:crm"
    assert keys.principal_of(desk) == "key:desk"
    for wrong in ("", crm[:-1], f"{crm}x", crm.upper(), "crm", keys.all()[0].hash):
        assert keys.principal_of(wrong) is None


async def test_a_key_is_kept_as_a_hash_alone_in_a_file_of_its_owner(keys: HttpKeys) -> None:
    key = keys.make("crm", "maria", NOON)
    files = [file for file in keys.path.parent.iterdir() if file.is_file()]
    kept = b"".join(file.read_bytes() for file in files)
    assert key.encode() not in kept
    assert hashlib.sha256(key.encode()).hexdigest().encode() in kept
    if sys.platform != "win32":
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
        assert stat.S_IMODE(keys.path.parent.stat().st_mode) == 0o700


async def test_a_revoked_key_lets_nobody_in_from_that_moment_and_its_name_stays_taken(
    keys: HttpKeys,
) -> None:
    crm, desk = (keys.make(name, "maria", NOON) for name in ("crm", "desk"))
    auth = BearerAuth.on_loopback(8765, None, HttpKeys(keys.path.parent))
    assert (await status(auth, crm), await status(auth, desk)) == (0, 0)
    assert keys.revoke("crm", LATER)
    assert (await status(auth, crm), await status(auth, desk)) == (401, 0)
    assert (auth.lets_in("key:crm"), auth.lets_in("key:desk")) == (False, True)
    assert not keys.revoke("crm", LATER)
    with pytest.raises(KeyNameError, match="taken"):
        keys.make("crm", "maria", LATER)
    assert [key.revoked for key in keys.all()] == [LATER, None]


async def test_the_one_key_and_the_named_ones_open_side_by_side(keys: HttpKeys) -> None:
    auth = BearerAuth.on_loopback(8765, KEY, keys)
    assert await status(auth, "nothing-that-was-made") == 401
    crm = keys.make("crm", "maria", NOON)
    assert (await status(auth, KEY), await status(auth, crm)) == (0, 0)
    assert (auth.lets_in("key"), auth.lets_in("no-key"), auth.lets_in("key:nobody")) == (
        True,
        False,
        False,
    )


async def test_without_a_live_key_named_ones_let_nobody_in(keys: HttpKeys) -> None:
    auth = BearerAuth.on_loopback(8765, None, keys)
    assert not auth.lets_everybody_in
    for key in ("", "key", "no-key"):
        assert await status(auth, key) == 401


async def test_a_file_of_keys_that_is_none_lets_nobody_in(keys: HttpKeys) -> None:
    crm = keys.make("crm", "maria", NOON)
    auth = BearerAuth.on_loopback(8765, KEY, keys)
    keys.path.write_bytes(b"nothing that SQLite reads" * 99)
    assert (await status(auth, crm), await status(auth, KEY)) == (401, 0)
    assert not auth.lets_in("key:crm")


@pytest.mark.parametrize("name", ["", "A", "a b", "a/b", "a:b", "-a", "a" * 33, "\u00e4", "a\n"])
async def test_a_name_is_short_and_plain(keys: HttpKeys, name: str) -> None:
    with pytest.raises(KeyNameError):
        keys.make(name, "maria", NOON)
    assert keys.all() == []


def test_named_keys_take_the_place_of_the_one_that_is_made_at_the_start(tmp_path: Path) -> None:
    environ = {**SANDBOX, "CHASEDATA_STATE_DIR": str(tmp_path)}
    keys = HttpKeys(tmp_path)
    made = keys.make("crm", "maria", NOON)
    found = key_of(load_settings(environ), keyless=False)
    assert found.value is None
    assert found.named is not None
    assert "crm" in found.notice
    assert made not in found.notice
    with pytest.raises(SettingsError, match="named keys"):
        key_of(load_settings(environ), keyless=True)
    set_too = key_of(load_settings({**environ, "CHASEDATA_HTTP_KEY": KEY}), keyless=False)
    assert (set_too.value, set_too.named is not None) == (KEY, True)
    keys.revoke("crm", LATER)
    assert key_of(load_settings(environ), keyless=False).value is not None
    assert key_of(load_settings(environ), keyless=True).named is None


async def insert(connected_client: Client) -> None:
    lead = {"campaign": "Solar", "primary_phone": "954 555 0133", "import_only": True}
    assert told(await connected_client.call_tool("insert_lead", lead))["outcome"] == "done"


async def test_two_keys_see_their_own_calls_alone_whatever_the_clients_are_called(
    keys: HttpKeys,
) -> None:
    crm, desk = (keys.make(name, "maria", NOON) for name in ("crm", "desk"))
    async with serving(key=None, named=keys) as url:
        async with connected(url, "legacy", key=crm) as one, connected(url, "auto", key=crm) as two:
            await insert(one)
            entries = told(await two.call_tool("list_history", {}))["entries"]
            assert ["key:crm/" in entry["who"] for entry in entries] == [True]
        async with connected(url, "auto", key=desk) as other:
            assert not told(await other.call_tool("list_history", {}))["entries"]


async def test_a_session_is_the_keys_that_opened_it_and_ends_with_it(keys: HttpKeys) -> None:
    crm, desk = (keys.make(name, "maria", NOON) for name in ("crm", "desk"))
    async with (
        serving(named=keys) as url,
        httpx.AsyncClient(timeout=TIMEOUT, trust_env=False, headers=JSON_RPC) as pool,
    ):
        ping = {"jsonrpc": "2.0", "id": 2, "method": "ping"}
        bearer = {"authorization": f"Bearer {crm}"}
        opened = await pool.post(url, json=INITIALIZE, headers=bearer)
        session = {"mcp-session-id": opened.headers["mcp-session-id"]}
        assert (await pool.post(url, json=ping, headers=bearer | session)).status_code == 200
        for other in (desk, KEY):
            thief = {"authorization": f"Bearer {other}"} | session
            assert (await pool.post(url, json=ping, headers=thief)).status_code == 404
        keys.revoke("crm", LATER)
        assert (await pool.post(url, json=ping, headers=bearer | session)).status_code == 401


@each_era
async def test_a_yes_that_comes_after_the_key_was_revoked_sends_nothing(era: str) -> None:
    live = True

    def caller(_: Context) -> str:
        if live:
            return "key:crm/an assistant"
        raise CallError(Code.NOT_ALLOWED, "The key was revoked.", hint="Ask.")

    async with an_attended_pipeline() as pipeline:
        entry = await pipeline.do_as("key:crm/an assistant", "insert_dnc", number="9545550133")
        written = len(pipeline.dialer.writes)

        async def revoke_and_approve() -> None:
            nonlocal live
            live = False
            await pipeline.approve()

        for tool, arguments in (("delete_dnc", dict(DELETE)), ("undo", {"entry": entry})):
            live, pipeline.waited = True, 0.0
            pipeline.meanwhile[3] = revoke_and_approve
            async with client(pipeline.server(caller=caller), era) as asking:
                assert code(await asking.call_tool(tool, arguments)) == "not_allowed"
        assert len(pipeline.dialer.writes) == written
