"""A new lead, to be called at once or only stored."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import override

from chasedata_mcp.fields.format import format_phone, join_words, quote_name
from chasedata_mcp.fields.phone import CallablePhone, PhoneUse, list_phone_warnings
from chasedata_mcp.fields.text import Line50
from chasedata_mcp.settings.scripts import Script
from chasedata_mcp.tools.base import Action, WireCodes
from chasedata_mcp.tools.effects import (
    Channel,
    ContactsPerson,
    Effect,
    EffectTime,
    MakesCallable,
    Protection,
    SuppressesNumber,
)
from chasedata_mcp.tools.impact import Impact
from chasedata_mcp.tools.leads.fields import LeadFields
from chasedata_mcp.tools.results import InsertResult

_Duplicates = Annotated[
    Literal["campaign", "none", "all_campaigns", "campaign_and_subcampaign"] | None,
    WireCodes(
        {"campaign": "0", "none": "1", "all_campaigns": "2", "campaign_and_subcampaign": "3"}
    ),
]


class InsertLead(
    LeadFields,
    Action,
    title="Call or store a new lead",
    script=Script.INSERT,
    impact=Impact.OUTWARD,
    # InjectLead returns no lead id, and a second one may ring again (wire.md).
    idempotent=False,
    loses=False,
    # So the new lead is looked up, which also shows which fields the dialer dropped.
    result=InsertResult,
):
    """Makes the dialer call a new person at once, or with import_only true just stores the lead.

    To change a lead that exists use update_lead. Give a client_id, so that the lead is found.
    """

    campaign: Line50 = Field(serialization_alias="Campaign")
    """Exact name."""
    primary_phone: CallablePhone = Field(serialization_alias="PrimaryPhone")
    """US or Canadian."""
    # Required: the API's own default is to dial, and that must never happen unthought (tools.md).
    import_only: bool = Field(serialization_alias="ImportOnly")
    """True only stores; false makes their phone ring now."""
    check_timezone: bool | None = Field(default=None, serialization_alias="timezone")
    """Keep local calling hours; false asks a person."""
    allow_dialing_duplicates: bool | None = Field(
        default=None, serialization_alias="AllowDialingDups"
    )
    """Dial one that exists, as a second lead; asks a person."""
    dial_non_callables: bool | None = Field(default=None, serialization_alias="DialNonCallables")
    """Dial do-not-call numbers too; a person types the number."""
    duplicates_check: _Duplicates = Field(default=None, serialization_alias="DuplicatesCheck")
    """Where duplicates are looked for."""

    @property
    @override
    def lead_phone(self) -> str:
        return self.primary_phone

    @property
    @override
    def impact(self) -> Impact:
        # A lead that is only stored reaches nobody now, unless it is called back in a minute.
        is_stored = self.import_only and not self.is_callback_due
        return Impact.WRITE if is_stored else Impact.OUTWARD

    @override
    def build_form(self) -> dict[str, str]:
        # On unless the caller turns it off: calling hours are law (47 CFR 64.1200(c)(1)).
        form = super().build_form()
        if not self.import_only:
            form.setdefault("timezone", "1")
        return {**form, **self.build_fields_form()}

    @override
    def list_effects(self) -> Iterator[Effect]:
        when = EffectTime.LATER if self.import_only else EffectTime.NOW
        yield ContactsPerson(
            self.primary_phone,
            Channel.CALL,
            when,
            passing=frozenset(self._list_passed_protections()),
        )
        if self.other_fields:
            # A further field can be a further phone.
            yield ContactsPerson(
                None, Channel.CALL, EffectTime.LATER, lead=f"phone {self.primary_phone}"
            )
        if further := self.find_further_phones():
            yield MakesCallable(further)
        if self.asks_to_stop():
            for number in (self.primary_phone, *sorted(further)):
                yield SuppressesNumber(number)
        yield from self.list_callback_effects(self.primary_phone, None)

    def _list_passed_protections(self) -> Iterator[Protection]:
        if self.dial_non_callables:
            yield Protection.DNC
        if self.allow_dialing_duplicates:
            yield Protection.DUPLICATES
        # It is on unless the caller turns it off; a lead that is only stored isn't dialed by it.
        if self.check_timezone is False and not self.import_only:
            yield Protection.HOURS

    @override
    def build_question(self) -> str:
        whom = f"{format_phone(self.primary_phone)} in campaign {quote_name(self.campaign)}"
        past = [f"the {protection.value}" for protection in self._list_passed_protections()]
        over = f" The dialer is told to pass over {join_words(past)}." if past else ""
        over += self.describe_callback_limits()
        if self.import_only:
            return f"Store the lead {whom}? The campaign may call it later.{over}"
        return f"Call {whom} now?{over}"

    @override
    def describe_done(self) -> str:
        whom = f"{format_phone(self.primary_phone)} in campaign {quote_name(self.campaign)}"
        booked = self._describe_callback()
        if self.import_only:
            return f"The lead {whom} is stored; nothing rings now.{booked}"
        return f"The lead {whom} is queued; the dialer calls it as soon as it can.{booked}"

    def _describe_callback(self) -> str:
        if self.callback is None or self.callback_at is None:
            return ""
        agent = quote_name(self.callback.agent)
        limits = self.describe_callback_limits()
        return f" A callback for agent {agent} is booked at {self.callback_at}.{limits}"

    @override
    def list_warnings(self) -> Sequence[str]:
        return [
            *list_phone_warnings(self.primary_phone, PhoneUse.CALLABLE),
            *self.list_field_warnings(),
        ]

    @override
    def advise_retry(self) -> str:
        by = "client_id" if self.client_id else "phone"
        return f"Look the lead up with search_lead by {by} before sending it again."
