"""The pipeline's failures in words: a refusal, an unknown outcome, a fault of our own."""

import logging
import secrets
import traceback
from datetime import UTC, datetime

from chasedata_mcp.approvals.errors import refuse_unconfirmed
from chasedata_mcp.errors import NOT_CONFIGURED, CallError, Code, Outcome, Retry
from chasedata_mcp.fields.format import quote_name, replace_controls
from chasedata_mcp.fields.sanitize import clean
from chasedata_mcp.ledger import (
    Broken,
    Entry,
    Frozen,
    NotConfirmable,
    NotWaiting,
    SentRow,
    SpentGrant,
    SuppressedSince,
)
from chasedata_mcp.pipeline.call import Call
from chasedata_mcp.policy.decision import Refuse, RefusedError
from chasedata_mcp.policy.rules.access import refuse_frozen
from chasedata_mcp.policy.rules.do_not_call import (
    refuse_confirmation,
    refuse_suppressed,
    refuse_suppressed_meanwhile,
)
from chasedata_mcp.policy.rules.usage_caps import refuse_at_cap, refuse_closed
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.effects import SuppressesNumber

_LOG = logging.getLogger("chasedata_mcp.pipeline.pipeline")


def not_configured() -> CallError:
    """Say that there is no dialer to call."""
    message = "No dialer is configured. Nothing was sent, recorded or suppressed."
    return CallError(Code.NOT_CONFIGURED, message, hint=NOT_CONFIGURED)


def with_what_to_check(error: CallError, action: Action) -> CallError:
    """Say of a call whose outcome is unknown what to look at before it is sent again."""
    if error.info.retry is not Retry.AFTER_CHECK or error.read:
        return error
    return CallError(
        error.code, error.message, hint=action.advise_retry(), dialer_said=error.dialer_said
    )


_SUPPRESSED_HERE = (
    "This server suppresses the number from now on, so that no tool reaches it, and the request "
    "waits to be sent to the dialer, which may call the number until then."
)
_WAITS = "The request waits to be sent to the dialer, which may call them until then."
_TO_SEND_IT = (
    "Tell the person who runs this server: `chasedata-mcp dnc send` sends what waits (with "
    "--sandbox in the sandbox). Calling insert_dnc again later sends it too."
)


def with_suppression(error: CallError, call: Call) -> CallError:
    """Say of a number that isn't surely on the dialer's list that it is suppressed here."""
    if call.suppression:
        # A request to stop that isn't the list's own tells what it suppressed, however it ended.
        waits = call.reserve is not None and bool(call.reserve.suppresses)
        return CallError(
            error.code,
            f"{error.message} {call.suppression}{f' {_WAITS}' if waits else ''}",
            hint=f"{error.hint} {_TO_SEND_IT}" if waits else error.hint,
            dialer_said=error.dialer_said,
        )
    if not any(isinstance(one, SuppressesNumber) for one in call.action.effects):
        return error
    listed = (
        "Whether the number is on the dialer's own do-not-call list is unknown."
        if error.info.outcome is Outcome.UNKNOWN
        else "The number isn't on the dialer's own do-not-call list yet."
    )
    told = CallError(
        error.code,
        f"{error.message} {listed} {_SUPPRESSED_HERE}",
        hint=f"{error.hint} {_TO_SEND_IT}",
        dialer_said=error.dialer_said,
    )
    told.is_suppressed_here = True
    return told


def fault(error: Exception) -> CallError:
    """Log where it happened and of which kind, never its text: that may hold a customer's data."""
    reference = secrets.token_hex(4)
    where = "".join(traceback.format_tb(error.__traceback__))
    _LOG.error("fault %s: %s\n%s", reference, type(error).__name__, where)
    return CallError(
        Code.FAILED,
        f"This server failed on the call; its log has it under {reference}.",
        hint="Look in the dialer whether it was done before sending it again.",
    )


class SettledMeanwhileError(CallError):
    """A waiting request that was sent, dropped or taken back since it was listed."""

    def __init__(self) -> None:
        super().__init__(
            Code.NOT_ALLOWED,
            "This request was sent, dropped or taken back meanwhile. Nothing was sent.",
            hint="See with `chasedata-mcp dnc pending` what still waits.",
        )


class RowSentError(CallError):
    """A row of a batch that another process sent meanwhile; `ahead` is its entry."""

    def __init__(self, ahead: Entry) -> None:
        super().__init__(
            Code.NOT_ALLOWED,
            f"Another process sent this row meanwhile, as entry {ahead.id}. Nothing was sent.",
            hint="Run the batch again, which looks what became of it.",
        )
        self.ahead = ahead


def overtaken(  # noqa: PLR0911 - one for each obstacle
    by: Broken | Frozen | SpentGrant | SuppressedSince | NotWaiting | NotConfirmable | SentRow,
) -> CallError:
    """Refuse a call whose clearance ended between its evaluation and its intent."""
    match by:
        case Broken(limit, opens=datetime() as opens, is_closed=True):
            return RefusedError([refuse_closed([limit], opens)])
        case Broken(limit, count, opens) if limit.stops:
            return RefusedError([refuse_at_cap(limit, count, opens)])
        case Broken(limit):
            return refuse_unconfirmed(f"Other calls came ahead of this one ({limit.cap}).")
        case SuppressedSince() | NotConfirmable():
            return RefusedError([_refuse_number(by)])
        case Frozen():
            return RefusedError([refuse_frozen(stopped_since(by))])
        case NotWaiting():
            return SettledMeanwhileError()
        case SentRow(entry):
            return RowSentError(entry)
        case SpentGrant():
            return refuse_unconfirmed("The yes that was given beforehand is used up or over.")


def _refuse_number(by: SuppressedSince | NotConfirmable) -> Refuse:
    if isinstance(by, NotConfirmable):
        return refuse_confirmation()
    if by.is_reached:
        return refuse_suppressed(listed=True, in_file=False)
    return refuse_suppressed_meanwhile()


def stopped_since(stopped: Frozen) -> str:
    """Say since when writes are frozen, by whom and why; the reason may be in a caller's words."""
    at = f"{stopped.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return f"since {at}, by {clean(stopped.by, 100)}: {quote_name(replace_controls(stopped.why))}"
