"""An open page in a real browser, while what it shows changes or another question is answered."""

from playwright.sync_api import Page, expect

from _support.browsers import Window
from _support.open_approvals import MARIA, SHOWN
from chasedata_mcp.approvals_page.answer_service import Confirmation
from chasedata_mcp.approvals_page.oversight import PolicyView
from chasedata_mcp.fields.assurance_level import AssuranceLevel
from chasedata_mcp.ledger import ApprovalState


def typed(page: Page) -> str:
    value: str = page.get_by_label("To approve, type the phone number").input_value()
    return value


def test_a_second_factor_that_is_enrolled_meanwhile_can_be_used_at_once(window: Window) -> None:
    page, served = window.page, window.served
    asked = served.do(served.approvals.deletion, needs=AssuranceLevel.SECOND_FACTOR)
    window.sign_in()
    page.get_by_label("To approve, type the phone number").fill(SHOWN)
    expect(page.get_by_role("button", name="Approve")).to_be_disabled()
    page.get_by_role("heading", name="Lately").click()
    served.approvals.enroll()
    code = page.get_by_label("Code of your second factor")
    expect(code).to_be_visible()
    assert typed(page) == SHOWN
    code.fill(served.approvals.code())
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Approved. The assistant can go on.")).to_be_visible()
    assert served.do(served.approvals.state, asked) is ApprovalState.GRANTED


def test_a_question_is_not_made_anew_under_the_hands_of_whoever_types(window: Window) -> None:
    page, served = window.page, window.served
    served.do(served.approvals.deletion, needs=AssuranceLevel.SECOND_FACTOR)
    window.sign_in()
    field = page.get_by_label("To approve, type the phone number")
    field.press_sequentially("954")
    served.approvals.enroll()
    looked = served.do(served.approvals.reload)
    expect(page.locator(f'[data-key="{looked.id}"]')).to_be_visible()
    expect(field).to_be_focused()
    field.press_sequentially("-555")
    assert typed(page) == "954-555"
    field.blur()
    expect(page.get_by_label("Code of your second factor")).to_be_visible()
    assert typed(page) == "954-555"


def test_what_is_typed_in_one_question_stays_when_another_is_answered(window: Window) -> None:
    page, served = window.page, window.served
    served.do(served.approvals.deletion)
    served.do(served.approvals.text)
    served.do(served.approvals.reload)
    window.sign_in()
    field = page.get_by_label("To approve, type the phone number")
    field.fill("954-555")
    page.get_by_label("This one and the next 10 texts").check()
    reload_ = page.locator("article", has=page.get_by_role("heading", name="Reload the skills?"))
    reload_.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Approved. The assistant can go on.")).to_be_visible()
    expect(field).to_have_value("954-555")
    expect(page.get_by_label("This one and the next 10 texts")).to_be_checked()
    assert page.evaluate("sessionStorage.length") == 0


def test_grants_are_shown_and_revoked_where_one_question_is(window: Window) -> None:
    page, served = window.page, window.served
    given = served.do(served.approvals.text)
    asked = served.do(served.approvals.reload)
    window.sign_in(f"/approvals/q/{asked.id}")
    expect(page.get_by_role("heading", name="Allowed beforehand")).to_be_hidden()
    served.do(served.approvals.answers.approve, given.id, Confirmation(offer="next"), MARIA)
    expect(page.get_by_text("0 of 10 used")).to_be_visible()
    window.picture("one-question-with-a-grant")
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("Revoked.")).to_be_visible()
    expect(page.get_by_role("heading", name="Reload the skills?")).to_be_visible()


def test_a_policy_that_is_not_understood_any_more_is_told(window: Window) -> None:
    page, served = window.page, window.served
    served.approvals.policy = PolicyView(
        {}, "Whose it is.", "the policy file: caps.texts is no cap"
    )
    window.sign_in()
    page.get_by_text("Policy in force").click()
    expect(page.get_by_text("caps.texts is no cap")).to_be_visible()
    window.picture("policy-not-understood")
