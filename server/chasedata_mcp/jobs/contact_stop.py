"""The job `stop_contact`: every phone of a person suppressed here, then listed at the dialer."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from chasedata_mcp.errors import CallError, Code, Outcome
from chasedata_mcp.fields.format import format_count, format_phone
from chasedata_mcp.fields.phones_in_text import find_numbers
from chasedata_mcp.jobs.plan import JobContext, JobPlan, JobVerdict, PlannedStep, StepReport
from chasedata_mcp.jobs.stop_confirmation import describe_confirmation, list_confirmations
from chasedata_mcp.ledger import Entry, EntryKind, Filter, ledger_required
from chasedata_mcp.policy.target_lead import describe_target_lead
from chasedata_mcp.tools.answer_types import Lead
from chasedata_mcp.tools.dnc import InsertDnc
from chasedata_mcp.tools.jobs import StopContact
from chasedata_mcp.tools.leads import SearchLead

_STOP, _TAKE_OFF = "insert_dnc", "delete_dial_list_phone"
_MOST_READ: Final = 500
_ON_LIST: Final = frozenset(
    {"add_dial_list_phone", "mark_dial_list_phone_dialed", "mark_dial_list_phone_undialed"}
)
_ELSEWHERE: Final = (
    "Callbacks that are booked for them, and dial lists that were filled elsewhere, can't be seen "
    "through this API: a person looks for them in the dialer."
)
_UNREAD: Final = (
    "Not all phones of their leads could be read: look at the leads, and stop each further phone."
)


async def plan_stop(context: JobContext, wanted: StopContact) -> JobPlan:
    """Plan the requests to stop for each phone of a person, and the ends of their places on lists.

    Raises:
        CallError: The lead can't be read, or a tool isn't offered.
    """
    leads = await _find_leads(context, wanted)
    phones, is_whole = _find_phones(context, wanted, leads)
    if not phones:
        raise _refuse("The lead has no phone that could be read.", "Call this with a `phone`.")
    hidden = _find_hidden(context, leads or ())
    steps = [
        PlannedStep(_STOP, _show(phone, hidden), context.read(_STOP, number=phone))
        for phone in phones
    ]
    steps += list_confirmations(context, wanted)
    for phone in phones:
        for agent, name in await _find_lists(context, phone):
            about = f"{_show(phone, hidden)} on {name} of {agent}"
            of_list = {"agent": agent, "list_name": name, "phone": phone}
            # As it stands on record: what is an alias by now may have been a name then.
            action = context.pipeline.read(_TAKE_OFF, of_list, context.caller, resolves=False)
            steps.append(PlannedStep(_TAKE_OFF, about, action))
    left = (_ELSEWHERE,) if is_whole else (_UNREAD, _ELSEWHERE)
    return JobPlan(tuple(steps), _judge, left=left, skips_refused=True)


def list_requests(plan: JobPlan) -> list[InsertDnc]:
    """List the requests to stop of a plan."""
    return [step.action for step in plan.steps if isinstance(step.action, InsertDnc)]


def are_all_sent(reports: Sequence[StepReport]) -> bool:
    """Tell whether each number's own request is on record, however it ended."""
    return all(
        report.outcome in {"done", "unknown"}
        or (report.error is not None and report.error.code in _RECORDED)
        for report in reports
        if report.step.tool == _STOP
    )


_RECORDED = frozenset({Code.REFUSED_BY_DIALER, Code.NOT_REACHED})
"""The failures of a request that has an entry of its own, by which it waits."""


async def _find_leads(context: JobContext, wanted: StopContact) -> tuple[Lead, ...] | None:
    found = await context.pipeline.search(_search(wanted))
    if wanted.lead_id is None:
        return None if found is None else found.leads
    if found is None or not found.leads:
        why = "The lead can't be read." if found is None else "There is no lead of this id."
        raise _refuse(why, "Call this with a `phone`, which is stopped whatever can be read.")
    return found.leads


def _search(wanted: StopContact) -> SearchLead:
    if wanted.lead_id is not None:
        return SearchLead(search_field="lead_id", identifier=wanted.lead_id, detailed=True)
    assert wanted.phone is not None  # noqa: S101 - one of the two is given
    return SearchLead(search_field="phone", identifier=wanted.phone, detailed=True)


