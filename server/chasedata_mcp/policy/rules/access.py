"""The rules: pure functions over what a call may bring about and what the settings say."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from chasedata_mcp.approvals.questions import Kind, Typed
from chasedata_mcp.policy.decision import ALLOWED, Ask, Refuse, Verdict
from chasedata_mcp.policy.levels import IMPACTS_ASKED_AT, ConfirmLevel
from chasedata_mcp.policy.models import ToolRule
from chasedata_mcp.redaction import KEEP_ADVICE, Redactor, explain_marks, explain_refused_write
from chasedata_mcp.tools.base import Action, Impact
from chasedata_mcp.tools.effects import (
    ContactsPerson,
    DeletesForGood,
    Effect,
    EffectTime,
    Protection,
    ReleasesNumber,
)

TO_GO_ON = (
    "Searches still work. To go on, a person looks at the history and runs "
    "`chasedata-mcp policy rearm` (with --sandbox in the sandbox, which `chasedata-mcp sandbox "
    "reset` starts afresh)."
)
SAFETY = "safety"
"""The toolset of what only ever stops things."""
UNDO = "undo"
NEVER_ASK = frozenset({"list_history", "freeze"})
"""The tools that put no question to anybody; one that can't be put means no."""
_FINDING = frozenset({"SearchField", "Identifier"})
"""What a lead is found by, which isn't written to it."""
_TELL_THE_PERSON = "Tell the person who runs this server; don't look for another way to do it."


class ToolOffer(Protocol):
    """What is judged of a tool before it is called: an action's class, or a tool beside them."""

    @property
    def name(self) -> str:
        """What it is called by."""
        ...

    @property
    def toolset(self) -> str:
        """Its family."""
        ...

    @property
    def declared_impact(self) -> Impact:
        """The gravest that a call of it can have."""
        ...


def reads_only(action: ToolOffer, *, read_only: bool) -> Verdict:
    """In read-only mode nothing but reads, and what stops the writes."""
    if not read_only or action.declared_impact is Impact.READ or action.toolset == SAFETY:
        return ALLOWED
    reason = "This server is read-only (CHASEDATA_READ_ONLY)."
    return Refuse("read_only", reason, _TELL_THE_PERSON)


def in_a_toolset(
    action: ToolOffer, toolsets: frozenset[str], tools: Mapping[str, ToolRule]
) -> Verdict:
    """Only the toolsets that the settings name, and tools that the policy switches on or off.

    What only ever stops things is offered unless it is switched off by its name.
    """
    match tools.get(action.name):
        case "on":
            return ALLOWED
        case "off":
            reason = f"The tool {action.name} is off on this server (policy, [tools])."
            return Refuse("tools", reason, _TELL_THE_PERSON)
        case _:
            pass
    if action.toolset in toolsets or action.toolset == SAFETY:
        return ALLOWED
    reason = f"The toolset {action.toolset} is off on this server (CHASEDATA_TOOLSETS)."
    return Refuse("toolsets", reason, _TELL_THE_PERSON)


def single(tool: str, tools: Mapping[str, ToolRule]) -> Verdict:
    """What the policy says of one tool by its name."""
    match tools.get(tool):
        case "ask" if tool in NEVER_ASK:
            reason = f"The policy asks before every {tool} ([tools]), which asks nobody."
            return Refuse("tools", reason, _TELL_THE_PERSON)
        case "ask":
            return Ask("tools", f"The policy asks before every {tool}.", plain=True)
        case "refuse":
            reason = f"The policy refuses {tool} ([tools])."
            return Refuse("tools", reason, _TELL_THE_PERSON)
        case _:
            return ALLOWED


def writes_stopped(action: Action, why: str) -> Verdict:
    """While the account is frozen nothing but reads."""
    return ALLOWED if not why or action.impact is Impact.READ else frozen(why)


def frozen(why: str) -> Refuse:
    """The refusal of every write of a frozen account."""
    return Refuse("frozen", f"All writes are stopped {why}.", TO_GO_ON)


def writes_hidden(action: Action, redactor: Redactor | None) -> Verdict:
    """What a model may not see it may not write either, nor the marks of what it wasn't shown."""
    if action.impact is Impact.READ:
        return ALLOWED
    written = {name: text for name, text in action.sent_form.items() if name not in _FINDING}
    if (why := explain_marks(written)) is not None:
        return Refuse("hidden", why, KEEP_ADVICE)
    if redactor is None:
        return ALLOWED
    said = explain_refused_write(written, redactor)
    return ALLOWED if said is None else Refuse("hidden", said, _TELL_THE_PERSON)


_THAT = {
    Impact.READ: "that reads",
    Impact.WRITE: "that changes anything",
    Impact.OUTWARD: "that reaches somebody or changes live traffic",
    Impact.DESTRUCTIVE: "that takes a protection or a list away",
}


def level(action: Action, asked: ConfirmLevel) -> Verdict:
    """Ask for every call of an effect that the level of confirmation covers."""
    if action.impact not in IMPACTS_ASKED_AT[asked]:
        return ALLOWED
    reason = f"The policy asks before every call {_THAT[action.impact]} (confirm = `{asked}`)."
    typed = next(_uncallable(action.effects), None)
    grantable = typed is None and action.impact is not Impact.DESTRUCTIVE
    return Ask("confirm", reason, typed, grantable=grantable, plain=True)


def _uncallable(effects: Iterable[Effect]) -> Iterator[Typed]:
    """The number of whoever is to be reached past the do-not-call list, now or later."""
    for effect in effects:
        match effect:
            case ContactsPerson(str() as number, passing=passing) if Protection.DNC in passing:
                yield Typed(Kind.PHONE, number)
            case _:
                pass


def protections(effects: Iterable[Effect]) -> list[Verdict]:
    """Ask wherever a protection or a list is lost or passed over, whatever the level."""
    return [_protection(effect) for effect in effects]


def _protection(effect: Effect) -> Verdict:
    match effect:
        case ReleasesNumber(number):
            return Ask(
                "do_not_call",
                "A number leaves the do-not-call list.",
                Typed(Kind.PHONE, number),
                plain=True,
            )
        case DeletesForGood(_, name):
            reason = "A list is deleted for good."
            return Ask("lost", reason, Typed(Kind.NAME, name), plain=True)
        case ContactsPerson(str() as number, when=EffectTime.NOW, passing=passing) if (
            Protection.DNC in passing
        ):
            return Ask(
                "do_not_call",
                "The do-not-call list is passed over.",
                Typed(Kind.PHONE, number),
                plain=True,
            )
        case ContactsPerson(when=EffectTime.NOW, passing=passing) if (
            Protection.DUPLICATES in passing
        ):
            return Ask("duplicates", "A duplicate may be called again.", plain=True)
        case _:
            return ALLOWED
