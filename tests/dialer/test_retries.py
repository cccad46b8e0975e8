import httpx
import pytest

from _support.timeouts import TIMEOUT
from chasedata_mcp.dialer.transport import ProxyTransport

pytestmark = pytest.mark.anyio


async def test_by_the_environment_no_cookie_is_kept_and_no_redirect_followed() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        headers = {"Set-Cookie": "session=1; Path=/", "Location": "https://elsewhere.example/"}
        return httpx.Response(302, headers=headers)

    carrier = ProxyTransport(
        httpx.AsyncClient(timeout=TIMEOUT, transport=httpx.MockTransport(answer))
    )
    for _ in range(2):
        post = httpx.Request("POST", "https://dialer.example/LeadOperations.php", content=b"a=b")
        answered = await carrier.handle_async_request(post)
        assert answered.status_code == 302
        await answered.aclose()
    await carrier.aclose()
    assert [request.url.host for request in seen] == ["dialer.example"] * 2
    assert [request.headers.get("cookie") for request in seen] == [None, None]
