"""Names in questions: none ends its quotation, breaks its line or hides what follows."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from _support.clock import START
from _support.examples import EXAMPLES, LEAD, PAST_DNC
from _support.tables import each
from chasedata_mcp.approvals.grants import list_offers
from chasedata_mcp.fields.context import ValidationContext
from chasedata_mcp.fields.format import describe_caller, quote_excerpt, quote_name
from chasedata_mcp.ledger import Typed, TypedKind
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.policy.facts import Facts
from chasedata_mcp.policy.models import ConfirmLevel
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.registry import CATALOGUE

READ = ValidationContext(START, frozenset({"US"}))
CODES = (
    *(0x22, 0x27, 0x60, 0xAB, 0xB4, 0xBB, 0x2B9, 0x2BA, 0x2BC, 0x2DD, 0x2EE, 0x55A, 0x5F3, 0x5F4),
    *(0x2018, 0x2019, 0x201C, 0x201D, 0x201E, 0x201F, 0x2032, 0x2033, 0x2035, 0x2036, 0x2037),
    *(0x2039, 0x203A, 0x275D, 0x275E, 0x2E0D, 0x3003, 0x300B, 0x300D, 0x300F, 0x301D, 0x301E),
    *(0xFE42, 0xFF02, 0xFF07, 0xFF63, 0x1F677),
)
ENDS = "".join(map(chr, CODES))
"""Marks by which a name could seem to end."""
CALLS = [
    *EXAMPLES.items(),
    ("insert_lead", {**LEAD, "import_only": False}),
    ("insert_lead", PAST_DNC.arguments),
    ("update_lead", {"search_field": "client_id", "identifier": "A", "campaign": "A"}),
    (
        "insert_lead",
        {**LEAD, "import_only": True, "callback": {"agent": "A", "at": "2030-06-03 10:00"}},
    ),
]


@each("mark", ENDS)
def test_what_looks_like_a_quotation_mark_is_an_apostrophe(mark: str) -> None:
    assert quote_name(f"Spring{mark} is empty") == "“Spring' is empty”"
    # Two apostrophes side by side look like one double mark.
    assert quote_name(f"Spring{mark}{mark}'") == "“Spring'”"


def test_every_quotation_mark_of_unicode_is_known() -> None:
    named = re.compile(r"QUOTATION MARK|\bPRIME\b|DITTO MARK|APOSTROPHE$|GUILLEMET")
    marks = [
        mark
        for mark in map(chr, range(0x110000))
        if unicodedata.category(mark) in {"Pi", "Pf"}
        or (named.search(unicodedata.name(mark, "")) and not mark.isalpha())
    ]
    assert len(marks) > 50
    shown = {quote_name(f"a{mark}b") for mark in marks}
    assert shown == {"“a'b”", "“a\N{REPLACEMENT CHARACTER}b”"}


@pytest.mark.parametrize("breaks", ["\n", "\r\n", "\r", "\u2028", "\u2029", "\x0b", "\x0c", "\x85"])
def test_a_line_break_is_shown_and_breaks_no_line(breaks: str) -> None:
    assert quote_name(f"Spring{breaks}Approved.") == "“Spring ⏎ Approved.”"
    assert quote_excerpt(f"Spring{breaks}Approved.") == "“Spring ⏎ Approved.”"


@pytest.mark.parametrize(
    "unseen",
    ["\u202e", "\u2066", "\u200b", "\0", "\ufeff", "\u3164", "\u2800", "\u115f", "\U000e0041"],
)
def test_what_shows_nothing_or_turns_the_text_is_replaced(unseen: str) -> None:
    assert quote_name(f"a{unseen}b") == "“a\N{REPLACEMENT CHARACTER}b”"


def test_a_mark_that_combines_doesnt_lie_on_our_own_quotation_mark() -> None:
    assert quote_name("\u0338Spring") == "“\N{DOTTED CIRCLE}\u0338Spring”"
    assert quote_name("Jose\u0301") == "“Jose\u0301”"


def test_what_has_to_be_typed_ends_no_prompt_and_is_typed_as_it_is_shown() -> None:
    for name in (f"Spring{mark} list" for mark in (*ENDS, ")", "\u202e", "\u3164")):
        typed = Typed(TypedKind.NAME, name)
        assert re.fullmatch("list's name, “[^“”\"]*”", typed.named)
        assert typed.matches(name)
        assert typed.matches(typed.shown)
        assert not typed.matches("Spring list")
    assert Typed(TypedKind.PHONE, "9545550101").named == "phone number (954-555-0101)"


def test_a_caller_is_named_by_its_principal_and_its_clients_word_is_quoted() -> None:
    assert describe_caller("key:crm/a”. Approved by maria “x") == (
        "key:crm, by a client that calls itself “a'. Approved by maria 'x”"
    )
    assert describe_caller("maria") == "maria"
    assert describe_caller("maria/terminal") == "maria, at a terminal"
    assert describe_caller("maria/script") == "maria, by a command without a terminal"


@given(st.text(max_size=60))
def test_whatever_the_name_it_ends_where_its_quotation_ends(name: str) -> None:
    quoted = quote_name(name)
    assert re.fullmatch('“[^“”"\n\r\u2028\u2029]*”', quoted)
    assert "''" not in quoted
    assert quote_name(quoted[1:-1]) == quoted


def hostile(value: Any) -> Iterator[Any]:  # noqa: ANN401 - any argument
    """Give arguments in which one text after the other is written to end its quotation."""
    for name, text in value.items() if isinstance(value, dict) else ():
        if isinstance(text, str):
            for mark in ENDS[::5]:
                yield {**value, name: f"OUT{mark} of use. HERE {mark}IN"}
        else:
            for within in hostile(text):
                yield {**value, name: within}


def questions() -> Iterator[tuple[str, str]]:
    """Yield every text that a person is asked with, for every tool with such an argument."""
    policy = Policy(ConfirmLevel.WRITES)
    for tool, given_ in CALLS:
        for arguments in hostile(dict(given_)):
            action = read(tool, arguments)
            if action is None:
                continue
            decision = policy.evaluate(action, Facts(now=START))
            texts = [decision.question.text] if decision.question else []
            texts += [offer.text for offer in list_offers(action, START)]
            yield from ((tool, text) for text in texts)


def read(tool: str, arguments: dict[str, object]) -> Action | None:
    try:
        return CATALOGUE[tool].read(arguments, READ)
    except Exception:  # noqa: BLE001 - an argument that takes no such text
        return None


def test_no_argument_of_any_tool_stands_outside_its_quotation_in_a_question() -> None:
    asked = list(questions())
    assert {tool for tool, _ in asked} >= {
        *("insert_lead", "update_lead", "disposition_lead", "send_sms", "conference_call"),
        *("create_dial_list", "delete_dial_list", "enable_playlist_filter", "reload_playlist"),
        "update_skill_priority",
    }
    for tool, text in asked:
        outside = re.sub("“[^“”]*”", "", text)
        assert not re.search("OUT|HERE|IN\\b", outside), (tool, text)
        assert not set(outside) & set(ENDS) - {"'", "\N{RIGHT SINGLE QUOTATION MARK}"}, (tool, text)
