"""Dispositions and fields that mean do-not-call, in the spellings that accounts use."""

from _support.tables import each
from chasedata_mcp.fields.callable_fields import (
    asks_to_stop,
    has_call_switch,
    is_marked_do_not_call,
    makes_callable,
)
from chasedata_mcp.fields.dispositions import fold_disposition, stops_calls

STOPPING = (
    *("DO NOT CALL", "FTC DNC", "DNC", "Dnc", "D.N.C.", "D N C", "do-not-call", "Do_Not_Call"),
    *("DoNotCall", "don't call", "Don\N{RIGHT SINGLE QUOTATION MARK}t Call", "DO  NOT\tCALL"),
    *("DO NOT CONTACT", "DO NOT TEXT", "OPT OUT", "Opt-Out", "OPTOUT", "opted out", "OPT OUT SMS"),
    *("STOP", "Stop All", "STOP CALLING", "REMOVE", "Removed", "REMOVE FROM LIST", "Remove me"),
    *("take me off your list", "TAKE OFF LIST", "Unsubscribe", "UNSUBSCRIBED", "State DNC"),
    *("DNC - Requested", "Internal_DNC", "FTCDNC", "\uff24\uff2e\uff23", "NEVER CALL AGAIN"),
    *("NO FURTHER CALLS", "No calls"),
    *("NO MORE CALLS", "CEASE & DESIST", "Consent revoked", "Blacklisted", "Requested removal"),
    *("NO LLAMAR", "NE PAS APPELER", "DNC/remove", "TCPA litigator", "D\u200bN\u200bC"),
)
OTHERS = (
    *(
        "SALE",
        "CALL BACK",
        "NOT INTERESTED",
        "LEFT MESSAGE",
        "NO CONTACT",
        "NO ANSWER",
        "NEW",
        "no calls yet",
    ),
    *("NEVER CALLED", "SOLD NC", "WRONG NUMBER", "SKIP", "CALL DROPPED", "ANS. MACHINE", ""),
    *("AGENTSPCB", "CANCELLED", "Disconnected", "Do call", "Nonstop", "Bus stop", "OPT IN"),
    *("NOT DNC", "DNC: no", "DNC cleared", "OFF DNC", "removed from DNC", "NOT OPTED OUT"),
    "x" * 60 + " and she asked that we do not call before five, since she works until then",
)


@each("text", STOPPING)
def test_a_disposition_that_means_do_not_call_stops_calls_however_it_is_spelled(text: str) -> None:
    assert stops_calls(text)


@each("text", OTHERS)
def test_any_other_disposition_stops_none(text: str) -> None:
    assert not stops_calls(text)


def test_an_account_adds_words_of_its_own() -> None:
    own = frozenset({fold_disposition("Atty. on file")})
    assert stops_calls("ATTY ON-FILE", own)
    assert not stops_calls("ATTY", own)


STOPS = (
    *(("DNC", "1"), ("adv_Do__Not__Call", "Yes"), ("Opt Out", "2026-11-29"), ("OPTOUT", "true")),
    *(("Suppressed", "y"), ("Is Blocked", "x"), ("Do Not Contact", "on"), ("sms_opt_out", "T")),
    *(("Disposition", "FTC DNC"), ("Dial Status", "DNC"), ("call-status", "Do not call")),
    *(("Consent", "revoked"), ("TCPA Consent", "Withdrawn"), ("Callable", "opted out")),
    *(("Result", "Do not call"), ("adv_Last__Answer", "D.N.C.")),
    *(("Unsubscribed", "1"), ("DNC Reason", "asked by phone"), ("Last Dispo", "STOP")),
)
FREES = (
    *(("DNC", "0"), ("DNC", ""), ("D_N_C", "no"), ("Opt Out", "false"), ("Do Not Contact", "N")),
    *(("Suppressed", "off"), ("Blocked", "0"), ("Callable", "yes"), ("Consent", "Yes")),
    *(
        ("Disposition", "SALE"),
        ("Dial Status", "NEW"),
        ("Call Status 2", "CALL BACK"),
    ),
    *(("Opt In", "1"), ("OK to call", "y"), ("Next Call", "now"), ("Attempts", "0")),
    *(("DNC Date", "1900-01-01"), ("Whitelisted", "1"), ("Status", "fresh")),
)
NEITHER = (
    *(("Roof Type", "Tile"), ("Marital Status", "single"), ("Email Opt Out", "1"), ("Plan", "A")),
    *(("City Block", "7"), ("DNC Scrub Date", "2026-11-01"), ("Optician", "yes"), ("State", "NC")),
    *(("Email Opt Out", "opted out"), ("Fax List", "do not contact")),
    *(
        ("Last Comment", "do not call"),
        ("Contact Phone", "9545550101"),
        ("Lead Source", "web"),
        ("Monthly Bill", "180"),
    ),
)


@each("name, text", STOPS)
def test_a_field_that_says_so_is_a_request_to_stop(name: str, text: str) -> None:
    assert asks_to_stop(name, text)
    assert not makes_callable(name, text)
    assert is_marked_do_not_call({name: text})


@each("name, text", FREES)
def test_the_opposite_of_a_mark_makes_a_lead_callable(name: str, text: str) -> None:
    assert makes_callable(name, text)
    assert not asks_to_stop(name, text)
    assert not is_marked_do_not_call({name: text})


@each("name, text", NEITHER)
def test_a_field_of_another_kind_decides_nothing(name: str, text: str) -> None:
    assert not makes_callable(name, text)
    assert not asks_to_stop(name, text)
    assert not is_marked_do_not_call({name: text})


def test_a_mark_counts_wherever_somebody_found_room_for_it_but_in_prose() -> None:
    assert is_marked_do_not_call({"LastName": "DNC", "CallStatus": ""})
    assert is_marked_do_not_call({"Campaign": "Do Not Call"})
    assert is_marked_do_not_call({"Callable": "no"})
    assert not is_marked_do_not_call({"Notes": "Do not call before 9", "City": "Remove"})
    assert not is_marked_do_not_call({"Consent": "no", "LastName": "Stop"})


def test_a_lead_without_a_status_and_its_like_shows_no_mark_either_way() -> None:
    assert has_call_switch(["FirstName", "CallStatus"])
    assert not has_call_switch(["FirstName", "PrimaryPhone", "Next Call"])
