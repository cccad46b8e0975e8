"""Batches in a real browser: the question with its count, a run that moves on, and its stop."""

from pathlib import Path

from playwright.sync_api import expect

from _support.batch_rows import keep_batch
from _support.browsers import Window
from chasedata_mcp.batches.models import BatchState, RowOutcome, RowState
from chasedata_mcp.ledger.questions import Question, Typed, TypedKind

STORE = (
    "Store 1,962 leads in “Solar”? 38 are left out: 21 repeated rows, 9 numbers that must not be "
    "called and 8 rows with wrong values. Nothing rings now; the campaign may call them. Leads "
    "that are there already stay as they are. The first: “954-555-0101, Dana, Miami”. This yes "
    "holds until 2026-12-01 14:00 UTC."
)
READY, LEFT_OUT = (RowState.READY, ""), (RowState.LEFT_OUT, "invalid")
GIVEN = {
    "batch": "k3m8x2p4qa",
    "file": "leads.csv",
    "columns": "Phone → primary_phone, First Name → first_name, City → city",
    "campaign": "Solar",
    "import_only": True,
}


def test_a_batch_is_approved_watched_and_stopped(window: Window, tmp_path: Path) -> None:
    page, approvals = window.page, window.served.approvals
    now = approvals.clock()
    keep_batch(tmp_path, "k3m8x2p4qa", {READY: 20, LEFT_OUT: 8}, now, state=BatchState.RUNNING)
    done = {(RowState.DONE, ""): 12, (RowState.UNKNOWN, "no_answer"): 1}
    because = "20 rows in a row failed alike: The dialer refused the token"
    keep_batch(
        tmp_path,
        "a4n9y3q5rb",
        done,
        now,
        state=BatchState.STOPPED,
        because=because,
        source="old.xlsx",
    )
    question = Question(STORE, Typed(TypedKind.COUNT, "1962"))
    beside = {"rows": 1962, "warnings": [], "asked_by": [{"rule": "batch", "reason": STORE}]}
    window.served.do(approvals.ask, question, "insert_lead", GIVEN, beside=beside)
    window.sign_in()
    batches = page.locator("#batches")
    expect(batches).to_contain_text("0 of 20")
    window.picture("batches")

    store = approvals.oversight.batches.open_store()
    assert store is not None
    store.settle_rows("k3m8x2p4qa", [RowOutcome(n, RowState.DONE) for n in range(1, 8)])
    expect(batches).to_contain_text("7 of 20: 7 done")
    page.get_by_role("button", name="Stop batch k3m8x2p4qa").click()
    expect(page.get_by_text("The batch stops before its next row.")).to_be_visible()
    expect(batches).to_contain_text("A person stopped it on the approvals page.")
    store.close()
    page.set_viewport_size({"width": 360, "height": 800})
    window.picture("batches-360")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0

    page.get_by_label("To approve, type the count").fill("1962")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Approved.")).to_be_visible()
