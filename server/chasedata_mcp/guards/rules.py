"""The rules: pure functions over what a call may bring about and what the settings say."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from chasedata_mcp.action import Action, Effect
from chasedata_mcp.consequences import (
    Consequence,
    Lost,
    Protection,
    Reached,
    Unsuppressed,
    When,
)
from chasedata_mcp.guards.levels import ASKED_AT, Level
from chasedata_mcp.guards.questions import Kind, Typed
from chasedata_mcp.guards.verdicts import Allow, Ask, Refuse, Verdict

_TELL_THE_PERSON = "Tell the person who runs this server; don't look for another way to do it."


class Offer(Protocol):
    """What is judged of a tool before it is called: an action's class, or a tool beside them."""

    @property
    def toolset(self) -> str:
        """Its family."""
        ...

    @property
    def declared_effect(self) -> Effect:
        """The gravest that a call of it can have."""
        ...


def reads_only(action: Offer, *, read_only: bool) -> Verdict:
    """In read-only mode nothing but reads."""
    if not read_only or action.declared_effect is Effect.READ:
        return Allow()
    reason = "This server is read-only (CHASEDATA_READ_ONLY)."
    return Refuse("read_only", reason, _TELL_THE_PERSON)


def in_a_toolset(action: Offer, toolsets: frozenset[str]) -> Verdict:
    """Only the toolsets that the settings name."""
    if action.toolset in toolsets:
        return Allow()
    reason = f"The toolset {action.toolset} is off on this server (CHASEDATA_TOOLSETS)."
    return Refuse("toolsets", reason, _TELL_THE_PERSON)


def level(action: Action, asked: Level) -> Verdict:
    """Ask for every call of an effect that the level of confirmation covers."""
    if action.effect not in ASKED_AT[asked]:
        return Allow()
    reason = f"The level of confirmation is `{asked}` and this call is {action.effect}."
    return Ask("confirm", reason, next(_uncallable(action.consequences()), None))


def _uncallable(consequences: Iterable[Consequence]) -> Iterator[Typed]:
    """The number of whoever is to be reached past the do-not-call list, now or later."""
    for consequence in consequences:
        match consequence:
            case Reached(str() as number, passing=passing) if Protection.DNC in passing:
                yield Typed(Kind.PHONE, number)
            case _:
                pass


def protections(consequences: Iterable[Consequence]) -> list[Verdict]:
    """Ask wherever a protection or a list is lost or passed over, whatever the level."""
    return [_protection(consequence) for consequence in consequences]


def _protection(consequence: Consequence) -> Verdict:
    match consequence:
        case Unsuppressed(number):
            return Ask(
                "do_not_call",
                "A number leaves the do-not-call list.",
                Typed(Kind.PHONE, number),
            )
        case Lost(_, name):
            return Ask("lost", "A list is deleted for good.", Typed(Kind.NAME, name))
        case Reached(str() as number, when=When.NOW, passing=passing) if Protection.DNC in passing:
            return Ask(
                "do_not_call",
                "The do-not-call list is passed over.",
                Typed(Kind.PHONE, number),
            )
        case Reached(when=When.NOW, passing=passing) if Protection.DUPLICATES in passing:
            return Ask("duplicates", "A duplicate may be called again.")
        case _:
            return Allow()
