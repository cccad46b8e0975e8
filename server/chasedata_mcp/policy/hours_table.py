"""The table of calling hours: a window for each state, with its source, from a TOML file."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from functools import cache
from importlib.resources import files
from typing import Annotated, NoReturn

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from chasedata_mcp.fields.area_codes import AREA_CODES

FEDERAL = "federal"
"""The place of the row that applies to every number."""
NONE_KNOWN = "no narrower rule known"

_SHIPPED = "calling_hours.toml"
_ROWS = "window"
_CLOCK = re.compile("([0-9]{1,2}):([0-9]{2})")


@dataclass(frozen=True, slots=True)
class CallingWindow:
    """The hours in which one place lets a phone ring, by the clock where the phone is."""

    place: str
    """The two letters of a state or province, or `federal`."""
    opens: time
    """The first moment that is inside."""
    closes: time
    """The first moment that is outside again, the same day."""
    sunday: bool
    """True where Sundays count as other days; else they are outside, all day."""
    by_area_code: bool
    """True where the law itself takes a number's area code for the place."""
    calls_in_24_hours: int | None
    """The calls allowed to one number in 24 hours, None where the place has no rule."""
    source: str
    date: date
    """The day on which the row was looked up."""

    @property
    def hours(self) -> str:
        """The hours as people read them: `8:00 to 20:00`."""
        return f"{_clock_face(self.opens)} to {_clock_face(self.closes)}"


@dataclass(frozen=True, slots=True)
class HoursTable:
    """The federal window and those of the states that have a row."""

    federal: CallingWindow
    by_state: Mapping[str, CallingWindow]
    _applying: dict[frozenset[str], tuple[CallingWindow, ...]] = field(
        default_factory=dict[frozenset[str], tuple[CallingWindow, ...]],
        init=False,
        repr=False,
        compare=False,
    )

    @property
    def rows(self) -> tuple[CallingWindow, ...]:
        """All windows: the federal one, then the states by their letters."""
        return (self.federal, *(self.by_state[state] for state in sorted(self.by_state)))

    def find_windows(self, states: frozenset[str]) -> tuple[CallingWindow, ...]:
        """Find the windows that a number of these states must be inside of, the narrowest first."""
        # Cached: a number is of one state or two, so there are few combinations.
        found = self._applying.get(states)
        if found is None:
            # The federal row applies to every number; where rows differ, the narrower holds.
            windows = [self.by_state[state] for state in states if state in self.by_state]
            found = tuple(sorted([*windows, self.federal], key=_latest_to_open))
            self._applying[states] = found
        return found


def _latest_to_open(window: CallingWindow) -> tuple[int, time, str]:
    return -60 * window.opens.hour - window.opens.minute, window.closes, window.place


@cache
def load_shipped_table() -> HoursTable:
    """Load the table that comes with the server."""
    return parse_table(files("chasedata_mcp.policy").joinpath(_SHIPPED).read_text("utf-8"))


def parse_table(text: str) -> HoursTable:
    """Parse the text of a TOML file of the shape of ours.

    Raises:
        ValueError: Something in it is not understood; the sentence names the row and the key.
    """
    windows: dict[str, CallingWindow] = {}
    for number, given in enumerate(_rows(text), start=1):
        window = _window(number, given)
        if window.place in windows:
            _refuse(f"{_name(number, given)}, key `state`: there is a row of that state before it")
        windows[window.place] = window
    federal = windows.pop(FEDERAL, None)
    if federal is None:
        _refuse(f'There is no row with the state "{FEDERAL}", and that one is required')
    return HoursTable(federal, windows)


def describe_state(table: HoursTable, state: str) -> str:
    """Describe a state's own rule to a person, or that none is known."""
    window = table.federal if state == FEDERAL else table.by_state.get(state)
    if window is None:
        return NONE_KNOWN
    limits = [window.hours]
    if not window.sunday:
        limits.append("not on Sundays")
    if window.by_area_code:
        limits.append("by the area code")
    if window.calls_in_24_hours is not None:
        limits.append(f"at most {window.calls_in_24_hours} calls in 24 hours")
    return f"{', '.join(limits)} ({window.source}, {window.date})"


