"""The nearest names to one that isn't known."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache
from typing import Final

NEAREST: Final = 3
"""The most names that are suggested."""
_ALIKE: Final = 0.75
"""How alike two names are, by difflib's measure, of which one may be meant by the other.

Two letters exchanged in one of eight make 0.88, a word left out of three some 0.8.
"""
_NOT_WORD: Final = re.compile(r"[\W_]+")


def find_nearest(text: str, names: tuple[str, ...], most: int = NEAREST) -> tuple[str, ...]:
    """Find the names that are nearest to a text, case, blanks and punctuation left aside.

    Which one is meant is for a person to say: nothing is ever taken for another by likeness.
    """
    return _find_nearest(text, names, most)


@lru_cache(maxsize=256)
def _find_nearest(text: str, names: tuple[str, ...], most: int) -> tuple[str, ...]:
    # A batch may have the same wrong name in thousands of rows.
    folded = _fold_all(names)
    near = get_close_matches(fold(text), folded, n=most, cutoff=_ALIKE)
    found = [name for one in near for name in folded[one]]
    return tuple([name for name in dict.fromkeys(found) if name != text])[:most]


@lru_cache(maxsize=32)
def _fold_all(names: Iterable[str]) -> dict[str, list[str]]:
    folded: dict[str, list[str]] = {}
    for name in names:
        folded.setdefault(fold(name), []).append(name)
    return folded


def fold(text: str) -> str:
    """Leave out of a name what people write differently: case, blanks, dots and dashes."""
    return _NOT_WORD.sub("", text).casefold() or text.casefold()
