"""Text that others wrote, shown whole and as text: what can't be seen is named, not left out."""

import json
import unicodedata
from typing import Final

from chasedata_mcp.fields.sanitize import cut

MAX_SHOWN: Final = 20_000
"""No argument is shown longer; what is cut says so."""
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_KEPT: Final = frozenset("\n\t")


def name_unseen(text: str, most: int = MAX_SHOWN) -> str:
    """The text with characters that show nothing, or turn others about, written as `[U+202E]`."""
    return "".join(map(_one, cut(text, most)))


def name_unseen_in_line(text: str, most: int = MAX_SHOWN) -> str:
    """The same on one line, so that no name looks like a line of ours: what breaks it is named."""
    return "".join(
        f"[U+{ord(one):04X}]" if one in _KEPT else one for one in name_unseen(text, most)
    )


def describe_value(of: object) -> str:
    """An argument as a person reads it."""
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


def _one(character: str) -> str:
    if unicodedata.category(character) in _UNSEEN and character not in _KEPT:
        return f"[U+{ord(character):04X}]"
    return character
