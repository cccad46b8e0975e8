"""Text from outside: made visible, freed of HTML, blanked of what was sent, cut to a length.

field values     visible, then cut     they are data, and keep their `<`
dialer_said      quote                 all four, in the one order that leaks nothing
"""

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MAX_DIALER_SAID = 500
"""The greatest length of `dialer_said` (source: tools.md, "Results")."""
MASK = "[…]"
"""The sign in place of a blanked value: without letters, so that no value can be in it."""
CUT = "… [cut]"
"""The end of a text that was longer."""

# No refusal is longer. What is longer is a page, and to cut it first could leave half a value.
_QUOTABLE = 10_000
# Control, format, private-use and surrogate characters (all but tab and line feed), variation
# selectors, tags, fillers that show nothing, and what Unicode sets aside for more of the kind.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2"
    "\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U000110bd\U000110cd\U00013430-\U0001345f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff\U000f0000-\U0010ffff]"
)
_LINE_BREAK = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# Each ends at the end of the text too, so that no page can make the search slow.
_HIDDEN_HTML = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL
)
_BLOCK = re.compile(
    r"<(?:br|/?(?:p|div|li|tr|td|th|h[1-6]|title|pre))\b[^>]*(?:>|\Z)", re.IGNORECASE
)
_TAG = re.compile(r"<[a-z/!?][^>]*(?:>|\Z)", re.IGNORECASE)


def visible(text: str) -> str:
    """Remove what a reader can't see; every kind of line break becomes a line feed."""
    # Most texts are a line of ASCII, and have neither.
    if text.isascii() and text.isprintable():
        return text
    return _UNSEEN.sub("", _LINE_BREAK.sub("\n", text))


def cut(text: str, limit: int) -> str:
    """Cut a text to at most `limit` characters, with a note at its end where there was more."""
    return text if len(text) <= limit else text[: limit - len(CUT)] + CUT


def clean(text: str, limit: int) -> str:
    """Make a text visible, free of HTML, one line, and at most `limit` characters long."""
    freed = _strip(text[:_QUOTABLE])
    return cut(freed if len(text) <= _QUOTABLE else freed + CUT, limit)


def quote(text: str, secrets: Iterable[str], limit: int = MAX_DIALER_SAID) -> str | None:
    """Quote a text of the dialer's as far as it may be shown, None where nothing is left of it.

    It is cleaned first, so that nothing unseen hides a secret, and cut last, so that no secret is
    halved.
    """
    if len(text) > _QUOTABLE:
        return f"[{len(text):,} characters, too long to be shown]"
    return cut(blank(_strip(text), secrets), limit) or None


def _strip(text: str) -> str:
    freed = _strip_html(visible(text))
    # Entities can spell a tag, and a removed tag can leave a new entity.
    while freed != (again := _strip_html(visible(html.unescape(freed)))):
        freed = again
    return " ".join(freed.split())


def _strip_html(text: str) -> str:
    return _TAG.sub("", _BLOCK.sub(" ", _HIDDEN_HTML.sub(" ", text)))


def blank(text: str, secrets: Iterable[str]) -> str:
    """Mask every secret in a text of some thousand characters.

    A secret is found in any case, with or without accents, percent-encoded, HTML-escaped or
    backslash-escaped, up to three times over. One of seven letters and digits or more is found
    however they are set apart; a long one in parts too; one of one or two characters as a word.
    """
    covered = bytearray(len(text))
    strands = [
        folded for read in _decode_levels(_build_strand(text)) for folded in _fold_twice(read)
    ]
    for sought in {form for secret in secrets for form in _list_forms(secret)}:
        for strand in strands:
            for start, end in _find_hits(strand, sought):
                covered[start:end] = b"\x01" * (end - start)
    return _mask(text, covered)


def _mask(text: str, covered: bytearray) -> str:
    parts: list[str] = []
    at = 0
    for hit in re.finditer(b"\x01+", covered):
        parts += [text[at : hit.start()], MASK]
        at = hit.end()
    return "".join([*parts, text[at:]])


@dataclass(frozen=True, slots=True)
class _Strand:
    """A reading of a text: its characters, and the place of each in the text."""

    chars: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    spaced: bool = True

    def derive(self, pieces: Iterable[tuple[str, int, int]], *, spaced: bool = True) -> "_Strand":
        """Build the strand in which each piece stands for a part of this one."""
        new = [
            (char, self.starts[start], self.ends[end - 1])
            for piece, start, end in pieces
            for char in piece
        ]
        chars = "".join(char for char, _, _ in new)
        return _Strand(chars, tuple(s for _, s, _ in new), tuple(e for _, _, e in new), spaced)


def _build_strand(text: str) -> _Strand:
    return _Strand(text, tuple(range(len(text))), tuple(range(1, len(text) + 1)))


# Bounds the work: each level reads the whole text anew.
_LEVELS = 3
ESCAPE = (
    r"(?P<percent>(?:%[0-9a-f]{2})+)|(?P<entity>&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,31}\d{0,2});?)"
    r"|\\(?:u(?P<unicode>[0-9a-f]{4})|x(?P<hex>[0-9a-f]{2})|(?P<itself>[\"'/\\]))"
)
"""A pattern of escapes, in any case: percent codes, HTML entities, backslashes."""
_ESCAPE = re.compile(ESCAPE, re.IGNORECASE)


