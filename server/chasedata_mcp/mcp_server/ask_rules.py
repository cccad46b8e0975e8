"""When a tool asks a person first, in words: what the policy in force makes of it."""

from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.policy.models import IMPACTS_ASKED_AT, ConfirmLevel
from chasedata_mcp.tools.base import Action, Impact

_TYPES = {
    "delete_dnc": "Always: a person must type the phone number.",
    "delete_dial_list": "Always: a person must type the list's name.",
}
_PAST = (
    "When it dials and sets dial_non_callables (a person must type the phone number) or "
    "allow_dialing_duplicates (a person must say yes)"
)


def asks_always(action: type[Action], policy: Policy) -> bool:
    """Whether every call of the tool asks, but for an insert_lead that only stores."""
    asks = policy.tools.get(action.name) == "ask"
    return asks or action.declared_impact in IMPACTS_ASKED_AT[policy.level]


def when_it_asks(action: type[Action], policy: Policy) -> str:
    """When a call of the tool asks a person, and what for."""
    if action.declared_impact is Impact.DESTRUCTIVE:
        return _TYPES[action.name]
    if action.name == "insert_lead":
        level = ConfirmLevel.WRITES if policy.tools.get(action.name) == "ask" else policy.level
        return f"{_PAST}{_OF_AN_INSERT[level]}"
    return "Always: a person must say yes." if asks_always(action, policy) else _by_a_rule(action)


def _by_a_rule(action: type[Action]) -> str:
    """When a call asks that its level lets through."""
    match action.declared_impact:
        case Impact.OUTWARD:
            return f"Only by a rule: {_SOON}."
        case Impact.WRITE:
            return "Only by a rule, such as a cap."
        case _:
            return "Never."


_SOON = "soon after a lead's free text was read, soon after its like, or at a cap"
_OF_AN_INSERT = {
    ConfirmLevel.DESTRUCTIVE: f". Else only by a rule: when it dials, {_SOON}.",
    ConfirmLevel.OUTWARD: "; also whenever import_only is false.",
    ConfirmLevel.WRITES: "; also on every other call.",
}