def _find_phones(
    context: JobContext, wanted: StopContact, leads: tuple[Lead, ...] | None
) -> tuple[list[str], bool]:
    """Find the phones of a person, and whether all that may be theirs were read."""
    given = [wanted.phone] if wanted.phone else []
    if leads is not None and not leads:
        return given, True
    known = describe_target_lead(leads, _search(wanted), context.pipeline.policy.stopping)
    return list(dict.fromkeys([*given, *sorted(known.own_numbers)])), known.is_known


def _find_hidden(context: JobContext, leads: Sequence[Lead]) -> frozenset[str]:
    """Find the phones that stand in fields which a model may not see."""
    redactor = context.pipeline.policy.redactor
    fields = [item for lead in leads for item in lead.fields.items()]
    if redactor is None:
        return frozenset()
    hidden = [text for name, text in fields if redactor.hides_name(name)]
    return frozenset(number for text in hidden for number in find_numbers(text))


def _show(phone: str, hidden: frozenset[str]) -> str:
    return "a phone in a hidden field" if phone in hidden else format_phone(phone)


async def _find_lists(context: JobContext, phone: str) -> list[tuple[str, str]]:
    """Find the dial lists on which the ledger knows a phone, by agent and name."""
    which = Filter(
        number=phone, account=context.pipeline.account.accid, kind=EntryKind.WRITE, reads=False
    )
    with ledger_required:
        page = await context.ledger.history(which, limit=_MOST_READ)
        found: dict[tuple[str, str], Entry | None] = {}
        for entry in page.entries:
            for place in _find_place(entry):
                found.setdefault(place, entry if entry.intent.tool in _ON_LIST else None)
        return [
            place
            for place, entry in found.items()
            if entry is not None and not await _is_gone(context, entry)
        ]


def _find_place(entry: Entry) -> Iterator[tuple[str, str]]:
    """Find the list that an entry put a phone on, or took it off, if it did."""
    if entry.outcome is Outcome.REFUSED or entry.intent.tool not in {*_ON_LIST, _TAKE_OFF}:
        return
    if entry.intent.tool == _TAKE_OFF and not entry.settled:
        return
    given = entry.intent.arguments
    if isinstance(given, Mapping):
        agent, name = given.get("agent"), given.get("list_name")
        if isinstance(agent, str) and isinstance(name, str):
            yield agent, name


async def _is_gone(context: JobContext, entry: Entry) -> bool:
    """Tell whether the list was deleted since an entry put a phone on it."""
    keys = [key for key in entry.intent.resource_keys if key.startswith("list:")]
    for key in keys:
        last = await context.ledger.last_for(key, tool="delete_dial_list")
        if last is not None and last.seq > entry.seq and last.outcome is Outcome.DONE:
            return True
    return False


def _judge(reports: Sequence[StepReport]) -> JobVerdict:
    requests = [report for report in reports if report.step.tool == _STOP]
    lists = [report for report in reports if report.step.tool == _TAKE_OFF]
    listed = sum(report.is_done for report in requests)
    phones = format_count(len(requests), "phone is", "phones are")
    sentences = [f"{phones} suppressed: no call or text goes there from here."]
    sentences.append(f"On the dialer's own list: {listed} of {len(requests)}.")
    if listed < len(requests):
        sentences.append("The other requests wait: a person sends them with `dnc send`.")
    if lists:
        off = sum(report.is_done for report in lists)
        sentences.append(f"Taken off dial lists known here: {off} of {len(lists)}.")
    gone = [report for report in lists if _is_refused_by_dialer(report)]
    if gone:
        sentences.append(
            "The dialer refused the others, most likely as they aren't there any more."
        )
    sentences += describe_confirmation(reports)
    # Who is stopped is stopped, whatever became of the text that says so.
    counted = (one for one in reports if one not in gone and not one.step.confirms)
    is_done = all(report.is_done for report in counted)
    return JobVerdict(is_done=is_done, message=" ".join(sentences))


def _is_refused_by_dialer(report: StepReport) -> bool:
    return report.error is not None and report.error.code is Code.REFUSED_BY_DIALER


def _refuse(why: str, instead: str) -> CallError:
    return CallError(Code.NOT_ALLOWED, f"{why} Nothing was sent.", hint=instead)
