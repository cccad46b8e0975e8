"""Each row of wire.md's table of answers, and what is near to one and isn't."""

import contextlib
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from _support.tables import each
from chasedata_mcp.dialer.responses.answers import (
    AnswerReader,
    HttpReply,
    PostedRequest,
    decode_body,
)
from chasedata_mcp.errors import CallError, Changed, Code, Outcome, Retry
from chasedata_mcp.fields.sanitize import CUT
from chasedata_mcp.settings.scripts import Script
from chasedata_mcp.settings.wire.loader import load_shipped_profile
from chasedata_mcp.tools.answer_types import (
    Acknowledged,
    Agent,
    AgentsRead,
    Answer,
    Expects,
    Lead,
    LeadsRead,
)
from chasedata_mcp.tools.lead_snapshot import hash_text
from chasedata_mcp.tools.request import Request

READER = AnswerReader(load_shipped_profile())
TOKEN = "D7C84300-0000-4DC9-B70F-A1D89B927F51"
FORMS = {
    Expects.DONE: (Script.LEADS, {"Action": "InsertDnc", "Number": "9545550123"}),
    Expects.LEADS: (
        Script.LEADS,
        {"Action": "SearchLead", "SearchField": "Phone", "Identifier": "9545550123"},
    ),
    Expects.AGENTS: (Script.CALLS, {"Action": "AvailableInboundAgents", "DID": "3055550100"}),
}


def asked(expects: Expects, **form: str) -> PostedRequest:
    script, usual = FORMS[expects]
    request = Request(script, {**usual, **form}, expects)
    secrets = {TOKEN, *request.form.values()} - {"Phone"}
    return PostedRequest(request, "Script.php", expects is not Expects.DONE, secrets)


def answer(body: str, expects: Expects = Expects.DONE, status: int = 200) -> Answer:
    return READER.read(asked(expects), HttpReply(status, body))


def found(body: str, **form: str) -> Answer:
    return READER.read(asked(Expects.LEADS, **form), HttpReply(200, body))


def failure(body: str, expects: Expects = Expects.DONE, status: int = 200) -> CallError:
    with pytest.raises(CallError) as raised:
        answer(body, expects, status)
    return raised.value


@pytest.mark.parametrize(
    "body",
    [
        "<br><br>Result:  OK",
        "<br><br>Result: OK",
        "\r\n\r\nResult: OK\r\n",
        "<br><br>Result:\r\nOK",
        "<br/><BR />\nResult:  OK<br>\n",
        "Result:  OK",
        "\ufeff<br><br>Result:  OK",
    ],
)
def test_done_is_what_says_ok_in_its_frame(body: str) -> None:
    assert answer(body) == Acknowledged()


@each(
    "body",
    [
        "",
        " ",
        "OK",
        "<br><br>",
        "<br><br>Result:",
        "<br><br>Result:  ",
        "<br><br>Result:OK",
        "<br><br>Result: ok",
        "<br><br>Result: Ok",
        "<br><br>Result:  OK.",
        "<br><br>Result:  OK 5",
        "<br><br>Result:  OK, the lead was added",
        "<br><br>Result:  OKAY",
        "<br><br>Result:  O K",
        "<br><br>Result:  OK<br>Warning: no disk",
        "<br><br>Result:  OK<br><br>Result:  OK",
        "<b>Notice</b>: oh<br><br>Result:  OK",
        "<html><body><br><br>Result:  OK</body></html>",
        "<br><br>result:  OK",
        "<br><br>Result : OK",
        "<br><br>Result:  <b>OK</b>",
        "<br><br>Result: Success",
        "<br><br>Result: Successfully added",
        "<br><br>Result: Lead was inserted",
        "<br><br>Result: 1",
        "<br><br>Result: true",
        "<br><br>Result: Error",
        "<br><br>Result: <p>No data to import</p>",
        "<br><br>Result: No data\nto import",
        '<br><br>Result: {"id": 5, "LeadExists": true}',
        '{"id": 5, "LeadExists": true}',
        '"OK"',
        "Campaign name should be specified",
        "<br><br>Result: CURL error[500]:",
        "<br><br>Result: CURL error[500]: OK",
        "<br><br>Result: CURL error[500]: <h1>No</h1>",
        "<br><br>Result: CURL error[500]: 500",
        "<br><br>Result: CURL error[500]: It failed. Result:  OK",
        "<br><br>Result: CURL error[500]: No.<br><br>Result: CURL error[28]: Timed out",
        "<br><br>Result: CURL error[7]: <html>No way</html>",
        "<br><br>Result: CURL error[28]: Operation timed out",
        "<br><br>Result: CURL error[52]: Empty reply from server",
        "<br><br>Result: CURL error[55]: Send failure",
        "<br><br>Result: CURL error[56]: Recv failure",
        "<br><br>Result: CURL error[35]: SSL connect error",
        "<br><br>Result: CURL error[0]: No error",
        "<br><br>Result: CURL error[404]: Not found at all",
        "<br><br>Result: CURL error[503]: The service is unavailable",
        "<br><br>Result: CURL error[5000]: The service is unavailable",
        "<br><br>Result: CURL error[]: The lead is not known",
        "<br><br>Result: CURL error: The lead is not known",
        "<br><br>Result: curl error[28]: Operation did not end",
        "<br><br>Result: Curl error 28: Operation did not end",
    ],
)
def test_what_says_neither_done_nor_no_is_unknown(body: str) -> None:
    failed = failure(body)
    assert failed.code is Code.NOT_UNDERSTOOD
    assert failed.info.outcome is Outcome.UNKNOWN
    assert failed.info.changed is Changed.UNKNOWN
    assert failed.info.retry is Retry.AFTER_CHECK
    assert "Don't send it again" in failed.hint


