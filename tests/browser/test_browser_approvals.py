"""The approvals page in a real browser: answering by hand and by keyboard, and who is kept out."""

import re

from playwright.sync_api import Page, expect

from _support.browsers import Served, Window
from _support.open_approvals import MARIA, SHOWN
from chasedata_mcp.approvals_page.answer_service import Approver
from chasedata_mcp.ledger import Approval, ApprovalState


def typed(page: Page) -> str:
    value: str = page.get_by_label("To approve, type the phone number").input_value()
    return value


def state(served: Served, asked: Approval) -> ApprovalState:
    return served.do(served.approvals.state, asked)


def test_a_person_signs_in_and_out(window: Window) -> None:
    page = window.page
    page.goto(f"{window.served.address}/")
    page.get_by_label("Code").fill("AAAA-AAAA")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("not the code")
    window.picture("sign-in-wrong")
    window.complaints.clear()  # the browser notes the refusal
    window.sign_in()
    expect(page.get_by_text("Nothing is waiting.")).to_be_visible()
    window.picture("nothing-waits")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_number_is_typed_to_approve(window: Window) -> None:
    page, served = window.page, window.served
    asked = served.do(served.approvals.deletion)
    window.sign_in()
    field = page.get_by_label("To approve, type the phone number")
    field.fill("954-555-0199")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("alert").filter(has_text="not what has to be typed")).to_be_visible()
    expect(field).to_be_focused()
    window.picture("mistyped")
    assert state(served, asked) is ApprovalState.ASKED
    field.fill(SHOWN)
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Approved. The assistant can go on.")).to_be_visible()
    window.picture("approved")
    assert state(served, asked) is ApprovalState.GRANTED


def test_nothing_typed_is_held_back_by_the_browser_and_a_decline_is_not(window: Window) -> None:
    page, served = window.page, window.served
    asked = served.do(served.approvals.deletion)
    window.sign_in()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("button", name="Approve")).to_be_visible()
    assert state(served, asked) is ApprovalState.ASKED
    page.get_by_role("button", name="Decline").click()
    expect(page.get_by_text("Declined. Nothing is sent.")).to_be_visible()
    assert state(served, asked) is ApprovalState.DECLINED


def test_a_double_click_answers_once(window: Window) -> None:
    page, served = window.page, window.served
    asked = served.do(served.approvals.reload)
    window.sign_in()
    page.get_by_role("button", name="Approve").dblclick()
    expect(page.get_by_text("Approved. The assistant can go on.")).to_be_visible()
    assert state(served, asked) is ApprovalState.GRANTED


def test_more_is_allowed_and_taken_back(window: Window) -> None:
    page, served = window.page, window.served
    served.do(served.approvals.text)
    window.sign_in()
    page.get_by_label("This one and the next 10 texts").check()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("0 of 10 used")).to_be_visible()
    window.picture("allowed")
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("Revoked.")).to_be_visible()
    assert served.do(served.approvals.answers.grants) == []


def test_a_new_question_comes_without_reloading_and_what_is_typed_stays(window: Window) -> None:
    page, served = window.page, window.served
    served.do(served.approvals.deletion)
    window.sign_in()
    field = page.get_by_label("To approve, type the phone number")
    field.press_sequentially("954-555")
    page.evaluate("window.same = true")
    added = served.do(served.approvals.reload)
    expect(page.get_by_role("heading", name="Reload the skills?")).to_be_visible()
    expect(page.locator("#news")).to_contain_text("New question: Reload the skills?")
    expect(page).to_have_title(re.compile(r"^\(2\)"))
    expect(field).to_be_focused()
    assert typed(page) == "954-555"
    served.do(served.approvals.answers.decline, added.id, MARIA)
    expect(page.get_by_role("heading", name="Reload the skills?")).to_have_count(0)
    expect(page.locator("[data-count]")).to_have_text("1")
    assert typed(page) == "954-555"
    assert page.evaluate("window.same") is True


def test_who_is_at_a_question_that_closes_is_told(window: Window) -> None:
    page, served = window.page, window.served
    asked = served.do(served.approvals.deletion)
    window.sign_in()
    page.get_by_label("To approve, type the phone number").focus()
    served.do(served.approvals.answers.decline, asked.id, MARIA)
    expect(page.locator("#news")).to_contain_text("That question is closed")
    expect(page.locator("#main")).to_be_focused()
    expect(page.get_by_text("Nothing is waiting.")).to_be_visible()


def test_a_link_leads_to_one_question_and_tells_what_became_of_it(window: Window) -> None:
    page, served = window.page, window.served
    asked = served.do(served.approvals.reload)
    served.do(served.approvals.deletion)
    window.sign_in(f"/approvals/q/{asked.id}")
    expect(page.locator("article")).to_have_count(1)
    window.picture("one-question")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("You can go back to your assistant.")).to_be_visible()
    window.picture("one-question-approved")


