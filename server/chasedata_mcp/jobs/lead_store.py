"""The jobs `upsert_lead` and `call_lead_now`: an insert, by what is there of the person already."""

from collections.abc import Sequence
from typing import Final

from chasedata_mcp.fields.format import format_phone, join_words
from chasedata_mcp.jobs.plan import (
    JobContext,
    JobPlan,
    JobVerdict,
    PlannedStep,
    StepReport,
    When,
    say_done,
    say_failed,
)
from chasedata_mcp.pipeline.lead_search import number_search
from chasedata_mcp.tools.jobs import CallLeadNow, UpsertLead

_INSERT, _UPDATE = "insert_lead", "update_lead"
_MOST_NAMED: Final = 10
_STAYS_OUT: Final = "subcampaign"
"""The field that an update would move the lead by; storing a lead that is there moves none."""


async def plan_upsert(context: JobContext, wanted: UpsertLead) -> JobPlan:
    """Plan the insert of a lead and, for a duplicate alone, the update of the one that is there.

    Raises:
        CallError: A tool isn't offered, or its arguments don't fit.
    """
    ids = await _find_ids(context, wanted.phone)
    insert = context.read(_INSERT, **wanted.build_insert(), import_only=True)
    steps = [PlannedStep(_INSERT, format_phone(wanted.phone), insert)]
    fields = {name: one for name, one in wanted.build_fields().items() if name != _STAYS_OUT}
    if ids is not None and len(ids) == 1 and fields:
        by_id = {"search_field": "lead_id", "identifier": ids[0]}
        update = context.read(_UPDATE, **by_id, **fields)
        steps.append(PlannedStep(_UPDATE, f"lead {ids[0]}", update, When.ON_DUPLICATE))
    return JobPlan(tuple(steps), lambda reports: _judge_upsert(reports, ids or [], bool(fields)))


def _judge_upsert(
    reports: Sequence[StepReport],
    ids: list[str],
    has_fields: bool,  # noqa: FBT001 - as it was found
) -> JobVerdict:
    insert, *update = reports
    if insert.is_done:
        return say_done("It was new, and is stored; nothing rings now.")
    if not insert.is_duplicate:
        message = insert.error.message if insert.error else "It was not stored."
        return say_failed(message)
    if update:
        said = f"It was there already, as lead {ids[0]}, "
        if update[0].is_done:
            return say_done(f"{said}which is updated with what was given.")
        reason = update[0].error.message if update[0].error else ""
        return say_failed(f"{said}which was not updated. {reason}".strip())
    if len(ids) == 1 and not has_fields:
        return say_done(f"It was there already, as lead {ids[0]}; nothing was to change.")
    which = f"; which of the leads {_name(ids)} is meant, a person says" if ids else ""
    return say_failed(f"It is there already, and none was updated{which}.")


async def plan_call(context: JobContext, wanted: CallLeadNow) -> JobPlan:
    """Plan the insert that rings a person, past the leads that have the phone already.

    Raises:
        CallError: The tool isn't offered, or its arguments don't fit.
    """
    ids = await _find_ids(context, wanted.phone)
    past = {"allow_dialing_duplicates": True} if ids else {}
    insert = context.read(_INSERT, **wanted.build_insert(), **past, import_only=False)
    beside = (
        f"The phone is that of {_name(ids or [])} already. To ring it now a second lead is made, "
        "which stays: nothing here can remove it."
    )
    supposes = (beside,) if ids else ()
    step = PlannedStep(_INSERT, format_phone(wanted.phone), insert)
    # Done twice, their phone rings twice, and there is one more lead.
    return JobPlan(
        (step,), lambda reports: _judge_call(reports, ids or []), supposes, can_repeat=False
    )


def _judge_call(reports: Sequence[StepReport], ids: list[str]) -> JobVerdict:
    (insert,) = reports
    if not insert.is_done:
        message = insert.error.message if insert.error else "Nothing rings."
        return say_failed(message)
    beside = f" A second lead was made beside {_name(ids)}, and stays." if ids else ""
    return say_done(f"The dialer calls it as soon as it can.{beside}")


async def _find_ids(context: JobContext, phone: str) -> list[str] | None:
    """Find the ids of the leads with a phone; None where they can't be read."""
    found = await context.pipeline.search(number_search(phone))
    if found is None:
        return None
    return [lead.lead_id for lead in found.leads if lead.lead_id.isdecimal()]


def _name(ids: list[str]) -> str:
    more = [f"{len(ids) - _MOST_NAMED} more"] if len(ids) > _MOST_NAMED else []
    return join_words([*(f"lead {one}" for one in ids[:_MOST_NAMED]), *more])
