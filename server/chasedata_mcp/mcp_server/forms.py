"""Forms and links by which a client puts questions, and the answers that it brings back."""

from dataclasses import dataclass
from datetime import datetime
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

from chasedata_mcp.approvals.errors import refuse_unconfirmed
from chasedata_mcp.approvals.models import DECLINED, DISMISSED, Reply
from chasedata_mcp.fields.sanitize import cut
from chasedata_mcp.ledger import Question
from chasedata_mcp.ledger.questions import ALSO, CONFIRM, ONLY
from chasedata_mcp.mcp_server.callers import Context
from chasedata_mcp.pipeline.pending_approval import PendingApproval

FORM: Final = "confirm"
LINK: Final = "page"
"""The names of the newer era's answers."""
_LONGEST: Final = 1_500
_MOST_LINES: Final = 25


@dataclass(frozen=True, slots=True)
class LinkOpened:
    """A person opened the link to the page; their answer there is another matter."""


LINK_OPENED: Final = LinkOpened()


def is_modern(context: Context) -> bool:
    """Say whether questions are answered by a second round (protocol 2026-07-28 and newer)."""
    return context.protocol_version in MODERN_PROTOCOL_VERSIONS


def shows_forms(context: Context) -> bool:
    """Say whether the client declares that it can show a person a form."""
    can = _elicits(context)
    # An empty declaration means forms; one that names only URLs does not.
    return can is not None and (can.form is not None or can.url is None)


def can_bear(question: Question) -> bool:
    """Say whether a form can show a question whole.

    Hosts show a form's message in a box of a few lines, and what is below it, or cut off, was not
    read by whoever says yes.
    """
    whole = question.whole
    return len(whole) <= _LONGEST and whole.count("\n") < _MOST_LINES


def opens_links(context: Context) -> bool:
    """Say whether the client declares that it can open a link for a person."""
    can = _elicits(context)
    return can is not None and can.url is not None


def _elicits(context: Context) -> ElicitationCapability | None:
    """Find what the client can ask, where requests reach it."""
    if not (is_modern(context) or context.session.can_send_request):
        return None
    capabilities = context.session.client_capabilities
    return capabilities.elicitation if capabilities else None


def request_form(pending: PendingApproval) -> ElicitRequest:
    """Make the question a form, for a second round."""
    return ElicitRequest(params=_form(pending))


def request_link(pending: PendingApproval, address: str) -> ElicitRequest:
    """Make the question a link, for a second round."""
    return ElicitRequest(params=ElicitRequestURLParams(message=_to_the_page(pending), url=address))


def ask_for_round(name: str, request: ElicitRequest, state: str) -> InputRequiredResult:
    """Ask a client of the newer era to call again with the answer to a question."""
    return InputRequiredResult(input_requests={name: request}, request_state=state)


def read_answer(params: CallToolRequestParams) -> Reply | LinkOpened | None:
    """Read the answer that a second round brought back, None where it brought none."""
    answers = params.input_responses or {}
    match answers.get(FORM), answers.get(LINK):
        case None, None:
            return None
        case None, ElicitResult(action="accept"):
            return LINK_OPENED
        case ElicitResult() as answer, _:
            return _reply(answer)
        case None, ElicitResult(action="cancel"):
            return DISMISSED
        case _:
            return DECLINED


async def show_form(context: Context, pending: PendingApproval, now: datetime) -> Reply | None:
    """Show the form of a client of the older era, as long as its question is open.

    None where the client failed to show it.

    Raises:
        CallError: `needs_confirmation`, where no answer came in time.
    """
    form = _form(pending)
    with anyio.move_on_after((pending.approval.ends - now).total_seconds()):
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
    raise refuse_unconfirmed("The person didn't answer within five minutes.")


async def open_link(
    context: Context, pending: PendingApproval, address: str, left: float
) -> Reply | LinkOpened | None:
    """Have a client of the older era open a link, within as many seconds as the call has left.

    None where the client failed to open the link, or nobody minded it.
    """
    message, this = _to_the_page(pending), context.request_id
    with anyio.move_on_after(left):
        try:
            answer = await context.session.elicit_url(
                message, address, pending.approval.id, related_request_id=this
            )
        except ValidationError:
            return DECLINED
        except MCPError:
            return None
        return LINK_OPENED if answer.action == "accept" else _reply(answer)
    return None


async def report_answered(context: Context, pending: PendingApproval) -> None:
    """Tell a client of the older era that the question behind its link is answered."""
    await context.session.send_elicit_complete(
        pending.approval.id, related_request_id=context.request_id
    )


def _form(pending: PendingApproval) -> ElicitRequestFormParams:
    return ElicitRequestFormParams(
        message=pending.approval.question.whole,
        requested_schema=form_schema(pending.approval.question),
    )


def form_schema(question: Question) -> dict[str, object]:
    """Make the form: one required field, `confirm`, without a default; `also` for a wider yes."""
    return {
        "type": "object",
        "properties": {CONFIRM: _confirm_field(question), **_also_field(question)},
        "required": [CONFIRM],
    }


def _confirm_field(question: Question) -> dict[str, object]:
    typed = question.typed
    if typed is None:
        return {"type": "boolean", "title": "Do it", "description": "Yes does it, no doesn't."}
    once_more = " (once more)" if question.again else ""
    return {
        "type": "string",
        "title": f"Type the {typed.kind.value} to confirm{once_more}",
        "description": typed.shown,
    }


def _also_field(question: Question) -> dict[str, object]:
    if not question.offers:
        return {}
    choices = [ONLY, *(text for _, text in question.offers)]
    return {ALSO: {"type": "string", "title": "For how many", "enum": choices}}


def _to_the_page(pending: PendingApproval) -> str:
    # The page shows the whole of it; what the link says is only begun where it is long.
    begun = cut(pending.approval.question.whole, _LONGEST)
    return f"{begun}\nIt is answered on the approvals page of this machine."


def _reply(answer: ElicitResult) -> Reply:
    """Read what a person did with a form: closing it is neither a no nor a yes."""
    match answer.action:
        case "accept":
            return Reply(answer.content)
        case "cancel":
            return DISMISSED
        case "decline":
            return DECLINED
