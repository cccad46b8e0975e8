"""The check of calling hours: a call or text now, or a callback at its time, where the phone is.

A call must be inside the window of every row that applies, in every zone that the number may be in:
where the place is uncertain, the narrowest window holds. Rows carry their sources; nothing here is
legal advice.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from chasedata_mcp.fields import area_codes, numbering_plan, states
from chasedata_mcp.fields.state_zones import STATE_ZONES
from chasedata_mcp.fields.time_zones import ANYWHERE, find_candidate_zones
from chasedata_mcp.fields.zone_files import load_zone
from chasedata_mcp.policy.calling_window import CallingWindow
from chasedata_mcp.policy.hours_table import PROVINCES, HoursTable
from chasedata_mcp.tools.effects import Channel

_DAY = timedelta(days=1)
_LOOKED_AHEAD = 9
"""Days in which some hours begin again: a holiday on a weekend's edge closes four in a row."""
_NONE: frozenset[str] = frozenset()
_NO_STATE: frozenset[None] = frozenset({None})
LeadStates = str | frozenset[str] | None
"""The state of a lead as it is written, or the states of several leads, "" for one without."""


@dataclass(frozen=True, slots=True)
class OutsideHours:
    """The finding that a call is outside the hours."""

    reason: str
    """A sentence: the clock at the phone, the hours, the rule and its source; never the number."""


def find_zones(number: str | None, state: LeadStates) -> frozenset[str]:
    """Find the time zones, by IANA name, that a lead with this number and state may be in.

    These are the zones of the area code, all of them, and those of each state that isn't the area
    code's: the number may have moved with its owner. A state never takes a zone away, whoever names
    it, since fewer zones are longer hours. Without a number every zone of the United States and
    Canada counts; a text that is no state is ignored.
    """
    zones = ANYWHERE if number is None else find_candidate_zones(number)
    if not state:
        return zones
    of_number = _NONE if number is None else area_codes.find_states(number)
    return zones.union(*[STATE_ZONES[one] for one in _each(state) if one and one not in of_number])


def find_states(number: str | None, state: LeadStates) -> frozenset[str]:
    """Find the states and provinces whose rows apply: the area code's and the lead's own."""
    of_number = _NONE if number is None else area_codes.find_states(number)
    if not state:
        return of_number
    return of_number.union([one for one in _each(state) if one is not None])


# Cached, since a call's hours are checked before its lead is looked up, and after it.
@lru_cache(maxsize=64)
def check_hours_now(
    table: HoursTable,
    number: str | None,
    state: LeadStates,
    now: datetime,
    channel: Channel | None = None,
) -> OutsideHours | None:
    """Check a call or text at this moment; None where it is inside the hours.

    `now` is aware. A number that isn't known may be in any state, so every row applies. A channel
    of None may be either.
    """
    if now.utcoffset() is None:
        raise TypeError("a moment needs a time zone")
    windows = _windows(table, number, state)
    zones = _clocks(number, state)
    # Inside the hours in every zone that the number may be in (docs/wire.md).
    for zone in zones:
        local = now.astimezone(zone)
        window = _missed(windows, local, channel)
        if window is not None:
            may_be = "may be" if len(zones) > 1 else "is"
            clock, rule = window.describe_clock(local), window.describe_rule(local.date())
            return OutsideHours(f"It {may_be} {clock} {_at(number)} ({zone.key}); {rule}")
    return None


def find_next_change(
    table: HoursTable, number: str, now: datetime, channel: Channel
) -> datetime | None:
    """Find when the hours of a number begin or end next; None where not within nine days.

    `now` is in UTC, as is what it returns.
    """

    def is_open(at: datetime) -> bool:
        return check_hours_now(table, number, None, at, channel) is None

    opened = is_open(now)
    moments = sorted({at for at in _list_boundaries(table, number, now) if at > now})
    return next((at for at in moments if is_open(at) is not opened), None)


def list_windows(table: HoursTable, number: str) -> tuple[CallingWindow, ...]:
    """List the rows that a number must be inside of."""
    return _windows(table, number, None)


