"""The job `add_note`: the notes are read, a line is added, and they are written back."""

from collections.abc import Sequence

from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.fields.text import LONGEST_FIELD
from chasedata_mcp.jobs.plan import (
    JobContext,
    JobPlan,
    JobVerdict,
    PlannedStep,
    StepReport,
    say_done,
    say_failed,
)
from chasedata_mcp.ledger import ledger_required, read_principal
from chasedata_mcp.pipeline.executor import reading_of
from chasedata_mcp.pipeline.pipeline import Cleared
from chasedata_mcp.pipeline.settlement import may_arrive
from chasedata_mcp.tools.jobs import AddNote
from chasedata_mcp.tools.lead_snapshot import LeadSnapshot, Lookup
from chasedata_mcp.tools.leads import SearchLead
from chasedata_mcp.tools.resource_keys import build_lead_key
from chasedata_mcp.tools.results import UpdateResult

_FIELD = "Notes"


async def plan_note(context: JobContext, wanted: AddNote) -> JobPlan:
    """Plan the update that writes a lead's notes with one line more.

    A plan without a step is of a line that is there already.

    Raises:
        CallError: The lead or its notes can't be read whole, or would be too long.
    """
    since = await _find_place(context, wanted.lead_id)
    read = await _read(context, wanted.lead_id)
    if not isinstance(read, LeadSnapshot):
        raise _refuse(
            "The lead can't be read." if read is None else "There is no lead of this id.",
            "Look it up with search_lead.",
        )
    old = read.find_value(_FIELD)
    if old is None or (old and not read.is_verbatim(_FIELD)):
        raise _refuse(
            "The lead's notes can't be read whole, so that writing them would lose some.",
            "Somebody adds it in the dialer.",
        )
    day = context.pipeline.now().astimezone()
    line = f"{day:%Y-%m-%d} {read_principal(context.caller)}: {wanted.note}"
    if old.endswith(line):
        return JobPlan((), lambda _: say_done("This note is there already."))
    new = f"{old}\n{line}" if old else line
    if len(new) > LONGEST_FIELD:
        raise _refuse("The notes would be too long.", "Shorten them with update_lead first.")
    by_id = {"search_field": "lead_id", "identifier": wanted.lead_id}
    action = context.read("update_lead", **by_id, notes=new)

    async def look_again(_: Cleared) -> CallError | None:
        now = await _read(context, wanted.lead_id)
        if isinstance(now, LeadSnapshot) and now.find_value(_FIELD) == old:
            return None
        return _refuse("The notes were changed meanwhile.", "Add the note again.")

    step = PlannedStep("update_lead", f"notes of lead {wanted.lead_id}", action)
    of_lead = wanted.lead_id.lstrip("0")
    return JobPlan((step,), _judge, guard=look_again, guarded=of_lead, untouched_since=since)


async def _find_place(context: JobContext, lead_id: str) -> int:
    """Find the place in the ledger up to which all calls to a lead show in what is read now.

    Raises:
        CallError: `not_allowed`; one is under way, or the ledger can't be read.
    """
    now, ledger = context.pipeline.now(), context.ledger
    key = context.pipeline.redact_key(build_lead_key("lead_id", lead_id))
    with ledger_required:
        place = (await ledger.checkpoint()).count
        for entry in await ledger.touching(key):
            if not entry.endings and may_arrive(entry, now, ledger.time.of(now)):
                raise _refuse(
                    f"Another call to this lead is under way, entry {entry.id}.",
                    "Add the note again in a moment.",
                )
    return place


async def _read(context: JobContext, lead_id: str) -> Lookup | None:
    search = SearchLead(search_field="lead_id", identifier=lead_id, detailed=True)
    return reading_of(await context.pipeline.search(search))


def _judge(reports: Sequence[StepReport]) -> JobVerdict:
    (report,) = reports
    if not report.is_done:
        message = report.error.message if report.error else "The note was not added."
        return say_failed(message)
    result = report.result
    fields = result.fields if isinstance(result, UpdateResult) else None
    fate = fields[0].fate if fields else "unknown"
    said = {
        "took": "The note is added, and the notes read so.",
        "unknown": "The dialer took the note; how the notes read now could not be told.",
    }.get(fate, "The dialer said that it was done, and the notes read otherwise: look at them.")
    return say_done(said)


def _refuse(why: str, instead: str) -> CallError:
    return CallError(Code.NOT_ALLOWED, f"{why} Nothing was sent.", hint=instead)
