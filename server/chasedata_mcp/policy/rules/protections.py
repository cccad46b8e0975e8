"""Rules about consent: which calls always ask a person, and which must be typed to be confirmed."""

from collections.abc import Iterable

from chasedata_mcp.ledger.questions import Typed, TypedKind
from chasedata_mcp.policy.decision import ALLOWED, Ask, Verdict
from chasedata_mcp.policy.models import IMPACTS_ASKED_AT, ConfirmLevel
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.effects import (
    ContactsPerson,
    DeletesForGood,
    Effect,
    EffectTime,
    Protection,
    ReleasesNumber,
)
from chasedata_mcp.tools.impact import Impact

_CALL_THAT = {
    Impact.READ: "that reads",
    Impact.WRITE: "that changes anything",
    Impact.OUTWARD: "that reaches somebody or changes live traffic",
    Impact.DESTRUCTIVE: "that takes a protection or a list away",
}


def check_confirm_level(action: Action, level: ConfirmLevel) -> Verdict:
    """Ask for every call whose impact the level of confirmation covers."""
    if action.impact not in IMPACTS_ASKED_AT[level]:
        return ALLOWED
    reason = f"The policy asks before every call {_CALL_THAT[action.impact]} (confirm = `{level}`)."
    typed = _overridden_number(action.effects)
    # A grant never covers a destructive call (docs/approvals.md).
    grantable = typed is None and action.impact is not Impact.DESTRUCTIVE
    return Ask("confirm", reason, typed, grantable=grantable, plain=True)


def _overridden_number(effects: Iterable[Effect]) -> Typed | None:
    """Find the number that is to be reached past the do-not-call list, now or later."""
    for effect in effects:
        match effect:
            case ContactsPerson(str() as number, passing=passing) if Protection.DNC in passing:
                return Typed(TypedKind.PHONE, number)
            case _:
                pass
    return None


def check_protections(effects: Iterable[Effect]) -> list[Verdict]:
    """Ask wherever a protection or a list is lost or passed over, whatever the level."""
    return [_protection(effect) for effect in effects]


def _protection(effect: Effect) -> Verdict:
    match effect:
        case ReleasesNumber(number):
            return Ask(
                "do_not_call",
                "A number leaves the do-not-call list.",
                Typed(TypedKind.PHONE, number),
                plain=True,
            )
        case DeletesForGood(_, name):
            reason = "A list is deleted for good."
            return Ask("lost", reason, Typed(TypedKind.NAME, name), plain=True)
        case ContactsPerson(str() as number, when=EffectTime.NOW, passing=passing) if (
            Protection.DNC in passing
        ):
            return Ask(
                "do_not_call",
                "The do-not-call list is passed over.",
                Typed(TypedKind.PHONE, number),
                plain=True,
            )
        case ContactsPerson(when=EffectTime.NOW, passing=passing) if (
            Protection.DUPLICATES in passing
        ):
            return Ask("duplicates", "A duplicate may be called again.", plain=True)
        case ContactsPerson(when=EffectTime.NOW, passing=passing) if Protection.HOURS in passing:
            return Ask("dialer_hours", "The dialer doesn't check the hours there.", plain=True)
        case _:
            return ALLOWED
