"""A row of the table of calling hours: its hours on each weekday, its holidays, when it holds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from itertools import groupby

from typing_extensions import override

from chasedata_mcp.fields.format import join_words
from chasedata_mcp.tools.effects import Channel

FEDERAL = "federal"
"""The place of the row that applies to every number but Canada's."""
CANADA = "Canada"
"""The place of the row that applies to Canada's numbers in its stead."""
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SUNDAY = 6
_SEVERAL = 2
Day = date
"""A date, under a name that no field below has."""


class About(StrEnum):
    """The way of reaching somebody that a row is about.

    Whatever call this server brings about, a dialer dials, so each counts as an automated one.
    """

    CALLS_AND_TEXTS = "calls and texts"
    CALLS = "calls"
    TEXTS = "texts"
    AUTOMATED_CALLS = "automated calls"
    AUTOMATED_CALLS_AND_TEXTS = "automated calls and texts"

    @property
    def channels(self) -> frozenset[Channel]:
        """The channels that the row holds for."""
        return _CHANNELS.get(self, _ALL_CHANNELS)

    @property
    def is_automated(self) -> bool:
        """True where the law is about calls that a machine dials."""
        return self in {About.AUTOMATED_CALLS, About.AUTOMATED_CALLS_AND_TEXTS}


_ALL_CHANNELS = frozenset(Channel)
_CHANNELS = {
    About.CALLS: frozenset({Channel.CALL}),
    About.AUTOMATED_CALLS: frozenset({Channel.CALL}),
    About.TEXTS: frozenset({Channel.TEXT}),
}
"""The channels of what is about one of them only."""


@dataclass(frozen=True, slots=True)
class DayHours:
    """The hours of one day: `opens` is the first moment inside, `closes` the first one outside."""

    opens: time
    closes: time

    @override
    def __str__(self) -> str:
        return f"{_clock_face(self.opens)} to {_clock_face(self.closes)}"


Week = tuple[DayHours | None, ...]
"""The hours of each weekday, Monday first; None on a day that is outside as a whole."""


@dataclass(frozen=True, slots=True)
class LegalHolidays:
    """The legal holidays of a state or province, by date, from a first day to a last one."""

    place: str
    first: Day
    last: Day
    days: Mapping[Day, str]
    """The name of each holiday."""
    source: str
    date: Day
    """The day on which the list was looked up."""

    def reaches(self, day: Day) -> bool:
        """Tell whether the list would have the day, were it a holiday."""
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class CallingWindow:
    """The hours in which one place lets a phone ring, by the clock where the phone is."""

    place: str
    """The two letters of a state or province, `federal` or `Canada`."""
    week: Week
    by_area_code: bool
    """True where the law itself takes a number's area code for the place."""
    calls_in_24_hours: int | None
    """The calls allowed to one number in 24 hours, None where the place has no rule."""
    source: str
    """The law or rule, as it is cited."""
    date: Day
    """The day on which the row was looked up."""
    about: About = About.CALLS_AND_TEXTS
    holidays: LegalHolidays | None = None
    """The legal holidays, all of them outside; None where they count as other days."""
    begins: Day | None = None
    """The first day on which the row holds, None where it always did."""
    ends: Day | None = None
    """The last day on which it holds, None where no end is known."""
    says: str = ""
    compared: str = ""
    """The public sources that were compared, and where they differ."""

    @property
    def opens(self) -> time:
        """The earliest opening of any day."""
        return min(day.opens for day in self.week if day)

    @property
    def closes(self) -> time:
        """The latest close of any day."""
        return max(day.closes for day in self.week if day)

    @property
    def sunday(self) -> bool:
        """True where any hour of a Sunday is inside."""
        return self.week[_SUNDAY] is not None

    @property
    def hours(self) -> str:
        """The hours as people read them: `8:00 to 20:00`, with the days where these differ."""
        spans = self._spans()
        if len(spans) == 1 and all(self.week[:_SUNDAY]):
            return str(next(iter(spans)))
        return ", ".join(f"{hours} {_name_days(days)}" for hours, days in spans.items())

    @property
    def never(self) -> list[str]:
        """The days that are outside as a whole: `["Sundays", "legal holidays"]`."""
        closed = [f"{WEEKDAYS[day]}s" for day, hours in enumerate(self.week) if hours is None]
        return [*closed, *(["legal holidays"] if self.holidays else [])]

    def holds(self, day: Day, channel: Channel | None) -> bool:
        """Tell whether the row holds on a day for a channel; None is either of the two."""
        is_in_force = (self.begins or day) <= day <= (self.ends or day)
        return is_in_force and (channel is None or channel in self.about.channels)

    def has_inside(self, local: datetime) -> bool:
        """Tell whether a clock is inside; a day that no list of holidays reaches isn't."""
        hours = self.week[local.weekday()]
        if hours is None or not hours.opens <= local.time() < hours.closes:
            return False
        day = local.date()
        return self.holidays is None or (
            self.holidays.reaches(day) and day not in self.holidays.days
        )

    def describe_clock(self, local: datetime) -> str:
        """Describe a clock that is outside, with the day where that is the reason."""
        clock, day = f"{local:%H:%M}", local.date()
        if self.holidays is not None and not self.holidays.reaches(day):
            return f"{clock} on {day},"
        if self.holidays is not None and day in self.holidays.days:
            return f"{self.holidays.days[day]}, {clock},"
        is_by_day = len(self._spans()) > 1 or self.week[local.weekday()] is None
        return f"{WEEKDAYS[local.weekday()]}, {clock}," if is_by_day else clock

    def describe_rule(self, day: Day) -> str:
        """Describe the row to a caller who was outside on a day, with its place and source."""
        law = f"({self.place}, {self.source})"
        if self.holidays is not None and not self.holidays.reaches(day):
            reach = f"from {self.holidays.first} to {self.holidays.last}"
            return (
                f"the legal holidays of {self.holidays.place} are known here {reach} only, so this"
                f" day may be one, on which {self.about} aren't allowed {law}."
            )
        never = f", and not on {_either(self.never)}" if self.never else ""
        return f"{self.about} are allowed {self._when()}{never} {law}."

    def _when(self) -> str:
        """Say the hours in a sentence: `from 8:00 to 20:00 there`."""
        (first, days), *others = self._spans().items()
        if not others:
            return f"from {first} there"
        more = [f"from {hours} on {_name_days(on, plural=True)}" for hours, on in others]
        return join_words([f"from {first} there on {_name_days(days, plural=True)}", *more])

    def _spans(self) -> dict[DayHours, list[int]]:
        """Group the days that are not outside as a whole by their hours."""
        spans: dict[DayHours, list[int]] = {}
        for day, hours in enumerate(self.week):
            if hours is not None:
                spans.setdefault(hours, []).append(day)
        return spans


def _name_days(days: list[int], *, plural: bool = False) -> str:
    """Name weekdays: `Monday to Friday and Sunday`, or `Mondays to Fridays and Sundays`."""
    return join_words(list(_name_runs(days, "s" if plural else "")))


def _name_runs(days: list[int], ending: str) -> Iterator[str]:
    for _, numbered in groupby(enumerate(days), lambda at: at[1] - at[0]):
        run = [f"{WEEKDAYS[day]}{ending}" for _, day in numbered]
        if len(run) > _SEVERAL:
            yield f"{run[0]} to {run[-1]}"
        else:
            yield from run


def _either(words: list[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _clock_face(clock: time) -> str:
    return f"{clock.hour}:{clock.minute:02}"
