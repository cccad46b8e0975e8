"""The frame that the vendor's scripts put round their text (source: wire.md, "Answers").

Whatever of it is inferred stands here and nowhere else.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DoneFrame:
    """`Result:  OK` and nothing else."""


@dataclass(frozen=True, slots=True)
class RefusalFrame:
    """A sentence that refuses the call, from the dialer or from the script before it."""

    sentence: str


@dataclass(frozen=True, slots=True)
class DuplicateFrame:
    """The dialer's sentence for a phone that it has already."""

    sentence: str


@dataclass(frozen=True, slots=True)
class UnreachedFrame:
    """A script that did not reach the dialer behind it."""


@dataclass(frozen=True, slots=True)
class UnknownFrame:
    """A script that doesn't know either what became of the call."""

    text: str


@dataclass(frozen=True, slots=True)
class PayloadFrame:
    """Text that is none of the above; `framed` where `Result:` stood before it."""

    text: str
    framed: bool


Frame = DoneFrame | RefusalFrame | DuplicateFrame | UnreachedFrame | UnknownFrame | PayloadFrame

_EDGE = r"(?:[ \t\r\n]|{})*"
_OPENING = re.compile(_EDGE.format(r"<br[ ]*/?>"), re.IGNORECASE)
_CLOSING_BACKWARDS = re.compile(_EDGE.format(r">/?[ ]*rb<"), re.IGNORECASE)
_FRAME = re.compile(r"Result:(?P<rest>.*)", re.DOTALL)
# Two spaces are what was observed; one, or line breaks, is older code's (wire.md, "Answers").
_OK = re.compile(r"[ \t\r\n]+OK")
_CURL = re.compile(r"CURL error\[(?P<number>[0-9]{1,4})\]:(?P<text>.*)", re.DOTALL)
_HTML = re.compile(r"<[a-z/!?]", re.IGNORECASE)
_BREAK = re.compile(r"[\r\n]")
_DUPLICATE = re.compile(r"duplicated phone number\b", re.IGNORECASE)

# The dialer's own HTTP status, relayed as if it were curl's number (wire.md).
_DIALER_REFUSES = 500
# curl could not resolve the host, or not connect to it (libcurl-errors(3)).
_NOT_PASSED_ON = frozenset({6, 7})

# A sentence that could just as well tell of success is no refusal: unknown is the safer reading.
_STARTS_DONE = re.compile(r"\W*(?:ok(?:ay)?|success\w*|done|true|yes)\b", re.IGNORECASE)
_SOUNDS_DONE = re.compile(
    r"\b(?:ok|okay|success\w*|succeeded|done|accepted|added|inserted|imported|updated|saved|stored|"
    r"created|removed|deleted|queued|completed?|processed|sent|scheduled|reloaded|changed)\b",
    re.IGNORECASE,
)
_SOUNDS_REFUSED = re.compile(
    r"\b(?:no|not|none|never|nothing|cannot|\w+n't|should|must|already|unable|without|unknown|"
    r"fail\w*|err\w*|invalid|missing|required?|refused|rejected|denied|expired|duplicat\w*|only)\b",
    re.IGNORECASE,
)
_WORDS = re.compile(r"[^\W\d_]{2,}")


def read_frame(body: str) -> Frame:
    """Read a body by its frame alone."""
    text = _strip_breaks(body)
    framed = _FRAME.fullmatch(text)
    if framed is None:
        return PayloadFrame(text, framed=False)
    if _OK.fullmatch(framed["rest"]):
        return DoneFrame()
    sentence = framed["rest"].strip()
    if relayed := _CURL.fullmatch(sentence):
        return _read_relayed(int(relayed["number"]), relayed["text"].strip())
    return RefusalFrame(sentence) if _is_refusal(sentence) else PayloadFrame(sentence, framed=True)


def _strip_breaks(body: str) -> str:
    """Strip the line breaks, written or HTML, round a body."""
    opening = _OPENING.match(body.removeprefix("\ufeff"))
    text = body.removeprefix("\ufeff")[opening.end() if opening else 0 :]
    closing = _CLOSING_BACKWARDS.match(text[::-1])
    return text[: len(text) - (closing.end() if closing else 0)]


def _read_relayed(number: int, text: str) -> Frame:
    """Read a `CURL error`: under 100 it is curl's own, above it the dialer's HTTP status."""
    if not _is_plain(text):
        return UnknownFrame(text)
    if number in _NOT_PASSED_ON:
        return UnreachedFrame()
    if number != _DIALER_REFUSES or not _WORDS.search(text) or _STARTS_DONE.match(text):
        return UnknownFrame(text)
    return DuplicateFrame(text) if _DUPLICATE.match(text) else RefusalFrame(text)


def _is_plain(text: str) -> bool:
    return not (_HTML.search(text) or "Result:" in text or "curl error" in text.lower())


def _is_refusal(text: str) -> bool:
    """Tell whether a text is one sentence, and one that doesn't rather report success."""
    if (
        not _is_plain(text)
        or "curl" in text.lower()
        or _BREAK.search(text)
        # What begins like JSON is data, and data is no refusal.
        or text[:1] in {"{", "[", '"'}
    ):
        return False
    if len(_WORDS.findall(text)) < _FEWEST_WORDS or _STARTS_DONE.match(text):
        return False
    return bool(_SOUNDS_REFUSED.search(text)) or not _SOUNDS_DONE.search(text)


_FEWEST_WORDS = 2
# The vendor's words for a wrong token were seen nowhere (wire.md): these are likely, and say so in
# the first words. A sentence on a lead or an agent has another subject.
_CREDENTIALS = re.compile(
    r"\W*(?:error\W+)?(?:(?:the|your|this|an?|no|wrong|invalid|bad|expired|unknown|missing|incorrect)"
    r"\s+){0,2}(?:api[\s_-]*)?(?:token|accid|account\s+id|api\s+key|credentials?|authenti\w+)\b"
    r"|\W*(?:unauthori[sz]ed|authori[sz]ation|access\s+(?:is\s+)?denied|not\s+authori[sz]ed|"
    r"authentication)\b",
    re.IGNORECASE,
)


def is_of_credentials(sentence: str) -> bool:
    """Tell whether a refusal is of the token or the account, and not of what was asked."""
    return _CREDENTIALS.match(sentence) is not None
