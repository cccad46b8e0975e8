"""Numbers that are no person's phone, by the numbering plan: refused, or taken with a warning."""

import re

import pytest
from pydantic import TypeAdapter, ValidationError

from _support.tables import each
from chasedata_mcp.fields import area_codes
from chasedata_mcp.fields.phone import AnyPhone, CallablePhone, PhoneUse, list_phone_warnings
from chasedata_mcp.fields.service_codes import REFUSED, WARNED

CALLABLE, ANY = TypeAdapter[str](CallablePhone), TypeAdapter[str](AnyPhone)


def reason(number: str) -> str | None:
    """Why a number may not be called, by the name of the reason; None where it may."""
    try:
        assert CALLABLE.validate_python(number) == number
    except ValidationError as error:
        return error.errors()[0]["type"]
    return None


NOBODYS = [
    ("9005550123", "phone_premium"),
    ("9549765123", "phone_premium_exchange"),
    ("2129760000", "phone_premium_exchange"),
    ("9545551212", "phone_directory"),
    ("8005551212", "phone_directory"),
    ("2915550123", "phone_unassignable"),
    ("9955550123", "phone_unassignable"),
    ("3705550123", "phone_unassignable"),
    ("3795550123", "phone_unassignable"),
    ("9605550123", "phone_unassignable"),
    ("9695550123", "phone_unassignable"),
    ("5555550123", "phone_unassignable"),
    ("9505550123", "phone_unassignable"),
    ("8805550123", "phone_unassignable"),
    ("8895550123", "phone_unassignable"),
    ("7005550123", "phone_carrier"),
    ("7105550123", "phone_government"),
    ("9549500123", "phone_carrier_access"),
    ("9549580123", "phone_test_line"),
    ("9549590123", "phone_test_line"),
]


@each("number, kind", NOBODYS)
def test_a_number_that_is_no_person_s_is_not_called_but_can_be_found(
    number: str, kind: str
) -> None:
    assert reason(number) == kind
    assert ANY.validate_python(number) == number


BESIDE = [
    *("9545551211", "9545551213", "9769545551", "9549775123", "9549570123", "9549510123"),
    *("9545555555", "3685550123", "3805550123", "9595550123", "9705550123", "8785550123"),
    *("5515550123", "7015550123", "9015550123", "9495550123", "9515550123", "2895550123"),
]


@each("number", BESIDE)
def test_a_number_beside_one_of_these_is_called(number: str) -> None:
    assert reason(number) is None


def test_no_area_code_in_use_is_one_that_is_set_aside_and_each_other_one_is_called() -> None:
    set_aside = 0
    for area in map(str, range(200, 1000)):
        why = reason(f"{area}5550123")
        set_aside += why in {"phone_unassignable", "phone_service_area"}
        if area_codes.find_country(f"{area}5550123"):
            assert why is None
    # The administrator counts 681 codes that can be assigned (its report of March 2017).
    assert set_aside == 800 - 681


OF_NO_PLACE = ["500", "521", "529", "533", "544", "566", "577", "588", "600", "622", "688"]


@pytest.mark.parametrize("area", OF_NO_PLACE)
def test_a_code_of_no_place_is_called_with_a_warning(area: str) -> None:
    number = f"{area}2345678"
    assert CALLABLE.validate_python(number) == number
    [warning] = list_phone_warnings(number, PhoneUse.CALLABLE)
    assert "of no place" in warning


@pytest.mark.parametrize("area", ["621", "465", "273", "729", "837"])
def test_a_new_code_whose_place_is_known_needs_no_warning(area: str) -> None:
    assert list_phone_warnings(f"{area}5550123", PhoneUse.CALLABLE) == []
    assert list_phone_warnings(f"{area}5550123", PhoneUse.ANY) == []


@pytest.mark.parametrize("area", ["221", "723", "456", "822", "550"])
def test_a_code_that_nobody_knows_is_called_with_a_warning(area: str) -> None:
    assert CALLABLE.validate_python(f"{area}5550123") == f"{area}5550123"
    [warning] = list_phone_warnings(f"{area}5550123", PhoneUse.CALLABLE)
    assert "not known to be in use" in warning


def test_each_reason_has_a_sentence_of_its_own_that_completes_this_argument() -> None:
    sentences = [code.reason for code in REFUSED]
    assert len(set(sentences)) == len(sentences)
    assert all(one[0].islower() and not one.endswith(".") for one in sentences)


def test_no_warning_says_a_digit() -> None:
    assert not any(re.search("[0-9]", told) for _, told in WARNED)
