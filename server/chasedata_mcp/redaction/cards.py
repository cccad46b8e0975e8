"""Card numbers in a text, found by their issuers' ranges and their check digit."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Final

from chasedata_mcp.fields.decoded_text import replace_pieces

BETWEEN = r"[ \t\n.\-_/,:|()\[\]{}<>]"
"""A sign between the digits of any number, which may stand there several times over."""
# All signs but those of money and percent, which end a number, and what a mail address has.
_SIGN = (
    r"[\t\n !\"#&'()*+,\-./:;<=>?\[\\\]^_`{|}~\u00a1\u00a6-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8"
    r"\u00bb\u00bf\u00d7\u00f7\u2010-\u205e\u2190-\u2bff\u3000-\u303f]"
)
SEPARATOR = rf"{_SIGN}{{0,5}}"
"""The signs that may stand between the digits of a card's number."""
_RUN = re.compile(rf"[0-9](?:{SEPARATOR}[0-9]){{12,}}")
_GROUP = re.compile("[0-9]+")
_NOT_DIGITS = re.compile("[^0-9]+")
# What no card stretches into: phones of ten and eleven digits, dates, times, places on a map.
_APART = rf"{BETWEEN}{{1,4}}"
_PHONE = rf"(?:1{_APART})?[2-9][0-9]{{2}}{_APART}[2-9][0-9]{{2}}{BETWEEN}{{0,4}}[0-9]{{4}}"
_BARE_PHONE = r"1?[2-9][0-9]{2}[2-9][0-9]{6}"
# A Diners Club card goes on so after its first four.
_NOT_OF_DINERS = "".join(rf"(?<!3[0689][0-9]{{2}}{BETWEEN}{{{width}}})" for width in (1, 2, 3, 4))
_SIX_FOUR = rf"[2-9][0-9]{{2}}[2-9][0-9]{{2}}{_APART}[0-9]{{4}}"
_IN_TWO = rf"{_NOT_OF_DINERS}(?:1{_APART})?{_SIX_FOUR}(?:{_APART}{_SIX_FOUR})*"
_ABROAD = r"(?<=\+)[1-9](?:[ .\-()]{0,2}[0-9]){7,12}(?![ .\-()]{0,2}[0-9])"
_IN_BRACKETS = r"[0-9]{3}\)[ .\-]{0,3}[0-9]{3}[ .\-]{0,3}[0-9]{4}"
_DAY, _MONTH, _YEAR = "(?:0?[1-9]|[12][0-9]|3[01])", "(?:0?[1-9]|1[0-2])", "(?:19|20)[0-9]{2}"
_DATE = "|".join(
    rf"{first}(?P<{mark}>[.\-/_]){second}(?P={mark}){third}"
    for mark, first, second, third in (
        ("a", _YEAR, _MONTH, _DAY),
        ("b", _MONTH, _DAY, _YEAR),
        ("c", _DAY, _MONTH, _YEAR),
    )
)
_SHORT_DATE = r"(?<!/)[0-3]?[0-9]/[0-3]?[0-9]/[0-9]{2}(?!/)"
_TIME = r"(?<!:)(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?(?!:)"
_PLACE = r"[0-9]{1,3}\.[0-9]{4,8}, ?-?[0-9]{1,3}\.[0-9]{4,8}"
_NO_CARD = re.compile(
    rf"(?<![0-9])(?:{_PLACE}|{_PHONE}|{_BARE_PHONE}|{_IN_TWO}|{_ABROAD}|{_IN_BRACKETS}|{_DATE}|{_SHORT_DATE}"
    rf"|{_TIME})(?![0-9])"
)


# Groups as on the card itself are one number whatever sign is between them; letters, such as
# `x` or ` dash `, and a percent or money sign where they are everywhere the same.
_ANY_SIGN = "[^0-9A-Za-z]{1,8}"
_GROUPED = tuple(
    re.compile(
        rf"(?<![0-9])[0-9]{{4}}{first}[0-9]{{{rest[0]}}}"
        + "".join(rf"{again}[0-9]{{{count}}}" for count in rest[1:])
        + "(?![0-9])"
    )
    for rest in ((4, 4, 4), (6, 5), (6, 4))
    for first, again in ((_ANY_SIGN, _ANY_SIGN), ("(?P<sign>[^0-9]{1,12})", "(?P=sign)"))
)
_ONE_BY_ONE = re.compile(
    r"(?<![0-9])[0-9](?P<sign>[^0-9]{1,8})[0-9](?:(?P=sign)[0-9]){11,17}(?![0-9])"
)
# The same without the details, which most texts don't have.
_BY_FORM = (
    (re.compile("[0-9]{4}[^0-9]{1,12}[0-9]{4}(?:[0-9]{2})?[^0-9]{1,12}[0-9]{4}"), _GROUPED),
    (re.compile("[0-9](?:[^0-9]{1,8}[0-9]){12}"), (_ONE_BY_ONE,)),
)
_MAY_HAVE_EXPIRY = re.compile(r"[0-9][ /\-]{1,3}(?:20)?[2-4][0-9][)\]]?[ \t.,;:|\-]{1,3}[0-9]")
_EXPIRY = re.compile(
    r"(?<=[0-9])[ 	.,;:|\-]{1,3}[(\[]?(?:exp[a-z.]{0,8}|valid(?: thru)?|good thru)?[ :]{0,3}"
    r"(?:0?[1-9]|1[0-2]) ?[/\-] ?(?:20)?[2-4][0-9][)\]]?[ 	.,;:|\-]{1,3}(?=[0-9])",
    re.IGNORECASE,
)


