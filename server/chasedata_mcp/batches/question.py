"""The question about a batch: how many rows, what will happen to whom, and what is left out."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, cast

from chasedata_mcp.batches.models import Batch, BatchRow, LeftOut, RowCounts, RowState
from chasedata_mcp.fields.format import format_count, join_words, quote_name, replace_controls
from chasedata_mcp.ledger.questions import Question, Typed, TypedKind

SAMPLE: Final = 3
"""The rows of a batch that a question shows."""
_LONGEST: Final = 80
_MOST_COMMON: Final = 20
"""The most arguments that are the same for all rows and that a question lists."""
_TOLD: Final[Mapping[str, frozenset[str]]] = {
    "insert_lead": frozenset({"campaign", "import_only"}),
    "update_lead": frozenset({"search_field"}),
}
"""The common arguments that a question says in its own words."""
_KINDS: Final[Mapping[str, tuple[str, str]]] = {
    LeftOut.UNREADABLE: ("row that can't be read", "rows that can't be read"),
    LeftOut.INVALID: ("row with wrong values", "rows with wrong values"),
    LeftOut.REPEATED: ("repeated row", "repeated rows"),
    LeftOut.SUPPRESSED: ("number that must not be called", "numbers that must not be called"),
    LeftOut.MARKED: ("row that says not to call", "rows that say not to call"),
    LeftOut.OUT_OF_HOURS: ("phone outside calling hours", "phones outside calling hours"),
    LeftOut.NOT_ALLOWED: ("row that the policy refuses", "rows that the policy refuses"),
    LeftOut.ALREADY_THERE: ("lead that is there already", "leads that are there already"),
    LeftOut.REMOVED: ("row that was removed as old", "rows that were removed as old"),
}


@dataclass(frozen=True, slots=True)
class ShownRows:
    """The rows as a question shows them, without what is hidden.

    Attributes:
        sample: The first of them.
        common: The arguments that are the same for all.
        ringing: How many ring a phone as they are sent.
    """

    sample: Sequence[BatchRow] = ()
    common: Mapping[str, object] = field(default_factory=dict[str, object])
    ringing: int = 0


def build_question(batch: Batch, counts: RowCounts, shown: ShownRows, until: datetime) -> Question:
    """Build the question whose yes is for all rows that are ready; their count is typed."""
    ready = counts.of(RowState.READY) + counts.of(RowState.UNKNOWN)
    parts = [
        f"{_describe_rows(batch, ready, shown.ringing)}?",
        describe_left_out(counts),
        _describe_common(batch.tool, shown.common),
        _describe_impact(batch, ready, shown.ringing),
        _describe_duplicates(batch),
        _describe_sample(shown.sample),
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


def _describe_rows(batch: Batch, ready: int, ringing: int) -> str:
    many = "" if ready == 1 else "s"
    match batch.tool:
        case "insert_lead":
            campaign = batch.common.get("campaign")
            where = f" in {quote_name(str(campaign))}" if campaign else ""
            return f"{_describe_insert(ready, ringing)}{where}"
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


def _describe_insert(ready: int, ringing: int) -> str:
    stored = ready - ringing
    if not ringing:
        return f"Store {_count_leads(stored)}"
    called = f"Call {_count_leads(ringing)}"
    return f"{called} and store {stored:,}" if stored else called


def _count_leads(count: int) -> str:
    return format_count(count, "lead", "leads")


def _is_written(argument: str) -> bool:
    return bool(argument) and argument not in {"search_field", "identifier"}


def _describe_common(tool: str, common: Mapping[str, object]) -> str:
    """Say what is the same for all rows: to whom somebody moves, what is written, on which list."""
    # The dialer's own fields first: those of the account may be a hundred.
    own_first = dict(sorted(common.items(), key=lambda item: isinstance(item[1], dict)))
    said = [
        f"{name} {quote_name(_shorten(text))}"
        for name, text in _list_texts(own_first)
        if name not in _TOLD.get(tool, ())
    ]
    rest = len(said) - _MOST_COMMON
    more = [format_count(rest, "further field", "further fields")] if rest > 0 else []
    return f"For all of them: {join_words([*said[:_MOST_COMMON], *more])}." if said else ""


def _list_texts(common: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in common.items():
        match value:
            case str():
                yield name, value
            case dict():
                inner = _list_texts(cast("Mapping[str, object]", value))
                yield from ((f"{name}.{one}", text) for one, text in inner)
            case _:
                yield name, json.dumps(value, ensure_ascii=False)


def _describe_impact(batch: Batch, ready: int, ringing: int) -> str:
    """Say who is reached, and when."""
    match batch.tool:
        case "insert_lead" if not ringing:
            return "Nothing rings now; the campaign may call them."
        case "insert_lead":
            whose = "Their phones" if ringing == ready else "The phones of those that are called"
            return f"{whose} ring as they are sent."
        case "add_dial_list_phone":
            return "The lists' agents may call them."
        case "update_lead" if {"campaign", "primary_phone"} & {*batch.arguments, *batch.common}:
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
