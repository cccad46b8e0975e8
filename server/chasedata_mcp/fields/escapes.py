"""Text that others wrote, shown whole and as text: each unseen character is named."""

import json
import re
import unicodedata
from typing import Final

from chasedata_mcp.fields.sanitize import cut

MAX_SHOWN: Final = 20_000
"""The most characters of an argument that are shown; what is cut says so."""
# Unicode's controls, formats, surrogates, private use, unassigned, line and paragraph breaks.
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_KEPT: Final = frozenset("\n\t")
_LATIN: Final = "LATIN "
_SPACE: Final = " "


def name_unseen(text: str, most: int = MAX_SHOWN) -> str:
    """Write characters that show nothing, reverse others or pass for others, as `[U+202E]`."""
    if text.isascii() and text.isprintable():
        return cut(text, most)
    return _WORDS.sub(_name_look_alikes, "".join(map(_name_if_unseen, cut(text, most))))


def name_unseen_in_line(text: str, most: int = MAX_SHOWN) -> str:
    """Do the same on one line: named breaks can't start a line that looks like ours."""
    return "".join(
        f"[U+{ord(one):04X}]" if one in _KEPT else one for one in name_unseen(text, most)
    )


def describe_value(of: object) -> str:
    """Describe an argument as a person reads it."""
    match of:
        case str():
            return name_unseen(of)
        case True:
            return "yes"
        case False:
            return "no"
        case None:
            return "(nothing)"
        case _:
            return name_unseen(json.dumps(of, ensure_ascii=False, default=str))


# Letters with the marks on them, and digits; the names of characters that stand there already.
_WORDS: Final = re.compile(r"\[U\+[0-9A-F]{4,6}\]|[^\W_]+")


def _name_look_alikes(word: re.Match[str]) -> str:
    """Name the characters of a word of Latin letters or digits that only look like such.

    `Renewals` with a Cyrillic `e` is shown as `R[U+0435]newals`, and so are full-width letters and
    those for mathematics (Unicode Technical Standard 39, mixed scripts). A word that is written
    in one other script is left as it is.
    """
    whole = word[0]
    if whole.isascii() or whole.startswith("["):
        return whole
    is_latin = any(map(_is_latin, whole))
    return "".join(_name_if_alike(one, mixed=is_latin) for one in whole)


def _name_if_alike(character: str, *, mixed: bool) -> str:
    plain = unicodedata.normalize("NFKC", character)
    alike = not character.isascii() and plain.isascii() and plain.isalnum()
    if alike or (mixed and character.isalpha() and not _is_latin(character)):
        return f"[U+{ord(character):04X}]"
    return character


def _is_latin(character: str) -> bool:
    if character.isascii():
        return character.isalpha()
    return _LATIN in unicodedata.name(character, "")


def _name_if_unseen(character: str) -> str:
    kind = unicodedata.category(character)
    hides = kind in _UNSEEN and character not in _KEPT
    # A space that isn't the usual one makes another name that reads the same.
    if hides or (kind == "Zs" and character != _SPACE):
        return f"[U+{ord(character):04X}]"
    return character
