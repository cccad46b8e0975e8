"""The details of a call's question: each argument with its former value, and several leads."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from chasedata_mcp.fields.sanitize import MAX_DIALER_SAID, clean, cut
from chasedata_mcp.ledger import Question
from chasedata_mcp.pipeline.call import Call
from chasedata_mcp.policy.decision import Decision, Refuse
from chasedata_mcp.redaction import HIDDEN, Redactor
from chasedata_mcp.tools.answer_types import Lead, LeadsRead
from chasedata_mcp.tools.argument_details import ArgumentDetail, Former, list_details
from chasedata_mcp.tools.free_text import is_free_text
from chasedata_mcp.tools.lead_snapshot import LeadSnapshot

Hides = Callable[[str], bool]
"""Tells of a field's wire name whether its value is hidden, or kept out of the record."""
KEPT_OUT = "(kept out of the record)"
_MOST_LISTED = 10
_NAME = 60
_NAMES = ("FirstName", "LastName")


def add_details(
    call: Call, decision: Decision, read: LeadSnapshot | None, redactor: Redactor | None
) -> tuple[Call, Decision]:
    """Add to a call, and to its question, every argument with the former value of its field.

    Args:
        call: A call that somebody is asked about, or not.
        decision: The policy's decision on it.
        read: The lead that it changes, as it reads now; None where that isn't known.
        redactor: Hides what a model may not see in former values.
    """
    if decision.question is None:
        return call, decision
    details = list_details(call.action, _former(read, redactor))
    question = replace(decision.question, details=_lines(call, details))
    return replace(call, details=details), replace(decision, question=question)


def keep_details(question: Question, call: Call, kept: tuple[ArgumentDetail, ...]) -> Question:
    """Have a question kept in the ledger with details from which something is left out."""
    lines = _lines(call, kept)
    return question if lines == question.details else replace(question, kept=lines)


def _lines(call: Call, details: tuple[ArgumentDetail, ...]) -> tuple[str, ...]:
    """Write the lines of what the question's first sentence doesn't say."""
    sentence = call.action.build_question()
    return tuple(one.line for one in details if not one.is_said(sentence))


def _former(read: LeadSnapshot | None, redactor: Redactor | None) -> Former:
    fields: Mapping[str, str | None] = read.fields if read is not None else {}
    return {
        name.lower(): _redact(name, text, redactor)
        for name, text in fields.items()
        if text is not None
    }


def _redact(name: str, text: str, redactor: Redactor | None) -> str:
    if redactor is None or not text:
        return text
    return HIDDEN if redactor.hides_name(name) else redactor.redact(text).text


def refuse_several(found: LeadsRead, what: str, redactor: Redactor | None, hides: Hides) -> Refuse:
    """Refuse to change one of several leads that a phone or a client id finds; it names them.

    The dialer would change one of them, and nobody could say which.
    """
    leads = found.leads
    ids = [lead.lead_id for lead in leads if lead.lead_id.isdecimal()]
    shown = ", ".join(ids[:_MOST_LISTED])
    more = f" and {len(leads) - _MOST_LISTED} more" if len(leads) > _MOST_LISTED else ""
    listing = "; ".join(_describe(lead, redactor, hides) for lead in leads[:_MOST_LISTED])
    return Refuse(
        "several_leads",
        f"{len(leads)} leads have this {what}, and the dialer would change only one of them "
        f"(lead ids {shown}{more}). Nothing was sent.",
        "Ask the person which lead is meant, and call again with search_field `lead_id` and its "
        "id.",
        listing=cut(f"{listing}{more}", MAX_DIALER_SAID),
    )


def _describe(lead: Lead, redactor: Redactor | None, hides: Hides) -> str:
    """Describe a lead by id, name and campaign, but for what is hidden or more than a name."""
    read = LeadSnapshot(lead.lead_id, lead.fields)

    def values(*names: str) -> Iterator[str]:
        for name in names:
            text = _redact(name, read.find_value(name) or "", redactor)
            if text and not hides(name) and not is_free_text(name, text):
                yield clean(text, _NAME)

    campaign = next(values("Campaign"), "")
    name = " ".join(values(*_NAMES))
    parts = [name, f"campaign {campaign}" if campaign else ""]
    return f"{clean(lead.lead_id, _NAME)}: {', '.join(filter(None, parts)) or 'no name'}"
