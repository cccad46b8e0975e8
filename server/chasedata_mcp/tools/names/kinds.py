"""The kinds of names, and what makes a text one; it knows no tool, so that a start can read it."""

from enum import StrEnum
from typing import Final

from pydantic_core import PydanticCustomError

from chasedata_mcp.fields.field_names import build_custom_name
from chasedata_mcp.fields.format import format_phone
from chasedata_mcp.fields.phone import parse_phone
from chasedata_mcp.fields.text import TextRule

LONGEST: Final = 100
"""The longest name; the dialer's own lists take 50 or 100 characters (tools.md)."""
_RULE: Final = TextRule(LONGEST)


class NameKind(StrEnum):
    """A kind of names, by the words of the names file and of the sandbox."""

    AGENTS = "agents"
    CAMPAIGNS = "campaigns"
    CUSTOM_FIELDS = "custom_fields"
    DISPOSITIONS = "dispositions"
    FILTERS = "filters"
    OWN_NUMBERS = "own_numbers"
    PLAYLISTS = "playlists"
    RING_GROUPS = "ring_groups"
    SKILLS = "skills"
    SUBCAMPAIGNS = "subcampaigns"

    @property
    def words(self) -> str:
        """The kind as people read it: `own numbers`."""
        return self.value.replace("_", " ")

    @property
    def word(self) -> str:
        """One of the kind: `own number`."""
        return self.words.removesuffix("s")

    @property
    def is_phone(self) -> bool:
        """True where its names are phone numbers: a ring group is known by its DID."""
        return self in {NameKind.OWN_NUMBERS, NameKind.RING_GROUPS}


def read_name(kind: NameKind, text: object) -> str:
    """Read a name as it goes to the dialer: trimmed, a phone as its ten digits.

    Raises:
        ValueError: It can't be one; the sentence completes "this name ...", and quotes nothing.
    """
    if not isinstance(text, str):
        raise ValueError("is no text")  # noqa: TRY004 - of a file, not of this program
    try:
        name = parse_phone(text) if kind.is_phone else _RULE.parse(text)
    except PydanticCustomError as error:
        raise ValueError(error.message()) from None
    if kind is NameKind.CUSTOM_FIELDS:
        build_custom_name(name)
    return name


def make_key(kind: NameKind, name: str) -> str:
    """Make what two names are compared by: themselves, but of custom fields their wire names."""
    if kind is not NameKind.CUSTOM_FIELDS:
        return name
    try:
        return build_custom_name(name)
    except ValueError:
        return name


def show_name(kind: NameKind, name: str) -> str:
    """Show a name to people."""
    return format_phone(name) if kind.is_phone else name
