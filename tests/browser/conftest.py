"""A real browser, and a page for it, for every test here."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from anyio.from_thread import start_blocking_portal
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from _support.browsers import ARGUMENTS, CHROMIUM, Served, Window
from _support.open_approvals import ACCOUNT, Now, open_approvals
from _support.timeouts import TIMEOUT
from chasedata_mcp.approvals_page.app import approvals_app
from chasedata_mcp.approvals_page.sessions import Sessions
from chasedata_mcp.tools.account import Account
from chasedata_mcp.web.loopback import OriginPolicy
from chasedata_mcp.web.sockets import address_of, listen
from chasedata_mcp.web.uvicorn_server import serve, server_for


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    assert shutil.which(CHROMIUM), "install the browser: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def account() -> Account:
    return ACCOUNT


@pytest.fixture
def served(tmp_path: Path, account: Account) -> Iterator[Served]:
    codes: list[str] = []
    ready = threading.Event()
    with (
        listen(0) as bound,
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(open_approvals(tmp_path, account, Now())) as approvals,
    ):
        origins = OriginPolicy.on_loopback(bound.getsockname()[1])
        sessions = Sessions(approvals.clock, codes.append)
        app = approvals_app(
            approvals.answers, approvals.oversight, sessions, origins, by="maria/page"
        )
        serving = portal.start_task_soon(serve, server_for(app, grace_seconds=2), bound, ready.set)
        ready.wait()
        yield Served(address_of(bound), approvals, codes, portal)
        serving.cancel()


@pytest.fixture
def window(chromium: Browser, served: Served) -> Iterator[Window]:
    context: BrowserContext = chromium.new_context(viewport={"width": 1200, "height": 900})
    context.set_default_timeout(TIMEOUT * 1000)
    page = context.new_page()
    opened = Window(page, served)
    page.on("console", lambda said: opened.complaints.append(said.text))
    page.on("pageerror", lambda error: opened.complaints.append(str(error)))
    yield opened
    context.close()
    assert opened.complaints == []
