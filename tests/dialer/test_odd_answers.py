"""No answer, however odd, crashes, reads as done unless it says so, or makes an error leak."""

import html
import json
import re
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from _support.spelling import respelled, spelling
from chasedata_mcp.dialer.responses.answers import (
    AnswerReader,
    HttpReply,
    PostedRequest,
    decode_body,
)
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.settings.scripts import Script
from chasedata_mcp.tools.answer_types import Acknowledged, AgentsRead, Answer, Expects, LeadsRead
from chasedata_mcp.tools.request import Request

# A loaded machine may take its time; what is held here is no speed.
READER = AnswerReader(spelling())
TOKEN = "D7C84300-0000-4DC9-B70F-A1D89B927F51"
SCRIPTS = {
    Expects.DONE: (Script.INSERT, ""),
    Expects.LEADS: (Script.LEADS, "SearchLead"),
    Expects.AGENTS: (Script.CALLS, "AvailableInboundAgents"),
}


def asked(expects: Expects, *values: str) -> PostedRequest:
    script, word = SCRIPTS[expects]
    form = {"Action": word, **{f"adv_{i}": value for i, value in enumerate(values)}}
    request = Request(script, form, expects)
    return PostedRequest(request, "Script.php", expects is not Expects.DONE, {TOKEN, *values})


def outcome(expects: Expects, body: str, *values: str, status: int = 200) -> Answer | CallError:
    try:
        return READER.read(asked(expects, *values), HttpReply(status, respelled(body)))
    except CallError as failed:
        return failed


FRAMES = st.sampled_from(
    [
        "<br><br>Result:  OK",
        "<br><br>Result: OK",
        "\r\nResult: OK\r\n",
        "<br><br>Result: CURL error[500]: Duplicated phone number. Lead ignored.",
        "<br><br>Result: CURL error[500]: The campaign is not known",
        "<br><br>Result: CURL error[28]: Operation timed out",
        "<br><br>Result: CURL error[7]: ",
        "<br><br>Result: No data to import",
        '{"id": 42, "LeadExists": true}',
        '{"id": 0, "LeadExists": false}',
        '<br><br>Result: {"id": "42", "LeadExists": "true", "Notes": "x"}',
        '{"Leads": [{"id": 1, "LeadExists": true}]}',
        '["ann", "bob"]',
        '{"Count": 3}',
        "3",
    ]
)
PIECES = st.sampled_from(
    ["<br>", "Result:", " ", "OK", "\r\n", "CURL error[500]:", "{", "}", "[", "]", '"', "0", "true"]
)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    body = draw(FRAMES)
    for _ in range(draw(st.integers(0, 3))):
        at, until = sorted(draw(st.tuples(*[st.integers(0, len(body))] * 2)))
        body = body[:at] + draw(st.one_of(st.just(""), PIECES, st.text(max_size=3))) + body[until:]
    return body


KEYS = st.sampled_from(["id", "LeadExists", "Leads", "Agents", "Name", "State", "Count", "Error"])
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=8,
)
BODIES = st.one_of(
    st.text(),
    st.binary().map(decode_body),
    st.lists(PIECES, max_size=8).map("".join),
    mutated(),
    DOCUMENTS.map(json.dumps),
    DOCUMENTS.map(lambda document: "<br><br>Result: " + json.dumps(document)),
    st.integers(1, 5000).map(lambda depth: "[" * depth + "]" * depth),
)


def says_done(body: str) -> bool:
    """Independently: line breaks, `Result:`, a gap, `OK`, line breaks."""
    text, before = body.removeprefix("\ufeff"), None
    while text != before:
        before, text = text, text.strip(" \t\r\n")
        text = re.sub(r"\A<br */?>|<br */?>\Z", "", text, flags=re.IGNORECASE)
    gap = text.removeprefix("Result:").removesuffix("OK")
    return text == f"Result:{gap}OK" and gap != "" and not gap.strip(" \t\r\n")


def says_there_is_none(body: str) -> bool:
    """Independently: the words that a search has to have for there to be no lead."""
    exists = re.search(r'"leadexists"\s*:\s*"?\s*(false|0)', body, re.IGNORECASE)
    return exists is not None and '"id"' in body.casefold()


