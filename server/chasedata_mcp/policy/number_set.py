"""Sets of phone numbers for a file of millions: five bytes each, where texts take a hundred."""

from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final, TypeAlias

from typing_extensions import override

_PARTS: Final = 4096
"""Numbers are kept apart by what is left of them divided by this; the quotient has four bytes."""
# Python 3.11 has no `array[int]` while it runs.
_Quotients: TypeAlias = "array[int]"


class NumberSet(Collection[str]):
    """Numbers of ten digits, each once; `collect_numbers` makes it."""

    def __init__(self, parts: Mapping[int, _Quotients]) -> None:
        self._parts = parts
        self._count = sum(map(len, parts.values()))

    @override
    def __len__(self) -> int:
        return self._count

    @override
    def __iter__(self) -> Iterator[str]:
        for part, quotients in self._parts.items():
            for quotient in quotients:
                yield f"{quotient * _PARTS + part:010}"

    @override
    def __contains__(self, number: object) -> bool:
        if not (isinstance(number, str) and is_ten_digits(number)):
            return False
        quotient, part = divmod(int(number), _PARTS)
        quotients = self._parts.get(part, ())
        at = bisect_left(quotients, quotient)
        return at < len(quotients) and quotients[at] == quotient

    def find_in(self, numbers: Iterable[str]) -> frozenset[str]:
        """Find those of some numbers that it holds."""
        return frozenset([one for one in numbers if one in self] if self else ())

    def union(self, other: "NumberSet") -> "NumberSet":
        """Make the set of the numbers that are in this one or in another."""
        mine, others = self._parts, other._parts  # noqa: SLF001 - another of its kind
        parts = mine.keys() | others.keys()
        return NumberSet(
            {part: _sort((*mine.get(part, ()), *others.get(part, ()))) for part in parts}
        )


def collect_numbers(numbers: Iterable[str] = ()) -> NumberSet:
    """Make the set of some numbers, each of ten digits."""
    parts: dict[int, _Quotients] = defaultdict(lambda: array("I"))
    for number in numbers:
        quotient, part = divmod(int(number), _PARTS)
        parts[part].append(quotient)
    for part, quotients in parts.items():
        parts[part] = _sort(quotients)
    return NumberSet(parts)


def is_ten_digits(text: str) -> bool:
    """Tell whether a text is ten digits of ASCII."""
    return len(text) == 10 and text.isascii() and text.isdecimal()  # noqa: PLR2004 - as it says


def _sort(quotients: Iterable[int]) -> _Quotients:
    return array("I", sorted(set(quotients)))
