"""Calls to leads of several phones, drawn at random: every way to reach one or to stop calls."""

from collections.abc import Mapping

from hypothesis import strategies as st

from _support.lead_dialer import Fields
from _support.sandbox import OWN

Given = Mapping[str, object]
A, B, C, D, E = "2125550101", "2125550102", "2125550103", "2125550104", "2125550105"
NUMBERS = (A, B, C, D, E)
LEADS: Mapping[str, Fields] = {
    "1001": {"PrimaryPhone": A, "Phone2": B, "ClientId": "X1", "CallStatus": "", "State": "NY"},
    "1002": {"PrimaryPhone": B, "adv_Mobile": C, "ClientId": "X2", "CallStatus": "NEW"},
    "1003": {"PrimaryPhone": D, "ClientId": "X3", "Disposition": "", "adv_DNC": ""},
}
"""Two leads share a phone, and one number is no lead's."""
STOPS = ("DO NOT CALL", "dnc", "Opt-Out")
MARKS = (
    *(("CallStatus", "DO NOT CALL"), ("Disposition", "FTC DNC"), ("adv_DNC", "Yes")),
    *(("LastName", "DNC"), ("adv_Opt__Out", "1")),
)


def encoded(number: str) -> list[str]:
    """Write a number so that no ten digits of it stand together."""
    percent = "".join(f"%{ord(digit):02X}" for digit in number)
    return [
        percent,
        percent.replace("%", "%25"),
        "".join(f"&#{ord(digit)};" for digit in number),
        "".join(chr(ord(digit) + 0xFEE0) for digit in number),
    ]


HIDDEN = {text: number for number in NUMBERS for text in encoded(number)}
numbers = st.sampled_from(NUMBERS)
_keys = st.sampled_from(
    [
        *[("lead_id", lead_id) for lead_id in LEADS],
        *[("client_id", fields["ClientId"]) for fields in LEADS.values()],
        *[("phone", number) for number in NUMBERS],
    ]
).map(lambda key: {"search_field": key[0], "identifier": key[1]})
_changes = st.one_of(
    st.sampled_from(
        [
            *({"campaign": "Solar"}, {"subcampaign": "Web"}, {"call_status": "CALL BACK"}),
            *({"callback": {"agent": "Maria", "at": "2026-06-02T14:00"}}, {"notes": "x"}),
            *({"clear_fields": ["call_status"]}, {"custom_fields": {"DNC": "0"}}),
            *({"custom_fields": {"Dial Status": "NEW"}}, {"other_fields": {"DoNotContact": "no"}}),
            *({"first_name": "Ann"}, {"custom_fields": {"Roof Type": "Tile"}}),
            *({"call_status": stop} for stop in STOPS),
            *({"custom_fields": {"DNC": "Yes"}}, {"other_fields": {"OptOut": "yes"}}),
            {"call_status": "DNC", "campaign": "Solar"},
        ]
    ),
    numbers.map(lambda number: {"primary_phone": number}),
    numbers.map(lambda number: {"custom_fields": {"Mobile": number}}),
    numbers.map(lambda number: {"other_fields": {"Phone2": f"({number[:3]}) {number[3:]}"}}),
    st.sampled_from(sorted(HIDDEN)).map(lambda text: {"custom_fields": {"Zone": text}}),
)
_listed = {"agent": "Maria", "list_name": "Warm"}
_inserted = st.fixed_dictionaries(
    {"campaign": st.just("Solar"), "primary_phone": numbers, "import_only": st.booleans()},
    optional={
        "call_status": st.sampled_from(["NEW", *STOPS]),
        "custom_fields": numbers.map(lambda number: {"Mobile": number}),
        "client_id": st.just("X9"),
    },
)
_texts = st.fixed_dictionaries(
    {"from_number": st.just(OWN), "to_number": numbers, "message": st.just("Hi")},
    optional={"lead_id": st.sampled_from(sorted(LEADS))},
)
CALLS: st.SearchStrategy[tuple[str, Given]] = st.one_of(
    st.tuples(st.just("update_lead"), st.builds(lambda key, to: {**key, **to}, _keys, _changes)),
    st.tuples(
        st.just("disposition_lead"),
        st.fixed_dictionaries(
            {
                "lead_id": st.sampled_from(sorted(LEADS)),
                "disposition": st.sampled_from(["SALE", "CALL BACK", *STOPS]),
            }
        ),
    ),
    st.tuples(st.just("insert_lead"), _inserted),
    st.tuples(st.just("send_sms"), _texts),
    st.tuples(
        st.just("conference_call"), numbers.map(lambda number: {"agent": "Lena", "phone": number})
    ),
    st.tuples(
        st.sampled_from(["add_dial_list_phone", "mark_dial_list_phone_undialed"]),
        numbers.map(lambda number: {**_listed, "phone": number}),
    ),
    st.tuples(
        st.sampled_from(["insert_dnc", "delete_dnc"]), numbers.map(lambda one: {"number": one})
    ),
)
