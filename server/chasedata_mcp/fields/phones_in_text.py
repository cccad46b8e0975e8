"""Phone numbers in free text, however they are written and whatever stands beside them."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache, wraps
from typing import TypeVar

from chasedata_mcp.fields.decoded_text import decode_levels
from chasedata_mcp.fields.phone import parse_phone

T = TypeVar("T")

# No number is longer than 15 digits with its country code (ITU-T E.164).
_TEN, _MOST = 10, 15
_SHORT = 200
"""The longest text, in characters, whose numbers are cached: a longer one would fill the memory."""
_BETWEEN = r"[^0-9A-Za-z]{0,8}"
_PHONE = re.compile(
    rf"(?<![0-9])(?:\+?1{_BETWEEN})?([0-9]{{3}}){_BETWEEN}([0-9]{{3}}){_BETWEEN}([0-9]{{4}})(?![0-9])"
)
_MAY_BE_ESCAPED = re.compile(r"[%&\\<]")
_ESCAPED_AGAIN = re.compile(
    r"%(?:25)+(?=[0-9a-f]{2})|&(?:amp;|#0*38;|#x0*26;)+|\\{2,}(?=[ux])", re.IGNORECASE
)
_NOT_DIGITS, _WORD = re.compile("[^0-9]+"), re.compile(r"[^\W\d_]+")
_LETTERS = re.compile("[A-Za-z]+")
_COULD_RING = "[2-9][0-9]{2}[2-9][0-9]{6}"
_RINGS = re.compile(_COULD_RING)
_ONE_AFTER_ALL = re.compile(f"[01]*{_COULD_RING}")
_ANY_TEN = re.compile(f"(?=({_COULD_RING}))")
_YEAR = "(?:19|20)[0-9]{2}"
_DAY = rf"(?:{_YEAR}([-/.])[0-9]{{1,2}}\1[0-9]{{1,2}}|[0-9]{{1,2}}([-/.])[0-9]{{1,2}}\2{_YEAR})"
_CLOCK = r"(?:[T ,]{1,2}[0-9]{1,2}(?::[0-9]{2}){1,2}(?:\.[0-9]+)?)"
# A moment has ten digits and more, and is no phone.
_DATE = re.compile(rf"(?<![0-9]){_DAY}{_CLOCK}?(?![0-9])")
_NAME_WORD = re.compile("[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")
_PROSE = frozenset({"note", "notes", "message", "messages", "comment", "comments"})
_NOT_PROSE = ("phone", "mobile", "cell", "tel", "number")
_PHONE_WORD = "(?:tele|cell|smart)?phones?|cell(?:s|ular)?|mobiles?|tel"
_WHOSE = (
    "home|work|mobile|primary|secondary|alt|alternate|other|day|evening|office|business|main|"
    "second|third|contact|customer|lead"
)
_PHONE_FIELD = re.compile(
    rf"(?:{_WHOSE})?(?:{_PHONE_WORD})|(?:phone|telephone|mobile|cell|tel)(?:number|num|no|nr)s?"
)
_MAY_STAND_BESIDE = re.compile(
    rf"[hwmcox]|{_WHOSE}|{_PHONE_WORD}|ext|extension|number|no", re.IGNORECASE
)
_EXTENSION = 6
"""The most digits of an extension."""


def is_ten_digits(text: str) -> bool:
    """Tell whether a text is ten digits and nothing else, as most phones looked at are."""
    return len(text) == _TEN and text.isascii() and text.isdecimal()


def can_ring(number: str) -> bool:
    """Tell whether ten digits have the shape of a number that rings."""
    return _RINGS.fullmatch(number) is not None


def _cache_finds(bare: Callable[[str], T]) -> Callable[[Callable[[str], T]], Callable[[str], T]]:
    """Cache the finds in short texts, which come again and again.

    In ten digits and nothing else there is nothing to look for; `bare` says what they are.
    """

    def keeping(find: Callable[[str], T]) -> Callable[[str], T]:
        known = lru_cache(maxsize=4096)(find)

        @wraps(find)
        def found(text: str) -> T:
            if is_ten_digits(text):
                return bare(text)
            return known(text) if len(text) <= _SHORT else find(text)

        return found

    return keeping


def _as_set(text: str) -> frozenset[str]:
    return frozenset({text})


def _as_is(text: str) -> str | None:
    return text


@_cache_finds(bare=_as_set)
def find_phones(text: str) -> frozenset[str]:
    """Find every phone in a text, ten digits each.

    One with an extension counts, part of a longer number doesn't.
    """
    seen = _fold(text)
    if len(_keep_digits(seen)) < _TEN:
        return frozenset()
    found = {"".join(match.groups()) for match in _PHONE.finditer(seen)}
    try:
        found.add(parse_phone(text))
    except ValueError:
        return frozenset(found)
    return frozenset(found)


@_cache_finds(bare=_as_set)
def find_numbers(text: str) -> frozenset[str]:
    """Find the phones in a text, and in a run of digits that is none by itself its last ten.

    So behind whatever prefix a phone is found, and of a long number no more than one; and behind
    percent codes, entities and other escapes.
    """
    return frozenset[str]().union(*map(_find_numbers, _decode(text)))


def _find_numbers(text: str) -> frozenset[str]:
    seen = _fold(text)
    whole = _keep_digits(seen)
    if len(whole) < _TEN:
        return frozenset()
    found = find_phones(text).union(*(_find_in_run(part) for part in _LETTERS.split(seen)))
    return found or frozenset({whole[-_TEN:]} if len(whole) <= _MOST else ())


def _find_in_run(part: str) -> frozenset[str]:
    """Find the number in a part without letters, beside the phones that are written out."""
    digits = _keep_digits(_PHONE.sub("", part))
    return frozenset({digits[-_TEN:]} if len(digits) >= _TEN else ())


@_cache_finds(bare=_as_set)
def find_possible_numbers(text: str) -> frozenset[str]:
    """Find any ten digits in a text that could ring, whatever is around or between them.

    They are far too many: to hold against those that must not be called, and for nothing else.
    """
    # It errs to the side that refuses (design.md, "Digits are read by what they are held against").
    return frozenset[str]().union(*map(_find_any_ten, _decode(text)))


def _find_any_ten(text: str) -> frozenset[str]:
    digits = _keep_digits(_fold(text))
    return (
        _find_numbers(text).union(_ANY_TEN.findall(digits)) if len(digits) >= _TEN else frozenset()
    )


def _decode(text: str) -> Iterator[str]:
    """Give the text as it stands, and with its escapes decoded, level by level."""
    yield text
    if _MAY_BE_ESCAPED.search(text):
        # An escape of an escape is one escape, however often: what is left has few levels.
        once = _ESCAPED_AGAIN.sub(lambda nested: nested[0][:1], text)
        yield from (level.text for level in decode_levels(once))


@_cache_finds(bare=_as_is)
def find_only_phone(text: str) -> str | None:
    """Find the phone of a text that holds one phone and little else: an owner, an extension."""
    seen = _fold(text)
    found = list(_PHONE.finditer(seen))
    if len(found) != 1:
        return None
    (phone,) = found
    rest = f"{seen[: phone.start()]} {seen[phone.end() :]}"
    labelled = all(_MAY_STAND_BESIDE.fullmatch(word) for word in _WORD.findall(rest))
    return "".join(phone.groups()) if labelled and len(_keep_digits(rest)) <= _EXTENSION else None


@_cache_finds(bare=can_ring)
def has_phone(text: str) -> bool:
    """Tell whether a text holds a phone that could ring, whatever prefix is before it.

    A date is none, nor is what is longer than any number with its prefix.
    """
    return any(map(_has_phone, _decode(text)))


def _has_phone(text: str) -> bool:
    if any(map(can_ring, find_phones(text))):
        return True
    seen = _DATE.sub("d", _fold(text))
    whole = _keep_digits(seen)
    if len(whole) <= _MOST and _ONE_AFTER_ALL.fullmatch(whole):
        return True
    runs = [_keep_digits(part).lstrip("0") for part in _LETTERS.split(seen)]
    return any(_TEN <= len(run) <= _MOST and can_ring(run[-_TEN:]) for run in runs)


def _keep_digits(plain: str) -> str:
    return _NOT_DIGITS.sub("", plain)


def _fold(text: str) -> str:
    """Fold digits and dashes to ASCII and drop invisible characters; empty if under ten long."""
    if len(text) < _TEN:
        return ""
    return text if text.isascii() else _fold_unicode(text)


def _fold_unicode(text: str) -> str:
    kinds = ((c, unicodedata.category(c)) for c in unicodedata.normalize("NFKC", text))
    return "".join(_fold_character(c, kind) for c, kind in kinds if kind != "Cf")


def _fold_character(character: str, kind: str) -> str:
    match kind:
        case "Pd":
            return "-"
        case "Nd" | "No":
            # Some stand for a digit in a circle, others for a fraction or for twenty.
            digit = unicodedata.digit(character, None)
            return character if digit is None else str(digit)
        case _:
            return character


def is_prose(field: str, text: str) -> bool:
    """Tell whether a text is written about a person, so that a phone in it is nobody's to call.

    `field` is one of a lead's that the account named: what it is called doesn't make a phone prose
    that stands there alone, or with a word or two.
    """
    return _has_prose_name(field) and (_is_written(text) or not find_possible_numbers(text))


@lru_cache(maxsize=1024)
def _has_prose_name(field: str) -> bool:
    name = field.casefold()
    return not _split_words(field).isdisjoint(_PROSE) and not any(
        word in name for word in _NOT_PROSE
    )


def _is_written(text: str) -> bool:
    """Tell whether a text has more letters than digits."""
    return sum(map(str.isalpha, text)) > sum(map(str.isdigit, text))


@lru_cache(maxsize=1024)
def is_phone_field(field: str) -> bool:
    """Tell whether a field's name is a phone's: `Phone2`, `adv_Cell__Phone`, `Mobile`.

    Words count, not parts of them: `adv_Miscellaneous` has no cell in it.
    """
    return any(_PHONE_FIELD.fullmatch(word) for word in _split_words(field))


def _split_words(field: str) -> frozenset[str]:
    """Split a field's name into its words, in small letters."""
    return frozenset(word.casefold() for word in _NAME_WORD.findall(field))
