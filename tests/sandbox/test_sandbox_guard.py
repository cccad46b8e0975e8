"""The guard before every route: it lets no page of another site through."""

import httpx
import pytest

from _support.tables import each
from chasedata_mcp.sandbox.dialer import SandboxDialer
from chasedata_mcp.sandbox.faults import Delay, Fault, Faults
from chasedata_mcp.sandbox.guard import refusal

ROUTES = [
    ("GET", "/"),
    ("GET", "/sandbox/"),
    ("GET", "/sandbox/style.css"),
    ("GET", "/sandbox/state.json"),
    ("GET", "/sandbox/names.json"),
    ("POST", "/sandbox/reset"),
    ("POST", "/sandbox/faults"),
    ("POST", "/HttpImport/InjectLead.php"),
    ("GET", "/HttpImport/InjectLead.php"),
    ("GET", "/nowhere"),
]


@pytest.mark.anyio
@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "127.0.0.1.evil.example"},
        {"origin": "http://evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": "http://localhost:3000"},
    ],
)
async def test_every_route_refuses_another_site(
    client: httpx.AsyncClient,
    dialer: SandboxDialer,
    faults: Faults,
    route: tuple[str, str],
    headers: dict[str, str],
) -> None:
    faults.add([Fault("*", Delay(0))])
    before = dialer.state()
    method, path = route
    reply = await client.request(method, f"http://localhost{path}", headers=headers)
    assert reply.status_code == 403
    assert dialer.state() == before
    assert faults.pending() == (Fault("*", Delay(0)),)


@each(
    "headers, answered",
    [
        ({"host": "127.0.0.1"}, True),
        ({"host": "LOCALHOST:8080"}, True),
        ({"host": "[::1]:8080"}, True),
        ({"host": "[::1]"}, True),
        ({}, False),
        ({"host": ""}, False),
        ({"host": "127.0.0.1:"}, False),
        ({"host": "127.0.0.2:8080"}, False),
        ({"host": "localhost@evil.example"}, False),
        ({"host": "localhost\n"}, False),
        ({"host": "localhost:1", "origin": "http://localhost:1"}, True),
        ({"host": "localhost:1", "origin": "http://localhost:2"}, False),
        ({"host": "localhost:1", "origin": "https://localhost:1"}, False),
        ({"host": "localhost:1", "origin": "null"}, False),
        ({"host": "localhost:1", "origin": "null", "sec-fetch-site": "same-origin"}, True),
        ({"host": "localhost:1", "origin": "null", "sec-fetch-site": "none"}, False),
        ({"host": "localhost:1", "sec-fetch-site": "none"}, True),
        ({"host": "localhost:1", "sec-fetch-site": "cross-site"}, False),
        (
            {"host": "localhost:1", "origin": "http://x", "sec-fetch-site": "same-origin"},
            False,
        ),
    ],
)
def test_the_guard_knows_who_asks(
    headers: dict[str, str],
    answered: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    assert (refusal({"type": "http", "headers": raw}) is None) is answered


@pytest.mark.parametrize("doubled", ["host", "origin", "sec-fetch-site"])
def test_a_header_that_the_guard_goes_by_is_there_once(doubled: str) -> None:
    own = {"host": "localhost:1", "origin": "http://localhost:1", "sec-fetch-site": "same-origin"}
    raw = [(name.encode(), value.encode()) for name, value in own.items()]
    assert refusal({"type": "http", "headers": raw}) is None
    again = (doubled.encode(), own[doubled].encode())
    assert refusal({"type": "http", "headers": [*raw, again]}) is not None


def test_a_request_that_names_no_host_is_refused() -> None:
    assert refusal({"type": "http", "headers": []}) is not None
