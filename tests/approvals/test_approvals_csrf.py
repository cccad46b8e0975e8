"""Protection against forged requests: which reach the page, and what every answer bears."""

from pathlib import Path

import httpx
import pytest
from starlette.types import Message

from _support.approval_pages import BASE, PORT, Visit, visit
from _support.tables import each
from chasedata_mcp.approvals_page.csrf import FOREIGN, WRONG_HOST, FormTokens, SameOrigin
from chasedata_mcp.web.loopback import LoopbackGuard, OriginPolicy

pytestmark = pytest.mark.anyio
ORIGINS = OriginPolicy.on_loopback(PORT)
RULE = SameOrigin(ORIGINS).refusal
HOST = f"127.0.0.1:{PORT}"


def refusal(method: str, *pairs: tuple[str, str]) -> object:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in pairs]
    return RULE({"type": "http", "method": method, "headers": raw})


@pytest.mark.parametrize("host", [HOST, f"localhost:{PORT}", f"[::1]:{PORT}"])
def test_its_own_hosts_come_in(host: str) -> None:
    assert refusal("GET", ("host", host)) is None


@each(
    "host",
    ["evil.example", f"evil.example:{PORT}", "127.0.0.1", "127.0.0.1:8767", f"{HOST}.evil.example"],
)
@each("method", ["GET", "POST"])
def test_another_host_does_not(host: str, method: str) -> None:
    assert refusal(method, ("host", host), ("origin", BASE)) is WRONG_HOST


def test_two_hosts_or_none_are_refused() -> None:
    assert refusal("GET", ("host", HOST), ("host", HOST)) is WRONG_HOST
    assert refusal("GET") is WRONG_HOST


def test_the_port_that_browsers_leave_out_may_be_left_out() -> None:
    assert "localhost" in OriginPolicy.on_loopback(80).hosts
    assert "localhost" not in ORIGINS.hosts


@pytest.mark.parametrize(
    "vouched",
    [
        [("origin", BASE)],
        [("origin", BASE), ("sec-fetch-site", "same-origin")],
        [("origin", "null"), ("sec-fetch-site", "same-origin")],
        [("sec-fetch-site", "same-origin")],
        [("origin", f"http://localhost:{PORT}")],
    ],
)
def test_a_form_of_our_own_page_comes_in(vouched: list[tuple[str, str]]) -> None:
    assert refusal("POST", ("host", HOST), *vouched) is None


@each(
    "foreign",
    [
        [],
        [("origin", "null")],
        [("origin", "https://evil.example")],
        [("origin", "http://127.0.0.1:8767"), ("sec-fetch-site", "same-site")],
        [("origin", BASE), ("sec-fetch-site", "cross-site")],
        [("origin", BASE), ("sec-fetch-site", "none")],
        [("origin", "null"), ("sec-fetch-site", "cross-site")],
        [("origin", "https://evil.example"), ("sec-fetch-site", "same-origin")],
        [("origin", BASE), ("origin", "https://evil.example")],
        [("sec-fetch-site", "same-origin"), ("sec-fetch-site", "same-origin")],
    ],
)
@each("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_a_form_of_anybody_else_does_not(foreign: list[tuple[str, str]], method: str) -> None:
    assert refusal(method, ("host", HOST), *foreign) is FOREIGN


NAVIGATES = [("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")]


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_link_from_elsewhere_opens_the_page_and_gets_nothing_else(site: str) -> None:
    foreign = ("host", HOST), ("sec-fetch-site", site)
    assert refusal("GET", *foreign, *NAVIGATES) is None
    assert refusal("GET", *foreign) is FOREIGN
    assert refusal("GET", *foreign, ("sec-fetch-mode", "no-cors")) is FOREIGN
    framed = [("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")]
    assert refusal("GET", *foreign, *framed) is FOREIGN


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_nothing_is_read_by_another_origin(origin: str) -> None:
    assert refusal("GET", ("host", HOST), ("origin", origin)) is FOREIGN


def test_our_own_page_reads_and_so_does_who_types_the_address() -> None:
    for site in ("same-origin", "none"):
        assert refusal("GET", ("host", HOST), ("sec-fetch-site", site)) is None
    assert refusal("GET", ("host", HOST), ("origin", BASE)) is None


def bears_the_headers(answer: httpx.Response) -> None:
    policy = answer.headers["content-security-policy"]
    assert policy == (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"


async def test_every_answer_bears_the_headers(somebody: Visit) -> None:
    for path in ("/", "/approvals", "/approvals/live", "/approvals/q/x", "/nowhere"):
        bears_the_headers(await somebody.browser.get(path))
    for name in ("approvals.css", "approvals.js", "other.js"):
        bears_the_headers(await somebody.browser.get(f"/approvals/static/{name}"))
    bears_the_headers(await somebody.browser.post("/approvals/freeze"))
    bears_the_headers(await somebody.browser.get("/", headers={"host": "evil.example"}))


async def test_who_comes_under_another_host_sees_nothing(tmp_path: Path) -> None:
    async with visit(tmp_path, base=f"http://evil.example:{PORT}") as somebody:
        for path in ("/approvals", "/approvals/live", "/approvals/static/approvals.js"):
            answer = await somebody.open(path)
            assert answer.status_code == 421
            assert "own host" in answer.text


def test_a_form_is_for_one_cookie() -> None:
    one, other = FormTokens(), FormTokens()
    token = one.token("maria")
    assert one.is_valid("maria", token)
    assert not one.is_valid("somebody", token)
    assert not one.is_valid("maria", "")
    assert not one.is_valid("maria", "ä")
    assert not other.is_valid("maria", token)


class Recording:
    """An app that records what reaches it, and what is sent back."""

    def __init__(self) -> None:
        self.reached: list[str] = []
        self.sent: list[Message] = []

    async def asked(self, kind: str) -> None:
        async def app(scope: object, _receive: object, _send: object) -> None:
            assert isinstance(scope, dict)
            self.reached.append(scope["type"])

        async def receive() -> Message:
            raise AssertionError("nothing is read")

        async def send(message: Message) -> None:
            self.sent.append(dict(message))

        await LoopbackGuard(app, RULE)({"type": kind}, receive, send)


async def test_there_are_no_websockets() -> None:
    app = Recording()
    await app.asked("websocket")
    assert app.reached == []
    assert app.sent == [{"type": "websocket.close", "code": 1008}]


async def test_the_servers_own_messages_pass() -> None:
    app = Recording()
    await app.asked("lifespan")
    assert app.reached == ["lifespan"]
