"""Card numbers in a text, found by their issuers' ranges and their check digit."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate
from typing import Final

SEPARATOR = r"[ \t.\-]{0,3}"
"""What may stand between the digits of a number."""
_RUN = re.compile(rf"[0-9](?:{SEPARATOR}[0-9]){{12,}}")
_GROUP = re.compile("[0-9]+")
_NOT_DIGITS = re.compile("[^0-9]+")
# What no card stretches into: phones of ten and eleven digits, and dates.
_PHONE = r"(?:1[ .\-]{1,3})?[2-9][0-9]{2}[ .\-]{1,3}[2-9][0-9]{2}[ .\-]{1,3}[0-9]{4}"
_BARE_PHONE = r"1?[2-9][0-9]{2}[2-9][0-9]{6}"
_DAY, _MONTH, _YEAR = "(?:0?[1-9]|[12][0-9]|3[01])", "(?:0?[1-9]|1[0-2])", "(?:19|20)[0-9]{2}"
_DATE = "|".join(
    rf"{first}(?P<{mark}>[.\-]){second}(?P={mark}){third}"
    for mark, first, second, third in (
        ("a", _YEAR, _MONTH, _DAY),
        ("b", _MONTH, _DAY, _YEAR),
        ("c", _DAY, _MONTH, _YEAR),
    )
)
_NO_CARD = re.compile(rf"(?<![0-9])(?:{_PHONE}|{_BARE_PHONE}|{_DATE})(?![0-9])")


def cards(text: str) -> Iterator[tuple[int, int]]:
    """From where to where there are card numbers."""
    for run in _RUN.finditer(text):
        at = run.start()
        for other in _NO_CARD.finditer(text, run.start(), run.end()):
            yield from _cards_within(text, at, other.start())
            at = other.end()
        yield from _cards_within(text, at, run.end())


def _cards_within(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cards that begin where a group of digits begins and end where one ends."""
    if end - start < _SHORTEST:
        return
    groups = [group.span() for group in _GROUP.finditer(text, start, end)]
    digits = _NOT_DIGITS.sub("", text[start:end])
    firsts = [0, *accumulate(stop - begin for begin, stop in groups)]
    borders, checks, taken = bytearray(len(digits) + 20), _Checks(digits), 0
    for first in firsts:
        borders[first] = 1
    for at, first in enumerate(firsts[:-1]):
        begin, stop = groups[at]
        if stop - begin > _LONGEST and _begins_with_a_card(digits[first : firsts[at + 1]]):
            yield begin, stop
        for length in _LENGTHS.get(digits[first : first + 4], ()):
            last = first + length
            # So few digits are set apart by chance too often.
            whole = length > _SHORTEST or stop - begin == length
            if whole and first >= taken and borders[last] and checks.hold(first, last):
                yield begin, groups[bisect_left(firsts, last) - 1][1]
                taken = last


class _Checks:
    """Whether the last of some digits is the check digit of the others, for any of a text's."""

    def __init__(self, digits: str) -> None:
        plain, doubled = digits.encode().translate(_PLAIN), digits.encode().translate(_DOUBLED)
        # What every digit adds where those at even places are doubled, and where the others are.
        even, odd = bytearray(plain), bytearray(plain)
        even[::2], odd[1::2] = doubled[::2], doubled[1::2]
        self._sums = [list(accumulate(even, initial=0)), list(accumulate(odd, initial=0))]

    def hold(self, first: int, last: int) -> bool:
        """Whether they do of those from `first` up to `last`; the last one isn't doubled."""
        sums = self._sums[last % 2]
        total = sums[last] - sums[first]
        return total % 10 == 0 and total > 0


def _begins_with_a_card(digits: str) -> bool:
    """Whether a longer number is a card's with more behind it, as what a reader of cards gives."""
    digits = digits.lstrip("0")[:_LONGEST]
    checks = _Checks(digits)
    lengths = _LENGTHS.get(digits[:4], ())
    return any(length <= len(digits) and checks.hold(0, length) for length in lengths)


_SHORTEST, _LONGEST = 13, 19


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
"""How long a card number is that begins like this, by the issuers' published ranges."""
_PLAIN = bytes.maketrans(b"0123456789", bytes(range(10)))
_DOUBLED = bytes.maketrans(b"0123456789", bytes((0, 2, 4, 6, 8, 1, 3, 5, 7, 9)))
