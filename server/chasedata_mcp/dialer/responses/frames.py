"""The frame that the vendor's scripts put round their text (source: wire.md, "Answers").

Which words the frame has is the wire profile's; what they mean, and what stays unknown, is here.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from chasedata_mcp.settings.wire.checks import first_clause
from chasedata_mcp.settings.wire.profile import NUMBER, SENTENCE, VALUE, SentenceKind, WireProfile
from chasedata_mcp.settings.wire.sentences import (
    SOUNDS_DONE,
    SOUNDS_REFUSED,
    STARTS_DONE,
    WORDS,
    strip_breaks,
)


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

_GAP = re.compile(r"[ \t\r\n]+")
_HTML = re.compile(r"<[a-z/!?]", re.IGNORECASE)
_BREAK = re.compile(r"[\r\n]")
_LETTERS = re.compile(r"[^\W\d_].*[^\W\d_]", re.DOTALL)
_FEWEST_WORDS = 2
_ANY_VALUE = "[^\r\n]{1,100}?"
# The vendor's words for a wrong token were seen nowhere (wire.md): these are likely, and say so in
# the first words. A sentence on a lead or an agent has another subject.
_CREDENTIALS = re.compile(
    r"\W*(?:error\W+)?(?:(?:the|your|this|an?|no|wrong|invalid|bad|expired|unknown|missing|incorrect)"
    r"\s+){0,2}(?:api[\s_-]*)?(?:token|accid|account\s+id|api\s+key|credentials?|authenti\w+)\b"
    r"|\W*(?:unauthori[sz]ed|authori[sz]ation|access\s+(?:is\s+)?denied|not\s+authori[sz]ed|"
    r"authentication)\b",
    re.IGNORECASE,
)


class FrameReader:
    """Reads bodies by their frame alone, in the words of a profile."""

    def __init__(self, profile: WireProfile) -> None:
        forms, said = profile.answers, profile.sentences
        self._forms = forms
        self._done = _any_of(_compile_body(strip_breaks(body)) for body in forms.done)
        self._refused = _compile_form(forms.refused)
        self._relayed = _compile_form(forms.relayed)
        # What opens a frame can't stand in the middle of a sentence.
        self._label = _opening(forms.refused)
        opening = _opening(forms.relayed)
        relayed = _LETTERS.search(opening.removeprefix(self._label))
        self._relay = (relayed[0] if relayed else opening).lower()
        starts = [_compile_sentence(first_clause(one)) for one in said[SentenceKind.DUPLICATE]]
        self._duplicate = re.compile(rf"(?:{'|'.join(starts) or '(?!)'})\b")
        self._known = _any_of(_compile_sentence(one) for kind in said.values() for one in kind)
        of_token = (*said[SentenceKind.WRONG_TOKEN], *said[SentenceKind.WRONG_ACCOUNT])
        self._of_token = _any_of(_compile_sentence(one) for one in of_token)

    def read(self, body: str) -> Frame:
        """Read a body by its frame alone."""
        text = strip_breaks(body)
        if self._done.fullmatch(text):
            return DoneFrame()
        if relayed := self._relayed.fullmatch(text):
            number = relayed.groupdict().get("number")
            return self._read_relayed(number, relayed["sentence"].strip())
        framed = self._refused.fullmatch(text)
        if framed is None:
            return self._read_bare(text)
        sentence = framed["sentence"].strip()
        if self._is_known(sentence) or self._is_refusal(sentence):
            return RefusalFrame(sentence)
        return PayloadFrame(sentence, framed=True)

    def is_of_credentials(self, sentence: str) -> bool:
        """Tell whether a refusal is of the token or the account, and not of what was asked."""
        is_known = self._of_token.fullmatch(sentence) is not None
        return is_known or _CREDENTIALS.match(sentence) is not None

    def _read_bare(self, text: str) -> Frame:
        """Read a body without a frame: a sentence alone, where the server is known to say so."""
        if not self._forms.bare_sentences or not self._is_known(text):
            return PayloadFrame(text, framed=False)
        return DuplicateFrame(text) if self._duplicate.match(text) else RefusalFrame(text)

    def _is_known(self, text: str) -> bool:
        """Tell whether a text is a known sentence, in which no value sounds of success."""
        return (
            self._known.fullmatch(text) is not None
            and STARTS_DONE.match(text) is None
            and (SOUNDS_REFUSED.search(text) is not None or SOUNDS_DONE.search(text) is None)
        )

    def _read_relayed(self, written: str | None, text: str) -> Frame:
        """Read an answer of the dialer's: a number under 100 is curl's own, above it a status."""
        if not self._is_plain(text):
            return UnknownFrame(text)
        number = self._forms.refusing[0] if written is None else int(written)
        if number in self._forms.unreached:
            return UnreachedFrame()
        is_refusal = written is not None or self._is_refusal(text)
        says_no = WORDS.search(text) and not STARTS_DONE.match(text) and is_refusal
        if number not in self._forms.refusing or not says_no:
            return UnknownFrame(text)
        return DuplicateFrame(text) if self._duplicate.match(text) else RefusalFrame(text)

    def _is_plain(self, text: str) -> bool:
        return not (
            _HTML.search(text)
            or self._label in text
            or self._relay in text.lower()
            or "curl error" in text.lower()
        )

    def _is_refusal(self, text: str) -> bool:
        """Tell whether a text is one sentence, and one that doesn't rather report success.

        A sentence that could just as well tell of success is no refusal: unknown is the safer
        reading.
        """
        if (
            not self._is_plain(text)
            or "curl" in text.lower()
            or _BREAK.search(text)
            # What begins like JSON is data, and data is no refusal.
            or text[:1] in {"{", "[", '"'}
        ):
            return False
        if len(WORDS.findall(text)) < _FEWEST_WORDS or STARTS_DONE.match(text):
            return False
        return bool(SOUNDS_REFUSED.search(text)) or not SOUNDS_DONE.search(text)


def _any_of(patterns: Iterable[str]) -> re.Pattern[str]:
    """Compile patterns of which each matches as a whole; without any, nothing does."""
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns) or "(?!)")


def _compile_sentence(sentence: str) -> str:
    """Compile a sentence, word by word as it stands, in whatever case."""
    return f"(?i:{re.escape(sentence).replace(re.escape(VALUE), _ANY_VALUE)})"


def _compile_body(body: str) -> str:
    """Compile a body, whatever gaps stand between its words."""
    return r"[ \t\r\n]+".join(re.escape(word) for word in _GAP.split(body))


def _compile_form(form: str) -> re.Pattern[str]:
    """Compile the words round a sentence; there may be no gap before the sentence."""
    before, _, after = strip_breaks(form).partition(SENTENCE)
    opening = _compile_body(before.rstrip()).replace(re.escape(NUMBER), r"(?P<number>[0-9]{1,4})")
    closing = _compile_body(after.strip())
    return re.compile(rf"{opening}(?P<sentence>.*){closing}", re.DOTALL)


def _opening(form: str) -> str:
    """Give the words with which a form opens, up to the number or the sentence."""
    return strip_breaks(form).partition(SENTENCE)[0].partition(NUMBER)[0].strip()
