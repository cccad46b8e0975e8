"""Asking a person through their client: within the call, or (newer era) by a second round."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

import anyio
from mcp.shared.exceptions import MCPError
from mcp_types import (
    CallToolRequestParams,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    InputRequiredResult,
)
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import ValidationError

from chasedata_mcp.dispatch import DECLINED, Held, Reply, Road
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.guards.consents import not_confirmed
from chasedata_mcp.mcp_server.callers import Context

_FIELD = "confirm"
T = TypeVar("T")


async def cleared(
    road: Road,
    context: Context,
    params: CallToolRequestParams,
    *,
    admit: Callable[[], Awaitable[T | Held]],
    redeem: Callable[[str, Reply], Awaitable[T]],
) -> T | InputRequiredResult:
    """What is cleared at once or by a person's answer, or the question of a second round.

    Raises:
        CallError: It is not allowed, or nobody said yes.
    """
    if params.request_state is not None:
        return await redeem(params.request_state, reply_of(params))
    held = await admit()
    if not isinstance(held, Held):
        return held
    try:
        refuse_unless_askable(context)
        if is_modern(context):
            return second_round(held)
        reply = await within_the_call(context, held, road.now())
    except CallError as error:
        raise road.refused(held.calls, error) from None
    return await redeem(held.consent_id, reply)


def is_modern(context: Context) -> bool:
    """Whether questions are answered by a second round (protocol 2026-07-28 and newer)."""
    return context.protocol_version in MODERN_PROTOCOL_VERSIONS


def refuse_unless_askable(context: Context) -> None:
    """Refuse a held call whose client can't show a person a form.

    Raises:
        CallError: `needs_confirmation`.
    """
    capabilities = context.session.client_capabilities
    form = capabilities.elicitation if capabilities else None
    # An empty declaration means forms; one that names only URLs does not.
    shows_forms = form is not None and (form.form is not None or form.url is None)
    if shows_forms and (is_modern(context) or context.session.can_send_request):
        return
    raise CallError(
        Code.NEEDS_CONFIRMATION,
        "A person must confirm this call, and this client can't ask one. Nothing was sent.",
        hint="Use a client that supports MCP elicitation, or have a person run the tool with "
        "`chasedata-mcp call`, which asks on the terminal.",
    )


def second_round(held: Held) -> InputRequiredResult:
    """The question for a client of the newer era, which calls again with the answer."""
    request = ElicitRequest(params=_form(held))
    return InputRequiredResult(input_requests={_FIELD: request}, request_state=held.consent_id)


def reply_of(params: CallToolRequestParams) -> Reply:
    """What a second round brought back.

    Raises:
        CallError: `needs_confirmation`, where it brought no answer at all.
    """
    answer = (params.input_responses or {}).get(_FIELD)
    if answer is None:
        raise not_confirmed("The call came back without an answer to its question.")
    return _reply(answer) if isinstance(answer, ElicitResult) else DECLINED


async def within_the_call(context: Context, held: Held, now: datetime) -> Reply:
    """Put the question to a client of the older era, and wait as long as the question is open.

    Raises:
        CallError: `needs_confirmation`, where no answer came in time or the client failed to ask.
    """
    form = _form(held)
    with anyio.move_on_after((held.ends - now).total_seconds()):
        try:
            answer = await context.session.elicit_form(
                form.message, form.requested_schema, related_request_id=context.request_id
            )
        except ValidationError:
            return DECLINED
        except MCPError:
            raise not_confirmed("The client failed to ask the person.") from None
        return _reply(answer)
    raise not_confirmed("The person didn't answer within five minutes.")


def _form(held: Held) -> ElicitRequestFormParams:
    return ElicitRequestFormParams(
        message=held.question.text, requested_schema=held.question.schema()
    )


def _reply(answer: ElicitResult) -> Reply:
    return Reply(answer.content) if answer.action == "accept" else DECLINED
