"""The veil: what is hidden in a name, in a text, in a form."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from unicodedata import category, normalize

from chasedata_mcp.fields import shown
from chasedata_mcp.untrusted import CUT, visible
from chasedata_mcp.veil.cards import SEPARATOR, cards
from chasedata_mcp.veil.names import DEFAULT_PATTERNS, hides
from chasedata_mcp.veil.social_security import social_security_numbers

_MOST_KNOWN = 10_000
_SHORTEST = len("123-456789")
_PHONE = len("9545550123")
HIDDEN: Final = "[hidden]"
"""What stands where a value was."""


@dataclass(frozen=True, slots=True)
class Veil:
    """What is hidden: fields whose names match a glob and, with `values`, numbers in any text.

    Names are compared without regard to case, spaces, underscores and signs, as they are and
    without the `adv_` of a custom field.
    """

    patterns: tuple[str, ...] = DEFAULT_PATTERNS
    values: bool = True
    _known: dict[str, bool] = field(
        default_factory=dict[str, bool], init=False, repr=False, compare=False
    )

    def hides_name(self, wire_name: str) -> bool:
        """Whether what is in a field of this name is hidden."""
        known = self._known.get(wire_name)
        if known is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            known = self._known[wire_name] = hides(self.patterns, wire_name)
        return known

    def veiled(self, text: str) -> tuple[str, bool]:
        """The text with `[hidden]` for every card and social security number, and if it had any.

        They are found with spaces, signs and line breaks between their digits, in digits of any
        script, and with invisible characters among them; a text with one comes back visible.
        Phones and dates are never taken for one.
        """
        too_short = len(text) < _SHORTEST and text.isascii()
        if too_short or _is_bare_phone(text) or not self.values or not _MAY_HAVE_ONE.search(text):
            return text, False
        seen = visible(text)
        read = seen if seen.isascii() else seen.translate(_FOLDED)
        found = sorted([*cards(read), *social_security_numbers(read), *_cut_off(read)])
        return (_masked(seen, found), True) if found else (text, False)


def _is_bare_phone(text: str) -> bool:
    """Whether a text is ten digits and nothing else, as most phones are that are looked at."""
    return len(text) == _PHONE and text.isascii() and text.isdecimal()


DEFAULT_VEIL: Final = Veil()
"""What is hidden unless somebody said otherwise."""


class _Folded(dict[int, str]):
    """Each character as the digit, space or dash that it looks like; always one for one."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        self[code] = folded = _fold(character)
        return folded


def _fold(character: str) -> str:
    if category(character) == "Pd" or character == "\N{MINUS SIGN}":
        return "-"
    plain = normalize("NFKC", character)
    if len(plain) != 1:
        return character
    return str(int(plain)) if plain.isdecimal() else plain


_FOLDED = _Folded()
# Nine digits, whatever stands between them, are the least that is looked at closely.
_MAY_HAVE_ONE = re.compile(r"\d(?:\D{0,4}\d){8}|[^\t\n\x20-\x7e]")

_NEAR_THE_END = 120
_BEGUN = re.compile(rf"[0-9](?:{SEPARATOR}[0-9]){{3,18}}(?={SEPARATOR}{re.escape(CUT)}\Z)")


def _cut_off(text: str) -> Iterator[tuple[int, int]]:
    """The digits before a cut: nobody can tell any more what number they began."""
    if text.endswith(CUT):
        yield from (found.span() for found in _BEGUN.finditer(text, len(text) - _NEAR_THE_END))


def _masked(text: str, found: Sequence[tuple[int, int]]) -> str:
    parts: list[str] = []
    at = 0
    for start, end in found:
        if start >= at:
            parts += [text[at:start], HIDDEN]
        at = max(at, end)
    return "".join([*parts, text[at:]])


def refused_to_write(form: Mapping[str, str], veil: Veil) -> str | None:
    """Why a model may not write a form: which fields, never what is in them; None where it may.

    A field that is hidden may not be emptied either: nobody could say what was lost.
    """
    by_name = [name for name in form if veil.hides_name(name)]
    by_value = [name for name in form if name not in by_name and veil.veiled(form[name])[1]]
    if not (by_name or by_value):
        return None
    said = [
        f"{_listed(by_name, veil)} {_is(by_name)} hidden by policy" if by_name else "",
        f"{_listed(by_value, veil)} {'has' if len(by_value) == 1 else 'have'} what looks like a "
        "card or social security number"
        if by_value
        else "",
    ]
    return f"{' and '.join(filter(None, said))}: that may not be written by a model."


def _listed(names: Sequence[str], veil: Veil) -> str:
    return shown.listed([veil.veiled(name)[0] for name in names])


def _is(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"
