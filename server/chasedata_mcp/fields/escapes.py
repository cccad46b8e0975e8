"""Text that others wrote, shown whole and as text: each unseen character is named."""

import json
import unicodedata
from typing import Final

from chasedata_mcp.fields.sanitize import cut

MAX_SHOWN: Final = 20_000
"""The most characters of an argument that are shown; what is cut says so."""
# Unicode's controls, formats, surrogates, private use, unassigned, line and paragraph breaks.
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_KEPT: Final = frozenset("\n\t")


def name_unseen(text: str, most: int = MAX_SHOWN) -> str:
    """Write characters that show nothing, or reverse others, as `[U+202E]`."""
    return "".join(map(_name_if_unseen, cut(text, most)))


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


def _name_if_unseen(character: str) -> str:
    if unicodedata.category(character) in _UNSEEN and character not in _KEPT:
        return f"[U+{ord(character):04X}]"
    return character
