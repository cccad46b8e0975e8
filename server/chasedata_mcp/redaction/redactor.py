"""The redactor: it hides values by their field's name and numbers in any text."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from unicodedata import category, normalize

from chasedata_mcp.fields.decoded_text import decode_levels
from chasedata_mcp.fields.format import join_words
from chasedata_mcp.fields.sanitize import CUT, visible
from chasedata_mcp.redaction.bank_numbers import find_bank_numbers
from chasedata_mcp.redaction.cards import SEPARATOR, find_cards
from chasedata_mcp.redaction.hidden_field_names import DEFAULT_PATTERNS, is_hidden_name
from chasedata_mcp.redaction.labelled_secrets import find_labelled_secrets, has_hint
from chasedata_mcp.redaction.ssn import find_social_security_numbers
from chasedata_mcp.redaction.token_forms import count_least, find_secrets

_MOST_KNOWN = 10_000
_SHORTEST = len("pin 123")
_CARD = 13
"""The fewest digits that are hidden without a sign or a word beside them."""
HIDDEN: Final = "[hidden]"
"""The mark in place of a hidden value."""


_Find = Callable[[str], Iterable[tuple[int, int]]]


class RedactedText(NamedTuple):
    """A text with marks in place of what is hidden; `found` where there was anything."""

    text: str
    found: bool


@dataclass(frozen=True, slots=True)
class Redactor:
    """Redaction of fields whose names match a glob and, with `values`, of numbers in any text.

    Names are compared without regard to case, spaces, underscores and signs, as they are and
    without the `adv_` of a custom field. `secrets`, such as the API token, are hidden in any case.
    """

    patterns: tuple[str, ...] = DEFAULT_PATTERNS
    values: bool = True
    secrets: tuple[str, ...] = field(default=(), repr=False)
    _hidden_names: dict[str, bool] = field(
        default_factory=dict[str, bool], init=False, repr=False, compare=False
    )
    _names_with_text: dict[str, bool] = field(
        default_factory=dict[str, bool], init=False, repr=False, compare=False
    )

    def hides_name(self, wire_name: str) -> bool:
        """Tell whether the value of a field with this name is hidden."""
        known = self._hidden_names.get(wire_name)
        if known is None:
            known = _keep(
                self._hidden_names, wire_name, found=is_hidden_name(self.patterns, wire_name)
            )
        return known

    def has_hidden_text(self, wire_name: str) -> bool:
        """Tell whether a name itself holds what is hidden in any text."""
        known = self._names_with_text.get(wire_name)
        if known is None:
            known = _keep(self._names_with_text, wire_name, found=self.redact(wire_name).found)
        return known

    def redact(self, text: str) -> RedactedText:
        """Replace every card, bank and social security number, password and code by `[hidden]`.

        Numbers are found with spaces, signs and line breaks between their digits, in digits of any
        script, with invisible characters, tags and escapes among them; a text with one comes back
        visible. Phones and dates are never taken for one.
        """
        redacted = self._redact_secrets(text)
        if not self.values or _is_harmless(redacted.text) or not _may_have_one(redacted.text):
            return redacted
        without_numbers = _redact_all(redacted.text, _find_on_level)
        return RedactedText(without_numbers.text, redacted.found or without_numbers.found)

    def finds_any(self, text: str) -> bool:
        """Tell whether a text holds what is hidden in any text."""
        # Most texts are a word, a phone or a short number, and shorter than a token.
        if _is_harmless(text) and not self._may_have_secret(text):
            return False
        return self.redact(text).found

    def _may_have_secret(self, text: str) -> bool:
        return bool(self.secrets) and len(text) >= count_least(self.secrets)

    def _redact_secrets(self, text: str) -> RedactedText:
        if not self._may_have_secret(text):
            return RedactedText(text, found=False)
        return _redact_all(text, lambda level: find_secrets(_fold_text(level), self.secrets))


def _keep(known: dict[str, bool], name: str, *, found: bool) -> bool:
    # Names come from callers and the dialer: what is remembered of them is bounded.
    if len(known) >= _MOST_KNOWN:
        known.clear()
    known[name] = found
    return found


def _redact_all(text: str, find: _Find) -> RedactedText:
    redacted, found = visible(text), False
    # With one number gone, the digits on its two sides may be read as another.
    while spans := sorted(set(_find_spans(redacted, find))):
        redacted, found = _mask(redacted, spans), True
    return RedactedText(redacted if found else text, found)


def _find_spans(text: str, find: _Find) -> Iterator[tuple[int, int]]:
    """Find spans in the text as it stands and with its escapes decoded."""
    yield from find(text)
    if _MAY_BE_ESCAPED.search(text):
        for decoded in decode_levels(text):
            yield from (decoded.span(start, end) for start, end in find(decoded.text))


def _find_on_level(text: str) -> Iterator[tuple[int, int]]:
    folded = _fold_text(text)
    if _MANY_DIGITS.search(folded):
        yield from find_cards(folded)
        yield from find_social_security_numbers(folded)
        yield from find_bank_numbers(folded)
    yield from find_labelled_secrets(folded)
    yield from _find_cut_off(folded)


def _fold_text(text: str) -> str:
    return text.lower() if text.isascii() else text.translate(_FOLDED)


DEFAULT_REDACTOR: Final = Redactor()
"""The redaction that applies unless a policy says otherwise."""


class _DigitFolding(dict[int, str]):
    """A translation of characters, one for one, to the digit, sign or small letter they mean."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        self[code] = folded = _fold(character)
        return folded


