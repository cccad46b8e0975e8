"""Texts of events as a column holds them: in SQLite compressed, where that makes them shorter.

A read's body of 800 bytes takes 460 then. Anybody can read it: it is zlib's format, which the shell
of SQLite reads by `SELECT sqlar_uncompress(body, 10000000) FROM ledger_events`. PostgreSQL keeps
the text itself, as it has no such function.
"""

import zlib

_SHORT = 256
"""The length up to which a text stays itself: it would lose a fifth, for 12 µs."""
# A window of 4 KiB and little memory: 20 µs for 800 bytes, where zlib's own choice takes 60, most
# of it to clear its memory first, and makes them no shorter (2026-11-29).
_WINDOW, _MEMORY, _LEVEL = 12, 5, 6


def pack(text: str) -> str | bytes:
    """Pack a text of ASCII for a column of SQLite."""
    if len(text) <= _SHORT:
        return text
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW, _MEMORY)
    packed = packer.compress(text.encode("ascii")) + packer.flush()
    return packed if len(packed) < len(text) else text


def unpack(stored: str | bytes) -> str:
    """Read what `pack` wrote, or the text itself.

    Raises:
        ValueError: It is neither.
    """
    if isinstance(stored, str):
        return stored
    try:
        return zlib.decompress(stored).decode("ascii")
    except (zlib.error, TypeError) as error:
        raise ValueError("a packed text is one that zlib reads") from error
