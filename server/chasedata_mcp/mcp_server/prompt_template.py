"""The parts of a prompt: its parameters, and the steps that lead through the tools."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from chasedata_mcp.fields.format import format_phone
from chasedata_mcp.fields.phone import PhoneRule, PhoneUse
from chasedata_mcp.fields.text import TextRule

Read = Callable[[str, frozenset[str]], str]
"""Reads a value as it was written, given the countries that may be called.

It raises `PydanticCustomError` for a value that doesn't fit.
"""


def text(max_length: int, *, multiline: bool = False) -> Read:
    """Make the reader of a text, which trims it."""
    rule = TextRule(max_length, multiline=multiline)
    return lambda written, _: rule.parse(written)


def phone(kind: PhoneUse) -> Read:
    """Make the reader of a phone number for a use."""
    rule = PhoneRule(kind)
    return lambda written, countries: format_phone(rule.parse(written, countries))


NAME: Final = text(100)
PROSE: Final = text(5_000, multiline=True)


@dataclass(frozen=True, slots=True)
class PromptParameter:
    """A value that a prompt takes; the model asks for one that isn't given.

    `names` is the kind of names that complete it, empty where nothing does.
    """

    name: str
    description: str
    required: bool = False
    read: Read = NAME
    names: str = ""


@dataclass(frozen=True, slots=True)
class PromptStep:
    """A step, and its tool; one that `can_go` is left out where the tool is hidden.

    `unless` is the job that does it in one call: where that is on offer, the step is left out.
    """

    text: str
    tool: str = ""
    can_go: bool = False
    unless: str = ""


@dataclass(frozen=True, slots=True)
class PromptTemplate:
    """A prompt: a title, its parameters and its steps."""

    name: str
    title: str
    description: str
    parameters: tuple[PromptParameter, ...]
    steps: tuple[PromptStep, ...]

    @property
    def needs(self) -> frozenset[str]:
        """The tools without which it isn't offered."""
        return frozenset(step.tool for step in self.steps if step.tool and not step.can_go)
