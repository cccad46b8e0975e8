"""A table of calling hours from the text of a TOML file, which is understood whole or refused."""

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from typing import NoReturn, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from chasedata_mcp.policy.calling_window import (
    CANADA,
    FEDERAL,
    About,
    CallingWindow,
    LegalHolidays,
)
from chasedata_mcp.policy.hours_row import EveryDayRow, HolidayList, WeekRow

_ROWS, _LISTS = "window", "holidays"
_NATIONAL = frozenset({FEDERAL, CANADA})
_Given = Mapping[str, object]
_Shape = TypeVar("_Shape", bound=BaseModel)
_GIVEN = TypeAdapter(list[dict[str, object]])
Lists = Mapping[str, LegalHolidays]
"""The lists of legal holidays, by place."""


def parse_windows(text: str, known: Lists) -> list[CallingWindow]:
    """Parse the rows of a table, in their order.

    `known` are the lists of holidays that hold for a place of which the table has none itself.

    Raises:
        ValueError: Something in it is not understood; the sentence names the row and the key.
    """
    document = _document(text)
    own = _lists(document)
    windows: list[CallingWindow] = []
    for number, given in enumerate(_tables(document, _ROWS), start=1):
        name = _name("Row", number, given)
        window = _window(name, given, {**known, **own})
        if any(_is_twice(window, other) for other in windows):
            _refuse(f"{name}, key `state`: there is a row of that state before it")
        windows.append(window)
    for place in own.keys() - {window.place for window in windows if window.holidays}:
        _refuse(f"The list of holidays of {place}: no row of that place has `holidays = false`")
    return windows


def _document(text: str) -> _Given:
    try:
        document: _Given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise ValueError(f"The table of calling hours is not TOML: {fault}.") from fault
    for key in document.keys() - {_ROWS, _LISTS}:
        _refuse(
            f"Key `{key}`: the table has rows that begin with [[{_ROWS}]], lists that begin with"
            f" [[{_LISTS}]] and nothing else"
        )
    return document


def _tables(document: _Given, key: str) -> list[dict[str, object]]:
    try:
        return _GIVEN.validate_python(document.get(key, []))
    except ValidationError:
        what = "row" if key == _ROWS else "list"
        _refuse(f"Key `{key}`: every {what} begins with [[{key}]]")


def parse_lists(text: str) -> Lists:
    """Parse the lists of legal holidays of a table.

    Raises:
        ValueError: Something in it is not understood; the sentence names the list and the key.
    """
    return _lists(_document(text))


def _lists(document: _Given) -> Lists:
    lists: dict[str, LegalHolidays] = {}
    for number, given in enumerate(_tables(document, _LISTS), start=1):
        name = _name("List", number, given)
        found = _holidays(name, given)
        if found.place in lists:
            _refuse(f"{name}, key `state`: there is a list of that state before it")
        lists[found.place] = found
    return lists


def _holidays(name: str, given: _Given) -> LegalHolidays:
    read = _validated(HolidayList, name, given)
    if read.first > read.last:
        _refuse(f"{name}, keys `first` and `last`: it ends before it begins")
    days: dict[date, str] = {}
    for holiday, dates in read.days.items():
        for day in dates:
            if not read.first <= day <= read.last:
                _refuse(f"{name}, key `days`: a date is not from `first` to `last`")
            days.setdefault(day, holiday)
    return LegalHolidays(
        read.place, read.first, read.last, dict(sorted(days.items())), read.source, read.date
    )


def _window(name: str, given: _Given, lists: Lists) -> CallingWindow:
    row = _validated(WeekRow if "hours" in given else EveryDayRow, name, given)
    if isinstance(row, EveryDayRow) and row.opens >= row.closes:
        _refuse(f"{name}, keys `from` and `until`: it closes before it opens")
    if row.begins and row.ends and row.begins > row.ends:
        _refuse(f"{name}, keys `begins` and `ends`: it ends before it begins")
    if row.place in _NATIONAL and (row.begins or row.ends):
        _refuse(f"{name}, keys `begins` and `ends`: this row holds always")
    if row.place in _NATIONAL and row.about is not About.CALLS_AND_TEXTS:
        _refuse(f"{name}, key `about`: this row is about calls and texts")
    holidays = None if row.holidays else lists.get(row.place)
    if not row.holidays and holidays is None:
        _refuse(f"{name}, key `holidays`: there is no list [[{_LISTS}]] of that state")
    return CallingWindow(
        row.place,
        row.list_week(),
        row.by_area_code,
        row.calls_in_24_hours,
        row.source,
        row.date,
        row.about,
        holidays,
        row.begins,
        row.ends,
        row.says,
        row.compared,
    )


def _is_twice(one: CallingWindow, other: CallingWindow) -> bool:
    """Tell whether two rows of one place are about the same thing on the same days."""
    # A row about automated calls may stand beside one about calls of any kind.
    is_of_one_kind = one.about.is_automated == other.about.is_automated
    is_at_once = (one.begins or date.min) <= (other.ends or date.max) and (
        other.begins or date.min
    ) <= (one.ends or date.max)
    return (
        one.place == other.place
        and is_of_one_kind
        and is_at_once
        and not one.about.channels.isdisjoint(other.about.channels)
    )


def _validated(shape: type[_Shape], name: str, given: _Given) -> _Shape:
    try:
        return shape.model_validate(given)
    except ValidationError as fault:
        _refuse(f"{name}, {_sentence(fault.errors()[0], shape)}")


def _name(kind: str, number: int, given: _Given) -> str:
    match given.get("state"):
        case str() as state if state.isprintable():
            return f"{kind} {number} ({state})"
        case _:
            return f"{kind} {number}"


def _sentence(error: ErrorDetails, shape: type[BaseModel]) -> str:
    key = f"key `{'.'.join(_path(error))}`"
    match error["type"]:
        case "missing":
            return f"{key}: is missing"
        case "extra_forbidden" if len(error["loc"]) == 1:
            known = (field.alias or name for name, field in shape.model_fields.items())
            return f"{key}: is not one of {', '.join(known)}"
        case "extra_forbidden":
            return f"{key}: is not a weekday, nor `weekdays`, `weekend` or `every_day`"
        case _:
            return f"{key}: {error['msg'][0].lower()}{error['msg'][1:]}"


def _path(error: ErrorDetails) -> Iterator[str]:
    """List the keys down to the fault; names of holidays and places in lists are no keys."""
    words = [str(part) for part in error["loc"]]
    yield from words[:1] if words[0] == "days" else words


def _refuse(sentence: str) -> NoReturn:
    raise ValueError(f"{sentence}.")