@pytest.mark.parametrize("tail", [":", ": text", ": 1001", "; id", "!", " (queued)", "-1", "\0"])
def test_ok_with_anything_behind_it_is_not_done(tail: str) -> None:
    assert failure(f"<br><br>Result:  OK{tail}").info.outcome is Outcome.UNKNOWN


@given(st.text(min_size=1).filter(lambda tail: tail.replace("\ufeff", "").strip(" \t\r\n")))
def test_nothing_but_breaks_may_stand_behind_ok(tail: str) -> None:
    with contextlib.suppress(CallError):
        answer(f"<br><br>Result:  OK{tail}")
        assert re.fullmatch(r"(?:[ \t\r\n]|<br[ ]*/?>)*", tail, re.IGNORECASE), tail


def test_a_duplicate_is_told_from_any_other_refusal() -> None:
    body = "<br><br>Result: CURL error[500]: Duplicated phone number. Lead ignored."
    failed = failure(body)
    assert failed.code is Code.DUPLICATE_LEAD
    assert failed.dialer_said == "Duplicated phone number. Lead ignored."


@each("expects", Expects)
@each(
    "body, said",
    [
        ("Campaign name should be specified", "Campaign name should be specified"),
        ("No data to import", "No data to import"),
        ("No data to update", "No data to update"),
        ("GroupId should be specified", "GroupId should be specified"),
        ("Signing message error. Please, contact support", None),
        ("The lead was not added", None),
        ("CURL error[500]: The campaign is not known", "The campaign is not known"),
        ("CURL error[500]: Denied", "Denied"),
        ("CURL error[500]: Wrong &quot;Token&quot;", 'Wrong "Token"'),
    ],
)
def test_a_sentence_in_the_frame_is_a_refusal_for_every_action(
    expects: Expects, body: str, said: str | None
) -> None:
    failed = failure(f"<br><br>Result: {body}", expects)
    assert failed.code is Code.REFUSED_BY_DIALER
    assert failed.info.changed is Changed.NO
    assert failed.dialer_said == (said or body)


@pytest.mark.parametrize("expects", Expects)
@pytest.mark.parametrize("number", [6, 7])
def test_a_front_that_did_not_reach_the_dialer_did_nothing(expects: Expects, number: int) -> None:
    failed = failure(f"<br><br>Result: CURL error[{number}]: Could not connect", expects)
    assert failed.code is Code.NOT_REACHED
    assert failed.info.retry is Retry.SAFE


@each("expects", Expects)
@each("body", ["<br><br>Result:  OK", "No data to import"])
@each(
    "status", [100, 201, 202, 204, 206, 301, 302, 307, 308, 400, 409, 429, 500, 502, 503, 504, 599]
)
def test_another_status_than_200_is_never_done(expects: Expects, body: str, status: int) -> None:
    failed = failure(body, expects, status)
    assert failed.code is Code.NOT_UNDERSTOOD
    assert str(status) in failed.message
    assert failed.info.changed is (Changed.UNKNOWN if expects is Expects.DONE else Changed.NO)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_and_the_setting_is_named(status: int) -> None:
    failed = failure("<a href='https://elsewhere.example/'>moved</a>", status=status)
    assert "not followed" in failed.message
    assert "CHASEDATA_BASE_URL" in failed.hint
    assert failed.dialer_said is None


