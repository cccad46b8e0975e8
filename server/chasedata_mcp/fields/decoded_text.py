"""A text with its escapes and tags decoded, and the place of each part in the original."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from chasedata_mcp.fields.sanitize import ESCAPE, decode_escape, visible

# Bounds the work: each level reads the whole text anew.
_LEVELS = 3
# What stands between two tags is mostly the spaces of whoever laid the page out.
_TAGS = r"<[a-z/!?][^<>]*>"
# Not the decoding of fields/sanitize.py: a tag or a written line break separates digits here, where
# there it is gone or stays. Both decode one escape by the same `decode_escape`.
_TO_UNDO: Final = re.compile(
    rf"(?P<tags>{_TAGS}(?:\s*+{_TAGS})*)|(?P<space>\\[nrtv])|{ESCAPE}", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class DecodedText:
    """A text after one level of decoding, with the pieces that were decoded and their origin."""

    text: str
    _begins: tuple[int, ...]
    _ends: tuple[int, ...]
    _from: tuple[int, ...]
    _to: tuple[int, ...]
    _of: "DecodedText | None" = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Map a span of this text to the original text."""
        begin, stop = self._find_origin(start)[0], self._find_origin(end - 1)[1]
        return (begin, stop) if self._of is None else self._of.span(begin, stop)

    def _find_origin(self, at: int) -> tuple[int, int]:
        """Map one character of this text to its span one level below."""
        piece = bisect_right(self._begins, at) - 1
        if piece >= 0 and at < self._ends[piece]:
            return self._from[piece], self._to[piece]
        start = at if piece < 0 else self._to[piece] + at - self._ends[piece]
        return start, start + 1


def decode_levels(text: str) -> Iterator[DecodedText]:
    """Yield the text with escapes and tags decoded, level by level, as long as there are any."""
    before: DecodedText | None = None
    for _ in range(_LEVELS):
        before = _decode_level(text, before)
        if before is None:
            return
        yield before
        text = before.text


def _decode_level(text: str, of: DecodedText | None) -> DecodedText | None:
    return replace_pieces(text, _TO_UNDO, _decode, of)


def _decode(found: re.Match[str]) -> str:
    return " " if found["tags"] or found["space"] else visible(decode_escape(found))


def replace_pieces(
    text: str,
    pattern: re.Pattern[str],
    replace: Callable[[re.Match[str]], str],
    of: DecodedText | None = None,
) -> DecodedText | None:
    """Replace what a pattern finds and keep the place of each part; None where it finds nothing.

    Args:
        text: The text.
        pattern: The pattern of what is replaced.
        replace: The text in place of a find.
        of: The level below, whose text this is.
    """
    parts: list[str] = []
    begins, ends, starts, stops = list[int](), list[int](), list[int](), list[int]()
    at = length = 0
    for found in pattern.finditer(text):
        piece = replace(found)
        start, stop = found.span()
        length += start - at
        begins.append(length)
        length += len(piece)
        ends.append(length)
        starts.append(start)
        stops.append(stop)
        parts += [text[at:start], piece]
        at = stop
    if not parts:
        return None
    whole = "".join([*parts, text[at:]])
    return DecodedText(whole, tuple(begins), tuple(ends), tuple(starts), tuple(stops), of)
