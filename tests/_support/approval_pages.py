"""The approvals page, over the app itself, as a person's browser uses it."""

import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path

import httpx

from _support.open_approvals import ACCOUNT, Approvals, open_approvals
from _support.timeouts import TIMEOUT
from chasedata_mcp.approvals_page.app import approvals_app
from chasedata_mcp.approvals_page.sessions import Sessions
from chasedata_mcp.tools.account import Account
from chasedata_mcp.web.loopback import OriginPolicy

PORT = 8766
BASE = f"http://127.0.0.1:{PORT}"
OURS = {"origin": BASE, "sec-fetch-site": "same-origin"}
_TOKEN = re.compile(r'name="token" value="([0-9a-f]+)"')
_HOME = re.compile(r"/approvals/s/[0-9a-f]{64}")
_SIGN_IN = re.compile(r"/approvals/sign-in/[0-9a-f]{64}")
_MARKUP = re.compile(r"<[^>]*>")


@dataclass
class Visit:
    """Somebody with a browser, and the terminal beside them."""

    approvals: Approvals
    browser: httpx.AsyncClient
    codes: list[str]
    sessions: Sessions
    home: str = "/approvals"
    """The path under which they are signed in, or the page's own."""
    pages: list[httpx.Response] = field(default_factory=list)

    def at_home(self, path: str) -> str:
        """Put a path under the one of the session; one under a secret path already stays."""
        under_one = _HOME.match(path) or _SIGN_IN.match(path)
        return path if under_one else path.replace("/approvals", self.home, 1)

    async def open(self, path: str = "/approvals", **headers: str) -> httpx.Response:
        """Open a page of the session, and follow its redirects."""
        answer = await self.browser.get(self.at_home(path), headers=headers, follow_redirects=True)
        self.pages.append(answer)
        return answer

    async def post(
        self, path: str, form: Mapping[str, str], headers: Mapping[str, str] = OURS
    ) -> httpx.Response:
        """Send a form as it is, and follow its redirects."""
        answer = await self.browser.post(self.at_home(path), data=dict(form), headers=headers)
        if answer.is_redirect:
            return await self._sent_on(answer.headers["location"])
        return answer

    async def _sent_on(self, path: str) -> httpx.Response:
        if found := _HOME.match(path):
            self.home = found[0]
        self.pages.append(await self.browser.get(path, follow_redirects=True))
        return self.pages[-1]

    async def send(self, path: str, **form: str) -> httpx.Response:
        """Send a form of the page that is open."""
        return await self.post(path, {"token": self.token, **form})

    async def sign_in(self, to: str = "/approvals") -> httpx.Response:
        """Open a page and sign in with the code on the terminal."""
        await self.open(to)
        question = to.removeprefix("/approvals").removeprefix("/q/")
        return await self.send(self.door, code=self.codes[-1], question=question)

    @property
    def door(self) -> str:
        """The path to which the open page sends its code."""
        found = _SIGN_IN.search(self.pages[-1].text)
        assert found is not None
        return found[0]

    @property
    def token(self) -> str:
        """The token in the forms of the open page."""
        found = _TOKEN.search(self.pages[-1].text)
        assert found is not None
        return found[1]


@asynccontextmanager
async def visit(place: Path, account: Account = ACCOUNT, base: str = BASE) -> AsyncGenerator[Visit]:
    """Serve a page, for a browser that hasn't opened it yet."""
    codes: list[str] = []
    async with open_approvals(place, account) as approvals:
        sessions = Sessions(approvals.clock, codes.append)
        origins = OriginPolicy.on_loopback(PORT)
        app = approvals_app(
            approvals.answers, approvals.oversight, sessions, origins, by="maria/page"
        )
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(
            timeout=TIMEOUT, transport=transport, base_url=base
        ) as browser:
            yield Visit(approvals, browser, codes, sessions)


@asynccontextmanager
async def signed_in(place: Path, account: Account = ACCOUNT) -> AsyncGenerator[Visit]:
    """Serve a page, for a browser that is signed in."""
    async with visit(place, account) as somebody:
        await somebody.sign_in()
        yield somebody


def words(page: httpx.Response) -> str:
    """Give the words of a page, without its markup."""
    return " ".join(unescape(_MARKUP.sub(" ", page.text)).split())
