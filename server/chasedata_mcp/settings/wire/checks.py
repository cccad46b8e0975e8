"""The bounds of a profile: every value bounded, and no word so general that it fits anything.

Done has a bar of its own. A body counts as done only as a whole, and only if its words sound of
success and none of a refusal; so a profile can make a reading stricter, or move it to another
server's words, and never so wide that silence, an error page or a refusal passes for success.
"""

import re
from collections.abc import Callable
from typing import Final, cast
from unicodedata import category

from chasedata_mcp.settings.scripts import NAME_PATTERN
from chasedata_mcp.settings.wire.profile import NUMBER, SENTENCE, VALUE, SentenceKind
from chasedata_mcp.settings.wire.sentences import (
    SOUNDS_DONE,
    SOUNDS_DUPLICATE,
    SOUNDS_REFUSED,
    STARTS_DONE,
    WORDS,
    strip_breaks,
)

Check = Callable[[object], object]
"""Gives a value as it is used, or raises a ValueError that says what it must be."""

_LONGEST: Final = 200
_MOST: Final = 20
_FEWEST_WORDS, _FEWEST_LETTERS, _LONG_WORD = 2, 3, 8
_MEMBER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,49}")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_BREAKS = "\t\r\n"
# A customer's data in the place of an id would be taken for one, or a lead for none.
_LEAD_FIELDS = frozenset(
    {"primaryphone", "clientid", "firstname", "lastname", "campaign", "notes", "callstatus"}
)
# A gateway's status may follow a write that was done (RFC 9110, sections 15.5.9 and 15.6).
_REFUSING = frozenset(range(400, 502)) - {408}
# curl found no proxy, no host or no connection, so nothing was sent (libcurl-errors(3)).
_UNREACHED = frozenset({5, 6, 7})
_SEVERAL = frozenset({"list", "wrapper", "objects"})


def check_script(value: object) -> str:
    """Check the name of a script."""
    if not isinstance(value, str) or not re.fullmatch(NAME_PATTERN, value):
        raise ValueError("has to be letters and .php at the end")
    return value


def check_done(value: object) -> tuple[str, ...]:
    """Check the bodies that say done."""
    return tuple(_check_done_body(one) for one in _require_texts(value, fewest=1))


def _check_done_body(text: str) -> str:
    words = strip_breaks(text)
    if not SOUNDS_DONE.search(words) or SOUNDS_REFUSED.search(words):
        raise ValueError("has to have a word of success, such as OK, and none of a refusal")
    # A bare OK is what any server may say of anything.
    if len(WORDS.findall(words)) < _FEWEST_WORDS:
        raise ValueError("has to be the whole body, of two words at least")
    if any(mark in words for mark in (SENTENCE, NUMBER, VALUE)):
        raise ValueError("has to be one body, with nothing in it that stands for another text")
    return text


def check_form(*, numbered: bool) -> Check:
    """Make the check of the words round a sentence; with a number, or without one."""

    def check(value: object) -> str:
        text = _require_text(value)
        before, found, after = strip_breaks(text).partition(SENTENCE)
        if not found or SENTENCE in after:
            raise ValueError("has to have {sentence} in it once")
        if text.count(NUMBER) > numbered or NUMBER in after or VALUE in text:
            raise ValueError("has something else in it that stands for another text")
        literal = before.replace(NUMBER, "")
        # With nothing round it, any text would be a refusal: that nothing was done would be said of
        # an error page after a write that was.
        if len("".join(WORDS.findall(literal))) < _FEWEST_LETTERS or SOUNDS_DONE.search(literal):
            raise ValueError("has to begin with a word of its own that doesn't sound of success")
        return text

    return check


def check_refusing(value: object) -> tuple[int, ...]:
    """Check the relayed statuses by which the dialer refuses."""
    return _require_numbers(value, _REFUSING, "from 400 to 501, and not 408")


