"""Phones in a text: how generously they are found depends on what they are held against."""

import pytest

from _support.tables import each
from chasedata_mcp.fields.phones_in_text import (
    find_numbers,
    find_only_phone,
    find_phones,
    find_possible_numbers,
    has_phone,
    is_phone_field,
)

PHONE = "9545550123"
WRITTEN = [
    "9545550123",
    "09545550123",
    "99545550123",
    "95455501231",
    "0000009545550123",
    "*679545550123",
    "919545550123",
    "9545550123 9545550123",
    "(954)  -  555  -  0123 x12",
    "954 555 0123 ;ext=5",
    "+1.954.555.0123",
    "\uff11\uff19\uff15\uff14\uff15\uff15\uff15\uff10\uff11\uff12\uff13",
    "\u277e545550123",
    "9545550123A1",
    "954-555-0123-99",
    "9-1-954-555-0123 w 2",
    "9 of 5 and 4, 555, 0123",
    "100000000000000000000000009545550123999",
]


@each("text", WRITTEN)
def test_a_phone_is_possible_whatever_is_before_between_or_behind_its_digits(text: str) -> None:
    assert PHONE in find_possible_numbers(text)


@pytest.mark.parametrize(
    "text", ["954555012", "954-555-012", "9545550124", "954 555 1 0123", "2026-03-02 14:00:00", ""]
)
def test_what_has_other_digits_is_not_that_phone(text: str) -> None:
    assert PHONE not in find_possible_numbers(text)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("9545550123", {PHONE}),
        ("(954)  -  555  -  0123 x12", {PHONE}),
        ("0119545550123", {PHONE}),
        ("954-555-0123 or 03055550110", {PHONE, "3055550110"}),
        ("10000000000000000000000000009545550123", {PHONE}),
        ("9 of 5 and 4, 555, 0123", {PHONE}),
        ("Built in 1998 for 25000, 3 kW, 12 rooms, 2 floors, 150 lots", set[str]()),
    ],
)
def test_a_run_of_digits_is_one_number_at_most_beside_the_phones_that_are_written_out(
    text: str, numbers: set[str]
) -> None:
    assert find_numbers(text) == numbers


@each(
    "text, holds",
    [
        ("9545550123", True),
        ("0119545550123", True),
        ("*679545550123", True),
        ("99545550123", True),
        ("0000009545550123", True),
        ("call 954-555-0123", True),
        ("9 of 5 and 4, 555, 0123", True),
        ("954555012", False),
        ("1545550123", False),
        ("9541550123", False),
        ("2026-03-02 14:00", False),
        ("2026-03-02T14:00:00", False),
        ("12/25/2026 9:30", False),
        ("2345678923456789", False),
        ("Built 1998, 12 kW, 3 phases, 25000 USD", False),
        ("", False),
    ],
)
def test_a_phone_is_held_behind_any_prefix_and_neither_by_a_date_nor_by_a_long_id(
    text: str,
    holds: bool,  # noqa: FBT001 - what is expected
) -> None:
    assert has_phone(text) is holds


@pytest.mark.parametrize(
    "text",
    [
        "9545550123",
        "(954) 555-0123 ext. 7",
        "954-555-0123 (cell)",
        "Home: +1 954 555 0123 x 123456",
    ],
)
def test_a_phone_stands_alone_with_whose_it_is_and_an_extension(text: str) -> None:
    assert find_only_phone(text) == PHONE


@pytest.mark.parametrize(
    "text",
    [
        "call 954-555-0123 instead",
        "Ask my brother, 954-555-0123",
        "954-555-0123 or 305-555-0110",
        "954-555-0123 x 1234567",
        "09545550123",
        "555-0123",
    ],
)
def test_a_phone_with_more_beside_it_does_not(text: str) -> None:
    assert find_only_phone(text) is None


@each(
    "name",
    [
        *("PrimaryPhone", "SecondaryPhone", "adv_Cell__Phone", "Phone2", "HomePhone", "Mobile"),
        *("cellphone", "PRIMARYPHONE", "SECONDARY_PHONE", "homephone", "HPhone", "Telephone"),
        *("phone_number", "PhoneNumber", "mobileno", "adv_Tel", "cell", "Cellular", "Home Phone"),
    ],
)
def test_a_field_is_of_a_phone_by_a_word_of_its_name(name: str) -> None:
    assert is_phone_field(name)


@pytest.mark.parametrize(
    "name",
    [
        *("adv_Miscellaneous", "adv_Cancellation__Reason", "adv_Hotel", "Automobile"),
        *("Microphone", "Phonetic", "adv_Excellent", "Telling", "Remarks", ""),
    ],
)
def test_a_part_of_a_word_makes_no_phone_of_a_field(name: str) -> None:
    assert not is_phone_field(name)


def test_a_long_text_is_looked_through_as_a_short_one_is() -> None:
    text = "9545550123" * 20_000
    assert PHONE in find_possible_numbers(text)
    assert find_phones(f"{'x' * 300} {PHONE}") == {PHONE}
    assert not has_phone(text)
