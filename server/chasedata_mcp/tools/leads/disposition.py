"""The disposition of a lead: the end of its call."""

from collections.abc import Iterator

from pydantic import Field
from typing_extensions import override

from chasedata_mcp.fields.format import quote_name
from chasedata_mcp.fields.text import Digits, Line50
from chasedata_mcp.settings.scripts import Script
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.effects import (
    Channel,
    ContactsPerson,
    Effect,
    EffectTime,
    FormerValue,
    Overwrites,
    SuppressesNumber,
)
from chasedata_mcp.tools.impact import Impact
from chasedata_mcp.tools.leads.stop_request import StopRequest


class DispositionLead(
    StopRequest,
    Action,
    title="Record how a call ended",
    script=Script.LEADS,
    word="DispositionLead",
    impact=Impact.WRITE,
    idempotent=True,
    loses=True,
):
    """Records how a call ended: sets the disposition of the lead that an agent has open now.

    For a status alone use update_lead; to stop calls use stop_contact.
    """

    lead_id: Digits = Field(serialization_alias="LeadId")
    """The open lead."""
    disposition: Line50 = Field(serialization_alias="Disposition", examples=["NOT INTERESTED"])
    """Exactly as the account has it."""

    @override
    def list_effects(self) -> Iterator[Effect]:
        # Disposition and CallStatus are two writes: this one leaves the status alone (wire.md).
        yield Overwrites("the lead's former disposition", FormerValue.DISPOSITION)
        lead = f"lead id {self.lead_id}"
        if self.is_stop(self.disposition):
            yield SuppressesNumber(None, lead)
        else:
            # Any other may put the lead back among those that the campaign dials.
            yield ContactsPerson(None, Channel.CALL, EffectTime.LATER, lead=lead)

    @override
    def build_question(self) -> str:
        return f"Set the disposition of lead {self.lead_id} to {quote_name(self.disposition)}?"

    @override
    def describe_done(self) -> str:
        return f"Lead {self.lead_id} has the disposition {quote_name(self.disposition)}."