def check_unreached(value: object) -> tuple[int, ...]:
    """Check the numbers of curl's by which nothing was sent."""
    return _require_numbers(value, _UNREACHED, "5, 6 and 7")


def check_switch(value: object) -> bool:
    """Check what is true or false."""
    if not isinstance(value, bool):
        raise ValueError("has to be true or false")  # noqa: TRY004 - the caller knows one error
    return value


def check_sentences(kind: SentenceKind) -> Check:
    """Make the check of the sentences for one occasion; there may be none."""

    def check(value: object) -> tuple[str, ...]:
        return tuple(_check_sentence(one, kind) for one in _require_texts(value, fewest=0))

    return check


def _check_sentence(text: str, kind: SentenceKind) -> str:
    known = first_clause(text) if kind is SentenceKind.DUPLICATE else text
    words = WORDS.findall(known.replace(VALUE, " "))
    if len(words) < _FEWEST_WORDS and not any(len(word) >= _LONG_WORD for word in words):
        raise ValueError("has to be a sentence of two words at least, apart from {value}")
    if STARTS_DONE.match(known) or (SOUNDS_DONE.search(known) and not SOUNDS_REFUSED.search(known)):
        raise ValueError("sounds of success, and this is the place of a refusal")
    if SENTENCE in text or NUMBER in text or text.count(VALUE) > _FEWEST_WORDS:
        raise ValueError("has more in it that stands for another text than {value}, twice at most")
    if "\n" in text or "\r" in text:
        raise ValueError("has to be one line")
    # Programs change the lead that they take for the duplicate.
    if kind is SentenceKind.DUPLICATE and not SOUNDS_DUPLICATE.search(known):
        raise ValueError("has to say that it is a duplicate, or there already, where it begins")
    return text


def first_clause(sentence: str) -> str:
    """Give a sentence up to its first full stop."""
    return sentence.partition(".")[0].strip()


def check_member(value: object) -> str:
    """Check the name of a member."""
    if not isinstance(value, str) or not _MEMBER.fullmatch(value):
        raise ValueError("has to be a name: letters, digits and underscores")
    if value.casefold() in _LEAD_FIELDS:
        raise ValueError("is a field of the lead's")
    return value


def check_member_or_none(value: object) -> str:
    """Check the name of a member, or that it is empty."""
    return "" if value == "" else check_member(value)


def check_members(value: object) -> tuple[str, ...]:
    """Check the names that a member may have."""
    return tuple(check_member(one) for one in _require_texts(value, fewest=1))


def check_several(value: object) -> str:
    """Check the way in which several leads come."""
    if not isinstance(value, str) or value not in _SEVERAL:
        raise ValueError("has to be list, wrapper or objects")
    return value


def _require_text(value: object) -> str:
    if not isinstance(value, str) or not strip_breaks(value).strip():
        raise ValueError("has to be a text that isn't empty")
    unseen = any(category(one) in _UNSEEN and one not in _BREAKS for one in value)
    if len(value) > _LONGEST or unseen:
        raise ValueError(f"has to have {_LONGEST} characters at most, and none that can't be seen")
    return value


def _require_texts(value: object, *, fewest: int) -> list[str]:
    return [_require_text(one) for one in _require_list(value, fewest)]


def _require_numbers(value: object, known: frozenset[int], which: str) -> tuple[int, ...]:
    numbers = _require_list(value, 1)
    if not all(type(one) is int and one in known for one in numbers):
        raise ValueError(f"has to be whole numbers: {which}")
    return tuple(cast("list[int]", numbers))


def _require_list(value: object, fewest: int) -> list[object]:
    if not isinstance(value, list):
        raise ValueError("has to be a list")  # noqa: TRY004 - the caller knows one error
    found = cast("list[object]", value)
    if not fewest <= len(found) <= _MOST:
        raise ValueError(f"has to have {fewest} to {_MOST} entries")
    return found
