"""Phones that stand in a text, however they are written and whatever stands beside them."""

import re
import unicodedata
from functools import lru_cache

from chasedata_mcp.fields.phones import any_phone

_TEN, _MOST = 10, 15
_BETWEEN = r"[^0-9A-Za-z]{0,3}"
_PHONE = re.compile(
    rf"(?<![0-9])(?:\+?1{_BETWEEN})?([0-9]{{3}}){_BETWEEN}([0-9]{{3}}){_BETWEEN}([0-9]{{4}})(?![0-9])"
)
_NOT_DIGITS = re.compile("[^0-9]+")
_LONG_RUN = re.compile(rf"(?<![0-9])[0-9]{{{_TEN},{_MOST}}}(?![0-9])")
_RINGS = re.compile("[01]*[2-9][0-9]{2}[2-9][0-9]{6}")
_A_WORD = re.compile("[A-Z]*[a-z]+|[A-Z]+")
_PROSE = frozenset({"note", "notes", "message", "messages", "comment", "comments"})
_OF_A_PHONE = ("phone", "mobile", "cell")
_NOT_PROSE = (*_OF_A_PHONE, "tel", "number")


@lru_cache(maxsize=4096)
def phones_in(text: str) -> frozenset[str]:
    """The ten digits of every phone in a text.

    One with an extension counts, part of a longer number doesn't.
    """
    seen = _plain(text)
    if len(_digits(seen)) < _TEN:
        return frozenset()
    found = {"".join(match.groups()) for match in _PHONE.finditer(seen)}
    try:
        found.add(any_phone(text))
    except ValueError:
        return frozenset(found)
    return frozenset(found)


@lru_cache(maxsize=4096)
def numbers_in(text: str) -> frozenset[str]:
    """The phones in a text, with what its digits may be of one, whatever is between or before.

    They are too many rather than too few: to hold against those that must not be called.
    """
    seen = _plain(text)
    digits = _digits(seen)
    if len(digits) < _TEN:
        return frozenset()
    runs = [digits, *_LONG_RUN.findall(seen)]
    return phones_in(text).union(run[-_TEN:] for run in runs if _may_be_one(run))


@lru_cache(maxsize=1024)
def holds_a_phone(text: str) -> bool:
    """Whether a text holds a phone that could ring; a date or a longer number is none."""
    if any(_RINGS.fullmatch(number) for number in phones_in(text)):
        return True
    seen = _plain(text)
    runs = [_digits(seen), *_LONG_RUN.findall(seen)]
    return any(_may_be_one(run) and _RINGS.fullmatch(run) for run in runs)


def _may_be_one(digits: str) -> bool:
    """Whether digits are as many as a phone has, with a code before them or without."""
    eleven = len(digits) == _TEN + 1
    return _TEN <= len(digits) <= _MOST and (digits.startswith("1") or not eleven)


def _digits(plain: str) -> str:
    return _NOT_DIGITS.sub("", plain)


def _plain(text: str) -> str:
    """The text with its digits and dashes as everybody writes them, without what isn't seen."""
    if len(text) < _TEN:
        return ""
    return text if text.isascii() else _folded(text)


def _folded(text: str) -> str:
    kinds = ((c, unicodedata.category(c)) for c in unicodedata.normalize("NFKC", text))
    return "".join(_as_written(c, kind) for c, kind in kinds if kind != "Cf")


def _as_written(character: str, kind: str) -> str:
    match kind:
        case "Pd":
            return "-"
        case "Nd":
            return str(int(character))
        case _:
            return character


def is_prose(field: str, text: str) -> bool:
    """Whether somebody wrote this about a person, so that a phone in it is nobody's to be called.

    `field` is one of a lead's that the account named: what it is called doesn't make a phone prose
    that stands there alone, or with a word or two.
    """
    return _is_called_prose(field) and (_is_written(text) or not numbers_in(text))


@lru_cache(maxsize=1024)
def _is_called_prose(field: str) -> bool:
    name = field.casefold()
    words = {word.casefold() for word in _A_WORD.findall(field)}
    return not words.isdisjoint(_PROSE) and not any(word in name for word in _NOT_PROSE)


def _is_written(text: str) -> bool:
    """Whether a text is more letters than digits."""
    return sum(map(str.isalpha, text)) > sum(map(str.isdigit, text))


@lru_cache(maxsize=1024)
def is_of_a_phone(field: str) -> bool:
    """Whether a field is called so that it holds a phone."""
    name = field.casefold()
    return any(word in name for word in _OF_A_PHONE)
