"""The time zones that a number may be in, and whether their clocks agree.

Area codes are all there is to go by: a number that moved with its owner is not noticed.
"""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from chasedata_mcp.fields import numbering_plan

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
        "America/Regina",
        "America/Edmonton",
        "America/Whitehorse",
        "America/Vancouver",
    }
)

_EASTERN_CENTRAL = frozenset({"America/New_York", "America/Chicago"})
_CENTRAL_MOUNTAIN = frozenset({"America/Chicago", "America/Denver"})
_MOUNTAIN_PACIFIC = frozenset({"America/Boise", "America/Los_Angeles"})

SPLIT_AREA_CODES: Mapping[str, frozenset[str]] = {
    "208": _MOUNTAIN_PACIFIC,  # Idaho
    "219": _EASTERN_CENTRAL,  # Indiana
    "270": _EASTERN_CENTRAL,  # Kentucky
    "308": _CENTRAL_MOUNTAIN,  # Nebraska
    "364": _EASTERN_CENTRAL,  # Kentucky
    "423": _EASTERN_CENTRAL,  # Tennessee
    "448": _EASTERN_CENTRAL,  # Florida
    "458": _MOUNTAIN_PACIFIC,  # Oregon
    "541": _MOUNTAIN_PACIFIC,  # Oregon
    "574": _EASTERN_CENTRAL,  # Indiana
    "605": _CENTRAL_MOUNTAIN,  # South Dakota
    "606": _EASTERN_CENTRAL,  # Kentucky
    "620": _CENTRAL_MOUNTAIN,  # Kansas
    "701": _CENTRAL_MOUNTAIN,  # North Dakota
    "775": frozenset({"America/Los_Angeles", "America/Denver"}),  # Nevada, West Wendover
    "785": _CENTRAL_MOUNTAIN,  # Kansas
    "812": _EASTERN_CENTRAL,  # Indiana
    "850": _EASTERN_CENTRAL,  # Florida
    "906": frozenset({"America/Detroit", "America/Menominee"}),  # Michigan
    "907": frozenset({"America/Anchorage", "America/Adak"}),  # Alaska
    "928": frozenset({"America/Phoenix", "America/Denver"}),  # Arizona, Navajo Nation
    "930": _EASTERN_CENTRAL,  # Indiana
    "986": _MOUNTAIN_PACIFIC,  # Idaho
}
"""The area codes of the United States that span two zones, with both (source: wire.md, "Rules for
phone numbers and texts"). The library gives one for many of their numbers, often the wrong one."""

_BRITISH_COLUMBIA = frozenset({"America/Vancouver", "America/Fort_Nelson", "America/Edmonton"})
_EASTERN_QUEBEC = frozenset({"America/Toronto", "America/Halifax", "America/Blanc-Sablon"})
_SASKATCHEWAN = frozenset({"America/Regina", "America/Edmonton", "America/Winnipeg"})
_NEWFOUNDLAND_LABRADOR = frozenset({"America/St_Johns", "America/Halifax"})

CANADIAN_SPLIT_AREA_CODES: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(("236", "250", "257", "672", "778"), _BRITISH_COLUMBIA),
    **dict.fromkeys(("367", "418", "581"), _EASTERN_QUEBEC),
    **dict.fromkeys(("306", "474", "639"), _SASKATCHEWAN),
    **dict.fromkeys(("709", "879"), _NEWFOUNDLAND_LABRADOR),
    "807": frozenset({"America/Toronto", "America/Winnipeg", "America/Atikokan"}),
    "867": frozenset(
        {
            "America/Toronto",
            "America/Atikokan",
            "America/Winnipeg",
            "America/Edmonton",
            "America/Whitehorse",
        }
    ),
}
"""The same for Canada (source: the places that zone.tab of the IANA database names, by province,
and what the library gives; where the two differ, both)."""

# The library lists every zone of the numbering plan for a number of no place; no area code has more
# than a handful.
_MOST_ZONES_OF_A_PLACE = 10


def find_candidate_zones(number: str) -> frozenset[str]:
    """Find the IANA names of the zones that ten digits may be in.

    Every US zone for a toll-free number and for one whose area code the library doesn't know, and
    every Canadian one too where a number of no place is Canada's.
    """
    area = number[:3]
    split = SPLIT_AREA_CODES.get(area) or CANADIAN_SPLIT_AREA_CODES.get(area)
    if split is not None:
        return split
    names = numbering_plan.find_zone_names(number) - {"Etc/Unknown"}
    if names and len(names) <= _MOST_ZONES_OF_A_PLACE:
        return names
    return US_ZONES | CANADIAN_ZONES if numbering_plan.find_country(number) == "CA" else US_ZONES


def find_certain_zone(number: str, at: datetime) -> ZoneInfo | None:
    """Find a zone whose clock the number surely has at a moment, None where candidates differ.

    `at` is aware. Zones with the same offset at that moment count as one: Phoenix and Denver agree
    in winter.
    """
    if at.utcoffset() is None:
        raise TypeError("a moment needs a time zone")
    # Any of them will do where they agree: only the clock's reading counts.
    zones = [ZoneInfo(name) for name in sorted(find_candidate_zones(number))]
    offsets = {at.astimezone(zone).utcoffset() for zone in zones}
    return zones[0] if len(offsets) == 1 else None