@pytest.mark.parametrize("status", [401, 403])
def test_wrong_credentials_are_a_refusal(status: int) -> None:
    failed = failure(f"<h1>Token {TOKEN.lower()} is expired</h1>", status=status)
    assert failed.code is Code.REFUSED_BY_DIALER
    assert "CHASEDATA_TOKEN" in failed.hint
    assert failed.dialer_said == "Token […] is expired"


@pytest.mark.parametrize("status", [404, 405])
def test_a_script_that_is_not_there_is_named_with_its_setting(status: int) -> None:
    failed = failure("<br><br>Result:  OK", status=status)
    assert failed.code is Code.REFUSED_BY_DIALER
    assert "CHASEDATA_SCRIPT_LEADS" in failed.hint
    assert "Script.php" in failed.hint


def test_a_body_that_was_too_long_to_be_read_is_unknown() -> None:
    with pytest.raises(CallError) as raised:
        READER.read(asked(Expects.DONE), HttpReply(200, "<br><br>Result:  OK", whole=False))
    assert raised.value.code is Code.NOT_UNDERSTOOD


FOUND = LeadsRead((Lead("42"),))
TWO = LeadsRead((Lead("42"), Lead("43")))


@each(
    "body, leads",
    [
        ('{"id": 42, "LeadExists": true}', FOUND),
        ('{"id": "42", "LeadExists": "true"}', FOUND),
        ('{"id": "42", "LeadExists": "True"}', FOUND),
        ('{"id":42,"LeadExists":1}', FOUND),
        ('{"id":42,"LeadExists":"1"}', FOUND),
        ('{"LeadExists":true,"id":" 42 "}', FOUND),
        ('{"ID":42,"leadExists":true}', FOUND),
        ('\ufeff{"id": 42, "LeadExists": true}\r\n', FOUND),
        ('<br><br>Result: {"id": 42, "LeadExists": true}', FOUND),
        ('<br><br>Result:  [{"id": 42, "LeadExists": true}]<br>', FOUND),
        ('[{"id": 42, "LeadExists": true}]', FOUND),
        ('{"Leads": [{"id": 42, "LeadExists": true}]}', FOUND),
        ('{"leads": [{"id": 42, "LeadExists": true}]}', FOUND),
        ('[{"id": 42, "LeadExists": true}, {"id": 42, "LeadExists": true}]', FOUND),
        ('[{"id": 42, "LeadExists": true}, {"id": 43, "LeadExists": true}]', TWO),
        ('{"Leads": [{"id":42,"LeadExists":true},{"id":43,"LeadExists":true}]}', TWO),
        ('{"id": 42, "LeadExists": true}{"id": 43, "LeadExists": true}', TWO),
        ('{"id": 42, "LeadExists": true}\r\n<br>{"id": 43, "LeadExists": true}', TWO),
        ('{"id": 0, "LeadExists": false}', LeadsRead(())),
        ('{"id": "", "LeadExists": "false"}', LeadsRead(())),
        ('{"id": null, "LeadExists": 0}', LeadsRead(())),
        ('{"id": -1, "LeadExists": "0"}', LeadsRead(())),
        ('{"Leads": [{"id": 0, "LeadExists": false}]}', LeadsRead(())),
    ],
)
def test_a_search_is_read_in_every_shape(body: str, leads: LeadsRead) -> None:
    assert answer(body, Expects.LEADS) == leads


