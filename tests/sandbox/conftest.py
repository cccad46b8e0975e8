"""A sandbox at noon in New York, asked directly or over HTTP in process."""

from collections.abc import AsyncGenerator, Callable, Generator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from _support.spelling import read_back, spelling
from _support.timeouts import MOVABLE, TIMEOUT
from chasedata_mcp.sandbox import ACCID, TOKEN
from chasedata_mcp.sandbox.api import answer
from chasedata_mcp.sandbox.app import create_app
from chasedata_mcp.sandbox.dialer import SandboxDialer
from chasedata_mcp.sandbox.embedded import BASE_URL, SandboxTransport
from chasedata_mcp.sandbox.faults import Faults


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, Any]]:
    return MOVABLE


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 3, 2, 17, 0, tzinfo=UTC)


@pytest.fixture
def dialer(now: datetime, request: pytest.FixtureRequest) -> Generator[SandboxDialer]:
    # The other tests are about HTTP, and stay in the vendor's words.
    profile = spelling() if "ask" in request.fixturenames else None
    dialer = SandboxDialer(now=lambda: now, profile=profile)
    yield dialer
    dialer.close()


@pytest.fixture
def ask(dialer: SandboxDialer) -> Callable[..., str]:
    def asked(script: str, **sent: str) -> str:
        return read_back(answer(dialer, script, {"token": TOKEN, "accid": ACCID} | sent))

    return asked


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
async def client(dialer: SandboxDialer, faults: Faults) -> AsyncGenerator[httpx.AsyncClient]:
    transport = SandboxTransport(create_app(dialer, faults=faults))
    async with httpx.AsyncClient(timeout=TIMEOUT, transport=transport, base_url=BASE_URL) as client:
        yield client


@pytest.fixture
def signed() -> dict[str, str]:
    return {"token": TOKEN, "accid": ACCID}
