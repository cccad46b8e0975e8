"""The one text by which `stop_contact` confirms a request to stop, in the policy's own words."""

from collections.abc import Iterator, Sequence
from typing import Final

from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.fields.format import format_phone
from chasedata_mcp.jobs.plan import JobContext, JobPlan, PlannedStep, StepReport, When
from chasedata_mcp.tools.jobs import StopContact
from chasedata_mcp.tools.sms import SendSms

_TEXT: Final = "send_sms"


def list_confirmations(context: JobContext, wanted: StopContact) -> Iterator[PlannedStep]:
    """List the text that confirms a request, or why there is none; nothing where none is wanted.

    It goes to the phone that the request names and to no other of the person, once the dialer has
    taken all requests: it says that no more calls come.
    """
    if not wanted.confirm_by_text or wanted.phone is None:
        return
    about = f"the confirmation to {format_phone(wanted.phone)}"
    terms = context.pipeline.policy.do_not_call
    if terms is None or terms.confirmation_text is None:
        yield PlannedStep(_TEXT, about, error=_refuse_without_text(), confirms=True)
        return
    try:
        text = context.read(
            _TEXT,
            from_number=terms.confirmation_from,
            to_number=wanted.phone,
            message=terms.confirmation_text,
        )
    except CallError as error:
        # Whatever is wrong with the text, the request goes on.
        yield PlannedStep(_TEXT, about, error=error, confirms=True)
        return
    yield PlannedStep(_TEXT, about, text, When.WHILE_DONE, confirms=True)


def find_confirmation(plan: JobPlan) -> SendSms | None:
    """Find the text of a plan that confirms its request."""
    actions = [step.action for step in plan.steps if step.confirms]
    return next((action for action in actions if isinstance(action, SendSms)), None)


def describe_confirmation(reports: Sequence[StepReport]) -> Iterator[str]:
    """Describe what became of the confirmation, if one was wanted."""
    for report in reports:
        if not report.step.confirms:
            continue
        match report.outcome:
            case "done":
                yield "One text confirms it."
            case "unknown":
                yield "Whether the text that confirms it went is unknown; it isn't sent again."
            case "refused":
                yield "No text confirms it: that was refused, and they are stopped all the same."
            case "not_sent":
                yield "No text confirms it, since not all requests are on the dialer's own list."


def _refuse_without_text() -> CallError:
    return CallError(
        Code.NOT_ALLOWED,
        "The policy has no text that confirms a request to stop. No text was sent.",
        hint="A person can write one: `do_not_call.confirmation_text` in the policy file.",
    )