def test_a_link_on_another_page_needs_no_second_sign_in(window: Window) -> None:
    page, served = window.page, window.served
    asked = served.do(served.approvals.reload)
    window.sign_in()
    address = f"{served.address}/approvals/q/{asked.id}"
    page.route(
        "https://elsewhere.example/",
        lambda route: route.fulfill(
            content_type="text/html", body=f'<a href="{address}">Answer it</a>'
        ),
    )
    page.goto("https://elsewhere.example/")
    page.get_by_role("link", name="Answer it").click()
    expect(page.get_by_role("heading", name="Reload the skills?")).to_be_visible()


def test_another_page_can_neither_post_nor_frame_nor_read(window: Window) -> None:
    page, served = window.page, window.served
    asked = served.do(served.approvals.reload)
    window.sign_in()
    token = page.locator("article input[name=token]").input_value()
    address = f"{served.address}/approvals/q/{asked.id}"
    page.route(
        "https://elsewhere.example/",
        lambda route: route.fulfill(
            content_type="text/html",
            body=f'<form method="post" action="{address}"><input name="token" value="{token}">'
            f'<button name="answer" value="approve">Win</button></form><iframe src="{address}">'
            f"</iframe><script>fetch('{address}', {{credentials: 'include'}})"
            f".then(() => document.title = 'read', () => document.title = 'kept out')</script>",
        ),
    )
    page.goto("https://elsewhere.example/")
    expect(page).to_have_title("kept out")
    assert "Reload the skills?" not in page.frame_locator("iframe").locator("body").inner_text()
    page.get_by_role("button", name="Win").click()
    expect(page.get_by_text("takes no request from another origin")).to_be_visible()
    assert state(served, asked) is ApprovalState.ASKED
    window.complaints.clear()  # the browser notes what it kept out


def test_everything_works_by_keyboard_alone(window: Window) -> None:
    page, served = window.page, window.served
    asked = served.do(served.approvals.text)
    page.goto(f"{served.address}/")
    expect(page.get_by_label("Code")).to_be_focused()
    page.keyboard.type(served.codes[-1])
    page.keyboard.press("Enter")
    page.wait_for_selector("article")
    names = []
    for _ in range(8):
        page.keyboard.press("Tab")
        names.append(page.evaluate(_FOCUSED))
        assert page.evaluate(_OUTLINED), names
        if names[-1] == "offer":
            page.keyboard.press("ArrowDown")
            window.picture("keyboard")
        if names[-1] == "Approve":
            break
    assert names == [
        "Skip to the questions",
        "Approvals",
        "Stop everything…",
        "Sign out",
        "offer",
        "Approve",
    ]
    page.keyboard.press("Enter")
    expect(page.get_by_text("Approved. The assistant can go on.")).to_be_focused()
    assert state(served, asked) is ApprovalState.GRANTED
    assert len(served.do(served.approvals.answers.grants)) == 1


_FOCUSED = """(() => {
  const at = document.activeElement;
  return at.type === "radio" ? at.name : at.textContent.trim();
})()"""
_OUTLINED = """(() => {
  const style = getComputedStyle(document.activeElement);
  return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
})()"""


def test_everything_is_stopped_by_a_button(window: Window) -> None:
    page, served = window.page, window.served
    window.sign_in()
    page.get_by_text("Stop everything…").click()
    page.get_by_label("Why, for the record").fill("It texts the wrong people.")
    page.get_by_role("button", name="Freeze now").click()
    expect(page.locator("#frozen")).to_contain_text("by maria/page: It texts the wrong people.")
    window.picture("frozen")
    assert served.do(served.approvals.oversight.frozen) is not None


def test_a_freeze_from_elsewhere_shows_without_reloading(window: Window) -> None:
    page, served = window.page, window.served
    window.sign_in()
    served.do(
        served.approvals.oversight.freeze, "A cap was reached.", Approver("the server", "by a cap")
    )
    expect(page.locator("#frozen")).to_contain_text("A cap was reached.")


def test_who_is_signed_out_meanwhile_is_told(window: Window) -> None:
    page = window.page
    window.sign_in()
    page.context.clear_cookies()
    expect(page.get_by_role("alert")).to_contain_text("You are signed out")
    window.complaints.clear()  # the browser notes the refusal


def test_the_time_left_is_counted_down(window: Window) -> None:
    page, served = window.page, window.served
    served.do(served.approvals.reload)
    window.sign_in()
    expect(page.locator("time[data-ends]")).to_contain_text(re.compile(r", 14:\d\d left"))
    page.clock.install()
    page.clock.fast_forward("14:30")
    expect(page.locator(".time")).to_have_class(re.compile("soon"))
