"""Social security numbers and ITINs in a text of small letters: by form, or beside their name."""

import re
from collections.abc import Iterator

from chasedata_mcp.redaction.cards import BETWEEN

_NOT_DIGITS = re.compile("[^0-9]+")
# Neither area 000, 666 and 900 on, nor group 00, nor serial 0000 was ever given out.
_AREA, _SSN_GROUP, _SERIAL = "(?!000|666|9)[0-9]{3}", "(?!00)[0-9]{2}", "(?!0000)[0-9]{4}"
# An ITIN begins with 9 and has one of these in the middle (IRS, Publication 1915).
_ITIN_AREA, _ITIN_GROUP = "9[0-9]{2}", "(?:5[0-9]|6[0-5]|7[0-9]|8[0-8]|9[0-24-9])"


def _set_apart(by: str, by_again: str) -> str:
    """Build the pattern of a number's three parts with these signs between them."""
    heads = (f"{_AREA}{by}{_SSN_GROUP}", f"{_ITIN_AREA}{by}{_ITIN_GROUP}")
    return "|".join(f"{head}{by_again}{_SERIAL}" for head in heads)


_SIGNS = r"[ \t.\-_/*~)\u00b7\u2022]{1,4}"
_LINE_BREAK = r"[ \t.\-_/]{0,3}\n[ \t.\-_/>]{0,3}"
# These set figures of tables, times and sums apart too: here the same stands on both sides.
_OTHER = r"[ \t]?(?:[:;|+=#\\^'\"!&@\u2044\u2215]|\b(?:dash|hyphen|minus)\b)[ \t]?"
# Whatever has one of the forms has these digits, and most texts don't.
_MAY_HAVE_ONE = re.compile(r"[0-9]{3}(?:[^0-9]{1,10}[0-9]{2}[^0-9]{1,10}[0-9]{4}|-[0-9]{6})")
_FORMS = (
    re.compile(rf"(?<![0-9])(?:{_set_apart(_SIGNS, _SIGNS)})(?![0-9])"),
    re.compile(rf"(?<![0-9])(?:{_set_apart(_SIGNS, _LINE_BREAK)})(?![0-9])"),
    re.compile(rf"(?<![0-9])(?:{_set_apart(_LINE_BREAK, _SIGNS)})(?![0-9])"),
    # A column of figures goes on above or below, and has a sum.
    re.compile(
        rf"(?<![0-9])(?<![0-9]\n)(?:{_set_apart(_LINE_BREAK, _LINE_BREAK)})"
        r"(?![0-9]|\s{0,9}\n[^\n]{0,80}[0-9])"
    ),
    re.compile(
        rf"(?<![0-9])(?<![0-9] )(?<![:;|+=#&@'\"])(?:{_AREA}(?P<a>{_OTHER}){_SSN_GROUP}(?P=a)"
        rf"|{_ITIN_AREA}(?P<b>{_OTHER}){_ITIN_GROUP}(?P=b)){_SERIAL}(?![0-9]|[ \t]?[;|+=&@])"
    ),
    re.compile(
        rf"(?<![0-9])(?<![0-9]-)(?:{_AREA}-{_SSN_GROUP}|{_ITIN_AREA}-{_ITIN_GROUP}){_SERIAL}"
        r"(?!-?[0-9])"
    ),
)
_APART = rf"[0-9]{{3}}{BETWEEN}{{1,4}}[0-9]{{2}}{BETWEEN}{{1,4}}[0-9]{{4}}"
_NINE_DIGITS = rf"(?P<number>{_APART}|[0-9](?:[ \t\n.\-]{{0,3}}[0-9]){{8}})"
_GIVEN_OUT = re.compile(f"(?:{_AREA}{_SSN_GROUP}|{_ITIN_AREA}{_ITIN_GROUP}){_SERIAL}")
_NUMBER_OF = r"(?=[^0-9a-z]{0,5}(?:[0-9]|is\b|n(?:r|o|um|umber)?\b))"
_ITS_NAME = (
    rf"(?:\bssn|\bssan\b|\bs\.s\.n|\bssn?\s?\#|\bss\b{_NUMBER_OF}|\bsocial|\bsoc\b|\bsoc\.? ?sec"
    r"|\btax.?(?:payer.?)?id|\bitin|\bi\.t\.i\.n|\btin\b)"
)
_NAMED = re.compile(_ITS_NAME)
_NAMED_BEFORE = re.compile(rf"{_ITS_NAME}[^0-9]{{0,40}}{_NINE_DIGITS}(?![0-9])")
_NAMED_AFTER = re.compile(rf"(?<![0-9]){_NINE_DIGITS}[^0-9]{{0,40}}?{_ITS_NAME}")


def find_social_security_numbers(text: str) -> Iterator[tuple[int, int]]:
    """Find the spans of social security numbers, and of the tax numbers that take their place."""
    if _MAY_HAVE_ONE.search(text):
        for form in _FORMS:
            yield from (found.span() for found in form.finditer(text))
    if not _NAMED.search(text):
        return
    for named in (_NAMED_BEFORE, _NAMED_AFTER):
        for found in named.finditer(text):
            if _GIVEN_OUT.fullmatch(_NOT_DIGITS.sub("", found["number"])):
                yield found.span("number")
