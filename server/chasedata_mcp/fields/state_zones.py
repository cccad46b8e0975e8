"""The time zones of each state, province and country, and of the area codes within them.

A number's zones are looked up here and nowhere else: the library `phonenumbers` puts some codes
into a zone that their state doesn't have (689, which is Orlando, into Chicago's) and new ones into
every zone there is. A test compares the two for every area code and exchange.
"""

from collections.abc import Iterator, Mapping

from chasedata_mcp.fields.area_codes import AREA_CODES

_NEW_YORK, _CHICAGO = "America/New_York", "America/Chicago"
_DENVER, _LOS_ANGELES = "America/Denver", "America/Los_Angeles"
_EASTERN_CENTRAL = frozenset({_NEW_YORK, _CHICAGO})
_CENTRAL_MOUNTAIN = frozenset({_CHICAGO, _DENVER})
_MOUNTAIN_PACIFIC = frozenset({"America/Boise", _LOS_ANGELES})
_MICHIGAN = frozenset({"America/Detroit", "America/Menominee"})
_ALASKA = frozenset({"America/Anchorage", "America/Adak"})
# The Navajo Nation puts its clocks forward, and the rest of the state doesn't.
_ARIZONA = frozenset({"America/Phoenix", _DENVER})
# West Wendover keeps Utah's time.
_NEVADA = frozenset({_LOS_ANGELES, _DENVER})

_BRITISH_COLUMBIA = frozenset({"America/Vancouver", "America/Fort_Nelson", "America/Edmonton"})
_ONTARIO = frozenset({"America/Toronto", "America/Winnipeg", "America/Atikokan"})
_QUEBEC = frozenset({"America/Toronto", "America/Halifax", "America/Blanc-Sablon"})
_SASKATCHEWAN = frozenset({"America/Regina", "America/Edmonton", "America/Winnipeg"})
_NEWFOUNDLAND_LABRADOR = frozenset({"America/St_Johns", "America/Halifax"})
_NORTHWEST = frozenset({"America/Edmonton", "America/Inuvik"})
_NUNAVUT = frozenset(
    {"America/Iqaluit", "America/Atikokan", "America/Rankin_Inlet", "America/Cambridge_Bay"}
)
_YUKON = frozenset({"America/Whitehorse"})

_ONE_ZONE = {
    _NEW_YORK: "CT DE DC GA ME MD MA NH NJ NY NC OH PA RI SC VT VA WV",
    _CHICAGO: "AL AR IL IA LA MN MS MO OK WI",
    _DENVER: "CO MT NM UT WY",
    _LOS_ANGELES: "CA WA",
    "Pacific/Honolulu": "HI",
    "Pacific/Pago_Pago": "AS",
    "Pacific/Guam": "GU",
    "Pacific/Saipan": "MP",
    "America/Puerto_Rico": "PR",
    "America/St_Thomas": "VI",
    "America/Edmonton": "AB",
    "America/Winnipeg": "MB",
    "America/Halifax": "NB NS PE",
}

STATE_ZONES: Mapping[str, frozenset[str]] = {
    **{state: frozenset({zone}) for zone, states in _ONE_ZONE.items() for state in states.split()},
    **dict.fromkeys(("FL", "IN", "KY", "TN"), _EASTERN_CENTRAL),
    **dict.fromkeys(("KS", "NE", "ND", "SD", "TX"), _CENTRAL_MOUNTAIN),
    **dict.fromkeys(("ID", "OR"), _MOUNTAIN_PACIFIC),
    "AK": _ALASKA,
    "AZ": _ARIZONA,
    "MI": _MICHIGAN,
    "NV": _NEVADA,
    "BC": _BRITISH_COLUMBIA,
    "NL": _NEWFOUNDLAND_LABRADOR,
    "NT": _NORTHWEST,
    "NU": _NUNAVUT,
    "ON": _ONTARIO,
    "QC": _QUEBEC,
    "SK": _SASKATCHEWAN,
    "YT": _YUKON,
}
"""The zones of each state, territory and province, by IANA name (source: 49 CFR part 71 for the
United States; for Canada the places that zone.tab of the IANA database names; 2026-11-29)."""

