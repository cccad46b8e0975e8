"""The parts that a text message is sent in, and the characters that make more of them.

A part holds 160 GSM-7 characters, or 153 where there are several; one character outside GSM-7
makes the whole message UCS-2, with 70 and 67 code units (3GPP TS 23.038 and 23.040). What counts
twice, an escaped character or a surrogate pair, is never split over two parts.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from chasedata_mcp.fields.format import join_words

Encoding = Literal["GSM-7", "UCS-2"]
# The default alphabet without national tables (3GPP TS 23.038, section 6.2.1).
_SIMPLE = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# The extension table: an escape and a second septet each (section 6.2.1.1).
_ESCAPED = frozenset("^{}[]~|\\€\f")
_GSM_7 = _SIMPLE | _ESCAPED
# A part has 140 octets; in a longer message 6 of them are its header (3GPP TS 23.040).
_CAPACITY: dict[Encoding, tuple[int, int]] = {"GSM-7": (160, 153), "UCS-2": (70, 67)}
_FEW = 10
"""The most odd characters that are taken for slips; more mean that another script is meant."""
_FIRST_IN_PAIR = 0x10000
_NAMES = (
    ("a curly quote", frozenset("‘’‚‛“”„‟")),  # noqa: RUF001 - the curly ones are meant
    ("a long dash", frozenset("‐‑‒–—―−")),  # noqa: RUF001 - the long ones are meant
    ("an ellipsis", frozenset("…")),
    ("a tab", frozenset("\t")),
)
_KINDS = {"L": "a letter", "Z": "an odd space", "C": "an invisible character", "S": "a symbol"}


@dataclass(frozen=True, slots=True)
class SmsParts:
    """The parts of a message: how many, in which encoding, of how many characters.

    `characters` are what fills the parts: what is escaped in GSM-7 counts twice, and so does in
    UCS-2 what takes a surrogate pair, such as an emoji.
    """

    count: int
    encoding: Encoding
    characters: int


def count_parts(message: str) -> SmsParts:
    """Count the parts of a message; an empty one is a part too."""
    encoding: Encoding = "GSM-7" if _GSM_7.issuperset(message) else "UCS-2"
    twice = _ESCAPED.intersection(message) if encoding == "GSM-7" else _find_pairs(message)
    characters = len(message) + sum(map(message.count, twice))
    whole, each = _CAPACITY[encoding]
    if characters <= whole:
        return SmsParts(1, encoding, characters)
    return SmsParts(_count_packed([1 + (c in twice) for c in message], each), encoding, characters)


def list_encoding_warnings(message: str) -> list[str]:
    """Warn of a message that only a few of its characters make UCS-2; none is quoted."""
    outside = [character for character in message if character not in _GSM_7]
    if not outside or len(outside) > _FEW or 2 * len(outside) >= len(message):
        return []
    kinds = sorted({_name_kind(character) for character in outside})
    now = count_parts(message).count
    # A space stands for the plain character to replace it with: each is one septet.
    plain = count_parts("".join(c if c in _GSM_7 else " " for c in message)).count
    are = "1 character is" if len(outside) == 1 else f"{len(outside)} characters are"
    fewer = f" With plain ones it would be {format_parts(plain)} instead of {now}." * (plain < now)
    holds = "so that a part holds 70 characters instead of 160"
    return [f"{are} outside GSM-7 ({join_words(kinds)}), {holds}.{fewer}"]


def format_parts(count: int) -> str:
    """Format a count: `1 part`, `2 parts`."""
    return "1 part" if count == 1 else f"{count} parts"


def _find_pairs(message: str) -> set[str]:
    """Find the characters of a message that take a surrogate pair."""
    return {character for character in set(message) if ord(character) >= _FIRST_IN_PAIR}


def _count_packed(sizes: Sequence[int], each: int) -> int:
    """Count the parts when each is filled as far as the next character fits whole."""
    count, used = 1, 0
    for size in sizes:
        if used + size > each:
            count, used = count + 1, 0
        used += size
    return count


def _name_kind(character: str) -> str:
    """Name the kind of a character as people call it."""
    for name, characters in _NAMES:
        if character in characters:
            return name
    category = unicodedata.category(character)
    if category == "So" and ord(character) >= _FIRST_IN_PAIR:
        return "an emoji"
    return _KINDS.get(category[0], "a sign")
