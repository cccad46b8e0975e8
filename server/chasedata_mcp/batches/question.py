"""The question about a batch: how many rows, what will happen to whom, and what is left out."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from chasedata_mcp.batches.models import Batch, BatchRow, LeftOut, RowCounts, RowState
from chasedata_mcp.fields.format import join_words, quote_name, replace_controls
from chasedata_mcp.ledger.questions import Question, Typed, TypedKind

SAMPLE: Final = 3
"""The rows of a batch that a question shows."""
_LONGEST: Final = 80
_KINDS: Final[Mapping[str, tuple[str, str]]] = {
    LeftOut.UNREADABLE: ("row that can't be read", "rows that can't be read"),
    LeftOut.INVALID: ("row with wrong values", "rows with wrong values"),
    LeftOut.REPEATED: ("repeated row", "repeated rows"),
    LeftOut.SUPPRESSED: ("number that must not be called", "numbers that must not be called"),
    LeftOut.OUT_OF_HOURS: ("phone outside calling hours", "phones outside calling hours"),
    LeftOut.NOT_ALLOWED: ("row that the policy refuses", "rows that the policy refuses"),
    LeftOut.ALREADY_THERE: ("lead that is there already", "leads that are there already"),
    LeftOut.REMOVED: ("row that was removed as old", "rows that were removed as old"),
}


def build_question(
    batch: Batch, counts: RowCounts, sample: Sequence[BatchRow], until: datetime
) -> Question:
    """Build the question whose yes is for all rows that are ready; their count is typed."""
    ready = counts.of(RowState.READY) + counts.of(RowState.UNKNOWN)
    parts = [
        f"{_describe_rows(batch, ready)}?",
        describe_left_out(counts),
        _describe_impact(batch),
        _describe_duplicates(batch),
        _describe_sample(sample),
        f"This yes holds until {until:%Y-%m-%d %H:%M} UTC.",
    ]
    text = replace_controls(" ".join([part for part in parts if part]))
    return Question(text, Typed(TypedKind.COUNT, str(ready)))


def describe_left_out(counts: RowCounts) -> str:
    """Describe what planning left out: `38 are left out: 21 repeated rows and …`."""
    total = counts.of(RowState.LEFT_OUT)
    if not total:
        return ""
    kinds = [
        f"{count:,} {_KINDS[code][count != 1]}"
        for code, count in counts.reasons(RowState.LEFT_OUT).items()
    ]
    return f"{total:,} {'is' if total == 1 else 'are'} left out: {join_words(kinds)}."


def _describe_rows(batch: Batch, ready: int) -> str:
    many = "" if ready == 1 else "s"
    match batch.tool:
        case "insert_lead":
            verb = "Call" if batch.common.get("import_only") is False else "Store"
            campaign = batch.common.get("campaign")
            where = f" in {quote_name(str(campaign))}" if campaign else ""
            return f"{verb} {ready:,} lead{many}{where}"
        case "update_lead":
            fields = [one for one in (*batch.arguments, *batch.common) if _is_written(one)]
            return f"Update {ready:,} lead{many} ({join_words(fields)})"
        case "insert_dnc":
            return f"Put {ready:,} number{many} on the do-not-call list"
        case "add_dial_list_phone":
            return f"Put {ready:,} phone{many} on dial lists"
        case "disposition_lead":
            return f"Set the disposition of {ready:,} lead{many}"
        case _:
            return f"Look up {ready:,} lead{many}"


def _is_written(argument: str) -> bool:
    return bool(argument) and argument not in {"search_field", "identifier"}


def _describe_impact(batch: Batch) -> str:
    """Say who is reached, and when."""
    match batch.tool, batch.common.get("import_only"):
        case "insert_lead", True:
            return "Nothing rings now; the campaign may call them."
        case "insert_lead", False:
            return "Their phones ring as they are sent."
        case "insert_lead", _:
            return "The phones of rows with import_only false ring as they are sent."
        case "add_dial_list_phone", _:
            return "The lists' agents may call them."
        case "update_lead", _ if {"campaign", "primary_phone"} & {*batch.arguments, *batch.common}:
            return "A campaign or phone that is changed may have them called."
        case _:
            return ""


def _describe_duplicates(batch: Batch) -> str:
    if batch.tool != "insert_lead":
        return ""
    return {
        "update": "Leads that are there already are updated.",
        "skip": "Leads that are there already stay as they are.",
        "report": "Leads that are there already stay as they are, and are listed.",
    }[batch.on_duplicate]


def _describe_sample(sample: Sequence[BatchRow]) -> str:
    shown = [quote_name(_shorten(", ".join(filter(None, row.cells)))) for row in sample]
    return f"The first: {join_words(shown)}." if shown else ""


def _shorten(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
