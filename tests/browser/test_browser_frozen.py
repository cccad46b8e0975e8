"""The approvals page in a real browser while everything is stopped, and old values beside new."""

from playwright.sync_api import expect

from _support.browsers import Window
from chasedata_mcp.ledger import ApprovalState, Question

CHANGE = Question("Change city and notes of the lead with lead id 1001?")
GIVEN = {
    "search_field": "lead_id",
    "identifier": "1001",
    "city": "Tampa",
    "notes": "He moved.\nCall him there.",
    "callback": {"agent": "Maria", "at": "2026-12-03T18:20:00"},
}
BESIDE = {
    "former": {"City": "“Miami”", "Notes": "“Asked for a quote on the website.”"},
    "times": {"At (callback)": "Thursday, 2026-12-03 18:20, by the clock at the phone"},
}


def test_everything_is_stopped_and_resumed_by_hand(window: Window) -> None:
    page, served = window.page, window.served
    asked = served.do(served.approvals.text)
    window.sign_in()
    page.get_by_text("Stop everything").click()
    page.get_by_label("Why, for the record").fill("It rang twice")
    page.get_by_role("button", name="Freeze now").click()
    banner = page.locator("#frozen")
    expect(banner).to_contain_text("by maria/page: It rang twice. Only reads")
    expect(banner).to_contain_text("The dialer itself goes on")
    approve = page.get_by_role("button", name="Approve")
    expect(approve).to_be_disabled()
    window.picture("stopped")
    banner.get_by_text("Resume…").click()
    window.picture("stopped-resume")
    page.get_by_label("To resume, type").fill("no")
    banner.get_by_role("button", name="Resume").click()
    expect(page.get_by_text("That is not yes.")).to_be_visible()
    page.locator("#frozen").get_by_text("Resume…").click()
    page.get_by_label("To resume, type").fill("yes")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Calls go through again.")).to_be_visible()
    expect(page.get_by_text("Everything is stopped")).to_have_count(0)
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Approved.")).to_be_visible()
    assert served.do(served.approvals.state, asked) is ApprovalState.GRANTED


def test_a_former_value_stands_before_the_new_one(window: Window) -> None:
    page, served = window.page, window.served
    served.do(served.approvals.ask, CHANGE, "update_lead", GIVEN, beside=BESIDE)
    window.sign_in()
    expect(page.get_by_text("“Miami” → Tampa")).to_be_visible()
    expect(page.get_by_text("Thursday, 2026-12-03 18:20, by the clock")).to_be_visible()
    window.picture("old-and-new")
    window.page.set_viewport_size({"width": 390, "height": 844})
    window.picture("old-and-new-phone")
