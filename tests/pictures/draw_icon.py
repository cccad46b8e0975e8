"""The icon, drawn: `python tests/pictures/draw_icon.py server/bundle/icon.png`.

A handset in a shield. Each shape is a function that gives a point's distance from its edge, inside
below zero, so that an edge is as smooth as a picture's points allow. No library draws it.
"""

import math
import struct
import sys
import zlib
from pathlib import Path
from typing import Final

SIZE: Final = 512
_GROUND: Final = (16, 74, 92)
_SHIELD: Final = (255, 255, 255)
_HANDSET: Final = (227, 100, 20)


def _rounded_square(x: float, y: float, half: float, radius: float) -> float:
    dx, dy = abs(x) - half + radius, abs(y) - half + radius
    return math.hypot(max(dx, 0), max(dy, 0)) + min(max(dx, dy), 0) - radius


def _shield(x: float, y: float) -> float:
    """Take two circles' overlap below, and a straight edge above."""
    sides = max(math.hypot(x - offset, y + 90) - 306 for offset in (-134, 134))
    return max(sides, -166 - y)


def _handset(x: float, y: float) -> float:
    """Take a bow with a capsule at each of its ends, turned as a handset lies in a hand."""
    turned = math.radians(45)
    across = x * math.cos(turned) - y * math.sin(turned)
    along = x * math.sin(turned) + y * math.cos(turned)
    bow = max(abs(math.hypot(across - 52, along) - 104) - 20, across - 4)
    ends = min(_capsule(across, along, end) for end in (-86, 86))
    return min(bow, ends)


def _capsule(x: float, y: float, end: float) -> float:
    return math.hypot(x - min(max(x, 0), 44), y - end) - 28


def _blend(under: tuple[int, ...], over: tuple[int, ...], distance: float) -> tuple[int, ...]:
    """Lay a colour over another by how far a point is inside of the shape's edge."""
    share = min(max(0.5 - distance, 0.0), 1.0)
    pairs = zip(under, over, strict=True)
    return tuple(round(below + (above - below) * share) for below, above in pairs)


def _point(column: int, row: int) -> bytes:
    x, y = column + 0.5 - SIZE / 2, row + 0.5 - SIZE / 2
    colour = _blend(_GROUND, _SHIELD, _shield(x, y + 2))
    colour = _blend(colour, _HANDSET, _handset(x + 18, y + 14))
    seen = min(max(0.5 - _rounded_square(x, y, SIZE / 2, 96), 0.0), 1.0)
    return bytes((*colour, round(255 * seen)))


def _chunk(kind: bytes, data: bytes) -> bytes:
    crc = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + crc


def icon() -> bytes:
    """Draw the icon as a PNG with transparent corners."""
    rows = (b"\0" + b"".join(_point(x, y) for x in range(SIZE)) for y in range(SIZE))
    header = struct.pack(">2I5B", SIZE, SIZE, 8, 6, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks)


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(icon())
