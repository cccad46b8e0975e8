"""Text as an argument: trimmed, never empty, free of control characters, bounded in length."""

import re
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import AfterValidator, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, PydanticKnownError, core_schema

SPACES = (
    " \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005"
    "\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
)
"""Unicode's space separators, non-breaking and figure spaces among them."""

# Every kind of line break is sent as LF (tools.md, "For every tool").
_LINE_BREAK = re.compile("\r\n|[\r\u2028\u2029]")
# Controls of C0 and C1 but tab and line feed, which `multiline` allows.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_DIGITS = re.compile("[0-9]+")
_TWO_LETTERS = re.compile("[A-Za-z]{2}")


@dataclass(frozen=True, slots=True)
class TextRule:
    """The rule of a text argument, used as `Annotated[str, Text(50)]`.

    `max_length` counts code points after trimming. `multiline` takes line breaks, which become LF
    however they were written, and tabs.
    """

    max_length: int
    multiline: bool = False

    def parse(self, value: object) -> str:
        """Parse a text to the form in which it is sent."""
        if not isinstance(value, str):
            raise PydanticKnownError("string_type")
        text = _LINE_BREAK.sub("\n", value).strip(SPACES + "\n\t")
        if not text:
            raise PydanticCustomError("text_empty", "is empty; leave it out or give it a value")
        self._refuse_characters(text)
        # In code points after trimming, as the schema counts (tools.md).
        if len(text) > self.max_length:
            raise PydanticCustomError(
                "text_too_long",
                "is too long; it must have at most {max_length} characters",
                {"max_length": self.max_length},
            )
        return text

    def _refuse_characters(self, text: str) -> None:
        # UTF-8 can't encode it, so no request could carry it.
        if _SURROGATE.search(text):
            raise PydanticCustomError(
                "text_surrogate", "has half of a surrogate pair in it, which is no character"
            )
        if _CONTROL.search(text):
            raise PydanticCustomError("text_control", "has a control character in it")
        if self.multiline:
            return
        if "\n" in text:
            raise PydanticCustomError("text_line_break", "has a line break in it; send one line")
        if "\t" in text:
            raise PydanticCustomError("text_tab", "has a tab in it; use a space")

    def __get_pydantic_core_schema__(
        self, _source: object, _handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.parse)

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return build_string_schema(self.max_length)


def build_string_schema(max_length: int) -> JsonSchemaValue:
    """Build the JSON schema of a string of at most that length."""
    return {"type": "string", "maxLength": max_length}


def check_digits(text: str) -> str:
    """Refuse an id that isn't all digits, and return it as it was given."""
    if not _DIGITS.fullmatch(text):
        raise PydanticCustomError("digits_only", "must be digits only, 0 to 9")
    return text


def _check_state(text: str) -> str:
    if not _TWO_LETTERS.fullmatch(text):
        raise PydanticCustomError("state_letters", "must be the two letters of a state")
    return text.upper()


Line50 = Annotated[str, TextRule(50)]
Line100 = Annotated[str, TextRule(100)]
Line500 = Annotated[str, TextRule(500)]
Message = Annotated[str, TextRule(1600, multiline=True)]
"""A text message: about ten parts of 160 characters, more than anybody reads in one."""
LONGEST_FIELD: Final = 20_000
"""The most characters of a note, and of a field of the account's own: of the dialer no bound is
known, and this is twenty pages."""
Prose = Annotated[str, TextRule(LONGEST_FIELD, multiline=True)]
FieldText = Annotated[str, TextRule(LONGEST_FIELD)]
"""A field of the account's own."""
Digits = Annotated[str, TextRule(50), AfterValidator(check_digits)]
"""An id that the dialer gave: digits, kept as text with their leading zeros."""
State = Annotated[str, TextRule(2), AfterValidator(_check_state)]
"""Two letters, sent in capitals."""