def _list_boundaries(table: HoursTable, number: str, now: datetime) -> Iterator[datetime]:
    """List the moments at which a row of a number opens or closes, or a day begins."""
    for zone in _clocks(number, None):
        today = now.astimezone(zone).date()
        for day in (today + _DAY * ahead for ahead in range(_LOOKED_AHEAD)):
            hours = [window.week[day.weekday()] for window in list_windows(table, number)]
            clocks = [clock for one in hours if one for clock in (one.opens, one.closes)]
            for clock in (time(), *clocks):
                yield datetime.combine(day, clock, zone).astimezone(UTC)


def check_callback_hours(
    table: HoursTable, number: str | None, state: LeadStates, at: datetime
) -> OutsideHours | None:
    """Check the time of a callback; None where it is inside the hours.

    `at` is naive: the clock at the phone, wherever that is. A number that isn't known may be in any
    state, so every row applies.
    """
    if at.tzinfo is not None:
        raise TypeError("a callback's time is the clock at the phone, without a time zone")
    window = _missed(_windows(table, number, state), at, Channel.CALL)
    if window is None:
        return None
    clock, rule = window.describe_clock(at), window.describe_rule(at.date())
    return OutsideHours(f"The callback is for {clock} {_at(number)}; {rule}")


def _windows(table: HoursTable, number: str | None, state: LeadStates) -> tuple[CallingWindow, ...]:
    if number is None:
        return table.find_all_windows()
    return table.find_windows(find_states(number, state), is_canadian=is_canadian(number))


def is_canadian(number: str) -> bool:
    """Tell whether ten digits are Canada's by their area code, whatever its lead says."""
    places = area_codes.find_states(number)
    # Some area codes are of no province: 600 and the like.
    return places <= PROVINCES if places else _is_canadian_by_library(number)


# Cached: it takes 30 microseconds.
@lru_cache(maxsize=4096)
def _is_canadian_by_library(number: str) -> bool:
    return numbering_plan.find_country(number) == "CA"


def _at(number: str | None) -> str:
    if number is None:
        return "at a phone that isn't known, so that the hours of every state hold"
    return "at the phone"


def find_call_limit(
    table: HoursTable,
    number: str | None,
    state: LeadStates,
    general: int,
    now: datetime | None = None,
) -> int:
    """Find the calls allowed to a number in 24 hours: the smallest figure that applies.

    `now` is in UTC; without it a row counts whenever it holds.
    """
    windows = table.find_windows(find_states(number, state))
    own = [
        window.calls_in_24_hours
        for window in windows
        if window.calls_in_24_hours is not None and _may_hold(window, now)
    ]
    return min([general, *own])


def _may_hold(window: CallingWindow, now: datetime | None) -> bool:
    """Tell whether a row may hold at the phone, whose day may be the one before that of UTC."""
    if now is None:
        return True
    days = {now.date(), (now - _DAY).date()}
    return any(window.holds(day, Channel.CALL) for day in days)


def _missed(
    windows: Iterable[CallingWindow], local: datetime, channel: Channel | None
) -> CallingWindow | None:
    day = local.date()
    for window in windows:
        if window.holds(day, channel) and not window.has_inside(local):
            return window
    return None


def _each(state: LeadStates) -> frozenset[str | None]:
    """Read the two letters of each state, None for a text that is no state."""
    if not state:
        return _NO_STATE
    given = state if isinstance(state, frozenset) else [state]
    return frozenset(map(states.parse_state, given))


# Bounded: a campaign has more numbers than are worth keeping.
@lru_cache(maxsize=4096)
def _clocks(number: str | None, state: LeadStates) -> tuple[ZoneInfo, ...]:
    return _load_zones(find_zones(number, state))


# Cached apart from the numbers: most are new, and their area codes have few combinations of zones.
@lru_cache(maxsize=512)
def _load_zones(names: frozenset[str]) -> tuple[ZoneInfo, ...]:
    return tuple(load_zone(name) for name in sorted(names))
