"""JSON as RFC 8259 has it: no name twice in an object, no NaN, no infinity."""

import json
import re
from collections.abc import Iterable
from typing import Final, Never

# A name that reads like a sentence is the caller's text, and no error repeats that.
_PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_ .-]{0,49}")


class DuplicateNameError(ValueError):
    """A JSON text with two members of one name in an object; `shown` is the name, if it is one."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.shown = f"“{name}”" if _PLAIN_NAME.fullmatch(name) else "(not shown)"
        super().__init__(f"The name {self.shown} stands twice in one object")


def parse_json(text: str) -> object:
    """Parse a JSON text; nothing that JSON doesn't have, and no name twice.

    Raises:
        DuplicateNameError: A name is there twice.
        ValueError: It is no JSON.
    """
    try:
        return _DECODER.decode(text)
    # The parser recurses: a text of brackets alone must not end the call in a fault of ours.
    except RecursionError:
        raise ValueError("too deep") from None


def _refuse_duplicates(members: list[tuple[str, object]]) -> dict[str, object]:
    # Which of two equal names counts is left open by RFC 8259, section 4: a guard can't guess.
    found = dict(members)
    if len(found) < len(members):
        raise DuplicateNameError(_find_duplicate(name for name, _ in members))
    return found


def _find_duplicate(names: Iterable[str]) -> str:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    raise ValueError("no name is there twice")


def _refuse_constant(_constant: str) -> Never:
    # Python reads them, though RFC 8259, section 6, has no such numbers.
    raise ValueError("NaN and infinities are no JSON")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_refuse_duplicates, parse_constant=_refuse_constant
)
