"""The words round a sentence, found in several answers that refuse."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from chasedata_mcp.settings.wire.checks import check_form, check_refusing
from chasedata_mcp.settings.wire.profile import NUMBER, SENTENCE
from chasedata_mcp.settings.wire.sentences import SOUNDS_REFUSED, strip_breaks

_NUMBER = re.compile(r"(?<![0-9])[45][0-9]{2}(?![0-9])")
_LEAD_IN = re.compile(r"(?P<before>[^0-9]{0,40})(?P<number>[45][0-9]{2})(?P<gap>\W{1,6})(?=\w)")
_CLOSING = ':>])|="'
"""The signs behind which a sentence may begin."""
_LISTS = re.compile(r"[\[\]{}<>|;\t]")
_FEWEST_LETTERS = 3
_LONGEST = 2_000
"""No body that refuses is longer; what is longer is a page, or data."""


@dataclass(frozen=True, slots=True)
class RelayedForm:
    """The form of an answer that the dialer gave, with the status in it, if there is one."""

    form: str
    number: int | None


def find_refused_form(bodies: Sequence[str]) -> str | None:
    """Find what all bodies have round their sentences; None where that is too little to tell."""
    different = sorted(set(bodies))
    if len(different) <= 1:
        return None
    before = _cut_words(_find_common_beginning(different))
    rest = [body[len(before) :] for body in different]
    after = _cut_opening(_find_common_beginning([text[::-1] for text in rest])[::-1])
    return _as_form(before + SENTENCE + after)


def find_relayed_form(bodies: Sequence[str], refused: str) -> RelayedForm | None:
    """Find the form of the dialer's own refusals among those bodies, by the form of the others."""
    before, _, after = refused.partition(SENTENCE)
    common = find_refused_form(bodies)
    candidates = [common] if common is not None else []
    for body in bodies:
        inner = body.removesuffix(after)
        if body.startswith(before) and (found := _LEAD_IN.match(inner, len(before))):
            candidates.append(inner[: found.end()] + SENTENCE + after)
        tail = _find_tail(inner, before)
        if tail is not None:
            candidates.append(inner[:tail] + SENTENCE + after)
    for candidate in candidates:
        opening = candidate.partition(SENTENCE)[0]
        numbers = _NUMBER.findall(opening)
        if len(numbers) == 1 and may_refuse(int(numbers[0])):
            form = _as_form(candidate.replace(numbers[0], NUMBER, 1), numbered=True)
            if form is not None:
                return RelayedForm(form, int(numbers[0]))
    return None


def extract_sentence(body: str, forms: Sequence[str]) -> str | None:
    """Take the sentence out of a body by the first form that fits; None where none does."""
    if len(body) > _LONGEST:
        return None
    for form in forms:
        before, _, after = strip_breaks(form).partition(SENTENCE)
        opening = re.escape(before.rstrip()).replace(re.escape(NUMBER), "[0-9]{1,4}")
        pattern = rf"{opening}\s*(?P<sentence>[^\r\n]+?)\s*{re.escape(after.strip())}"
        if found := re.fullmatch(pattern, strip_breaks(body)):
            return found["sentence"]
    return None


def may_refuse(number: int) -> bool:
    """Tell whether a relayed status may say that nothing was done."""
    try:
        check_refusing([number])
    except ValueError:
        return False
    return True


def is_plain_refusal(sentence: str) -> bool:
    """Tell whether a sentence surely refuses, and holds no list of anything."""
    return SOUNDS_REFUSED.search(sentence) is not None and not _LISTS.search(sentence)


def _find_tail(body: str, before: str) -> int | None:
    """Find where the words end that stand right before a sentence in the form of the others."""
    for start in range(len(before)):
        piece = before[start:]
        if len(re.sub(r"[\W\d_]", "", piece)) < _FEWEST_LETTERS:
            return None
        at = body.find(piece)
        if at > 0 and _NUMBER.search(body, 0, at):
            return at + len(piece)
    return None


def _find_common_beginning(texts: Sequence[str]) -> str:
    first, last = min(texts), max(texts)
    same = next((at for at, one in enumerate(first) if last[at : at + 1] != one), len(first))
    return first[:same]


def _cut_words(text: str) -> str:
    """Cut what may be the beginning of every sentence, behind the last sign that closes a frame."""
    end = max(text.rfind(sign) for sign in _CLOSING) + 1
    gap = len(text[end:]) - len(text[end:].lstrip())
    return text[: end + gap]


def _cut_opening(text: str) -> str:
    """Cut what belongs to the sentences from the beginning of what all end with."""
    return re.sub(r"\A[^<\"'}\])|]+", "", text)


def _as_form(form: str, *, numbered: bool = False) -> str | None:
    try:
        check_form(numbered=numbered)(form)
    except ValueError:
        return None
    return form