def _fold(character: str) -> str:
    if category(character) == "Pd" or character == "\N{MINUS SIGN}":
        return "-"
    plain = normalize("NFKC", character)
    if len(plain) != 1:
        return _lower(character)
    return str(int(plain)) if plain.isdecimal() else _lower(plain)


def _lower(character: str) -> str:
    lower = character.lower()
    return lower if len(lower) == 1 else character


_FOLDED = _DigitFolding()
# Nine digits, whatever stands between them, are the least that is looked at closely.
_MANY_DIGITS = re.compile(r"[0-9](?:[^0-9]{0,12}[0-9]){8}")
# In our own sentences names stand in such quotes, which read as nothing else.
_MAY_BE_ESCAPED = re.compile(r"[&%\\<]")
_MAY_HAVE_ONE = re.compile(r"\d(?:\D{0,12}\d){8}|[^\t\n\x20-\x7e“”]|[&%\\<]")


def _is_harmless(text: str) -> bool:
    """Tell at once that a single word, a short number or a phone has nothing to hide."""
    if not text.isascii():
        return False
    return len(text) < _SHORTEST or text.isalpha() or (len(text) < _CARD and text.isdecimal())


def _may_have_one(text: str) -> bool:
    return _MAY_HAVE_ONE.search(text) is not None or has_hint(text.lower())


_NEAR_THE_END = 120
_CUT_NUMBER = re.compile(rf"[0-9](?:{SEPARATOR}[0-9]){{3,18}}(?={SEPARATOR}{re.escape(CUT)}\Z)")


def _find_cut_off(text: str) -> Iterator[tuple[int, int]]:
    """Find the digits before a cut: nobody can tell any more what number they began."""
    if text.endswith(CUT):
        yield from (found.span() for found in _CUT_NUMBER.finditer(text, len(text) - _NEAR_THE_END))


def _mask(text: str, spans: Sequence[tuple[int, int]]) -> str:
    parts: list[str] = []
    at = 0
    for start, end in spans:
        if start >= at:
            parts += [text[at:start], HIDDEN]
        at = max(at, end)
    return "".join([*parts, text[at:]])


def explain_refused_write(form: Mapping[str, str], redactor: Redactor) -> str | None:
    """Explain why a model may not write a form, by field names alone; None where it may.

    A field that is hidden may not be emptied either: nobody could say what was lost.
    """
    by_name = [name for name in form if redactor.hides_name(name)]
    by_value = [
        name
        for name in form
        if name not in by_name
        and (redactor.finds_any(form[name]) or redactor.has_hidden_text(name))
    ]
    if not (by_name or by_value):
        return None
    reasons = [
        f"{_list_names(by_name, redactor)} {_choose_verb(by_name)} hidden by policy"
        if by_name
        else "",
        f"{_list_names(by_value, redactor)} {'has' if len(by_value) == 1 else 'have'} what looks "
        "like a card or social security number or another secret, or holds the API token"
        if by_value
        else "",
    ]
    return f"{' and '.join(filter(None, reasons))}: that may not be written by a model."


KEEP_ADVICE: Final = (
    "This API replaces a field whole and can't add to it: leave such a field out and send the "
    "others, or have a person add the new part in the dialer."
)
"""Advice for a write that would destroy what a model wasn't shown."""


def explain_marks(form: Mapping[str, str]) -> str | None:
    """Explain why a form with the marks of hidden text may not be written; None where it may.

    Written back, a mark takes the place of what really stands there.
    """
    # Both marks have the bracket; a character beyond ASCII may be one that looks like it.
    suspect = [
        (name, text)
        for name, text in form.items()
        if "[" in text or "[" in name or not (text.isascii() and name.isascii())
    ]
    read = {name: visible(f"{name} {text}").casefold() for name, text in suspect}
    bearing = [name for name, text in read.items() if HIDDEN in text or CUT in text]
    if not bearing:
        return None
    marks = [f"`{mark}`" for mark in (HIDDEN, CUT) if any(mark in read[name] for name in bearing)]
    has = "has" if len(bearing) == 1 else "have"
    names = _list_names(bearing, DEFAULT_REDACTOR)
    return (
        f"{names} {has} {' and '.join(marks)} in it, this server's mark "
        "for what was not shown: written to the dialer it would take the place of what really "
        "stands there."
    )


def _list_names(names: Sequence[str], redactor: Redactor) -> str:
    return join_words([redactor.redact(name).text for name in names])


def _choose_verb(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"