@each(
    "body",
    [
        "",
        "<br><br>Result:  OK",
        "OK",
        "no such lead",
        "null",
        "true",
        "42",
        '"42"',
        "[]",
        "{}",
        "[[]]",
        "[null]",
        '{"Leads": []}',
        '{"Leads": {}}',
        '{"Leads": [1]}',
        '{"id": 42, "LeadExists": true, "Leads": [{"id": 42, "LeadExists": true}]}',
        '{"LeadExists": false, "Leads": [{"id": 42, "LeadExists": true}]}',
        '{"LeadExists": false}',
        '{"LeadExists": true}',
        '{"id": 42}',
        '{"id": 42, "LeadExists": null}',
        '{"id": 42, "LeadExists": "yes"}',
        '{"id": 42, "LeadExists": 2}',
        '{"id": 42, "LeadExists": false}',
        '{"id": 0, "LeadExists": true}',
        '{"id": "00", "LeadExists": true}',
        '{"id": "", "LeadExists": true}',
        '{"id": -5, "LeadExists": true}',
        '{"id": 42.5, "LeadExists": true}',
        '{"id": "4 2", "LeadExists": true}',
        '{"id": [42], "LeadExists": true}',
        '{"id": 42, "LeadExists": [true]}',
        '{"id": 42, "LeadExists": true, "id": 43}',
        '{"id": 42, "LeadExists": true, "LeadExists": false}',
        '{"id": 42, "LeadExists": true, "Id": 43}',
        '{"id": 42, "LeadExists": true, "LEADEXISTS": false}',
        '{"id": 42, "LeadExists": true, "Notes": {"a": 1}}',
        '{"id": 42, "LeadExists": true, "Notes": NaN}',
        '{"id": 42, "LeadExists": true, "Notes": -Infinity}',
        '{"id": 42, "LeadExists": true, "N\\u200botes": "a", "Notes": "b"}',
        '{"id": 42, "LeadExists": true',
        '{"id": 42, "LeadExists": true}}',
        '{"id": 42, "LeadExists": true}, {"id": 43, "LeadExists": true}',
        '{"id": 42, "LeadExists": true}{"id": 0, "LeadExists": false}',
        '[{"id": 0, "LeadExists": false}, {"id": 0, "LeadExists": false}]',
        '[{"id": 42, "LeadExists": true, "A": "1"}, {"id": 42, "LeadExists": true, "A": "2"}]',
        'Notice: oh {"id": 42, "LeadExists": true}',
        '{"id": 1234567890123456789, "LeadExists": true}',
        '{"id": ' + "9" * 5000 + ', "LeadExists": true}',
        "[" * 100_000,
        '{"a":' * 100_000,
        '{"id": 0, "LeadExists": false}' * 1001,
        "[" + ",".join(['{"id": 0, "LeadExists": false}'] * 1001) + "]",
        '{"id":1,"LeadExists":true,' + ",".join(f'"f{i}":""' for i in range(1001)) + "}",
    ],
)
def test_a_search_that_cannot_be_read_is_unknown_and_never_no_such_lead(body: str) -> None:
    failed = failure(body, Expects.LEADS)
    assert failed.code is Code.NOT_UNDERSTOOD
    assert failed.info.outcome is Outcome.UNKNOWN
    assert failed.info.changed is Changed.NO


DETAILED = (
    '{"id":"42","LeadExists":"true","FirstName":"Ann <b>","LastName":"",'
    '"PrimaryPhone":"9545550123","adv_Zip":33101,"adv_Rate":1.50,"adv_On":true,"adv_Off":null,'
    '"Notes":"a\\u202eb\\r\\nc\\u0007d"}'
)


def test_a_detailed_search_gives_the_fields_as_data_without_what_is_unseen() -> None:
    assert found(DETAILED, Detailed="1") == LeadsRead(
        (
            Lead(
                "42",
                {
                    "FirstName": "Ann <b>",
                    "LastName": "",
                    "PrimaryPhone": "9545550123",
                    "adv_Zip": "33101",
                    "adv_Rate": "1.50",
                    "adv_On": "true",
                    "adv_Off": "",
                    "Notes": "ab\ncd",
                },
                altered=frozenset({"Notes"}),
            ),
        )
    )


@pytest.mark.parametrize("form", [{}, {"Detailed": "0"}])
def test_fields_that_were_not_asked_for_are_left_out(form: dict[str, str]) -> None:
    assert found(DETAILED, **form) == FOUND


def test_a_long_field_is_cut_with_a_note() -> None:
    body = '{"id":42,"LeadExists":true,"Notes":"' + "n" * 1_000_000 + '"}'
    long = found(body, Detailed="1")
    assert isinstance(long, LeadsRead)
    notes = long.leads[0].fields["Notes"]
    assert len(notes) == 5_000
    assert notes.endswith("[cut]")
    assert long.leads[0].hashes == {"Notes": hash_text("n" * 1_000_000)}
    assert long.leads[0].altered == {"Notes"}


