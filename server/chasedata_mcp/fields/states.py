"""States and provinces as people write them, read as their two letters."""

import re
from collections.abc import Mapping
from functools import lru_cache

from chasedata_mcp.fields.area_codes import AREA_CODES

NAMES: Mapping[str, str] = {
    "AL": "alabama|ala",
    "AK": "alaska|alas",
    "AZ": "arizona|ariz",
    "AR": "arkansas|ark",
    "CA": "california|calif|cal",
    "CO": "colorado|colo",
    "CT": "connecticut|conn",
    "DE": "delaware|del",
    "DC": "district of columbia|washington dc|washington d c",
    "FL": "florida|fla",
    "GA": "georgia",
    "HI": "hawaii",
    "ID": "idaho|ida",
    "IL": "illinois|ill",
    "IN": "indiana|ind",
    "IA": "iowa",
    "KS": "kansas|kans|kan",
    "KY": "kentucky|ken|kent",
    "LA": "louisiana",
    "ME": "maine",
    "MD": "maryland",
    "MA": "massachusetts|mass",
    "MI": "michigan|mich",
    "MN": "minnesota|minn",
    "MS": "mississippi|miss",
    "MO": "missouri",
    "MT": "montana|mont",
    "NE": "nebraska|neb|nebr",
    "NV": "nevada|nev",
    "NH": "new hampshire",
    "NJ": "new jersey",
    "NM": "new mexico|n mex|new mex",
    "NY": "new york",
    "NC": "north carolina|n carolina|n car",
    "ND": "north dakota|n dakota|n dak",
    "OH": "ohio",
    "OK": "oklahoma|okla",
    "OR": "oregon|ore|oreg",
    "PA": "pennsylvania|penn|penna",
    "RI": "rhode island",
    "SC": "south carolina|s carolina|s car",
    "SD": "south dakota|s dakota|s dak",
    "TN": "tennessee|tenn",
    "TX": "texas|tex",
    "UT": "utah",
    "VT": "vermont",
    "VA": "virginia",
    "WA": "washington|wash|washington state",
    "WV": "west virginia|w virginia|w va",
    "WI": "wisconsin|wis|wisc",
    "WY": "wyoming|wyo",
    "AS": "american samoa",
    "GU": "guam",
    "MP": "northern mariana islands",
    "PR": "puerto rico",
    "VI": "virgin islands|us virgin islands|u s virgin islands",
    "AB": "alberta",
    "BC": "british columbia",
    "MB": "manitoba",
    "NB": "new brunswick",
    "NL": "newfoundland and labrador|newfoundland|labrador",
    "NS": "nova scotia",
    "NT": "northwest territories",
    "NU": "nunavut",
    "ON": "ontario",
    "PE": "prince edward island",
    "QC": "quebec",
    "SK": "saskatchewan",
    "YT": "yukon",
}
"""The names and the older abbreviations of each, in small letters and without dots."""

_BY_NAME = {name: letters for letters, names in NAMES.items() for name in names.split("|")}
_NOT_LETTERS = re.compile(r"[^a-z]+")
# As in `US-KY`, `State of Kentucky` and `Washington State`.
_AROUND = re.compile(r"^(?:us|usa|state of|commonwealth of) | (?:state|us|usa)$")
_MOST = 100


@lru_cache(maxsize=1024)
def parse_state(written: str) -> str | None:
    """Parse a state or province, however written, to its two letters; None where it is none.

    `KY`, `ky`, `K.Y.`, `Ky.`, `Kentucky`, `US-KY` and `Kentucky (KY)` are one.
    """
    # The accent of Québec.
    words = _NOT_LETTERS.sub(" ", written[:_MOST].casefold().replace("\u00e9", "e")).strip()
    for text in (words, _AROUND.sub("", words)):
        found = _match_words(text)
        if found is not None:
            return found
    return _match_name_with_letters(words[:-2], words[-2:]) or _match_name_with_letters(
        words[2:], words[:2]
    )


def _match_name_with_letters(name: str, letters: str) -> str | None:
    """Find the letters of a name that stands beside them."""
    found = _match_words(name.strip())
    return found if found == letters.upper() else None


def _match_words(words: str) -> str | None:
    letters = words.replace(" ", "").upper()
    return letters if letters in AREA_CODES else _BY_NAME.get(words)
