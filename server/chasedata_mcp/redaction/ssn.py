"""Social security numbers in a text: by their form, or beside a word that names one."""

import re
from collections.abc import Iterator

from chasedata_mcp.redaction.cards import BETWEEN

_NOT_DIGITS = re.compile("[^0-9]+")
# Neither area 000, 666 and 900 on, nor group 00, nor serial 0000 was ever given out.
_AREA, _SSN_GROUP, _SERIAL = "(?!000|666|9)[0-9]{3}", "(?!00)[0-9]{2}", "(?!0000)[0-9]{4}"
_SET_APART = r"[ \t.\-_/*~)\u00b7\u2022]{1,4}"
_SSN = re.compile(rf"(?<![0-9]){_AREA}{_SET_APART}{_SSN_GROUP}{_SET_APART}{_SERIAL}(?![0-9])")
_NINE_IN_TWO = re.compile(rf"(?<![0-9])(?<![0-9]-){_AREA}-{_SSN_GROUP}{_SERIAL}(?!-?[0-9])")
_APART = rf"[0-9]{{3}}{BETWEEN}{{1,4}}[0-9]{{2}}{BETWEEN}{{1,4}}[0-9]{{4}}"
_NINE_DIGITS = rf"(?P<number>{_APART}|[0-8](?:[ \t.\-]{{0,3}}[0-9]){{8}})"
_GIVEN_OUT = re.compile(f"{_AREA}{_SSN_GROUP}{_SERIAL}")
_NUMBER_OF = r"(?=[^0-9a-z]{0,5}(?:[0-9]|is\b|n(?:r|o|um|umber)?\b))"
_ITS_NAME = (
    rf"(?:\bssn|\bssan\b|\bs\.s\.n|\bssn?\s?\#|\bss\b{_NUMBER_OF}|\bsocial|\bsoc\b|\bsoc\.? ?sec"
    r"|\btax.?id)"
)
_NAMED = re.compile(_ITS_NAME, re.IGNORECASE)
_NAMED_BEFORE = re.compile(rf"{_ITS_NAME}[^0-9]{{0,40}}{_NINE_DIGITS}(?![0-9])", re.IGNORECASE)
_NAMED_AFTER = re.compile(rf"(?<![0-9]){_NINE_DIGITS}[^0-9]{{0,40}}?{_ITS_NAME}", re.IGNORECASE)


def find_social_security_numbers(text: str) -> Iterator[tuple[int, int]]:
    """Find the spans of social security numbers."""
    for form in (_SSN, _NINE_IN_TWO):
        yield from (found.span() for found in form.finditer(text))
    if not _NAMED.search(text):
        return
    for named in (_NAMED_BEFORE, _NAMED_AFTER):
        for found in named.finditer(text):
            if _GIVEN_OUT.fullmatch(_NOT_DIGITS.sub("", found["number"])):
                yield found.span("number")
