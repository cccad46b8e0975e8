"""The time of a callback by the clock at the phone that will ring, once its lead is known."""

from datetime import datetime

from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.policy.facts import TargetLead
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.leads import InsertLead, UpdateLead

_WITHOUT_OFFSET = "Give the time at the lead's phone, without an offset."


def place_callback(action: Action, lead: TargetLead | None, now: datetime) -> Action:
    """Return a call with its callback as the phones of its lead have it by now.

    A call without a callback comes back as it is. `lead` is None as long as it wasn't looked for.

    Raises:
        CallError: `invalid_arguments`; the time is past there, or there is no such time, or it has
            an offset and nobody knows the phone's clock.
    """
    if not isinstance(action, InsertLead | UpdateLead) or action.callback is None:
        return action
    try:
        placed = action.with_callback_at(_find_phones(action, lead), now)
    except ValueError as error:
        raise _refuse(str(error), "Give another time.") from None
    if placed.callback_at is None and lead is not None:
        reason = "has an offset, and can't be converted, since the lead's phone can't be read"
        raise _refuse(reason, _WITHOUT_OFFSET)
    return placed


def _find_phones(action: InsertLead | UpdateLead, lead: TargetLead | None) -> frozenset[str]:
    """Find the phones that the callback may ring; none where they aren't known."""
    held = frozenset(filter(None, [action.lead_phone]))
    if lead is None or isinstance(action, InsertLead) or action.primary_phone is not None:
        return held
    # A lead that is found by one of its phones may have another, which is the one that rings.
    return held | lead.phones if lead.is_known else held


def _refuse(reason: str, hint: str) -> CallError:
    message = f"`callback.at` {reason}. Nothing was sent."
    return CallError(Code.INVALID_ARGUMENTS, message, hint=hint)
