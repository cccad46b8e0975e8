"""The time zones that a number may be in, and whether their clocks agree.

Area codes are all there is to go by: a number that moved with its owner is not noticed.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from chasedata_mcp.fields import numbering_plan
from chasedata_mcp.fields.state_zones import find_zones_of_area
from chasedata_mcp.fields.zone_files import load_zone

US_ZONES = frozenset(
    {
        "America/New_York",
        "America/Detroit",
        "America/Chicago",
        "America/Menominee",
        "America/Denver",
        "America/Boise",
        "America/Phoenix",
        "America/Los_Angeles",
        "America/Anchorage",
        "America/Adak",
        "Pacific/Honolulu",
        "America/Puerto_Rico",
    }
)
"""The zones of the fifty states and Puerto Rico. Samoa and the islands beyond the date line are not
among them: their numbers have area codes of their own, and no hour of the day would suit all."""

CANADIAN_ZONES = frozenset(
    {
        "America/St_Johns",
        "America/Halifax",
        "America/Blanc-Sablon",
        "America/Toronto",
        "America/Atikokan",
        "America/Winnipeg",
        "America/Rankin_Inlet",
        "America/Regina",
        "America/Edmonton",
        "America/Cambridge_Bay",
        "America/Whitehorse",
        "America/Vancouver",
    }
)
"""The zones of Canada whose clocks differ."""

ANYWHERE = US_ZONES | CANADIAN_ZONES
"""The zones of a phone that isn't known, or whose area code isn't."""


def find_candidate_zones(number: str) -> frozenset[str]:
    """Find the IANA names of the zones that ten digits may be in.

    Every US zone for a toll-free number and its like, and every Canadian one too for a number of no
    place that is Canada's or of an area code that nobody knows yet.
    """
    zones = find_zones_of_area(number[:3])
    if zones:
        return zones
    is_american = numbering_plan.find_country(number) == "US"
    return US_ZONES if is_american else ANYWHERE


def find_certain_zone(names: frozenset[str], at: datetime) -> ZoneInfo | None:
    """Find a zone whose clock a phone in one of these surely has, None where they differ.

    `at` is aware. Zones with the same offset at that moment count as one: Phoenix and Denver agree
    in winter.
    """
    if at.utcoffset() is None:
        raise TypeError("a moment needs a time zone")
    # Any of them will do where they agree: only the clock's reading counts.
    zones = [load_zone(name) for name in sorted(names)]
    offsets = {at.astimezone(zone).utcoffset() for zone in zones}
    return zones[0] if len(offsets) == 1 else None
