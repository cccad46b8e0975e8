"""How the page looks in a real browser: widths, light and dark, live, and others' text."""

import pytest
from playwright.sync_api import Page, expect

from _support.browsers import Served, Window
from _support.ledger import ending, intent
from _support.open_approvals import ACCOUNT, HOSTILE, LIST, MARIA
from chasedata_mcp.approvals_page.answer_service import Confirmation
from chasedata_mcp.errors import Outcome
from chasedata_mcp.fields.assurance_level import AssuranceLevel
from chasedata_mcp.tools.account import Account


def ask_for_everything(served: Served, account: str = ACCOUNT.accid) -> None:
    """Questions of every kind, a history and a grant."""
    at = served.approvals
    environment = at.answers.account.environment
    for tool, outcome, message in (
        ("insert_lead", Outcome.DONE, "The lead is in campaign “Spring”; the dialer may ring it."),
        ("send_sms", Outcome.UNKNOWN, "The dialer didn't answer in time."),
        ("delete_dnc", Outcome.REFUSED, "A person declined it."),
    ):
        call = intent(tool=tool, at=at.clock(), account=account, environment=environment)
        served.do(at.ledger.intend, call)
        served.do(at.ledger.finish, ending(call.entry, outcome, message=message))
    given = served.do(at.text, account=account)
    served.do(at.answers.approve, given.id, Confirmation(offer="next"), MARIA)
    served.do(
        at.deletion,
        account=account,
        known=("2 leads bear this number.", "It was put on the list on 2026-02-11."),
        effects=("The number can be called again.",),
    )
    arguments = {"agent": "Maria", "list_name": "Warm leads"}
    needs = AssuranceLevel.SECOND_FACTOR
    served.do(at.ask, LIST, "delete_dial_list", arguments, account=account, needs=needs)
    at.enroll()
    served.do(at.text, "Hello there.\nReply STOP to end.", account=account)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_it_fits_each_width_in_light_and_dark(window: Window, width: int, scheme: str) -> None:
    page, served = window.page, window.served
    ask_for_everything(served)
    served.do(served.approvals.text, "W" * 400 + HOSTILE, caller="a-caller-" * 20)
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(served.address)
    assert _overflow(page) == 0
    window.sign_in()
    window.picture(f"first-{width}-{scheme}", whole=False)
    page.get_by_text("Policy in force").click()
    expect(page.get_by_text("Stop everything…")).to_be_in_viewport()
    page.get_by_text("Stop everything…").click()
    window.picture(f"stop-{width}-{scheme}", whole=False)
    window.picture(f"all-{width}-{scheme}")
    assert _overflow(page) == 0
    assert _poor_contrasts(page) == []
    if width == 360:
        assert _small_targets(page) == []


def _overflow(page: Page) -> int:
    wider: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return max(wider, 0)


def _small_targets(page: Page) -> list[str]:
    """Buttons and fields that a finger misses (WCAG 2.2, 2.5.8: 24 pixels; ours are larger)."""
    small: list[str] = page.evaluate(
        """[...document.querySelectorAll("button, input:not([type=hidden]), .choice")]
        .filter((one) => one.type !== "radio" && one.getBoundingClientRect().height < 36)
        .map((one) => one.outerHTML)"""
    )
    return small


def _poor_contrasts(page: Page) -> list[str]:
    """Texts whose contrast is below 4.5 to 1 (WCAG 2.2, 1.4.3)."""
    poor: list[str] = page.evaluate(_CONTRAST)
    return poor


_CONTRAST = """(() => {
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => {
    const [r, g, b] = numbers(colour).slice(0, 3).map((part) => {
      const c = part / 255;
      return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (one) => {
    for (let at = one; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if ((numbers(colour)[3] ?? 1) > 0) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const poor = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const one = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !one.checkVisibility() || one.closest(":disabled")) {
      continue;
    }
    const [a, b] = [light(getComputedStyle(one).color), light(ground(one))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.push(`${ratio.toFixed(2)} ${walker.currentNode.data.trim()}`);
  }
  return poor;
})()"""


class TestLive:
    """An account on a live dialer."""

    @pytest.fixture
    def account(self) -> Account:
        return Account("live", "acme", "api.example.com")

    def test_live_looks_like_nothing_else(self, window: Window) -> None:
        page = window.page
        ask_for_everything(window.served, "acme")
        window.sign_in()
        expect(page.get_by_text("account acme")).to_be_visible()
        window.picture("live")
        page.emulate_media(color_scheme="dark")
        window.picture("live-dark")


def test_lead_text_is_shown_as_text_and_does_nothing(window: Window) -> None:
    page, served = window.page, window.served
    served.do(served.approvals.text, HOSTILE, caller=HOSTILE, known=(HOSTILE,), effects=(HOSTILE,))
    window.sign_in()
    message = page.get_by_text("<script>document.title='owned'</script>").first
    expect(message).to_be_visible()
    assert page.locator("article script, article img, article a").count() == 0
    assert page.locator("article form").count() == 1
    served.do(served.approvals.text, f"{HOSTILE} again", caller=HOSTILE)
    expect(page.locator("article")).to_have_count(2)
    assert page.locator("article script, article img, article a").count() == 0
    assert "owned" not in page.title()
    window.picture("hostile")
