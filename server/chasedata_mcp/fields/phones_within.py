"""Phones that stand in a text, however they are written and whatever stands beside them."""

import re
import unicodedata
from functools import lru_cache

from chasedata_mcp.fields.phones import any_phone

_TEN = 10
_BETWEEN = r"[\s().\-/]{0,3}"
_PHONE = re.compile(
    rf"(?<![0-9])(?:\+?1{_BETWEEN})?([0-9]{{3}}){_BETWEEN}([0-9]{{3}}){_BETWEEN}([0-9]{{4}})(?![0-9])"
)
_PROSE = ("note", "message", "comment")
_OF_A_PHONE = ("phone", "mobile", "cell")


@lru_cache(maxsize=4096)
def phones_in(text: str) -> frozenset[str]:
    """The ten digits of every phone in a text.

    One with an extension counts, part of a longer number doesn't.
    """
    if len(text) < _TEN:
        return frozenset()
    seen = text if text.isascii() else _plain(text)
    found = {"".join(match.groups()) for match in _PHONE.finditer(seen)}
    try:
        found.add(any_phone(text))
    except ValueError:
        return frozenset(found)
    return frozenset(found)


def _plain(text: str) -> str:
    """The text with its digits and dashes as everybody writes them, without what isn't seen."""
    kinds = ((c, unicodedata.category(c)) for c in unicodedata.normalize("NFKC", text))
    return "".join("-" if kind == "Pd" else c for c, kind in kinds if kind != "Cf")


@lru_cache(maxsize=1024)
def is_prose(field: str) -> bool:
    """Whether a field holds what somebody wrote, so that a phone in it is nobody's to be called."""
    name = field.casefold()
    return any(word in name for word in _PROSE)


def is_of_a_phone(field: str) -> bool:
    """Whether a field is called so that it holds a phone."""
    name = field.casefold()
    return any(word in name for word in _OF_A_PHONE)
