"""The sound of a sentence: of success, or of a refusal. What sounds like both is neither."""

import re

_DONE = (
    "ok|okay|success\\w*|succeeded|done|accepted|added|inserted|imported|updated|saved|stored|"
    "created|removed|deleted|queued|completed?|processed|sent|scheduled|reloaded|changed"
)
SOUNDS_DONE = re.compile(rf"\b(?:{_DONE})\b", re.IGNORECASE)
STARTS_DONE = re.compile(r"\W*(?:ok(?:ay)?|success\w*|done|true|yes)\b", re.IGNORECASE)
SOUNDS_REFUSED = re.compile(
    r"\b(?:no|not|none|never|nothing|cannot|\w+n't|should|must|already|unable|without|unknown|"
    r"fail\w*|err\w*|invalid|missing|required?|refused|rejected|denied|expired|duplicat\w*|only)\b",
    re.IGNORECASE,
)
SOUNDS_DUPLICATE = re.compile(
    r"\b(?:duplicat\w*|dup|dups|already|exists?|existing|twice)\b", re.IGNORECASE
)
WORDS = re.compile(r"[^\W\d_]{2,}")
_EDGE = r"(?:[ \t\r\n]|{})*"
_OPENING = re.compile(_EDGE.format(r"<br[ ]*/?>"), re.IGNORECASE)
_CLOSING_BACKWARDS = re.compile(_EDGE.format(r">/?[ ]*rb<"), re.IGNORECASE)


def strip_breaks(body: str) -> str:
    """Strip the line breaks, written or HTML, round a body."""
    text = body.removeprefix("\ufeff")
    opening = _OPENING.match(text)
    text = text[opening.end() if opening else 0 :]
    closing = _CLOSING_BACKWARDS.match(text[::-1])
    return text[: len(text) - (closing.end() if closing else 0)]