def test_a_field_that_only_ends_as_if_it_were_cut_has_its_hash_too() -> None:
    body = json.dumps({"id": 42, "LeadExists": True, "Notes": f"planted{CUT}", "City": "Miami"})
    read = found(body, Detailed="1")
    assert isinstance(read, LeadsRead)
    assert read.leads[0].hashes == {"Notes": hash_text(f"planted{CUT}")}
    assert read.leads[0].altered == frozenset()


ANN, BOB = Agent("ann"), Agent("Bob B")


@each(
    "body, agents",
    [
        ('["ann", "Bob B"]', AgentsRead((ANN, BOB), 2)),
        ('<br><br>Result: ["ann"]', AgentsRead((ANN,), 1)),
        ("[]", AgentsRead((), 0)),
        ('[{"Agent": "ann"}, {"AgentName": "Bob B"}]', AgentsRead((ANN, BOB), 2)),
        ('[{"agent_name": "ann", "Status": "Paused"}]', AgentsRead((Agent("ann", "Paused"),), 1)),
        ('[{"LoginName": "ann", "State": null}]', AgentsRead((ANN,), 1)),
        ('{"Agents": ["ann", {"Name": "Bob B"}]}', AgentsRead((ANN, BOB), 2)),
        ('{"Agents": ["ann"], "Count": 1}', AgentsRead((ANN,), 1)),
        ('{"AvailableInboundAgents": []}', AgentsRead((), 0)),
        ('{"Count": 3}', AgentsRead(None, 3)),
        ('{"count": "3"}', AgentsRead(None, 3)),
        ('{"Login": "ann", "State": "Waiting"}', AgentsRead((Agent("ann", "Waiting"),), 1)),
        ("3", AgentsRead(None, 3)),
        ("<br><br>Result: 3", AgentsRead(None, 3)),
        ("0", AgentsRead(None, 0)),
        ("ann, Bob B", AgentsRead(None, None, "ann, Bob B")),
        ("Nobody &amp; no\u202eone <br>3055550100", None),
        ("None for 3055550100", AgentsRead(None, None, "None for […]")),
    ],
)
def test_agents_are_read_in_every_likely_shape(body: str, agents: AgentsRead | None) -> None:
    if agents is None:
        assert failure(body, Expects.AGENTS).code is Code.NOT_UNDERSTOOD
    else:
        assert answer(body, Expects.AGENTS) == agents


@each(
    "body",
    [
        "",
        "<br><br>Result:  OK",
        "<br><br>Result: ann",
        "OK",
        "null",
        "true",
        "-3",
        "3.5",
        "1234567",
        "³",
        "{}",
        "[null]",
        "[[]]",
        "[3]",
        '[""]',
        '["\\u200b"]',
        '["ann"] ["Bob"]',
        '["ann"',
        "[{}]",
        '[{"State": "Waiting"}]',
        '[{"Agent": "ann", "State": 3}]',
        '[{"Agent": "ann", "AGENT": "Bob"}]',
        '{"Agents": ["ann"], "Count": 2}',
        '{"Agents": ["ann"], "Data": ["Bob"]}',
        '{"Count": 1, "Total": 2}',
        '{"Count": -1}',
        '{"Count": true}',
        '{"Count": 1.5}',
        '{"Count": null}',
        '{"Agents": ["ann"], "Error": "no"}',
        '{"message": "go away"}',
        "Invalid token",
        "\u3164\u3164",
        "Fatal error: Uncaught exception",
        "<html><body>ann</body></html>",
        "an agent\n" * 1000,
        "[" + ",".join(['"a"'] * 5001) + "]",
        '["' + "a" * 201 + '"]',
        "[" * 100_000,
    ],
)
def test_agents_that_cannot_be_read_are_unknown_and_never_none(body: str) -> None:
    failed = failure(body, Expects.AGENTS)
    assert failed.code is Code.NOT_UNDERSTOOD
    assert failed.info.outcome is Outcome.UNKNOWN


def test_json_that_cannot_be_read_is_not_quoted_for_it_holds_customers_data() -> None:
    assert failure('{"FirstName": "Ann", "id": 42}', Expects.LEADS).dialer_said is None


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("Zoë".encode(), "Zoë"),
        ("Zoë".encode("cp1252"), "Zoë"),
        (b"\xff\x81", "ÿ\ufffd"),
        (b"", ""),
    ],
)
def test_a_body_is_text_whatever_its_bytes(body: bytes, text: str) -> None:
    assert decode_body(body) == text
