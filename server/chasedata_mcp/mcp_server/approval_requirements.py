"""The conditions on which a tool's call needs a person's approval, in words, by the policy."""

from chasedata_mcp.policy.models import IMPACTS_ASKED_AT, ConfirmLevel
from chasedata_mcp.policy.tool_offer import OfferedTool, ToolOffer
from chasedata_mcp.tools.impact import Impact

_TYPES = {
    "delete_dnc": "Always: a person must type the phone number.",
    "delete_dial_list": "Always: a person must type the list's name.",
}
_PAST = (
    "When it dials and sets dial_non_callables (a person must type the phone number), or "
    "allow_dialing_duplicates or check_timezone false (a person must say yes)"
)


def always_needs_approval(action: OfferedTool, offer: ToolOffer) -> bool:
    """Tell whether every call of the tool asks, but for an insert_lead that only stores."""
    asks = offer.tools.get(action.name) == "ask"
    return asks or action.declared_impact in IMPACTS_ASKED_AT[offer.level]


def approval_requirement(action: OfferedTool, offer: ToolOffer) -> str:
    """Say when a call of the tool asks a person, and for what."""
    if action.declared_impact is Impact.DESTRUCTIVE:
        return _TYPES[action.name]
    if action.name == "insert_lead":
        level = ConfirmLevel.WRITES if offer.tools.get(action.name) == "ask" else offer.level
        return f"{_PAST}{_OF_AN_INSERT[level]}"
    return (
        "Always: a person must say yes."
        if always_needs_approval(action, offer)
        else _by_a_rule(action)
    )


def _by_a_rule(action: OfferedTool) -> str:
    """Say when a call asks that its level lets through."""
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
