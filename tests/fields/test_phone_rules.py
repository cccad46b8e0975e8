import re
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from _support.tables import each
from chasedata_mcp.fields.context import ValidationContext
from chasedata_mcp.fields.phone import (
    AnyPhone,
    CallablePhone,
    OwnPhone,
    PhoneUse,
    list_phone_warnings,
    parse_phone,
)
from chasedata_mcp.fields.service_codes import REFUSED as REFUSED_CODES

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
CALLABLE = TypeAdapter[str](CallablePhone)
ANY = TypeAdapter[str](AnyPhone)
OWN = TypeAdapter[str](OwnPhone)
KINDS = each("adapter", [CALLABLE, ANY, OWN])


def refusal(adapter: TypeAdapter[str], value: object, context: object = None) -> tuple[str, str]:
    with pytest.raises(ValidationError) as caught:
        adapter.validate_python(value, context=context)
    [error] = caught.value.errors()
    return error["type"], error["msg"]


def taken_or_refused(adapter: TypeAdapter[str], value: object) -> tuple[str | None, list[str]]:
    try:
        return adapter.validate_python(value), []
    except ValidationError as error:
        return None, [e["type"] for e in error.errors()]


WRITTEN = [
    "9545550123",
    "(954) 555-0123",
    "(954)555-0123",
    "+1 954 555 0123",
    "+19545550123",
    "+1 (954) 555-0123",
    "(+1) 954 555 0123",
    "954.555.0123",
    "954/555-0123",
    "1-954-555-0123",
    "19545550123",
    "1 (954) 555.0123",
    "  954 555 0123\n",
    "954\u00a0555\u00a00123",
    "954\u2007555\u202f0123",
    "954\u2010555\u20110123",
    "954\u2013555\u20140123",
    "954\u2212555\u22120123",
    "\u202a+1 (954) 555\u20110123\u202c",
    "\ufeff954\u200b5550123",
]


@KINDS
@each("written", WRITTEN)
def test_a_number_is_taken_as_people_write_it(adapter: TypeAdapter[str], written: str) -> None:
    assert adapter.validate_python(written) == "9545550123"


REFUSED = [
    ("954-555-0123 x12", "phone_extension"),
    ("954-555-0123 ext. 12", "phone_extension"),
    ("954-555-0123 extension 12", "phone_extension"),
    ("954-555-0123;ext=12", "phone_extension"),
    ("954-555-0123 #12", "phone_extension"),
    ("954-555-0123,12", "phone_extension"),
    ("+1 954 555 0123 extn 7", "phone_extension"),
    ("1-800-FLOWERS", "phone_letters"),
    ("954-555-O123", "phone_letters"),
    ("tel:9545550123", "phone_letters"),
    ("9.545550123E9", "phone_letters"),
    ("(954) 555-\u0416123", "phone_letters"),
    ("\uff19\uff15\uff145550123", "phone_foreign_digits"),
    ("\u0669545550123", "phone_foreign_digits"),
    ("954555012\u00b3", "phone_foreign_digits"),
    ("9545550123.0", "phone_decimal"),
    ("1954555012.0", "phone_decimal"),
    ("954*555*0123", "phone_characters"),
    ("954_555_0123", "phone_characters"),
    ("9545550123, 9545550124", "phone_characters"),
    ("954+5550123", "phone_characters"),
    ("++19545550123", "phone_characters"),
    ("954&Action=", "phone_letters"),
    ("+44 20 7946 0123", "phone_country_code"),
    ("+52 55 5555 0123", "phone_country_code"),
    ("+9545550123", "phone_country_code"),
    ("011 44 20 7946 0123", "phone_country_code"),
    ("0044 20 7946 0123", "phone_country_code"),
    ("555-0123", "phone_too_short"),
    ("954555012", "phone_too_short"),
    ("+1954555012", "phone_too_short"),
    ("+", "phone_too_short"),
    ("---", "phone_too_short"),
    ("95455501234", "phone_too_long"),
    ("195455501234", "phone_too_long"),
    ("+195455501234", "phone_too_long"),
    ("29545550123", "phone_too_long"),
    ("954-555-0123\x00", "text_control"),
    ("954\t5550123", "text_tab"),
    ("", "text_empty"),
    (" \u00a0", "text_empty"),
    ("9" * 51, "text_too_long"),
    ("9545550123\ud800", "text_surrogate"),
]


