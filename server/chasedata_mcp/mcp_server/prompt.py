"""What an everyday job is: what it needs to know, and the steps that get it done."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from chasedata_mcp.fields.format import format_phone
from chasedata_mcp.fields.phone import PhoneRule, PhoneUse
from chasedata_mcp.fields.text import TextRule

Read = Callable[[str, frozenset[str]], str]
"""Takes a fact as it was written, and the countries that may be called; ValueError if odd."""


def text(max_length: int, *, multiline: bool = False) -> Read:
    """A text, trimmed."""
    rule = TextRule(max_length, multiline=multiline)
    return lambda written, _: rule.parse(written)


def phone(kind: PhoneUse) -> Read:
    """A phone number, by what it is for."""
    rule = PhoneRule(kind)
    return lambda written, countries: format_phone(rule.parse(written, countries))


NAME: Final = text(100)
PROSE: Final = text(5_000, multiline=True)


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that a job needs to know; what isn't given is asked for.

    `names` says of which kind the names are that complete it, empty where nothing does.
    """

    name: str
    description: str
    required: bool = False
    read: Read = NAME
    names: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A step, and the tool that it takes; one that `can_go` is left out where that is hidden."""

    text: str
    tool: str = ""
    can_go: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """An everyday job."""

    name: str
    title: str
    description: str
    facts: tuple[Fact, ...]
    steps: tuple[Step, ...]

    @property
    def needs(self) -> frozenset[str]:
        """The tools without which it can't be done."""
        return frozenset(step.tool for step in self.steps if step.tool and not step.can_go)
