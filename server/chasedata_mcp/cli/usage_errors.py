"""Errors in how a command was typed, in the words of whoever typed it."""

from collections.abc import Iterable
from difflib import get_close_matches

from chasedata_mcp.errors import ChasedataError


class UsageError(ChasedataError):
    """A command that can't be understood; nothing was done."""


def nearest(word: str, known: Iterable[str]) -> str:
    """Suggest the nearest known word: `; did you mean --number?`, or nothing where none is near."""
    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else ""