SPLIT_AREA_CODES: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(("208", "986"), _MOUNTAIN_PACIFIC),  # Idaho
    **dict.fromkeys(("219", "574", "812", "930"), _EASTERN_CENTRAL),  # Indiana
    **dict.fromkeys(("270", "364", "606"), _EASTERN_CENTRAL),  # Kentucky
    "308": _CENTRAL_MOUNTAIN,  # Nebraska
    **dict.fromkeys(("423", "729"), _EASTERN_CENTRAL),  # Tennessee
    **dict.fromkeys(("448", "850"), _EASTERN_CENTRAL),  # Florida
    **dict.fromkeys(("458", "541"), _MOUNTAIN_PACIFIC),  # Oregon
    "605": _CENTRAL_MOUNTAIN,  # South Dakota
    **dict.fromkeys(("620", "785"), _CENTRAL_MOUNTAIN),  # Kansas
    "701": _CENTRAL_MOUNTAIN,  # North Dakota
    "775": _NEVADA,
    "906": _MICHIGAN,
    "907": _ALASKA,
    "928": _ARIZONA,
}
"""The area codes of the United States that span two zones, with both (source: wire.md, "Rules for
phone numbers and texts"; an overlay has the zones of the code that it lies over)."""

CANADIAN_SPLIT_AREA_CODES: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(("236", "250", "257", "672", "778"), _BRITISH_COLUMBIA),
    **dict.fromkeys(("273", "367", "418", "581"), _QUEBEC),
    **dict.fromkeys(("306", "474", "639"), _SASKATCHEWAN),
    **dict.fromkeys(("709", "879"), _NEWFOUNDLAND_LABRADOR),
    "807": _ONTARIO,
    "867": _NORTHWEST | _NUNAVUT | _YUKON,
}
"""The same for Canada; 273 lies over 418, 581 and 367 from 2027 on."""

_IN_ONE_ZONE: Mapping[str, str] = {
    _NEW_YORK: (
        # Florida, Indiana, Kentucky, Tennessee
        "239 305 321 324 352 386 407 561 645 656 689 727 728 754 772 786 813 863 904 941 954"
        " 260 317 463 765 502 859 865"
    ),
    _CHICAGO: (
        # Kansas, Nebraska, Tennessee, Texas
        "316 913 402 531 615 629 731 901 931"
        " 210 214 254 281 325 346 361 409 430 432 469 512 621 682 713 726 737 806 817 830 832 903"
        " 936 940 945 956 972 979"
    ),
    _DENVER: "915",  # El Paso
    _LOS_ANGELES: "702 725 503 971",  # Nevada, Oregon
    "America/Phoenix": "480 520 602 623",
    "America/Detroit": "231 248 269 313 517 586 616 679 734 810 947 989",
    "America/Vancouver": "604",
    "America/Toronto": (
        # Ontario, Quebec
        "226 249 289 343 365 382 416 437 519 548 613 647 683 705 742 753 905 942"
        " 263 354 438 450 468 514 579 819 873"
    ),
}
"""The area codes that lie in one zone of a state which has several. A code that is neither here nor
among the split ones has every zone of its state."""

COUNTRY_ZONES: Mapping[str, tuple[str, str]] = {
    "AG": ("America/Antigua", "268"),
    "AI": ("America/Anguilla", "264"),
    "BB": ("America/Barbados", "246"),
    "BM": ("Atlantic/Bermuda", "441"),
    "BS": ("America/Nassau", "242"),
    "DM": ("America/Dominica", "767"),
    "DO": ("America/Santo_Domingo", "809 829 849"),
    "GD": ("America/Grenada", "473"),
    "JM": ("America/Jamaica", "658 876"),
    "KN": ("America/St_Kitts", "869"),
    "KY": ("America/Cayman", "345"),
    "LC": ("America/St_Lucia", "758"),
    "MS": ("America/Montserrat", "664"),
    "SX": ("America/Lower_Princes", "721"),
    "TC": ("America/Grand_Turk", "649"),
    "TT": ("America/Port_of_Spain", "868"),
    "VC": ("America/St_Vincent", "784"),
    "VG": ("America/Tortola", "284"),
}
"""The zone and the area codes of the other countries of the numbering plan, by ISO code (source:
zone.tab; the North American Numbering Plan, 2026-11-29)."""


def _index() -> Iterator[tuple[str, frozenset[str]]]:
    for state, areas in AREA_CODES.items():
        for area in areas.split():
            yield area, STATE_ZONES[state]
    for zone, areas in (*_IN_ONE_ZONE.items(), *COUNTRY_ZONES.values()):
        for area in areas.split():
            yield area, frozenset({zone})
    yield from SPLIT_AREA_CODES.items()
    yield from CANADIAN_SPLIT_AREA_CODES.items()


_ZONES = dict(_index())


def find_zones_of_area(area: str) -> frozenset[str]:
    """Find the zones of an area code; none where it is of no known place."""
    return _ZONES.get(area, frozenset())
