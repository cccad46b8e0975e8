"""The date and time of a callback, as written and as the clock at the phone shows it."""

import re
from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from chasedata_mcp.fields.text import TextRule, build_string_schema
from chasedata_mcp.fields.time_zones import ANYWHERE, find_candidate_zones, find_certain_zone
from chasedata_mcp.fields.zone_files import load_zone

_WRITTEN = TextRule(40)
# Programs write fractions of a second; a callback is kept to the second, so they are dropped.
_TIME = r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,][0-9]{1,9})?)?"
_ISO_DATE = r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
_VENDOR_DATE = r"(?P<month>[0-9]{2})/(?P<day>[0-9]{2})/(?P<year>[0-9]{4})"
_OFFSET = r" ?(?P<offset>[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)"
_ISO = re.compile(f"{_ISO_DATE}[Tt ]{_TIME}(?:{_OFFSET})?")
_VENDOR = re.compile(f"{_VENDOR_DATE} {_TIME}")
_BARE_DATE = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{2}/[0-9]{2}/[0-9]{4}")
_HALF_DAYS = re.compile(r"[0-9] ?[ap]\.?m\b", re.IGNORECASE)
# `zoneinfo` knows every zone in these years; `convert_to_local_time` refuses what is past.
_YEARS = range(1900, 3000)
_MONTHS = 12
_HOURS = 24
_SIXTY = 60
# No zone is further from UTC than Kiritimati, at +14:00.
_WIDEST_OFFSET = timedelta(hours=14)
_FAR = timedelta(days=366)
DUE_WITHIN = timedelta(minutes=10)
"""A callback that is due so soon is a call now: nobody could look at it before the phone rings. The
figure is this project's, the one within which a call like another is asked about."""
_PAST = "is in the past"


