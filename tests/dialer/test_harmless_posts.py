"""The posts of a probe that are no tool's calls: a closed list."""

import httpx
import pytest
from typing_extensions import override

from _support.transport import ACCID, BASE, TOKEN, RecordingTransport, pairs
from chasedata_mcp.dialer import Endpoint
from chasedata_mcp.dialer.harmless_posts import NO_SUCH_ACTION, WITH_ACTIONS, HarmlessPosts
from chasedata_mcp.settings.scripts import Script

pytestmark = pytest.mark.anyio


def harmless(transport: httpx.AsyncBaseTransport, seconds: float = 10) -> HarmlessPosts:
    return HarmlessPosts(Endpoint(BASE, TOKEN, ACCID, {}), transport, seconds)


async def test_no_script_is_asked_that_could_do_something_with_so_little() -> None:
    transport = RecordingTransport()
    posts = harmless(transport)
    for script in set(Script) - set(WITH_ACTIONS):
        with pytest.raises(ValueError, match="is not asked"):
            await posts.ask_no_such_action(script)
    for script in set(Script) - {Script.INSERT, Script.UPDATE}:
        with pytest.raises(ValueError, match="is not asked"):
            await posts.ask_for_nothing(script)
    assert transport.requests == []


async def test_a_wrong_token_is_sent_once_and_is_not_like_the_right_one() -> None:
    transport = RecordingTransport()
    posts = harmless(transport)
    await posts.ask_with_wrong_token()
    with pytest.raises(ValueError, match="once"):
        await posts.ask_with_wrong_token()
    sent = dict(transport.sent)
    assert sent.pop("token") != TOKEN
    assert sent == {"accid": ACCID, "Action": NO_SUCH_ACTION}


async def test_what_is_posted_bears_the_token_in_its_body_and_never_follows_elsewhere() -> None:
    class Moved(RecordingTransport):
        @override
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            await super().handle_async_request(request)
            return httpx.Response(302, headers={"Location": "https://elsewhere.example/"})

    transport = Moved()
    reply = await harmless(transport).ask_no_such_action(Script.TEXTS)
    assert reply is not None
    assert reply.status == 302
    [request] = transport.requests
    assert str(request.url) == f"{BASE}TextOperations.php"
    assert dict(pairs(request))["token"] == TOKEN


async def test_no_reply_is_none() -> None:
    class Gone(httpx.AsyncBaseTransport):
        @override
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("gone", request=request)

    assert await harmless(Gone()).ask_for_nothing(Script.INSERT) is None