def decode_escape(found: re.Match[str]) -> str:
    """Decode an escape that `ESCAPE` matched."""
    whole = found[0]
    if found["percent"]:
        octets = bytes.fromhex(whole.replace("%", ""))
        try:
            return octets.decode()
        except UnicodeDecodeError:
            return octets.decode("latin-1")
    if found["entity"]:
        return html.unescape(whole)
    code = found["unicode"] or found["hex"]
    return chr(int(code, 16)) if code else found["itself"]


# Not the redactor's decoding (fields/decoded_text.py), which reads tags and `\n` as spaces and
# drops unseen characters. Here tags are gone already, and each character keeps its place, since a
# secret may begin inside an escape. What one escape stands for is decoded once, by `decode_escape`.
def _decode_levels(strand: _Strand) -> Iterator[_Strand]:
    """Yield the strand as it stands, then with its escapes decoded, as long as there are any."""
    yield strand
    for _ in range(_LEVELS):
        if not _ESCAPE.search(strand.chars):
            return
        strand = strand.derive(_decode_pieces(strand.chars))
        yield strand


def _decode_pieces(chars: str) -> Iterator[tuple[str, int, int]]:
    at = 0
    for found in _ESCAPE.finditer(chars):
        yield from ((chars[i], i, i + 1) for i in range(at, found.start()))
        yield decode_escape(found), found.start(), found.end()
        at = found.end()
    yield from ((chars[i], i, i + 1) for i in range(at, len(chars)))


_ACCENT = re.compile("[\u0300-\u036f]")
_SPACES = re.compile(r"[\s+]+")
_SET_APART = re.compile(r"[\W_]+")


def _fold(text: str) -> str:
    folded = unicodedata.normalize("NFKD", visible(text)).casefold()
    # Last, for there are marks below a letter that turn into letters of their own in capitals.
    return _ACCENT.sub("", unicodedata.normalize("NFKD", folded))


def _fold_twice(strand: _Strand) -> tuple[_Strand, _Strand]:
    """Fold a strand twice: to words for comparison, and to nothing but letters and digits."""
    folded = strand.derive((_fold(char), i, i + 1) for i, char in enumerate(strand.chars))
    words = folded.derive(
        (_SPACES.sub(" ", char), i, i + 1)
        for i, char in enumerate(folded.chars)
        if i == 0 or not _SPACES.fullmatch(folded.chars[i - 1 : i + 1])
    )
    letters = folded.derive(
        ((char, i, i + 1) for i, char in enumerate(folded.chars) if char.isalnum()), spaced=False
    )
    return words, letters


@dataclass(frozen=True, slots=True)
class _Secret:
    """A form of a value that must not be seen, sought in strands of the same spacing."""

    chars: str
    spaced: bool


# A shorter value, such as a state, is sought as a word: else half of any text would go.
_WORD = 3
# Fewer letters, set apart, meet by chance.
_SPELLED = 7
# So many characters of a long value betray it, wherever a dialer cuts it off.
_PIECE = 12


def _list_forms(secret: str) -> Iterator[_Secret]:
    for written in {
        secret,
        _misread_bytes(secret),
        _strip(secret) if len(secret) <= _QUOTABLE else "",
    }:
        for _ in range(_LEVELS):
            yield from _list_comparable(written)
            undone = _ESCAPE.sub(decode_escape, written)
            if undone == written:
                break
            written = undone  # noqa: PLW2901 - one more layer of escapes taken off


def _list_comparable(written: str) -> Iterator[_Secret]:
    folded = _fold(written)
    if words := _SPACES.sub(" ", folded).strip():
        yield _Secret(words, spaced=True)
    if len(letters := _SET_APART.sub("", folded)) >= _SPELLED:
        yield _Secret(letters, spaced=False)


def _misread_bytes(secret: str) -> str:
    """Misread a secret as a program does that takes UTF-8 for the old Western code page."""
    return secret.encode(errors="replace").decode("cp1252", errors="replace")


def _find_hits(strand: _Strand, secret: _Secret) -> Iterator[tuple[int, int]]:
    if strand.spaced is not secret.spaced:
        return
    for start, end in _find_places(strand.chars, secret.chars):
        yield strand.starts[start], strand.ends[end - 1]


def _find_places(text: str, secret: str) -> Iterator[tuple[int, int]]:
    if len(secret) <= len(text):
        sought = re.escape(secret)
        pattern = sought if len(secret) >= _WORD else rf"(?<!\w){sought}(?!\w)"
        yield from (found.span() for found in re.finditer(pattern, text))
    if len(secret) >= 2 * _PIECE:
        yield from _find_shared_parts(text, secret)


def _find_shared_parts(text: str, secret: str) -> Iterator[tuple[int, int]]:
    """Find parts of the secret in the text: a dialer may quote the beginning of a long value."""
    places = {text[i : i + _PIECE]: i for i in range(len(text) - _PIECE, -1, -1)}
    for at in range(0, len(secret) - _PIECE + 1, _PIECE):
        start = places.pop(secret[at : at + _PIECE], None)
        if start is None:
            continue
        end, left, right = start + _PIECE, at - 1, at + _PIECE
        while start and left >= 0 and text[start - 1] == secret[left]:
            start, left = start - 1, left - 1
        while end < len(text) and right < len(secret) and text[end] == secret[right]:
            end, right = end + 1, right + 1
        yield start, end
