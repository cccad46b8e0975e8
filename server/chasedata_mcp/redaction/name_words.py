"""The words of a field's name, however they are set apart, and the patterns that match words.

`word:pin` matches a name that has the word anywhere: `Debit__PIN2`, `customerPin`, `PINHINT`, and
not `Shipping`. `only:routing` matches one with no word beside it but those that say no more of it:
`Bank__Routing__No`, and not `Routing__Skill`.
"""

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Final, NamedTuple

WORD: Final = "word:"
ONLY: Final = "only:"

# Words that leave a name's meaning as it is: a number, of somebody, at a bank, for a payment.
_COMPANIONS: Final = frozenset(
    """
    number numbers num no nr nbr numb id ids code codes cd key value val data info field text txt
    digit digits detail details entry input string hash hashed masked encrypted enc plain raw full
    my your his her our customer cust client account acct acc user member owner holder personal
    person primary secondary main first second third last old new current previous other alt
    alternate bank banks card cards cc credit debit payment payments pay pmt billing bill recurring
    business biz home date mo month yr year mm yy yyyy web portal login online site wifi email
    admin app gateway processor method intent source charge subscription profile reference ref
    hint verify confirm confirmed onfile of federal one two st nd rd
    """.split()  # noqa: SIM905 - forty lines as a list
)
# A longer name can't be sent to the dialer (fields/field_names.py), nor is one read word by word.
_LONGEST = 200
_PARTS = re.compile(r"[^\W_]+")
_IN_CAMEL_CASE = re.compile(r"[0-9]+|[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[^0-9A-Za-z]+")
_DIGITS = re.compile("[0-9]+")
_SEPARATORS = re.compile(r"[\W_]+")


class _Patterns(NamedTuple):
    """The patterns of words, each without spaces, and the words that they know, also backwards."""

    words: frozenset[str]
    only: frozenset[str]
    known: frozenset[str]
    known_reversed: frozenset[str]
    beside_reversed: frozenset[str]


@lru_cache(maxsize=64)
def _read_patterns(patterns: tuple[str, ...]) -> _Patterns:
    words = [one[len(WORD) :].casefold() for one in patterns if one.startswith(WORD)]
    only = [one[len(ONLY) :].casefold() for one in patterns if one.startswith(ONLY)]
    known = _COMPANIONS.union(*(_SEPARATORS.split(one) for one in (*words, *only))) - {""}
    anywhere, beside = _join(words), _COMPANIONS | _join(only)
    plurals = frozenset({f"{word}s" for word in anywhere})
    return _Patterns(anywhere | plurals, _join(only), known, _reverse(known), _reverse(beside))


def _reverse(words: AbstractSet[str]) -> frozenset[str]:
    return frozenset({word[::-1] for word in words})


def _join(phrases: list[str]) -> frozenset[str]:
    return frozenset({_SEPARATORS.sub("", phrase) for phrase in phrases} - {""})


def match_words(patterns: tuple[str, ...], name: str) -> bool:
    """Tell whether a name has one of the words, or nothing but one of them and companions."""
    found = _read_patterns(patterns)
    if not (found.words or found.only) or len(name) > _LONGEST:
        return False
    letters = _SEPARATORS.sub("", name).casefold()
    return _is_only(letters, found) or _has_word(letters, _find_borders(name, found), found)


def _is_only(letters: str, found: _Patterns) -> bool:
    before = _list_reached(letters, _COMPANIONS)
    after = _list_reached(letters[::-1], found.beside_reversed)
    return any(
        start in before and len(letters) - end in after
        for start, end in _find_phrases(letters, found.only)
    )


def _has_word(letters: str, borders: AbstractSet[int], found: _Patterns) -> bool:
    phrases = _find_phrases(letters, found.words)
    return any(start in borders and end in borders for start, end in phrases)


def _find_phrases(letters: str, phrases: AbstractSet[str]) -> Iterator[tuple[int, int]]:
    for phrase in phrases:
        at = letters.find(phrase)
        while at >= 0:
            yield at, at + len(phrase)
            at = letters.find(phrase, at + 1)


def _find_borders(name: str, found: _Patterns) -> frozenset[int]:
    """Find where a word may begin or end, as places in the name's letters and digits."""
    borders, at = {0}, 0
    for part in _PARTS.findall(name):
        pieces = [piece.span() for piece in _IN_CAMEL_CASE.finditer(part)]
        ends = {end for _, end in pieces}
        # `PAYGUID` and `payguid` are read as `PayGuid` is, if they are made of known words alone.
        for start, end in ((0, len(part)), *pieces):
            split = _split_known(part[start:end].casefold(), found)
            ends |= {start + border for border in split}
        borders |= {at, *(at + end for end in ends)}
        at += len(part)
    return frozenset(borders)


def _split_known(letters: str, found: _Patterns) -> frozenset[int]:
    """Split a run of letters at the borders of known words; nowhere if anything else is in it."""
    before = _list_reached(letters, found.known)
    if len(letters) not in before:
        return frozenset()
    after = _list_reached(letters[::-1], found.known_reversed)
    return frozenset(at for at in before if len(letters) - at in after)


def _list_reached(letters: str, words: AbstractSet[str]) -> AbstractSet[int]:
    """List the places that one word after another, or digits, lead to from the beginning."""
    lengths = sorted({len(word) for word in words})
    reached = {0}
    for at in range(len(letters)):
        if at not in reached:
            continue
        if digits := _DIGITS.match(letters, at):
            reached.update(range(at + 1, digits.end() + 1))
        reached |= {at + n for n in lengths if letters[at : at + n] in words}
    return {at for at in reached if at <= len(letters)}
