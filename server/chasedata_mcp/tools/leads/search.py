"""A lead, looked up."""

from collections.abc import Sequence

from pydantic import Field
from typing_extensions import override

from chasedata_mcp.fields.text import Line50
from chasedata_mcp.settings.scripts import Script
from chasedata_mcp.tools.answer_types import Answer, AnswerSummary, Expects, LeadsRead
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.impact import Impact
from chasedata_mcp.tools.leads.identifier import LeadIdentifier


class SearchLead(
    LeadIdentifier,
    Action,
    title="Look up a lead",
    script=Script.LEADS,
    word="SearchLead",
    impact=Impact.READ,
    idempotent=True,
    loses=False,
    expects=Expects.LEADS,
):
    """Looks a lead up by phone, client id or lead id; changes nothing.

    For "who is this", "do we have this number". There is no search by name, nor for callbacks.
    """

    # Left out when not given, though the API doesn't say that it is optional (tools.md, inferred).
    detailed: bool | None = Field(default=None, serialization_alias="Detailed")
    """True: every field, not just the id."""
    campaign: Line50 | None = Field(default=None, serialization_alias="Campaign")
    """Only this one."""
    subcampaign: Line50 | None = Field(default=None, serialization_alias="Subcampaign")
    """Only this one."""

    @override
    def build_question(self) -> str:
        return f"Look up the lead with {self.lead_phrase}?"

    @override
    def describe_done(self) -> str:
        return f"Looked up the lead with {self.lead_phrase}."

    @override
    def summarize(self, answer: Answer) -> AnswerSummary:
        match answer:
            case LeadsRead(leads):
                return AnswerSummary(
                    f"{_describe_count(len(leads))} with {self.lead_phrase}.", leads=leads
                )
            case _:
                return super().summarize(answer)

    @override
    def list_warnings(self) -> Sequence[str]:
        return self.list_identifier_warnings()


def _describe_count(leads: int) -> str:
    return {0: "There is no lead", 1: "1 lead found"}.get(leads, f"{leads} leads found")