@given(BODIES)
@example("<br><br>Result:  OK")
@example("<br><br>Result:  <br>OK")
def test_a_write_is_done_only_when_the_body_says_so(body: str) -> None:
    result = outcome(Expects.DONE, body)
    if isinstance(result, CallError):
        assert result.code in {
            Code.NOT_UNDERSTOOD,
            Code.REFUSED_BY_DIALER,
            Code.DUPLICATE_LEAD,
            Code.NOT_REACHED,
        }
        assert result.code is Code.NOT_UNDERSTOOD or "Result:" in body
    else:
        assert result == Acknowledged()
        assert says_done(body)


@given(BODIES)
def test_a_search_finds_none_only_when_the_body_says_so(body: str) -> None:
    result = outcome(Expects.LEADS, body)
    if isinstance(result, LeadsRead):
        assert result.leads or says_there_is_none(body)
        assert all(lead.lead_id in body for lead in result.leads)
    else:
        assert isinstance(result, CallError)


@given(BODIES)
def test_agents_are_none_only_when_the_body_has_an_empty_list(body: str) -> None:
    result = outcome(Expects.AGENTS, body)
    if isinstance(result, AgentsRead):
        assert not says_done(body)
        assert not re.match(r"(?:<br>|\s)*Result:\s*CURL error", body)
        assert (result.agents, result.count, result.text) != (None, None, None)
        assert result.agents != () or re.search(r"\[\s*\]", body)
        assert len(result.text or "") <= 500
    else:
        assert isinstance(result, CallError)


@given(BODIES, st.sampled_from(Expects), st.integers(100, 599).filter(lambda n: n != 200))
def test_another_status_is_never_done(body: str, expects: Expects, status: int) -> None:
    assert isinstance(outcome(expects, body, status=status), CallError)


VALUES = st.text(st.characters(exclude_categories=["C", "Z", "M"]), min_size=3, max_size=40)
ENCODINGS = st.sampled_from(
    [
        str,
        str.upper,
        str.lower,
        str.swapcase,
        quote,
        quote_plus,
        lambda value: quote(quote(value)),
        lambda value: quote(value).lower(),
        html.escape,
        lambda value: html.escape(html.escape(value)),
        lambda value: "".join(f"&#{ord(char)};" for char in value),
        lambda value: "".join(f"&#x{ord(char):x};" for char in value),
        "\u200b".join,
        lambda value: f"<i>{value}</i>",
    ]
)
SENTENCES = st.sampled_from(
    [
        "<br><br>Result: No {} is known here",
        "<br><br>Result: CURL error[500]: [{}] is wrong",
        "Oh {}!",
    ]
)


@pytest.mark.parametrize("status", [200, 401, 404, 500])
@given(value=st.just(TOKEN) | VALUES, encoding=ENCODINGS, sentence=SENTENCES)
@example(value="9545550123", encoding=lambda _: "(954) 555-0123", sentence="Oh {}!")
@example(value="0\u1fc20", encoding=str.upper, sentence="Oh {}!")
@example(value="a" * 400, encoding=lambda value: value[:100], sentence="Oh {}!")
def test_no_error_quotes_what_was_sent(
    status: int, value: str, encoding: st.SearchStrategy[str], sentence: str
) -> None:
    body = sentence.replace("{}", encoding(value))  # type: ignore[operator]  # a function drawn
    without = sentence.replace("{}", "nothing sent")
    result = outcome(Expects.DONE, body, value, status=status)
    plain = outcome(Expects.DONE, without, status=status)
    assert isinstance(result, CallError)
    assert isinstance(plain, CallError)
    if result.code is plain.code:
        assert (result.message, result.hint) == (plain.message, plain.hint)
    said = html.unescape(result.dialer_said or "").replace("…", "").casefold()
    frame = re.sub(r"<br>|\{\}", "", sentence).casefold()
    assert value.casefold() not in said or value.casefold() in frame
    assert "9545550123" not in re.sub(r"\D", "", said)
    assert "a" * 13 not in said
    assert len(result.dialer_said or "") <= 500
