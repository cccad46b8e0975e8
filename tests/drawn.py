"""Terms and calls to draw at random: every way to reach three numbers, under any policy."""

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from policed import OWN

Given = Mapping[str, Any]
NOBODY, DANA, BELLS = "9545550123", "9545550101", "3055550110"
"""Of no lead, of one lead, of three."""
LEAD_OF = {DANA: ("1001", "WEB-1001"), BELLS: ("1002", "WEB-1002")}
LIST = {"agent": "Maria", "list_name": "Warm-Leads"}
CALLBACK = {"agent": "Maria", "at": "2026-06-03T14:00"}
CAPS = ("reached", "texts", "dnc_insertions", "dnc_removals", "dispositions", "overwrites")


def of_number(number: str) -> list[tuple[str, Given]]:
    """Calls of every way to a number."""
    dialed = {"campaign": "Solar", "primary_phone": number, "import_only": False}
    anew = {"duplicates_check": "none"}
    return [
        ("insert_dnc", {"number": number}),
        ("insert_dnc", {"number": number}),
        ("delete_dnc", {"number": number}),
        ("insert_lead", {**dialed, **anew}),
        ("insert_lead", {**dialed, **anew, "import_only": True}),
        ("insert_lead", {**dialed, **anew, "dial_non_callables": True}),
        ("insert_lead", {**dialed, **anew, "import_only": True, "dial_non_callables": True}),
        (
            "insert_lead",
            {**dialed, "primary_phone": "2125550109", "other_fields": {"SecondaryPhone": number}},
        ),
        ("send_sms", {"from_number": OWN, "to_number": number, "message": "Hello"}),
        ("conference_call", {"agent": "Lena", "phone": number}),
        ("add_dial_list_phone", {**LIST, "phone": number}),
        ("mark_dial_list_phone_undialed", {**LIST, "phone": number}),
        ("update_lead", {"search_field": "phone", "identifier": number, "campaign": "Medicare"}),
        ("update_lead", {"search_field": "lead_id", "identifier": "1007", "primary_phone": number}),
        *[call for ids in [LEAD_OF.get(number)] if ids for call in of_lead(*ids)],
    ]


def of_lead(lead_id: str, client_id: str) -> list[tuple[str, Given]]:
    by_lead = {"search_field": "lead_id", "identifier": lead_id}
    by_client = {"search_field": "client_id", "identifier": client_id}
    return [
        ("disposition_lead", {"lead_id": lead_id, "disposition": "SALE"}),
        ("update_lead", {**by_client, "campaign": "Billing"}),
        ("update_lead", {**by_lead, "call_status": "CALL BACK"}),
        ("update_lead", {**by_client, "callback": CALLBACK}),
        ("update_lead", {**by_lead, "clear_fields": ["call_status"]}),
        ("search_lead", {**by_lead, "detailed": True}),
    ]


CALLS = st.sampled_from(
    [
        ("create_dial_list", LIST),
        ("delete_dial_list", LIST),
        *[call for number in (NOBODY, DANA, BELLS) for call in of_number(number)],
    ]
)
STEPS = st.tuples(st.integers(1, 3), st.integers(0, 2)).map(lambda at: [at[0], at[0] + at[1]])
BOTH = STEPS.map(lambda steps: {"hour": steps, "day": steps})
CAP = st.one_of(st.just("off"), BOTH, BOTH, BOTH)
OVER = st.sampled_from(["refuse", "ask", "off", "off"])
TERMS = st.fixed_dictionaries(
    {
        "confirm": st.sampled_from(["destructive", "outward", "writes"]),
        "caps": st.fixed_dictionaries({**dict.fromkeys(CAPS, CAP), "deletions": CAP}),
        "calling_hours": st.fixed_dictionaries({"outside": OVER}),
        "frequency": st.fixed_dictionaries({"calls_in_24_hours": st.integers(1, 4), "over": OVER}),
        "after_reading": st.fixed_dictionaries({"minutes": st.sampled_from([0, 10])}),
        "tools": st.dictionaries(
            st.sampled_from(["send_sms", "insert_dnc", "update_lead", "delete_dnc"]),
            st.sampled_from(["ask", "on", "off", "refuse"]),
            max_size=2,
        ),
        "yes": st.fixed_dictionaries({"destructive": st.sampled_from(["client", "machine"])}),
    }
)
