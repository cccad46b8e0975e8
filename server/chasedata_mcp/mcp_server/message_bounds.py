"""The bounds of a message beside its length: of its id, texts, names, members and levels."""

from collections.abc import Iterable, Mapping
from typing import Final, cast

LONGEST_NAME: Final = 1_024
"""The most characters of an id, of a method and of every other name."""
LONGEST_WORD: Final = 2_048
"""The most characters of a text that is a parameter itself: a tool's name, a URI, a cursor."""
LONGEST_TEXT: Final = 65_536
"""The most characters of a text further down, such as a client's icon or a typed answer."""
MOST_MEMBERS: Final = 1_000
"""The most members of an object, or of a list."""
DEEPEST: Final = 32
"""The most objects and lists that stand within each other."""
_LARGEST_ID: Final = 10**18
"""Above every number of eighteen digits, which any language's 64 bits hold."""


def is_excessive_id(message_id: object) -> bool:
    """Tell whether an id is longer than one may be; no answer repeats it then."""
    match message_id:
        case str():
            return len(message_id) > LONGEST_NAME
        case int():
            return abs(message_id) >= _LARGEST_ID
        case _:
            return False


def find_excess(message: Mapping[str, object]) -> str | None:
    """Find what is over a bound in a message: a sentence that quotes nothing, None for nothing.

    A text within a tool's arguments may be as long as the message. How long it may be there, the
    tool's schema says, and the tool's own error, which a model reads.
    """
    if is_excessive_id(message.get("id")):
        return f'"id" has more than {LONGEST_NAME:,} characters, or 18 digits.'
    method, params = message.get("method"), message.get("params")
    if isinstance(method, str) and len(method) > LONGEST_NAME:
        return f'"method" has more than {LONGEST_NAME:,} characters.'
    if not isinstance(params, dict):
        return _find_below(message, 1, LONGEST_TEXT)
    given = cast("dict[str, object]", params)
    if any(isinstance(text, str) and len(text) > LONGEST_WORD for text in given.values()):
        return f"A parameter has more than {LONGEST_WORD:,} characters."
    arguments = given.get("arguments") if method == "tools/call" else None
    if arguments is None:
        return _find_below(given, 2, LONGEST_TEXT)
    others = {name: value for name, value in given.items() if name != "arguments"}
    return _find_below(others, 2, LONGEST_TEXT) or _find_below(arguments, 3, None)


def _find_below(value: object, level: int, longest: int | None) -> str | None:
    match value:
        case str():
            is_long = longest is not None and len(value) > longest
            return f"A text has more than {longest:,} characters." if is_long else None
        case dict():
            members = cast("dict[str, object]", value)
            if any(len(name) > LONGEST_NAME for name in members):
                return f"A name has more than {LONGEST_NAME:,} characters."
            return _find_among(members.values(), len(members), level, longest)
        case list():
            items = cast("list[object]", value)
            return _find_among(items, len(items), level, longest)
        case _:
            return None


def _find_among(
    values: Iterable[object], number: int, level: int, longest: int | None
) -> str | None:
    if number > MOST_MEMBERS:
        return f"An object or a list has more than {MOST_MEMBERS:,} members."
    if level > DEEPEST:
        return f"There are more than {DEEPEST} objects or lists within each other."
    for value in values:
        excess = _find_below(value, level + 1, longest)
        if excess is not None:
            return excess
    return None
