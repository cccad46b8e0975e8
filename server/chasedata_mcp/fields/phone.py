"""Phone numbers as people write them, read as the ten digits that the dialer takes."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from chasedata_mcp.fields import area_codes, numbering_plan
from chasedata_mcp.fields.context import UNITED_STATES_AND_CANADA, ValidationContext
from chasedata_mcp.fields.service_codes import TOLL_FREE, find_refused_code, find_warning
from chasedata_mcp.fields.text import SPACES, TextRule, build_string_schema

# As long as the dialer's PrimaryPhone (tools.md).
_WRITTEN = TextRule(50)
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\ufe58\ufe63\uff0d"
# Address books put these round a number that is copied from them.
_INVISIBLE = (
    "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2066\u2067\u2068\u2069\ufeff"
)
_PLAIN = str.maketrans(
    dict.fromkeys(SPACES, " ") | dict.fromkeys(_DASHES, "-") | dict.fromkeys(_INVISIBLE, "")
)
_EXTENSION = re.compile(
    r"[0-9 ().\-/+]*[0-9]\W*(?:ext(?:ension|n)?|x|#|[,;])\W*[0-9]{0,6}\W*", re.IGNORECASE
)
# A spreadsheet's 9545550123.0 would otherwise gain a digit.
_DECIMAL = re.compile(r"[0-9]{7,}\.[0-9]{1,2}")
_CHARACTERS = re.compile(r"[( ]*\+?[0-9 ().\-/]*")
_NOT_DIGITS = re.compile("[^0-9]")
_TEN = 10


class PhoneUse(StrEnum):
    """The purpose of a number, which decides how strict its check is."""

    CALLABLE = "callable"
    """It may be called or texted."""
    ANY = "any"
    """It finds or stops something, so that what was stored badly can be found and cleaned."""
    OWN = "own"
    """It is one of the account's own numbers."""


@dataclass(frozen=True, slots=True)
class PhoneRule:
    """The rule of a phone number, used as `Annotated[str, Phone(Kind.CALLABLE)]`.

    A callable number's country is checked by the `ValidationContext`; without one only the United
    States and Canada may be called.
    """

    kind: PhoneUse

    def parse(self, value: object, countries: frozenset[str]) -> str:
        """Parse a number to its ten digits."""
        number = _extract_ten_digits(_reduce(_WRITTEN.parse(value)))
        if self.kind is PhoneUse.CALLABLE:
            refuse_uncallable(number, countries)
        return number

    def _validate(self, value: object, info: core_schema.ValidationInfo) -> str:
        if info.context is None:
            return self.parse(value, UNITED_STATES_AND_CANADA)
        return self.parse(value, ValidationContext.require(info.context).countries)

    def __get_pydantic_core_schema__(
        self, _source: object, _handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(self._validate)

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return build_string_schema(_WRITTEN.max_length)


CallablePhone = Annotated[str, PhoneRule(PhoneUse.CALLABLE)]
AnyPhone = Annotated[str, PhoneRule(PhoneUse.ANY)]
OwnPhone = Annotated[str, PhoneRule(PhoneUse.OWN)]


def parse_phone(written: object) -> str:
    """Parse a number that finds or stops something to its ten digits.

    Raises:
        PydanticCustomError: A ValueError; it isn't ten digits.
    """
    return PhoneRule(PhoneUse.ANY).parse(written, UNITED_STATES_AND_CANADA)


def refuse_uncallable(number: str, countries: frozenset[str]) -> None:
    """Refuse ten digits that are no person's phone, or one in a country that may not be called.

    Raises:
        PydanticCustomError: A ValueError; the message completes "this argument ...".
    """
    code = find_refused_code(number)
    if code is not None:
        raise PydanticCustomError(code.name, code.reason)
    _refuse_country(number, countries)


def list_phone_warnings(number: str, kind: PhoneUse) -> list[str]:
    """List warnings about a number that was accepted all the same: sentences, often none."""
    match kind:
        case PhoneUse.CALLABLE:
            warning = find_warning(number)
            return _list_doubts(number) if warning is None else [warning]
        case PhoneUse.ANY:
            code = find_refused_code(number)
            if code is not None and code.is_shape:
                return ["This number has a shape that no number in North America has."]
            return _list_doubts(number)
        case PhoneUse.OWN:
            return []


def _list_doubts(number: str) -> list[str]:
    # The library lags behind new area codes, so it may doubt and never refuse (wire.md).
    if area_codes.find_states(number) or numbering_plan.is_known(number):
        return []
    return ["This number is not known to be in use: its area code is very new, or it is mistyped."]


def _reduce(written: str) -> str:
    """Reduce a number to digits and plain punctuation, and refuse whatever else is in it."""
    if written.isascii() and written.isdecimal():
        return written
    text = written.translate(_PLAIN).strip()
    if any(not char.isascii() and char.isdigit() for char in text):
        raise PydanticCustomError(
            "phone_foreign_digits", "has digits of another script; write it with 0 to 9"
        )
    if _EXTENSION.fullmatch(text):
        raise PydanticCustomError(
            "phone_extension", "has an extension, which can't be dialed; send the ten digits alone"
        )
    if any(char.isalpha() for char in text):
        raise PydanticCustomError("phone_letters", "has letters in it; send digits only")
    if _DECIMAL.search(text):
        raise PydanticCustomError(
            "phone_decimal", "is written as a number with decimals; send its ten digits as text"
        )
    if not _CHARACTERS.fullmatch(text):
        raise PydanticCustomError(
            "phone_characters", "has characters in it that no phone number has"
        )
    return text


def _extract_ten_digits(text: str) -> str:
    digits = _NOT_DIGITS.sub("", text)
    if "+" in text:
        digits = _drop_country_code(digits)
    # The international prefixes of most of the world and of North America.
    elif len(digits) > _TEN and digits.startswith(("00", "011")):
        raise _build_country_error()
    elif len(digits) == _TEN + 1 and digits.startswith("1"):
        digits = digits[1:]
    if len(digits) < _TEN:
        raise PydanticCustomError("phone_too_short", "has fewer than ten digits")
    if len(digits) > _TEN:
        raise PydanticCustomError("phone_too_long", "has more than ten digits")
    return digits


def _drop_country_code(digits: str) -> str:
    if digits and not digits.startswith("1"):
        raise _build_country_error()
    return digits[1:]


def _build_country_error() -> PydanticCustomError:
    return PydanticCustomError(
        "phone_country_code", "is not a number of country code 1, and the dialer takes no other"
    )


def _refuse_country(number: str, countries: frozenset[str]) -> None:
    # The Caribbean shares the numbers' shape, and toll fraud goes there (tools.md).
    country = numbering_plan.find_country(number) or area_codes.find_country(number)
    if country is None or country in countries or number[:3] in TOLL_FREE:
        return
    raise PydanticCustomError(
        "phone_country",
        "is a number of a country that may not be called ({country}); a setting can allow it",
        {"country": country},
    )