def find_cards(text: str) -> Iterator[tuple[int, int]]:
    """Find the spans of card numbers in a text of small letters."""
    yield from _find_in_runs(text)
    for may_have_one, forms in _BY_FORM:
        if may_have_one.search(text):
            yield from _find_by_form(text, forms)
    if _MAY_HAVE_EXPIRY.search(text):
        # An expiry date in the middle of a number is read over.
        without = replace_pieces(text, _EXPIRY, lambda _: " ")
        if without is not None:
            yield from (without.span(start, end) for start, end in _find_in_runs(without.text))


def _find_by_form(text: str, forms: Sequence[re.Pattern[str]]) -> Iterator[tuple[int, int]]:
    for form in forms:
        for found in form.finditer(text):
            digits = _NOT_DIGITS.sub("", found[0])
            if _begins_with_card(digits, (len(digits),)):
                yield found.span()


def _find_in_runs(text: str) -> Iterator[tuple[int, int]]:
    for run in _RUN.finditer(text):
        at = run.start()
        for other in _NO_CARD.finditer(text, run.start(), run.end()):
            yield from _find_in_run(text, at, other.start())
            at = other.end()
        yield from _find_in_run(text, at, run.end())


def _find_in_run(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Find cards that begin where a group of digits begins and end where one ends."""
    if end - start < _SHORTEST:
        return
    groups = [group.span() for group in _GROUP.finditer(text, start, end)]
    digits = _NOT_DIGITS.sub("", text[start:end])
    firsts = [0, *accumulate(stop - begin for begin, stop in groups)]
    borders, checks, taken = bytearray(len(digits) + 20), _LuhnChecks(digits), 0
    for first in firsts:
        borders[first] = 1
    for at, first in enumerate(firsts[:-1]):
        begin, stop = groups[at]
        if _has_card_and_more(digits[first : firsts[at + 1]]):
            yield begin, stop
        for length in _LENGTHS.get(digits[first : first + 4], ()):
            last = first + length
            # So few digits are set apart by chance too often.
            whole = length > _SHORTEST or stop - begin == length
            if whole and first >= taken and borders[last] and checks.hold(first, last):
                yield begin, groups[bisect_left(firsts, last) - 1][1]
                taken = last


class _LuhnChecks:
    """The Luhn check of any stretch of a text's digits, by sums made once."""

    def __init__(self, digits: str) -> None:
        plain, doubled = digits.encode().translate(_PLAIN), digits.encode().translate(_DOUBLED)
        # What every digit adds where those at even places are doubled, and where the others are.
        # Luhn's check doubles every second digit from the right (ISO/IEC 7812-1).
        even, odd = bytearray(plain), bytearray(plain)
        even[::2], odd[1::2] = doubled[::2], doubled[1::2]
        self._sums = [list(accumulate(even, initial=0)), list(accumulate(odd, initial=0))]

    def hold(self, first: int, last: int) -> bool:
        """Tell whether the digits from `first` up to `last` pass; the last one isn't doubled."""
        sums = self._sums[last % 2]
        total = sums[last] - sums[first]
        # Zeros alone pass the check and are no card.
        return total % 10 == 0 and total > 0


def _has_card_and_more(group: str) -> bool:
    """Tell whether a group is a card's number with its code or a reader's data behind it."""
    if len(group) > _LONGEST:
        return _begins_with_card(group.lstrip("0")[:_LONGEST], range(_LONGEST + 1))
    with_a_code = [len(group) - of_code for of_code in _CODES]
    return len(group) > _WITHOUT_A_CODE and _begins_with_card(group, with_a_code)


def _begins_with_card(digits: str, of_lengths: Sequence[int]) -> bool:
    checks = _LuhnChecks(digits)
    lengths = _LENGTHS.get(digits[:4], ())
    return any(n in of_lengths and n <= len(digits) and checks.hold(0, n) for n in lengths)


# ISO/IEC 7812 allows 19 digits at most; no issuer below has fewer than 13.
_SHORTEST, _LONGEST = 13, 19
# A verification code has three digits, on American Express four.
_WITHOUT_A_CODE, _CODES = 16, (3, 4)


_ISSUED: Final[tuple[tuple[int, int, tuple[int, ...]], ...]] = (
    (4000, 4999, (16, 19, 13)),  # Visa
    (5100, 5599, (16,)),  # Mastercard
    (2221, 2720, (16,)),  # Mastercard
    (3400, 3499, (15,)),  # American Express
    (3700, 3799, (15,)),  # American Express
    (6011, 6011, (16, 19)),  # Discover
    (6440, 6599, (16, 19)),  # Discover
    (6200, 6299, (16, 17, 18, 19)),  # UnionPay
    (3528, 3589, (16, 17, 18, 19)),  # JCB
    (3000, 3059, (14,)),  # Diners Club
    (3095, 3095, (14,)),  # Diners Club
    (3600, 3699, (14, 16, 19)),  # Diners Club
    (3800, 3999, (14, 16, 19)),  # Diners Club
    (5000, 5099, (13, 14, 15, 16, 17, 18, 19)),  # Maestro
    (5600, 5899, (13, 14, 15, 16, 17, 18, 19)),  # Maestro
    (6304, 6304, (13, 14, 15, 16, 17, 18, 19)),  # Maestro
    (6759, 6763, (13, 14, 15, 16, 17, 18, 19)),  # Maestro
    (2200, 2204, (16, 17, 18, 19)),  # Mir
)
_LENGTHS: Final = {
    str(first_four): lengths
    for low, high, lengths in _ISSUED
    for first_four in range(low, high + 1)
}
"""The lengths of card numbers by their first four digits, from the issuers' published ranges."""
_PLAIN = bytes.maketrans(b"0123456789", bytes(range(10)))
_DOUBLED = bytes.maketrans(b"0123456789", bytes((0, 2, 4, 6, 8, 1, 3, 5, 7, 9)))
