import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from _support.tables import each
from chasedata_mcp.fields.field_names import (
    CONTROL_PARAMETERS,
    LEAD_FIELDS,
    build_custom_name,
    check_other_name,
    refuse_reserved,
)


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("Date of Birth", "adv_Date__of__Birth"),
        ("adv_Date__of__Birth", "adv_Date__of__Birth"),
        ("adv_Date of Birth", "adv_Date__of__Birth"),
        ("ADV_Score", "adv_Score"),
        ("Score", "adv_Score"),
        (" Score ", "adv_Score"),
        ("2nd_phone", "adv_2nd_phone"),
        ("advance", "adv_advance"),
        ("adv score", "adv_adv__score"),
        ("adv_adv_x", "adv_adv_x"),
    ],
)
def test_a_custom_field_has_the_prefix_once_and_no_spaces(name: str, sent: str) -> None:
    assert build_custom_name(name) == sent


@pytest.mark.parametrize("name", ["Email", "Phone2", "a", "x_y__z", "adv_Score"])
def test_another_field_is_sent_under_its_own_name(name: str) -> None:
    assert check_other_name(name) == name


UNSENDABLE = [
    "a.b",
    "a[0]",
    "a-b",
    "a&Action=DeleteList",
    "a=b",
    "a\tb",
    "a\nb",
    "é",
    "\uff41",
    "a\x00",
]


@each("name", [*UNSENDABLE, "a\u00a0b", "Score\n"])
def test_a_name_that_could_become_another_is_refused(name: str) -> None:
    for made in (build_custom_name, check_other_name):
        with pytest.raises(ValueError, match="can't be sent") as caught:
            made(name)
        assert name not in str(caught.value)


@pytest.mark.parametrize("name", ["1st", "_x", " Email", "Email ", "Home Phone"])
def test_another_field_starts_with_a_letter_and_has_no_space(name: str) -> None:
    with pytest.raises(ValueError, match="can't be sent"):
        check_other_name(name)


@pytest.mark.parametrize("name", ["", " ", "adv_", "adv_ "])
def test_a_custom_field_needs_a_name(name: str) -> None:
    with pytest.raises(ValueError, match="without a name"):
        build_custom_name(name)


def test_another_field_needs_a_name() -> None:
    with pytest.raises(ValueError, match="without a name"):
        check_other_name("")


def test_a_name_has_at_most_100_characters_as_it_is_sent() -> None:
    assert len(check_other_name("x" * 100)) == 100
    assert len(build_custom_name("x" * 96)) == 100
    for made, name in (
        (check_other_name, "x" * 101),
        (build_custom_name, "x" * 97),
        (build_custom_name, "x " * 40),
    ):
        with pytest.raises(ValueError, match="at most 100"):
            made(name)


OWN = [
    *("ClientId", "FirstName", "LastName", "Address", "City", "State", "ZipCode", "Rep"),
    *("CallStatus", "Notes", "Campaign", "Subcampaign", "PrimaryPhone"),
]
STEERING = [
    *("Campaign", "PrimaryPhone", "Subcampaign", "timezone", "AllowDialingDups"),
    *("DialNonCallables", "DuplicatesCheck", "ImportOnly", "SearchField", "Identifier"),
    *("CallbackAgent", "CallbackDate", "CallbackNotes", "token", "accid", "Action"),
]


@each("name", sorted({*OWN, *STEERING}))
def test_a_name_with_a_meaning_of_its_own_is_refused_in_any_case(name: str) -> None:
    for written in (name, name.lower(), name.upper()):
        with pytest.raises(ValueError, match="reserved"):
            refuse_reserved(["Email", written])


def test_a_name_that_only_contains_a_reserved_one_is_taken() -> None:
    refuse_reserved(["adv_City", "City2", "Actions", "LeadToken", "Email"])
    refuse_reserved([])


def test_the_same_name_twice_is_refused_whatever_its_case() -> None:
    with pytest.raises(ValueError, match="twice"):
        refuse_reserved(["Email", "adv_x", "EMAIL"])
    with pytest.raises(ValueError, match="twice"):
        refuse_reserved(
            [build_custom_name("Date of Birth"), build_custom_name("adv_date__of__birth")]
        )


def test_the_lead_fields_stand_in_the_order_of_the_arguments() -> None:
    assert list(LEAD_FIELDS.values()) == OWN
    assert list(LEAD_FIELDS) == [
        *("client_id", "first_name", "last_name", "address", "city", "state", "zip_code", "rep"),
        *("call_status", "notes", "campaign", "subcampaign", "primary_phone"),
    ]
    assert [*CONTROL_PARAMETERS, "token", "accid", "Action"] == STEERING


WIRE_CHARACTERS = set(string.ascii_letters + string.digits + "_")


@given(st.text(max_size=110))
def test_a_name_that_is_sent_is_a_word_and_stays_the_same(name: str) -> None:
    for made in (build_custom_name, check_other_name):
        try:
            sent = made(name)
        except ValueError:
            continue
        assert set(sent) <= WIRE_CHARACTERS
        assert sent[0] in string.ascii_letters
        assert len(sent) <= 100
        assert made(sent) == sent
