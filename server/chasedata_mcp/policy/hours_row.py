"""The shape of a row of calling hours and of a list of holidays in a TOML file, both strict."""

import re
from datetime import date, time
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    model_validator,
)
from pydantic_core import PydanticCustomError
from typing_extensions import override

from chasedata_mcp.fields.area_codes import AREA_CODES
from chasedata_mcp.policy.calling_window import (
    CANADA,
    FEDERAL,
    WEEKDAYS,
    About,
    Day,
    DayHours,
    Week,
)

_CLOCK = re.compile("([0-9]{1,2}):([0-9]{2})")
_HOURS = re.compile("([0-9]{1,2}:[0-9]{2})-([0-9]{1,2}:[0-9]{2})")
_CLOSED = "closed"
_WEEKEND = frozenset(WEEKDAYS[-2:])


def _place(state: str) -> str:
    if state in {FEDERAL, CANADA} or state in AREA_CODES:
        return state
    raise PydanticCustomError(
        "place",
        'is neither the two capital letters of a state or province nor "federal" nor "Canada"',
    )


def _clock(written: object) -> time:
    match = _CLOCK.fullmatch(written) if isinstance(written, str) else None
    try:
        if match is not None:
            return time(int(match[1]), int(match[2]))
    except ValueError:
        pass
    raise PydanticCustomError("clock", 'is not a time of day in quotation marks, such as "8:00"')


def _day_hours(written: object) -> DayHours | None:
    if written == _CLOSED:
        return None
    match = _HOURS.fullmatch(written) if isinstance(written, str) else None
    if match is None:
        raise PydanticCustomError("hours", 'is neither hours, such as "9:00-18:00", nor "closed"')
    opens, closes = _clock(match[1]), _clock(match[2])
    if opens >= closes:
        raise PydanticCustomError("hours", "closes before it opens")
    return DayHours(opens, closes)


def _one_line(text: str) -> str:
    if text.strip() and text.isprintable():
        return text
    raise PydanticCustomError("source", "is not a line of text")


_Clock = Annotated[time, BeforeValidator(_clock)]
_Place = Annotated[str, AfterValidator(_place)]
_Line = Annotated[str, AfterValidator(_one_line)]
_DayHours = Annotated[DayHours | None, PlainValidator(_day_hours)]
# Strict: a misspelled key would leave a state without its rule.
_STRICT = ConfigDict(extra="forbid", strict=True)


class Row(BaseModel):
    """The keys that both forms of a row have."""

    model_config = _STRICT

    place: _Place = Field(alias="state")
    holidays: bool = True
    about: Annotated[About, Field(strict=False)] = About.CALLS_AND_TEXTS
    begins: Day | None = None
    ends: Day | None = None
    by_area_code: bool
    calls_in_24_hours: Annotated[int, Field(ge=1)] | None = None
    source: _Line
    says: _Line = ""
    compared: _Line = ""
    date: date

    def list_week(self) -> Week:
        """List the hours of each weekday, Monday first."""
        raise NotImplementedError


class EveryDayRow(Row):
    """A row whose days have the same hours, but for a Sunday that is closed."""

    opens: _Clock = Field(alias="from")
    closes: _Clock = Field(alias="until")
    sunday: bool

    @override
    def list_week(self) -> Week:
        hours = DayHours(self.opens, self.closes)
        return (*[hours] * 6, hours if self.sunday else None)


class _Days(BaseModel):
    """The hours by weekday: a single day's go before its group's, and these before every day's."""

    model_config = _STRICT

    every_day: _DayHours = None
    weekdays: _DayHours = None
    weekend: _DayHours = None
    monday: _DayHours = None
    tuesday: _DayHours = None
    wednesday: _DayHours = None
    thursday: _DayHours = None
    friday: _DayHours = None
    saturday: _DayHours = None
    sunday: _DayHours = None

    @model_validator(mode="after")
    def _says_each_day(self) -> Self:
        for day in WEEKDAYS:
            if self.model_fields_set.isdisjoint(_keys_of(day)):
                raise PydanticCustomError("hours", f"says nothing of a {day}")
        if not any(self.list_week()):
            raise PydanticCustomError("hours", "leaves no day on which anybody may be called")
        return self

    def list_week(self) -> Week:
        """List the hours of each weekday, Monday first."""
        return tuple(self._find(day) for day in WEEKDAYS)

    def _find(self, day: str) -> DayHours | None:
        said = next(key for key in _keys_of(day) if key in self.model_fields_set)
        hours: DayHours | None = getattr(self, said)
        return hours


def _keys_of(day: str) -> tuple[str, str, str]:
    return day.lower(), "weekend" if day in _WEEKEND else "weekdays", "every_day"


class WeekRow(Row):
    """A row with hours by weekday."""

    hours: _Days

    @override
    def list_week(self) -> Week:
        return self.hours.list_week()


class HolidayList(BaseModel):
    """A list of legal holidays: the dates of each, from a first day to a last one."""

    model_config = _STRICT

    place: _Place = Field(alias="state")
    first: Day
    last: Day
    source: _Line
    days: Annotated[dict[_Line, Annotated[list[Day], Field(min_length=1)]], Field(min_length=1)]
    date: date
