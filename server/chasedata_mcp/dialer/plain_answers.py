"""Plain answers: those of HTTP that came whole, with a length, on a connection that stays open.

Nearly every answer of a dialer is one, and is read here by one look at its head. Whatever isn't
surely one (in chunks, without a length, of another version, odd in any way) is left to h11, which
knows HTTP's states.
"""

import re
from dataclasses import dataclass
from typing import Final

MOST_BYTES: Final = 128 * 1024
"""The most bytes of a plain answer: h11 reads longer ones piece by piece."""

_HEAD: Final = re.compile(
    rb"HTTP/1\.1 ([2-5]\d\d)(?: [\t\x20-\x7e]*)?\r\n"
    rb"((?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e]*\r\n)*)\r\n"
)
_BARE_LINE_END: Final = re.compile(rb"(?<!\r)\n")
_MOST_OF_A_HEAD: Final = 16 * 1024
_MOST_DIGITS: Final = 7
_NO_BODY: Final = frozenset({204, 304})
# What says how long a body is, or what becomes of the connection.
_FRAMING: Final = frozenset({b"transfer-encoding", b"connection", b"upgrade", b"trailer"})

RawHeaders = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class PlainAnswer:
    """An answer that came whole."""

    status: int
    headers: RawHeaders
    body: bytes


def read_plain_answer(received: bytearray) -> PlainAnswer | int | None:
    """Read what was received so far as a plain answer.

    Returns:
        The answer; the number of bytes that it takes at least, while some are missing; None where
        it is no plain one.
    """
    end = received.find(b"\r\n\r\n") + 4
    if end < 4:  # noqa: PLR2004 - the length of what is looked for
        # Its head may have ended in a way that only h11 takes for an end: nothing more would come.
        ends = len(received) > _MOST_OF_A_HEAD or _BARE_LINE_END.search(received)
        return None if ends else len(received) + 1
    head = _HEAD.fullmatch(received, 0, end)
    if head is None or int(head[1]) in _NO_BODY:
        return None
    headers = [_split(line) for line in head[2].split(b"\r\n")[:-1]]
    length = _find_length(headers)
    if length is None or end + length > MOST_BYTES:
        return None
    missing = end + length - len(received)
    if missing:
        # What comes behind an answer belongs to none.
        return end + length if missing > 0 else None
    return PlainAnswer(int(head[1]), headers, bytes(received[end:]))


def _split(line: bytes) -> tuple[bytes, bytes]:
    name, _, value = line.partition(b":")
    return name, value.strip(b" \t")


def _find_length(headers: RawHeaders) -> int | None:
    """Find how long the body is, None where that isn't said once and by its length alone."""
    lengths: list[bytes] = []
    for name, value in headers:
        folded = name.lower()
        if folded == b"content-length":
            lengths.append(value)
        elif folded in _FRAMING and (folded, value.lower()) != (b"connection", b"keep-alive"):
            return None
    if len(lengths) != 1 or not lengths[0].isdigit() or len(lengths[0]) > _MOST_DIGITS:
        return None
    return int(lengths[0])
