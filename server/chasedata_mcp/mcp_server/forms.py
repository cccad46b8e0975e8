"""Questions as a client puts them: what it can show, a form or a link, and what it brings back."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import anyio
from mcp.shared.exceptions import MCPError
from mcp_types import (
    CallToolRequestParams,
    ElicitationCapability,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitRequestURLParams,
    ElicitResult,
    InputRequiredResult,
)
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import ValidationError

from chasedata_mcp.approvals.models import not_confirmed
from chasedata_mcp.mcp_server.callers import Context
from chasedata_mcp.pipeline.pipeline import DECLINED, DISMISSED, PendingApproval, Reply

FORM: Final = "confirm"
LINK: Final = "page"
"""What the newer era's answers go by."""
_READS_A_SECOND: Final = 40
_AT_LEAST, _AT_MOST = timedelta(seconds=1), timedelta(seconds=4)


@dataclass(frozen=True, slots=True)
class Went:
    """A person opened the link to the page; what they say there is another matter."""


WENT: Final = Went()


def is_modern(context: Context) -> bool:
    """Whether questions are answered by a second round (protocol 2026-07-28 and newer)."""
    return context.protocol_version in MODERN_PROTOCOL_VERSIONS


def shows_forms(context: Context) -> bool:
    """Whether the client says that it can show a person a form."""
    can = _elicits(context)
    # An empty declaration means forms; one that names only URLs does not.
    return can is not None and (can.form is not None or can.url is None)


def opens_links(context: Context) -> bool:
    """Whether the client says that it can open a link for a person."""
    can = _elicits(context)
    return can is not None and can.url is not None


def _elicits(context: Context) -> ElicitationCapability | None:
    """What the client can ask, where requests reach it."""
    if not (is_modern(context) or context.session.can_send_request):
        return None
    capabilities = context.session.client_capabilities
    return capabilities.elicitation if capabilities else None


def is_too_fast(text: str, took: timedelta) -> bool:
    """Whether an answer came sooner than a person can have read the question."""
    reading = timedelta(seconds=len(text) / _READS_A_SECOND)
    return took < min(max(reading, _AT_LEAST), _AT_MOST)


def form_of(pending: PendingApproval) -> ElicitRequest:
    """The question as a form, for a second round."""
    return ElicitRequest(params=_form(pending))


def link_of(pending: PendingApproval, address: str) -> ElicitRequest:
    """The question as a link, for a second round."""
    return ElicitRequest(params=ElicitRequestURLParams(message=_to_the_page(pending), url=address))


def another_round(name: str, request: ElicitRequest, state: str) -> InputRequiredResult:
    """A question for a client of the newer era, which calls again with the answer."""
    return InputRequiredResult(input_requests={name: request}, request_state=state)


def brought_back(params: CallToolRequestParams) -> Reply | Went | None:
    """What a second round brought back, None where it brought no answer."""
    answers = params.input_responses or {}
    match answers.get(FORM), answers.get(LINK):
        case None, None:
            return None
        case None, ElicitResult(action="accept"):
            return WENT
        case ElicitResult() as answer, _:
            return _reply(answer)
        case None, ElicitResult(action="cancel"):
            return DISMISSED
        case _:
            return DECLINED


async def filled_in(context: Context, pending: PendingApproval, now: datetime) -> Reply | None:
    """Show the form of a client of the older era, as long as its question is open.

    None where the client failed to show it.

    Raises:
        CallError: `needs_confirmation`, where no answer came in time.
    """
    form = _form(pending)
    with anyio.move_on_after((pending.ends - now).total_seconds()):
        try:
            return _reply(
                await context.session.elicit_form(
                    form.message, form.requested_schema, related_request_id=context.request_id
                )
            )
        except ValidationError:
            return DECLINED
        except MCPError:
            return None
    raise not_confirmed("The person didn't answer within five minutes.")


async def opened(
    context: Context, pending: PendingApproval, address: str, left: float
) -> Reply | Went | None:
    """Have a client of the older era open a link, within as many seconds as the call has left.

    None where the client failed to open the link, or nobody minded it.
    """
    message, this = _to_the_page(pending), context.request_id
    with anyio.move_on_after(left):
        try:
            answer = await context.session.elicit_url(
                message, address, pending.consent_id, related_request_id=this
            )
        except ValidationError:
            return DECLINED
        except MCPError:
            return None
        return WENT if answer.action == "accept" else _reply(answer)
    return None


async def answered(context: Context, pending: PendingApproval) -> None:
    """Tell a client of the older era that the question behind its link is answered."""
    await context.session.send_elicit_complete(
        pending.consent_id, related_request_id=context.request_id
    )


def _form(pending: PendingApproval) -> ElicitRequestFormParams:
    return ElicitRequestFormParams(
        message=pending.question.text, requested_schema=pending.question.schema()
    )


def _to_the_page(pending: PendingApproval) -> str:
    return f"{pending.question.text}\nIt is answered on the approvals page of this machine."


def _reply(answer: ElicitResult) -> Reply:
    """What a person did with a form: closing it is not saying no, and no yes either."""
    match answer.action:
        case "accept":
            return Reply(answer.content)
        case "cancel":
            return DISMISSED
        case "decline":
            return DECLINED
