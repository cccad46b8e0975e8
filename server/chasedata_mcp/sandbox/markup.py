"""Building HTML so that text stays text: whatever isn't made here is escaped."""

import html
import unicodedata
from typing import Final

_EMPTY: Final = frozenset({"input", "link", "meta"})
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_KEPT: Final = "\n\t"


class Html(str):
    """Markup that was made here."""

    __slots__ = ()


def el(tag: str, /, *children: Html | str, **attributes: str | bool) -> Html:
    """Make an element. A trailing underscore in an attribute's name is dropped, so `class_` works.

    An attribute that is False is left out, and one that is True stands alone.
    """
    written = "".join(_attribute(name, value) for name, value in attributes.items())
    if tag in _EMPTY:
        return Html(f"<{tag}{written}>")
    return Html(f"<{tag}{written}>{''.join(map(_child, children))}</{tag}>")


def join(*parts: Html) -> Html:
    """Put elements one after another."""
    return Html("".join(parts))


def shown(text: str) -> str:
    """Write characters that can't be seen, or that turn text about, as what they are."""
    return "".join(
        f"[U+{ord(char):04X}]"
        if unicodedata.category(char) in _UNSEEN and char not in _KEPT
        else char
        for char in text
    )


def _child(child: Html | str) -> str:
    return child if isinstance(child, Html) else html.escape(shown(child))


def _attribute(name: str, value: str | bool) -> str:  # noqa: FBT001 - it is the value, no switch
    name = name.rstrip("_").replace("_", "-")
    match value:
        case False:
            return ""
        case True:
            return f" {name}"
        case _:
            return f' {name}="{html.escape(shown(value))}"'
