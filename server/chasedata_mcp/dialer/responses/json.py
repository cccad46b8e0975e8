"""JSON from outside, read so that nothing odd gets through: no duplicate keys, NaN or bombs."""

import json
import re
from dataclasses import dataclass
from typing import Never


class UnreadableError(ValueError):
    """Text of another form than was expected; the sentence says why and quotes nothing."""


@dataclass(frozen=True, slots=True)
class Fraction:
    """A number with a fraction or an exponent, as it was written."""

    written: str


_BETWEEN = re.compile(r"(?:\s|<br *\/?>)*", re.IGNORECASE)
# So many digits fit 64 bits; Python's int() takes quadratic time for far longer ones.
_LONGEST_NUMBER = 18


def read_documents(text: str, most: int) -> list[object]:
    """Read the JSON values that a text is made of, one after another and nothing else.

    Raises:
        UnreadableError: It is anything else, or more than `most`.
    """
    found: list[object] = []
    at = _skip_gap(text, 0)
    while at < len(text):
        if len(found) == most:
            raise UnreadableError("there is more of it than can be")
        value, end = _decode_value(text, at)
        found.append(value)
        at = _skip_gap(text, end)
    if not found:
        raise UnreadableError("it is empty")
    return found


def _skip_gap(text: str, at: int) -> int:
    gap = _BETWEEN.match(text, at)
    return gap.end() if gap else at


def _decode_value(text: str, at: int) -> tuple[object, int]:
    try:
        return _DECODER.raw_decode(text, at)
    except UnreadableError:
        raise
    except ValueError:
        raise UnreadableError("it is not the JSON that it seems to be") from None
    except RecursionError:
        raise UnreadableError("it is nested too deeply") from None


def _refuse_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    # Which of two equal names counts is left open by RFC 8259, section 4.
    members = dict(pairs)
    if len(members) != len(pairs):
        raise UnreadableError("it has the same name twice")
    return members


def _parse_whole_number(written: str) -> int:
    if len(written) > _LONGEST_NUMBER:
        raise UnreadableError("it has a number of impossible length")
    return int(written)


def _refuse_constant(_written: str) -> Never:
    raise UnreadableError("it has a number that is none")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_refuse_duplicates,
    parse_int=_parse_whole_number,
    # As it was written: a float could change what stands in a field.
    parse_float=Fraction,
    parse_constant=_refuse_constant,
    # A raw control character in one field must not make the whole answer unreadable.
    strict=False,
)
