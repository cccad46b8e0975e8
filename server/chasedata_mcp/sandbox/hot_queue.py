"""The hot queue: leads to be dialed at once, and the reason where one would not be."""

from datetime import time
from typing import Final
from zoneinfo import ZoneInfo

from chasedata_mcp.sandbox.dnc import is_on_dnc
from chasedata_mcp.sandbox.operations import Operation

HOT: Final = 1
"""The priority of every lead that was inserted to be dialed; 1 is the first."""

DIALING_FROM: Final = time(8)
DIALING_UNTIL: Final = time(21)
"""The hours that `timezone=1` checks, in the called person's time (47 CFR 64.1200(c)(1))."""

_QUEUE = "INSERT INTO hot_queue (lead_id, priority, suppressed, queued_at) VALUES (?, ?, ?, ?)"


def queue_lead(operation: Operation, lead_id: int, phone_digits: str, *, duplicate: bool) -> None:
    """Queue a new lead. Nothing ever rings; the entry has the reason where none would."""
    reason = _reason_not_dialed(operation, phone_digits, duplicate=duplicate)
    operation.db.execute(_QUEUE, (lead_id, HOT, reason, operation.stamp()))


def _reason_not_dialed(operation: Operation, phone_digits: str, *, duplicate: bool) -> str:
    if duplicate:
        return "duplicate"
    if not operation.flag("DialNonCallables") and is_on_dnc(operation.db, phone_digits):
        return "dnc"
    if operation.flag("timezone") and not _in_hours(operation, phone_digits):
        return "timezone"
    return ""


def _in_hours(operation: Operation, phone_digits: str) -> bool:
    """Tell whether it is a time to call, in every zone that the number may be in.

    A number whose zone is unknown is dialed, since the vendor doesn't say.
    """
    # Loaded with the first insert that asks for it, since the tables of zones are large.
    from phonenumbers import NumberParseException, parse  # noqa: PLC0415
    from phonenumbers.timezone import time_zones_for_number  # noqa: PLC0415

    try:
        zones = time_zones_for_number(parse(phone_digits, "US"))
    except NumberParseException:
        return True
    return all(
        DIALING_FROM <= operation.at.astimezone(ZoneInfo(zone)).time() < DIALING_UNTIL
        for zone in zones
        # phonenumbers' word for a number of no known zone.
        if zone != "Etc/Unknown"
    )
