"""The job `fill_dial_list`: a list, made where it isn't there, and up to 100 phones on it."""

from collections.abc import Iterator, Sequence

from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.fields.format import format_count, quote_name
from chasedata_mcp.jobs.plan import JobContext, JobPlan, JobVerdict, PlannedStep, StepReport
from chasedata_mcp.tools.jobs import FillDialList

_MAKE, _ADD = "create_dial_list", "add_dial_list_phone"


def plan_list_fill(context: JobContext, wanted: FillDialList) -> JobPlan:
    """Plan the making of a list and each phone on it; one that is refused stops no other.

    Raises:
        CallError: A tool isn't offered, or the list's own arguments don't fit.
    """
    of_list = {"agent": wanted.agent, "list_name": wanted.list_name}

    def steps() -> Iterator[PlannedStep]:
        # No call lists the lists: one that is there already is refused, and that is no failure.
        yield PlannedStep(_MAKE, wanted.list_name, context.read(_MAKE, **of_list))
        sent: set[str] = set()
        for phone in wanted.phones:
            try:
                action = context.read(_ADD, **of_list, phone=phone)
            except CallError as error:
                yield PlannedStep(_ADD, phone, error=error)
                continue
            form = action.sent_form["Phone"]
            if form not in sent:
                sent.add(form)
                yield PlannedStep(_ADD, form, action)

    # A phone's own errors are listed; where the tool isn't offered at all, the whole is refused.
    context.pipeline.policy.refuse_tool(type(context.read(_ADD, **of_list, phone="9545550100")))
    make = context.read(_MAKE, **of_list).sent_form
    list_phrase = f"dial list {quote_name(make['List'])} of agent {quote_name(make['Agent'])}"
    return JobPlan(
        tuple(steps()),
        lambda reports: _judge(list_phrase, reports),
        skips_refused=True,
        lists_done=False,
    )


def _judge(list_phrase: str, reports: Sequence[StepReport]) -> JobVerdict:
    make, *phones = reports
    on = sum(report.is_done for report in phones)
    refused = sum(report.outcome == "refused" for report in phones)
    unknown = sum(report.outcome == "unknown" for report in phones)
    unsent = len(phones) - on - refused - unknown
    parts = [f"On the {list_phrase}: {on} of {format_count(len(phones), 'phone', 'phones')}"]
    parts += [format_count(refused, "was refused", "were refused")] if refused else []
    parts += [f"of {unknown} it is unknown"] if unknown else []
    parts += [format_count(unsent, "was not sent", "were not sent")] if unsent else []
    made = _describe_making(make)
    message = f"{', '.join(parts)}. {made}".strip()
    return JobVerdict(is_done=bool(on) and not unknown and not unsent, message=message)


def _describe_making(make: StepReport) -> str:
    if make.is_done:
        return "The list is new."
    if make.outcome == "unknown":
        return "Whether the list was made is unknown, and doing it again tells."
    if make.error is not None and make.error.code is Code.REFUSED_BY_DIALER:
        return "The list was not made anew; most likely it was there."
    return "The list was not made."
