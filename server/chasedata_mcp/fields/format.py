"""Values as a person reads them, in questions, messages and warnings."""

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


def quote_name(text: str) -> str:
    """Quote a name, so that one that reads like a sentence can't pass for ours."""
    return f"\N{LEFT DOUBLE QUOTATION MARK}{_replace_quotes(text)}\N{RIGHT DOUBLE QUOTATION MARK}"


def quote_excerpt(text: str, most: int = 2000) -> str:
    """Quote a text, whole where it is no longer than ten SMS, else both its ends."""
    if len(text) <= most:
        return quote_name(text)
    half = most // 2
    return (
        f"{quote_name(text[:half])} … {quote_name(text[-half:])} ({len(text):,} characters in all)"
    )


def _replace_quotes(text: str) -> str:
    # A closing quote in a name would end the quotation early.
    return text.translate({0x201C: "'", 0x201D: "'"})


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