def render_hours_rows(table: HoursTable) -> str:
    """Render the table as Markdown, a line for each row, with a line break at its end."""
    heads = ("State", "Hours", "Sunday", "By area code", "Calls in 24 hours", "Source", "Date")
    lines = [heads, ("---",) * len(heads), *(_cells(window) for window in table.rows)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _cells(window: CallingWindow) -> tuple[str, ...]:
    return (
        window.place,
        window.hours,
        "yes" if window.sunday else "no",
        "yes" if window.by_area_code else "no",
        "" if window.calls_in_24_hours is None else str(window.calls_in_24_hours),
        window.source.replace("\\", "\\\\").replace("|", "\\|"),
        window.date.isoformat(),
    )


def _clock_face(clock: time) -> str:
    return f"{clock.hour}:{clock.minute:02}"


def _place(state: str) -> str:
    if state == FEDERAL or state in AREA_CODES:
        return state
    raise PydanticCustomError(
        "place", 'is neither the two capital letters of a state or province nor "federal"'
    )


def _clock(written: object) -> time:
    match = _CLOCK.fullmatch(written) if isinstance(written, str) else None
    try:
        if match is not None:
            return time(int(match[1]), int(match[2]))
    except ValueError:
        pass
    raise PydanticCustomError("clock", 'is not a time of day in quotation marks, such as "8:00"')


def _one_line(source: str) -> str:
    if source.strip() and source.isprintable():
        return source
    raise PydanticCustomError("source", "is not a line of text")


_Clock = Annotated[time, BeforeValidator(_clock)]


class _Row(BaseModel):
    # Strict: a misspelled key would leave a state without its rule.
    model_config = ConfigDict(extra="forbid", strict=True)

    place: Annotated[str, AfterValidator(_place)] = Field(alias="state")
    opens: _Clock = Field(alias="from")
    closes: _Clock = Field(alias="until")
    sunday: bool
    by_area_code: bool
    calls_in_24_hours: Annotated[int, Field(ge=1)] | None = None
    source: Annotated[str, AfterValidator(_one_line)]
    date: date


_KEYS = ", ".join(field.alias or name for name, field in _Row.model_fields.items())
_Given = Mapping[str, object]
_GIVEN = TypeAdapter(list[dict[str, object]])


def _rows(text: str) -> list[dict[str, object]]:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise ValueError(f"The table of calling hours is not TOML: {fault}.") from fault
    for key in document.keys() - {_ROWS}:
        _refuse(f"Key `{key}`: the table has rows that begin with [[{_ROWS}]] and nothing else")
    try:
        return _GIVEN.validate_python(document.get(_ROWS, []))
    except ValidationError:
        _refuse(f"Key `{_ROWS}`: every row begins with [[{_ROWS}]]")


def _window(number: int, given: _Given) -> CallingWindow:
    try:
        row = _Row.model_validate(given)
    except ValidationError as fault:
        _refuse(f"{_name(number, given)}, {_sentence(fault.errors()[0])}")
    if row.opens >= row.closes:
        _refuse(f"{_name(number, given)}, keys `from` and `until`: it closes before it opens")
    return CallingWindow(
        row.place,
        row.opens,
        row.closes,
        row.sunday,
        row.by_area_code,
        row.calls_in_24_hours,
        row.source,
        row.date,
    )


def _name(number: int, given: _Given) -> str:
    match given.get("state"):
        case str() as state if state.isprintable():
            return f"Row {number} ({state})"
        case _:
            return f"Row {number}"


def _sentence(error: ErrorDetails) -> str:
    key = f"key `{error['loc'][0]}`"
    match error["type"]:
        case "missing":
            return f"{key}: is missing"
        case "extra_forbidden":
            return f"{key}: is not one of {_KEYS}"
        case _:
            return f"{key}: {error['msg'][0].lower()}{error['msg'][1:]}"


def _refuse(sentence: str) -> NoReturn:
    raise ValueError(f"{sentence}.")
