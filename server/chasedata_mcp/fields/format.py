"""Values as a person reads them, in questions, messages and warnings."""

import re
import unicodedata
from typing import cast


def format_phone(number: str) -> str:
    """Format ten digits: `9545550123` -> `954-555-0123`."""
    return f"{number[:3]}-{number[3:6]}-{number[6:]}"


def format_value(value: object) -> str:
    """Format the value of a setting or a policy: `yes`, `2.5`, `US, CA`, or `-` for none."""
    match value:
        case None | "" | ():
            return "-"
        case bool():
            return "yes" if value else "no"
        case tuple():
            return ", ".join(map(str, cast("tuple[object, ...]", value)))
        case float():
            return f"{value:g}"
        case _:
            return str(value)


def format_count(count: int, one: str, many: str) -> str:
    """Count things, with their verb where there is one: `1 phone is`, `1,200 phones are`."""
    return f"{count:,} {one if count == 1 else many}"


def quote_name(text: str) -> str:
    """Quote a name, on one line, so that one that reads like a sentence can't pass for ours."""
    inner = disarm_quotes(_BREAKS.sub(" \N{RETURN SYMBOL} ", text))
    return f"\N{LEFT DOUBLE QUOTATION MARK}{inner}\N{RIGHT DOUBLE QUOTATION MARK}"


def quote_excerpt(text: str, most: int = 2000) -> str:
    """Quote a text, whole where it is no longer than ten SMS, else both its ends."""
    if len(text) <= most:
        return quote_name(text)
    half = most // 2
    return (
        f"{quote_name(text[:half])} … {quote_name(text[-half:])} ({len(text):,} characters in all)"
    )


OWN_CLIENTS = {"terminal": "at a terminal", "script": "by a command without a terminal"}
"""The names of this program's own commands as callers, which no other client may bear."""


def describe_caller(caller: str) -> str:
    """Name a caller, `principal/client`: the client names itself, which proves nothing."""
    principal, _, client = caller.partition("/")
    if not client:
        return principal
    if client in OWN_CLIENTS:
        return f"{principal}, {OWN_CLIENTS[client]}"
    return f"{principal}, by a client that calls itself {quote_name(client)}"


def disarm_quotes(text: str) -> str:
    """Write every quotation mark, and what looks like one, as an apostrophe; no two in a row.

    Unseen characters are replaced, and a mark that would lie on the character before the text gets
    one of its own.
    """
    # A closing quote in a name would end the quotation early, whatever its code point; the first
    # character, where it combines, would change our own opening quote.
    shown = _QUOTES.sub("'", _FILLERS.sub("\N{REPLACEMENT CHARACTER}", replace_controls(text)))
    combines = shown[:1] and unicodedata.category(shown[0])[0] == "M"
    return f"\N{DOTTED CIRCLE}{shown}" if combines else shown


_BREAKS = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
# Unicode's Quotation_Mark (PropList.txt, 17.0), its initial and final punctuation, and what its
# confusables.txt (17.0) gives as like `'` or `"`, but for letters of living alphabets: primes,
# accents by themselves, modifier letters, ditto marks, ornaments, East Asian brackets that quote.
_QUOTES = re.compile(
    "(?:[\"'`\xa8\xab\xb4\xbb\u02b9-\u02bf\u02c8\u02ca\u02cb\u02d8\u02d9\u02dd\u02ee\u02f4-\u02f6"
    "\u0374\u0384\u055a\u055b\u055d\u05f3\u05f4\u07f4\u07f5\u144a\u16cc\u1fbd\u1fbf\u1fef\u1ffd"
    "\u1ffe\u2018-\u201f\u2032-\u2037\u2039\u203a\u2057\u275b-\u2760\u276e\u276f\u2e02-\u2e05"
    "\u2e09\u2e0a\u2e0c\u2e0d\u2e1c\u2e1d\u2e20\u2e21\u2e42\u3003\u300a-\u300f\u301d-\u301f\ua78b\ua78c"
    "\ufe41-\ufe44\uff02\uff07\uff40\uff62\uff63\U00016f51\U00016f52\U0001f676-\U0001f678"
    "])+"
)
# Letters and marks that show nothing (Unicode's Default_Ignorable_Code_Point, and the empty
# Braille pattern): with many of them what follows would stand elsewhere.
_FILLERS = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0]")


def join_words(words: list[str]) -> str:
    """Join words: `a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def warn_of_space(name: str | None, what: str) -> list[str]:
    """Warn of a name with a space in it, which the vendor advises against."""
    if name is None or " " not in name:
        return []
    return [f"The name of this {what} has a space in it; the vendor advises against that."]


def replace_controls(text: str) -> str:
    """Replace control and invisible characters, so that a model's text can stand in a question."""
    return "".join(
        character
        if character == "\n" or unicodedata.category(character)[0] != "C"
        else "\N{REPLACEMENT CHARACTER}"
        for character in text
    )
