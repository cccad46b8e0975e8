"""The first and last time of a history listing: a day or a moment, as written."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from chasedata_mcp.fields.text import TextRule, build_string_schema

_WRITTEN = TextRule(35)
_MOMENT = re.compile(
    "([0-9]{4}-[0-9]{2}-[0-9]{2})"
    "(?:[Tt ]([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.][0-9]{1,6})?)?)"
    "(?: ?([Zz]|[+-][0-9]{2}:?[0-9]{2}))?)?"
)
_FORM = "is not a date or a date and time; write YYYY-MM-DD or YYYY-MM-DDTHH:MM"
# Within these years every zone can be reckoned with.
_YEARS = range(1971, 2999)


class _MomentRule:
    """The validation rule of such a time; as an end, a day alone counts to its last moment."""

    def __init__(self, days: int) -> None:
        self._days = days

    def _validate(self, value: object) -> datetime:
        return parse_moment(value, self._days)

    def __get_pydantic_core_schema__(
        self, _source: object, _handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._validate)

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return build_string_schema(_WRITTEN.max_length)


Since = Annotated[datetime, _MomentRule(0)]
"""The first moment that counts, aware."""
Until = Annotated[datetime, _MomentRule(1)]
"""The first moment that doesn't count any more, aware; a day alone still counts as a whole."""


def parse_moment(value: object, days: int = 0) -> datetime:
    """Parse a day or a moment, by the machine's clock where no offset is written; in UTC.

    Raises:
        PydanticCustomError: A ValueError; the message completes "this argument ...".
    """
    text = _WRITTEN.parse(value)
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise PydanticCustomError("moment_form", _FORM)
    day, hours, offset = found.groups(default="")
    try:
        moment = datetime.fromisoformat(f"{day}T{hours or '00:00'}{offset.upper()}")
    except ValueError:
        raise PydanticCustomError("moment_date", "is a date or a time that there isn't") from None
    if moment.year not in _YEARS:
        raise PydanticCustomError("moment_year", "has a year that no entry can be of")
    return (moment if hours else moment + timedelta(days=days)).astimezone(UTC)