@KINDS
@each("written, kind", REFUSED)
def test_what_is_not_ten_digits_is_refused_with_its_reason(
    adapter: TypeAdapter[str], written: str, kind: str
) -> None:
    assert refusal(adapter, written)[0] == kind


@KINDS
@each("value", [9545550123, 9545550123.0, None, True, ["9545550123"]])
def test_a_number_is_a_string(adapter: TypeAdapter[str], value: object) -> None:
    assert refusal(adapter, value)[0] == "string_type"


MISSHAPEN = [
    ("0545550123", "phone_area_code"),
    ("1545550123", "phone_area_code"),
    ("9115550123", "phone_service_area"),
    ("4115550123", "phone_service_area"),
    ("2115550123", "phone_service_area"),
    ("9540550123", "phone_exchange"),
    ("9541550123", "phone_exchange"),
    ("9542110123", "phone_service_exchange"),
    ("9544110123", "phone_service_exchange"),
    ("9549110123", "phone_service_exchange"),
]


@pytest.mark.parametrize(("number", "kind"), MISSHAPEN)
def test_a_number_to_be_called_has_the_shape_of_one(number: str, kind: str) -> None:
    assert refusal(CALLABLE, number)[0] == kind


@pytest.mark.parametrize(("number", "_kind"), MISSHAPEN)
def test_a_misshapen_number_can_be_found_and_cleaned_with_a_warning(
    number: str, _kind: str
) -> None:
    assert ANY.validate_python(number) == number
    [warning] = list_phone_warnings(number, PhoneUse.ANY)
    assert "shape" in warning


@pytest.mark.parametrize("digits", ["0000000000", "1954555012", "0111234567"])
def test_any_ten_digits_find_what_was_stored_badly(digits: str) -> None:
    assert ANY.validate_python(digits) == digits


def test_a_number_can_be_read_outside_a_model_by_the_same_rule() -> None:
    assert parse_phone("(876) 555-0123") == "8765550123"
    for unfit in ("555-0123", 8765550123, None):
        with pytest.raises(ValueError, match=r"fewer than ten|valid string"):
            parse_phone(unfit)


TOLL_FREE = ["8005550123", "8335550123", "8445550123", "8555550123", "8665550123", "8775550123"]


@pytest.mark.parametrize("number", [*TOLL_FREE, "8885550123"])
def test_a_toll_free_number_is_taken_with_a_warning_and_as_an_own_one_without(number: str) -> None:
    assert CALLABLE.validate_python(number) == number
    [warning] = list_phone_warnings(number, PhoneUse.CALLABLE)
    assert "toll-free" in warning
    assert OWN.validate_python(number) == number
    assert list_phone_warnings(number, PhoneUse.OWN) == []
    assert list_phone_warnings(number, PhoneUse.ANY) == []


def test_a_toll_free_number_belongs_to_no_country() -> None:
    canada = ValidationContext(NOW, frozenset({"CA"}))
    assert CALLABLE.validate_python("8005550123", context=canada) == "8005550123"


def test_a_number_that_only_the_library_doubts_is_taken_with_a_warning() -> None:
    assert CALLABLE.validate_python("221-555-0123") == "2215550123"
    for kind in (PhoneUse.CALLABLE, PhoneUse.ANY):
        [warning] = list_phone_warnings("2215550123", kind)
        assert "not known to be in use" in warning
    assert list_phone_warnings("2215550123", PhoneUse.OWN) == []


@each("number", ["9545550100", "2125550199", "4165550123", "9075550142"])
@each("kind", PhoneUse)
def test_a_fictional_number_of_a_real_area_code_needs_no_warning(
    number: str, kind: PhoneUse
) -> None:
    assert list_phone_warnings(number, kind) == []


def test_warnings_never_say_the_number() -> None:
    for number in ("8005550123", "2215550123", "0545550123", "5005550123", "6005550123"):
        for kind in PhoneUse:
            assert all(not re.search("[0-9]", told) for told in list_phone_warnings(number, kind))


