"""The approvals page beside the MCP server, on one port: its own door, and who is sent to it."""

import os
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import anyio
import httpx
import httpx2
import pytest
from mcp import Client
from mcp.client.context import ClientRequestContext
from mcp.client.streamable_http import streamable_http_client
from mcp_types import ElicitRequestParams, ElicitRequestURLParams, ElicitResult

from _support.conversations import code, each_era
from _support.served import SANDBOX
from _support.served_pipeline import ACCOUNT, NUMBER
from _support.timeouts import TIMEOUT
from chasedata_mcp.app.composition import now
from chasedata_mcp.approvals.grants import unredacted
from chasedata_mcp.approvals.page_address import announced
from chasedata_mcp.approvals.second_factor import SecondFactor
from chasedata_mcp.approvals_page.answer_service import (
    AnswerResult,
    AnswerService,
    Approver,
    Confirmation,
)
from chasedata_mcp.errors import SettingsError
from chasedata_mcp.ledger import open_ledger
from chasedata_mcp.mcp_server.http import serve_http
from chasedata_mcp.settings import load_settings

pytestmark = pytest.mark.anyio
KEY = "a-key-that-nobody-guesses"
SURER = '[yes]\ndestructive = "machine"\n'


@dataclass
class Shown:
    """What a start shows on the terminal."""

    ready: anyio.Event = field(default_factory=anyio.Event)
    url: str = ""
    codes: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def address(self, url: str) -> None:
        self.url = url
        self.ready.set()

    def code(self, page: str, code_: str) -> None:
        self.codes.append((page, code_))

    @property
    def root(self) -> str:
        return self.url.removesuffix("/mcp")


@asynccontextmanager
async def serving(environ: Mapping[str, str] = SANDBOX) -> AsyncIterator[Shown]:
    shown = Shown()
    ready, codes = shown.address, shown.code
    serve = partial(serve_http, load_settings(environ), 0, key=KEY, on_ready=ready, show_code=codes)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(serve)
        await shown.ready.wait()
        yield shown
        tasks.cancel_scope.cancel()


def kept_in(place: Path) -> dict[str, str]:
    """A sandbox whose ledger other processes see, and whose policy wants a surer yes."""
    policy = place / "policy.toml"
    policy.write_text(SURER)
    state = place / "state"
    return {**SANDBOX, "CHASEDATA_STATE_DIR": str(state), "CHASEDATA_POLICY": str(policy)}


async def test_the_page_is_served_without_the_key_and_asks_for_its_own_code() -> None:
    async with serving() as shown, httpx.AsyncClient(timeout=TIMEOUT, trust_env=False) as browser:
        page = await browser.get(f"{shown.root}/approvals")
        assert "sign-in" in page.text
        assert "No question" not in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]
        [(address, sign_in)] = shown.codes
        assert address == f"{shown.root}/approvals"
        [token] = re.findall(r'name="token" value="([^"]+)"', page.text)
        given, origin = {"code": sign_in, "token": token}, {"origin": shown.root}
        [door] = re.findall(r'action="/approvals(/sign-in/[0-9a-f]+)"', page.text)
        entered = await browser.post(f"{address}{door}", data=given, headers=origin)
        assert entered.status_code == 303


async def test_the_page_takes_nothing_but_its_own_paths_past_the_key() -> None:
    async with serving() as shown, httpx.AsyncClient(timeout=TIMEOUT, trust_env=False) as browser:
        for path in ("/", "/mcp", "/approvalsx", "/approvals-of-mine", "/static"):
            assert (await browser.get(f"{shown.root}{path}")).status_code == 401
        wrong = {"host": "evil.example"}
        assert (await browser.get(f"{shown.root}/approvals", headers=wrong)).status_code == 421


async def test_other_servers_know_of_it_as_long_as_it_runs(tmp_path: Path) -> None:
    environ = kept_in(tmp_path)
    async with serving(environ) as shown:
        assert announced(tmp_path / "state", ACCOUNT) == shown.root
    assert announced(tmp_path / "state", ACCOUNT) is None


async def test_nobody_is_sent_to_the_page_of_a_ledger_that_they_do_not_share(
    tmp_path: Path,
) -> None:
    async with serving({**SANDBOX, "XDG_STATE_HOME": str(tmp_path)}):
        assert announced(tmp_path / "chasedata-mcp", ACCOUNT) is None


async def test_where_it_can_not_be_made_known_nothing_is_served(tmp_path: Path) -> None:
    environ = kept_in(tmp_path)
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / f"approvals-sandbox-sandbox-{os.getpid()}.json").mkdir()
    with pytest.raises(SettingsError, match="state directory can't be used"):
        await serve_http(load_settings(environ), 0, key=KEY)


async def test_without_a_dialer_there_is_no_page() -> None:
    async with serving({}) as shown, httpx.AsyncClient(timeout=TIMEOUT, trust_env=False) as browser:
        assert (await browser.get(f"{shown.root}/approvals")).status_code == 401
        assert not shown.codes


@each_era
async def test_a_client_that_opens_links_is_sent_to_it_and_a_yes_there_lets_the_call_through(
    era: str, tmp_path: Path
) -> None:
    environ = kept_in(tmp_path)
    opened: list[str] = []

    async def opens(
        context: ClientRequestContext,  # noqa: ARG001 - the SDK's signature
        params: ElicitRequestParams,
    ) -> ElicitResult:
        assert isinstance(params, ElicitRequestURLParams)
        opened.append(params.url)
        async with open_ledger(tmp_path / "state", "sandbox") as ledger:
            factor = SecondFactor(tmp_path)
            answers = AnswerService(ledger, ACCOUNT, now, factor, unredacted)
            given = Confirmation(NUMBER, None, None)
            question = params.url.rpartition("/")[2]
            answered = await answers.approve(question, given, Approver("maria/page", "on the page"))
        assert answered is AnswerResult.APPROVED
        return ElicitResult(action="accept")

    async with (
        serving(environ) as shown,
        httpx2.AsyncClient(
            timeout=TIMEOUT, headers={"authorization": f"Bearer {KEY}"}, trust_env=False
        ) as pool,
        Client(
            streamable_http_client(shown.url, http_client=pool),
            mode=era,
            elicitation_callback=opens,
        ) as client,
    ):
        assert code(await client.call_tool("delete_dnc", {"number": NUMBER})) is None
        [address] = opened
        assert address.startswith(f"{shown.root}/approvals/q/")
