"""The hours of every shipped row, written down once more, and whether a moment is inside them."""

from datetime import UTC, date, datetime, time, timedelta

from chasedata_mcp.fields.zone_files import load_zone
from chasedata_mcp.policy.calling_hours import check_callback_hours, check_hours_now
from chasedata_mcp.policy.hours_table import load_shipped_table
from chasedata_mcp.tools.effects import Channel

CALL, TEXT = Channel.CALL, Channel.TEXT
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
MONDAY = date(2027, 3, 1)
"""The first day of a week in which no row has a holiday."""
NEW_YORK, CHICAGO, DENVER = "America/New_York", "America/Chicago", "America/Denver"
LOS_ANGELES, TORONTO = "America/Los_Angeles", "America/Toronto"
Hours = tuple[str, str] | None


def week(weekday: Hours, saturday: Hours, sunday: Hours) -> list[Hours]:
    return [*[weekday] * 5, saturday, sunday]


def every_day(opens: str, closes: str) -> list[Hours]:
    return week((opens, closes), (opens, closes), (opens, closes))


CANADIAN = week(("09:00", "21:30"), ("10:00", "18:00"), ("10:00", "18:00"))
WITHOUT_SUNDAYS = week(("08:00", "20:00"), ("08:00", "20:00"), None)
FEDERAL = every_day("08:00", "21:00")
# A number of each row, in one zone, and the hours of docs/wire.md once more.
ROWS = {
    "federal": ("2125550123", NEW_YORK, FEDERAL),
    "Canada": ("4165550123", TORONTO, CANADIAN),
    "AL": ("2055550123", CHICAGO, WITHOUT_SUNDAYS),
    "BC": ("6045550123", "America/Vancouver", CANADIAN),
    "CT": ("8605550123", NEW_YORK, every_day("09:00", "20:00")),
    "FL": ("9545550123", NEW_YORK, every_day("08:00", "20:00")),
    "KY": ("5025550123", NEW_YORK, every_day("10:00", "21:00")),
    "LA": ("5045550123", CHICAGO, WITHOUT_SUNDAYS),
    "MA": ("6175550123", NEW_YORK, every_day("08:00", "20:00")),
    "MD": ("4105550123", NEW_YORK, every_day("08:00", "20:00")),
    "ME": ("2075550123", NEW_YORK, week(("09:00", "17:00"), None, None)),
    "MI": ("3135550123", "America/Detroit", every_day("09:00", "21:00")),
    "MN": ("6125550123", CHICAGO, every_day("09:00", "21:00")),
    "MS": ("6015550123", CHICAGO, WITHOUT_SUNDAYS),
    "NM": ("5055550123", DENVER, every_day("09:00", "21:00")),
    "NV": ("7025550123", LOS_ANGELES, every_day("09:00", "20:00")),
    "OK": ("4055550123", CHICAGO, every_day("08:00", "20:00")),
    "OR": ("5035550123", LOS_ANGELES, every_day("08:00", "20:00")),
    "PA": ("2155550123", NEW_YORK, week(("09:00", "19:00"), ("09:00", "19:00"), None)),
    "RI": ("4015550123", NEW_YORK, week(("09:00", "18:00"), ("10:00", "17:00"), None)),
    "TX": ("2145550123", CHICAGO, week(("09:00", "21:00"), ("09:00", "21:00"), ("12:00", "21:00"))),
    "UT": ("8015550123", DENVER, week(("08:00", "21:00"), ("08:00", "21:00"), None)),
    "WA": ("2065550123", LOS_ANGELES, every_day("08:00", "20:00")),
    "WY": ("3075550123", DENVER, every_day("08:00", "20:00")),
}
# South Dakota is in two zones: tested by callbacks alone.
CALLBACKS = {
    **{place: (number, hours) for place, (number, _, hours) in ROWS.items()},
    "SD": ("6055550123", week(("09:00", "21:00"), None, None)),
}


def may_call(number: str, zone: str, local: datetime, channel: Channel = CALL) -> bool:
    now = local.replace(tzinfo=load_zone(zone)).astimezone(UTC)
    return check_hours_now(load_shipped_table(), number, None, now, channel) is None


def may_call_back(number: str, at: datetime, state: str | None = None) -> bool:
    return check_callback_hours(load_shipped_table(), number, state, at) is None


def edges(day: date, hours: Hours) -> list[tuple[datetime, bool]]:
    """The moments at both sides of a day's edges, and whether each is inside."""
    midnight = datetime.combine(day, time())
    if hours is None:
        return [(midnight + timedelta(hours=hour), False) for hour in range(24)]
    first, end = (datetime.combine(day, time.fromisoformat(clock)) for clock in hours)
    return [
        (midnight, False),
        *((first - SECOND, False), (first, True), (end - SECOND, True), (end, False)),
        (midnight + DAY - SECOND, False),
    ]
