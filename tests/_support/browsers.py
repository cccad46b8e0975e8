"""Windows of a real browser, and the page that they show, served on a port of this machine."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from anyio.from_thread import BlockingPortal
from playwright.sync_api import Page

from _support.open_approvals import Approvals

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PICTURES = Path(__file__).parents[2] / "build" / "pictures"
T = TypeVar("T")


@dataclass
class Served:
    """A page that runs, its questions, and the codes that its terminal shows."""

    address: str
    approvals: Approvals
    codes: list[str]
    portal: BlockingPortal

    def do(self, work: Callable[..., Coroutine[Any, Any, T]], *given: Any, **named: Any) -> T:  # noqa: ANN401 - any part
        """Do something beside the page, in its own thread."""

        async def doing() -> T:
            return await work(*given, **named)

        return self.portal.call(doing)


@dataclass
class Window:
    """A browser's window, and the browser's complaints."""

    page: Page
    served: Served
    complaints: list[str] = field(default_factory=list)

    def sign_in(self, path: str = "/approvals") -> None:
        """Open a page and type the code that the terminal shows."""
        self.page.goto(f"{self.served.address}{path}")
        self.page.get_by_label("Code").fill(self.served.codes[-1])
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_selector("#live")

    def picture(self, name: str, *, whole: bool = True) -> None:
        """Keep a picture of the whole page, or of what the window shows, to be looked at."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}.png", full_page=whole)
