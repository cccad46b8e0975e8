"""Take the pictures of the documents: the approvals page with what waits, batches, and the demo.

`make pictures`, which needs Debian's chromium. All are what a person sees: a real server with the
calls of an assistant that can't show forms, the real page in a real browser, the real demo.
"""

import io
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from batch_pictures import assistant_with_files, show_batches
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright
from rich.console import Console
from rich.text import Text

from _support.browsers import ARGUMENTS, CHROMIUM
from _support.timeouts import TIMEOUT

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
COMMAND = (sys.executable, "-m", "chasedata_mcp")
WIDTH = 84
LINES = 36
_ADDRESS = re.compile(r"(http://127\.0\.0\.1:\d+)/approvals")
_CODE = re.compile(r"once: (\S+)")
_OPENING: tuple[dict[str, object], ...] = (
    {
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "claude-desktop", "version": "1"},
        },
    },
    {"method": "notifications/initialized"},
)
_CALLS: tuple[tuple[str, dict[str, str]], ...] = (
    ("delete_dnc", {"number": "2125550104"}),
    ("delete_dial_list", {"agent": "maria", "list_name": "Monday"}),
)


def home_environment(home: str) -> dict[str, str]:
    """This environment without settings, for somebody called Maria with a home of her own."""
    own = {name: text for name, text in os.environ.items() if not name.startswith("CHASEDATA_")}
    gone = {"XDG_STATE_HOME": "", "XDG_DATA_HOME": ""}
    return own | gone | {"HOME": home, "USER": "maria", "LOGNAME": "maria"}


@contextmanager
def waiting_calls(home: str) -> Iterator[None]:
    """Have an assistant make calls that wait for a person, on the sandbox of this home."""
    with subprocess.Popen(  # noqa: S603 - our own command
        [*COMMAND, "--sandbox"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=home_environment(home),
        text=True,
    ) as server:
        assert server.stdin is not None
        calls: list[dict[str, object]] = [
            {"id": number, "method": "tools/call", "params": {"name": tool, "arguments": given}}
            for number, (tool, given) in enumerate(_CALLS, start=2)
        ]
        for message in (*_OPENING, *calls):
            server.stdin.write(f"{json.dumps({'jsonrpc': '2.0', **message})}\n")
            server.stdin.flush()
        try:
            yield
        finally:
            server.kill()


@contextmanager
def approvals_page(home: str) -> Iterator[tuple[str, str]]:
    """Serve the page; gives its address and the code that signs in."""
    with subprocess.Popen(  # noqa: S603 - our own command
        [*COMMAND, "approvals", "--sandbox", "--port", "0"],
        stderr=subprocess.PIPE,
        env=home_environment(home),
        text=True,
    ) as served:
        assert served.stderr is not None
        said = ""
        while not (_ADDRESS.search(said) and _CODE.search(said)):
            said += served.stderr.readline()
        address, code = _ADDRESS.search(said), _CODE.search(said)
        assert address is not None
        assert code is not None
        try:
            yield address[1], code[1]
        finally:
            served.send_signal(signal.SIGINT)


def picture_the_page(browser: Browser) -> None:
    """Picture the page with two calls that wait."""
    with (
        tempfile.TemporaryDirectory() as home,
        waiting_calls(home),
        approvals_page(home) as (address, code),
    ):
        page = sign_in(browser, 1000, 900, address, code)
        page.get_by_text("Monday").first.wait_for(timeout=TIMEOUT * 1000)
        shoot(page, "approvals")


def picture_the_batches(browser: Browser) -> None:
    """Picture the page with a batch that is finished and one that asks."""
    with (
        tempfile.TemporaryDirectory() as home,
        assistant_with_files(home_environment(home), Path(home) / "files") as assistant,
        approvals_page(home) as (address, code),
    ):
        page = sign_in(browser, 1200, 960, address, code)
        show_batches(page, assistant)
        shoot(page, "batches")


def sign_in(browser: Browser, width: int, height: int, address: str, code: str) -> Page:
    """Open the page in a window of a size, as two dots a pixel."""
    viewport: ViewportSize = {"width": width, "height": height}
    page = browser.new_page(viewport=viewport, device_scale_factor=2)
    page.goto(f"{address}/approvals")
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_selector("#live")
    return page


def picture_the_demo(browser: Browser) -> None:
    """Picture the first lines of the demo as a terminal shows them."""
    with tempfile.TemporaryDirectory() as home:
        environment = home_environment(home) | {"FORCE_COLOR": "1", "COLUMNS": str(WIDTH)}
        played = subprocess.run(  # noqa: S603 - our own command
            [*COMMAND, "demo"], env=environment, capture_output=True, check=True, text=True
        )
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi("\n".join(played.stdout.splitlines()[:LINES])))
    page = browser.new_page(device_scale_factor=2)
    page.set_content(console.export_svg(title="make demo"))
    page.locator("svg").first.screenshot(path=PICTURES / "demo.png")


def shoot(page: Page, name: str) -> None:
    """Keep what the window shows, once what has just come has faded in."""
    page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished))")
    page.screenshot(path=PICTURES / f"{name}.png")


def main() -> None:
    """Take the pictures."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        picture_the_page(browser)
        picture_the_batches(browser)
        picture_the_demo(browser)
        browser.close()


if __name__ == "__main__":
    main()