class _CallbackTimeRule:
    """The validation rule of a callback's time."""

    def __get_pydantic_core_schema__(
        self, _source: object, _handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(parse_callback_time)

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return build_string_schema(_WRITTEN.max_length)


CallbackAt = Annotated[datetime, _CallbackTimeRule()]
"""A date and a time as text, ISO 8601 or `MM/dd/yyyy HH:mm:ss`; aware where it has an offset."""


@dataclass(frozen=True, slots=True)
class LocalTime:
    """A callback's time by the clock at the phone: `at` is naive, `warnings` are sentences.

    `at` is None for a time with an offset until a phone is known. `is_due` is true where the phone
    may ring within ten minutes, or where the time is past in a zone that it may be in; `ringing`
    are the phones that ring then, as far as they are known.
    """

    at: datetime | None
    warnings: tuple[str, ...] = ()
    is_due: bool = False
    ringing: frozenset[str] = frozenset()


def parse_callback_time(value: object) -> datetime:
    """Parse the date and time of a callback; aware where an offset is written."""
    text = _WRITTEN.parse(value)
    parts = _ISO.fullmatch(text) or _VENDOR.fullmatch(text)
    if parts is None:
        raise _explain_form(text)
    fields = parts.groupdict(default="0")
    year, month, day = (int(fields[name]) for name in ("year", "month", "day"))
    hour, minute, second = (int(fields[name]) for name in ("hour", "minute", "second"))
    _refuse_date(year, month, day)
    if hour >= _HOURS or minute >= _SIXTY or second >= _SIXTY:
        raise PydanticCustomError(
            "date_time", "has a time of day that no clock shows; it must be 00:00:00 to 23:59:59"
        )
    zone = _parse_offset(parts.groupdict().get("offset"))
    return datetime(year, month, day, hour, minute, second, tzinfo=zone)


def convert_to_local_time(at: datetime, phones: frozenset[str], now: datetime) -> LocalTime:
    """Convert a callback's time to the clock at the phones that may ring, ten digits each.

    Without a phone the lead may be anywhere. `now` is aware. Raises ValueError, with a sentence
    that completes "this argument ...", for a time that is past wherever the phone may be, one that
    its clock skips, and one that can't be converted.
    """
    zones = ANYWHERE if not phones else frozenset[str]().union(*map(find_candidate_zones, phones))
    convert = _keep_as_given if at.tzinfo is None else _convert
    found = convert(at, zones, now)
    return replace(found, ringing=phones) if found.is_due else found


def wait_for_phone(at: datetime, now: datetime) -> LocalTime:
    """Take a time with an offset until the phone is known; ValueError where it is past."""
    if at <= now:
        raise ValueError(_PAST)
    return LocalTime(None, is_due=at - now <= DUE_WITHIN)


def format_for_wire(at: datetime) -> str:
    """Format a local time as the vendor does, `MM/dd/yyyy HH:mm:ss`."""
    return f"{at:%m/%d/%Y %H:%M:%S}"


def _explain_form(text: str) -> PydanticCustomError:
    if _BARE_DATE.fullmatch(text):
        return PydanticCustomError("date_without_time", "has no time of day; add one, as THH:MM")
    if _HALF_DAYS.search(text):
        return PydanticCustomError("date_half_days", "says am or pm; use the 24-hour clock")
    return PydanticCustomError(
        "date_form", "is not a date and a time; write YYYY-MM-DDTHH:MM or MM/DD/YYYY HH:MM:SS"
    )


def _refuse_date(year: int, month: int, day: int) -> None:
    if year not in _YEARS:
        raise PydanticCustomError("date_year", "has a year that no callback can be in")
    if not 1 <= month <= _MONTHS:
        raise PydanticCustomError(
            "date_month", "has a month that doesn't exist; it must be 01 to 12"
        )
    if not 1 <= day <= monthrange(year, month)[1]:
        raise PydanticCustomError("date_day", "has a day that its month doesn't have")


def _parse_offset(offset: str | None) -> timezone | None:
    if offset is None:
        return None
    if offset in "Zz":
        return UTC
    digits = offset[1:].replace(":", "").ljust(4, "0")
    size = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    if size > _WIDEST_OFFSET or int(digits[2:]) >= _SIXTY:
        raise PydanticCustomError("date_offset", "has an offset that no time zone has")
    return timezone(-size if offset.startswith("-") else size)


def _convert(at: datetime, zones: frozenset[str], now: datetime) -> LocalTime:
    # A guessed zone could have somebody rung an hour early.
    zone = find_certain_zone(zones, at)
    if zone is None:
        raise ValueError(
            "has an offset, and can't be converted, since the phone may be in several time zones; "
            "give the time at the lead's phone, without an offset"
        )
    if at <= now:
        raise ValueError(_PAST)
    local = at.astimezone(zone).replace(tzinfo=None)
    converted = (
        f"The callback's time was given as {at.isoformat(' ')}, which is {local.isoformat(' ')} "
        "by the clock at the phone."
    )
    moments = {zone.key: _list_moments(local, zone)}
    return LocalTime(local, (converted, *_list_warnings(moments, now)), _is_due(moments, now))


def _keep_as_given(at: datetime, zones: frozenset[str], now: datetime) -> LocalTime:
    moments = {name: _list_moments(at, load_zone(name)) for name in sorted(zones)}
    if not any(moments.values()):
        raise ValueError(
            "doesn't exist on that day, since clocks at the phone are put forward over it"
        )
    # What is still ahead in one possible zone isn't surely past (tools.md).
    if all(moment <= now for of_zone in moments.values() for moment in of_zone):
        raise ValueError("is in the past in every time zone that the phone may be in")
    return LocalTime(at, tuple(_list_warnings(moments, now)), _is_due(moments, now))


def _is_due(moments: dict[str, list[datetime]], now: datetime) -> bool:
    """Tell whether a callback at any of these moments would ring soon, or at once."""
    # The dialer knows one zone of the phone. What is past there rings as soon as it can.
    return any(moment - now <= DUE_WITHIN for of_zone in moments.values() for moment in of_zone)


def _list_moments(local: datetime, zone: ZoneInfo) -> list[datetime]:
    """List the moments at which a zone's clock shows a time: none in a gap, two in a fold."""
    # `fold` tells the two passes of an hour that comes twice apart (PEP 495).
    moments = {local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return sorted(
        moment for moment in moments if moment.astimezone(zone).replace(tzinfo=None) == local
    )


def _list_warnings(moments: dict[str, list[datetime]], now: datetime) -> list[str]:
    found: list[str] = []
    if not all(moments.values()):
        found.append(
            "Clocks are put forward that day in a time zone that the phone may be in, and skip the "
            "callback's time there."
        )
    if any(len(of_zone) > 1 for of_zone in moments.values()):
        found.append(
            "Clocks are put back that day where the phone may be, and show the callback's time "
            "twice; which of the two is meant is the dialer's choice."
        )
    if any(of_zone and of_zone[-1] <= now for of_zone in moments.values()):
        found.append(
            "The callback's time is already past in some of the zones that the phone may be in."
        )
    if all(moment - now > _FAR for of_zone in moments.values() for moment in of_zone):
        found.append("The callback is more than a year away; check the year.")
    return found