ABROAD = {
    "JM": "8765550123",
    "DO": "8095550123",
    "BS": "2425550123",
    "BM": "4415550123",
    "KY": "3455550123",
    "PR": "7875550123",
    "VI": "3405550123",
    "GU": "6715550123",
    "AS": "6845550123",
    "MP": "6705550123",
}


@pytest.mark.parametrize(("country", "number"), ABROAD.items())
def test_a_number_outside_the_united_states_and_canada_is_called_only_when_allowed(
    country: str, number: str
) -> None:
    for context in (None, ValidationContext(NOW)):
        kind, sentence = refusal(CALLABLE, number, context)
        assert kind == "phone_country"
        assert f"({country})" in sentence
    allowed = ValidationContext(NOW, frozenset({"US", country}))
    assert CALLABLE.validate_python(number, context=allowed) == number
    assert ANY.validate_python(number) == number
    assert OWN.validate_python(number) == number


def test_canada_can_be_left_out_of_the_countries() -> None:
    assert CALLABLE.validate_python("416-555-0123", context=ValidationContext(NOW)) == "4165550123"
    just_us = ValidationContext(NOW, frozenset({"US"}))
    assert refusal(CALLABLE, "416-555-0123", just_us)[0] == "phone_country"


def test_a_context_that_is_no_validation_context_is_a_programming_error() -> None:
    with pytest.raises(TypeError, match="ValidationContext"):
        CALLABLE.validate_python("9545550123", context={"countries": {"US"}})


@KINDS
def test_the_schema_is_a_string_of_at_most_50_characters(adapter: TypeAdapter[str]) -> None:
    assert adapter.json_schema() == {"type": "string", "maxLength": 50}


def test_each_reason_has_its_own_sentence() -> None:
    sentences: dict[str, str] = {}
    for written, kind in (*REFUSED, *MISSHAPEN):
        sentence = refusal(CALLABLE, written)[1]
        assert sentences.setdefault(kind, sentence) == sentence
        assert written.strip() not in sentence or not written.strip(" +-.()\u00a0")
        assert sentence[0].islower()
        assert not sentence.endswith(".")
    assert len(set(sentences.values())) == len(sentences)


PIECES = st.sampled_from([*"0123456789", *"+-.() /x#,;", "ext", "\u00a0", "\u2011", "\uff11", "a"])


@given(st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=25).map("".join)))
@example("+")
@example("1" * 11)
def test_whatever_is_written_becomes_ten_ascii_digits_or_a_refusal(written: str) -> None:
    for adapter in (CALLABLE, ANY, OWN):
        number, kinds = taken_or_refused(adapter, written)
        assert all(kind.startswith(("phone_", "text_")) for kind in kinds)
        if number is not None:
            assert re.fullmatch("[0-9]{10}", number)
            assert adapter.validate_python(number) == number


AREA = st.integers(200, 999).map(str)
EXCHANGE = st.integers(200, 999).filter(lambda n: n % 100 != 11).map(str)
LINE = st.integers(0, 9999).map("{:04}".format)


@given(AREA, EXCHANGE, LINE, st.sampled_from(["{}{}{}", "({}) {}-{}", "+1{}{}{}", "1 {}.{}.{}"]))
def test_every_number_of_the_shape_is_taken_or_refused_for_its_country_or_cost(
    area: str, exchange: str, line: str, form: str
) -> None:
    number, kinds = taken_or_refused(CALLABLE, form.format(area, exchange, line))
    assert set(kinds) <= {"phone_country", *(code.name for code in REFUSED_CODES)}
    if number is not None:
        assert number == area + exchange + line
        assert len(list_phone_warnings(number, PhoneUse.CALLABLE)) <= 1


@given(st.text("0123456789", min_size=10, max_size=10))
def test_any_ten_digits_are_taken_for_finding_and_for_own_numbers(digits: str) -> None:
    assert ANY.validate_python(digits) == digits
    assert OWN.validate_python(digits) == digits
    assert len(list_phone_warnings(digits, PhoneUse.ANY)) <= 1


def test_importing_the_rules_does_not_import_the_library() -> None:
    program = (
        "import sys, chasedata_mcp.fields.phone, chasedata_mcp.fields.dates;"
        "sys.exit('phonenumbers' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0  # noqa: S603 - our own words
