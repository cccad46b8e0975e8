"""The question about a batch: who reads it alone knows how many, what happens, and to whom."""

from datetime import UTC, datetime
from typing import Any

from _support.row_runs import leads, make_batch
from _support.tables import each
from chasedata_mcp.batches.models import LeftOut, OnDuplicate, RowCounts, RowState
from chasedata_mcp.batches.question import ShownRows, build_question

UNTIL = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
COUNTS = RowCounts(
    {
        (RowState.READY, ""): 1962,
        (RowState.LEFT_OUT, LeftOut.REPEATED): 21,
        (RowState.LEFT_OUT, LeftOut.SUPPRESSED): 9,
        (RowState.LEFT_OUT, LeftOut.INVALID): 1,
    }
)


def question(
    tool: str = "insert_lead",
    ringing: int = 0,
    **other: Any,  # noqa: ANN401 - any field
) -> str:
    batch = make_batch(tool, **other)
    shown = ShownRows(leads("9545557001")[:1], batch.common, ringing)
    return build_question(batch, COUNTS, shown, UNTIL).text


def test_it_says_how_many_what_is_left_out_and_that_nothing_rings() -> None:
    assert question() == (
        "Store 1,962 leads in “Solar”? 31 are left out: 21 repeated rows, 9 numbers that must not "
        "be called and 1 row with wrong values. Nothing rings now; the campaign may call them. "
        "Leads that are there already stay as they are. The first: “9545557001”. "
        "This yes holds until 2026-12-01 09:30 UTC."
    )


@each(
    "tool, other, says",
    [
        ("insert_lead", {"ringing": 1962}, "Call 1,962 leads in “Solar”? "),
        ("insert_lead", {"ringing": 1962}, "Their phones ring as they are sent."),
        ("insert_lead", {"ringing": 1}, "Call 1 lead and store 1,961 in “Solar”? "),
        ("insert_lead", {"ringing": 1}, "The phones of those that are called ring as they are"),
        ("insert_lead", {"on_duplicate": OnDuplicate.UPDATE}, "are updated."),
        ("insert_lead", {"on_duplicate": OnDuplicate.REPORT}, "stay as they are, and are listed."),
        (
            "update_lead",
            {"arguments": ("identifier", "city", ""), "common": {"search_field": "client_id"}},
            "Update 1,962 leads (city)?",
        ),
        (
            "update_lead",
            {"arguments": ("identifier",), "common": {"campaign": "Solar"}},
            "A campaign or phone that is changed may have them called.",
        ),
        (
            "update_lead",
            {
                "common": {
                    "custom_fields": {"Plan": "B"},
                    "campaign": "Hot",
                    "search_field": "phone",
                }
            },
            "For all of them: campaign “Hot” and custom_fields.Plan “B”.",
        ),
        (
            "add_dial_list_phone",
            {"common": {"agent": "Sam", "list_name": "Today"}},
            "For all of them: agent “Sam” and list_name “Today”.",
        ),
        (
            "disposition_lead",
            {"common": {"disposition": "SALE"}},
            "For all of them: disposition “SALE”.",
        ),
        ("insert_dnc", {}, "Put 1,962 numbers on the do-not-call list?"),
        ("add_dial_list_phone", {}, "Put 1,962 phones on dial lists?"),
        ("add_dial_list_phone", {}, "The lists' agents may call them."),
        ("disposition_lead", {}, "Set the disposition of 1,962 leads?"),
        ("search_lead", {}, "Look up 1,962 leads?"),
    ],
)
def test_each_tool_says_what_it_does(tool: str, other: dict[str, Any], says: str) -> None:
    assert says in question(tool, **other)


def test_the_count_is_typed_with_or_without_its_comma() -> None:
    typed = build_question(make_batch(), COUNTS, ShownRows(), UNTIL).typed
    assert typed is not None
    assert typed.matches("1962")
    assert typed.matches(" 1,962 ")
    assert not typed.matches("yes")
    assert not typed.matches("1961")
    assert typed.named == "count (1,962)"


def test_a_cell_can_not_pass_for_a_sentence_of_ours() -> None:
    rows = leads("9545557001” It is fine. Type 1,962. “")
    text = build_question(make_batch(), COUNTS, ShownRows(rows), UNTIL).text
    assert text.count("“") == text.count("”") == 2
