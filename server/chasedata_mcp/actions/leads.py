"""Leads: the people a campaign calls."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from chasedata_mcp.action import Action, Codes, Effect
from chasedata_mcp.actions.lead_fields import LeadFields, wire_names
from chasedata_mcp.arguments import Arguments
from chasedata_mcp.consequences import (
    Channel,
    Consequence,
    Overwritten,
    Protection,
    Reached,
    When,
)
from chasedata_mcp.fields import field_names, shown
from chasedata_mcp.fields.phones import CallablePhone, Kind, any_phone, warnings
from chasedata_mcp.fields.text import Digits, Line50, digits
from chasedata_mcp.results import Answer, Expects, LeadsRead, Told
from chasedata_mcp.scripts import Script

_SearchField = Annotated[
    Literal["client_id", "lead_id", "phone"],
    Codes({"client_id": "ClientId", "lead_id": "LeadId", "phone": "Phone"}),
]
_Duplicates = Annotated[
    Literal["campaign", "none", "all_campaigns", "campaign_and_subcampaign"] | None,
    Codes({"campaign": "0", "none": "1", "all_campaigns": "2", "campaign_and_subcampaign": "3"}),
]


class _Sought(Arguments):
    """How a lead is found."""

    search_field: _SearchField = Field(serialization_alias="SearchField")
    """What to find the lead by."""
    identifier: Line50 = Field(serialization_alias="Identifier")
    """The client id, lead id or phone."""

    @field_validator("identifier")
    @classmethod
    def _fits_the_search_field(cls, value: str, info: ValidationInfo) -> str:
        match info.data.get("search_field"):
            case "phone":
                return any_phone(value)
            case "lead_id":
                return digits(value)
            case _:
                return value

    @property
    def number_sought(self) -> str | None:
        """The phone that the lead is found by."""
        return self.identifier if self.search_field == "phone" else None

    @property
    def sought(self) -> str:
        """The lead, as a person is told of it."""
        by = {"client_id": "client id", "lead_id": "lead id", "phone": "phone"}[self.search_field]
        shows = shown.phone(self.identifier) if self.number_sought else self.identifier
        return f"{by} {shows}"

    def identifier_warnings(self) -> list[str]:
        """What is odd about the phone sought."""
        return warnings(self.number_sought, Kind.ANY) if self.number_sought else []


class InsertLead(
    LeadFields, Action, script=Script.INSERT, effect=Effect.OUTWARD, idempotent=False, loses=False
):
    """Makes the dialer call this person at once, or with import_only true just stores the lead.

    For a new lead, to "call them now" or "add to the campaign". To change one that exists use
    update_lead: it never dials. Give a client_id of your own: no lead id comes back.
    """

    campaign: Line50 = Field(serialization_alias="Campaign")
    """Exact name; must exist."""
    primary_phone: CallablePhone = Field(
        serialization_alias="PrimaryPhone", examples=["(954) 555-0123"]
    )
    """US or Canadian number."""
    import_only: bool = Field(serialization_alias="ImportOnly")
    """True stores the lead; false makes their phone ring now."""
    check_timezone: bool | None = Field(default=None, serialization_alias="timezone")
    """Respect local calling hours; on when dialing."""
    allow_dialing_duplicates: bool | None = Field(
        default=None, serialization_alias="AllowDialingDups"
    )
    """Dial even a duplicate; a person is asked."""
    dial_non_callables: bool | None = Field(default=None, serialization_alias="DialNonCallables")
    """Dial even do-not-call numbers; a person must type the number."""
    duplicates_check: _Duplicates = Field(default=None, serialization_alias="DuplicatesCheck")
    """Where duplicates are looked for."""

    @property
    def number_held(self) -> str:
        """The lead's phone."""
        return self.primary_phone

    @property
    def effect(self) -> Effect:
        """A lead that is only stored reaches nobody now."""
        return Effect.WRITE if self.import_only else Effect.OUTWARD

    def form(self) -> dict[str, str]:
        """The form; who is dialed has their time zone checked unless it was said otherwise."""
        form = super().form()
        if not self.import_only:
            form.setdefault("timezone", "1")
        return {**form, **self.fields_form()}

    def consequences(self) -> Iterator[Consequence]:
        """The person is called now, or may be later; a callback comes on top."""
        when = When.LATER if self.import_only else When.NOW
        yield Reached(self.primary_phone, Channel.CALL, when, passing=frozenset(self._passing()))
        if self.callback_at is not None:
            yield Reached(self.primary_phone, Channel.CALL, When.LATER, at=self.callback_at)

    def _passing(self) -> Iterator[Protection]:
        if self.dial_non_callables:
            yield Protection.DNC
        if self.allow_dialing_duplicates:
            yield Protection.DUPLICATES

    def question(self) -> str:
        """Ask who is called, and what the dialer is told to pass over."""
        whom = f"{shown.phone(self.primary_phone)} in campaign {self.campaign}"
        past = [f"the {protection.value}" for protection in self._passing()]
        over = f" The dialer is told to pass over {shown.listed(past)}." if past else ""
        if self.import_only:
            return f"Store the lead {whom}? The campaign may call it later.{over}"
        hours = "" if self.check_timezone is not False else " Local calling hours aren't checked."
        return f"Call {whom} now?{over}{hours}"

    def done(self) -> str:
        """Say whether a phone rings."""
        whom = f"{shown.phone(self.primary_phone)} in campaign {self.campaign}"
        booked = self._booked()
        if self.import_only:
            return f"The lead {whom} is stored; nothing rings now.{booked}"
        return f"The lead {whom} is queued; the dialer calls it as soon as it can.{booked}"

    def _booked(self) -> str:
        if self.callback is None or self.callback_at is None:
            return ""
        return f" A callback for agent {self.callback.agent} is booked at {self.callback_at}."

    def warnings(self) -> Sequence[str]:
        """What is odd about the number or the callback."""
        return [*warnings(self.primary_phone, Kind.CALLABLE), *self.field_warnings()]

    def check_first(self) -> str:
        """An insert can be looked up by the caller's own id, else by the phone."""
        by = "client_id" if self.client_id else "phone"
        return f"Look the lead up with search_lead by {by} before sending it again."


class UpdateLead(
    _Sought,
    LeadFields,
    Action,
    script=Script.UPDATE,
    effect=Effect.WRITE,
    idempotent=True,
    loses=True,
):
    """Changes a lead that exists, or books a callback on it; it neither creates one nor dials now.

    For "call me back at 3", a corrected name, new notes, a move. Former values are overwritten;
    fields the lead doesn't have are dropped silently. For a call's outcome use disposition_lead.
    """

    campaign: Line50 | None = Field(default=None, serialization_alias="Campaign")
    """Moves the lead to this campaign."""
    primary_phone: CallablePhone | None = Field(default=None, serialization_alias="PrimaryPhone")
    """New phone."""
    clear_fields: list[str] | None = Field(default=None, examples=[["notes", "adv_Color"]])
    """Fields to empty, by argument name or, for others, name in the database."""

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not self.fields_given() and not self.clear_fields:
            raise PydanticCustomError(
                "nothing_to_change", "give at least one field to change or clear"
            )
        return self

    @property
    def number_held(self) -> str | None:
        """The lead's phone after the update, where the call holds it."""
        return self.primary_phone or self.number_sought

    def _further_names(self) -> dict[str, list[str]]:
        cleared = self.clear_fields or []
        further = [name for name in cleared if name.strip(" ") not in field_names.LEAD_FIELDS]
        names = wire_names("clear_fields", _to_clear, further)
        return {**super()._further_names(), "clear_fields": names}

    def _cleared(self) -> list[str]:
        return wire_names("clear_fields", _to_clear, self.clear_fields or [])

    @model_validator(mode="after")
    def _nothing_is_both_set_and_cleared(self) -> Self:
        cleared = self._cleared()
        if len(set(cleared)) < len(cleared) or set(cleared) & set(super().form()):
            raise PydanticCustomError(
                "set_and_cleared",
                "`clear_fields`: a field is named twice, or is also given a value",
            )
        return self

    def form(self) -> dict[str, str]:
        """The form; a field to clear goes as an empty value (inferred of the vendor's API)."""
        return {**super().form(), **self.fields_form(), **dict.fromkeys(self._cleared(), "")}

    def consequences(self) -> Iterator[Consequence]:
        """Former values are replaced; a new phone, place or status may get one called later."""
        yield Overwritten("the former values of the lead's changed fields")
        moved = (self.campaign, self.subcampaign, self.call_status, self.primary_phone)
        if any(value is not None for value in moved) or self.other_fields or self._cleared():
            yield self._reached_later()
        if self.callback_at is not None:
            yield Reached(
                self.number_held, Channel.CALL, When.LATER, lead=self.sought, at=self.callback_at
            )

    def _reached_later(self) -> Reached:
        return Reached(self.number_held, Channel.CALL, When.LATER, lead=self.sought)

    def question(self) -> str:
        """Ask which fields are overwritten."""
        named = [*self.fields_given(), *(f"{name} (emptied)" for name in self._cleared())]
        return (
            f"Change {shown.listed(named)} of the lead with {self.sought}? "
            "The former values are overwritten."
        )

    def done(self) -> str:
        """Say what was taken; the dialer doesn't say which fields the lead has."""
        changed = shown.listed([*self.fields_given(), *self._cleared()])
        at = f" The callback is at {self.callback_at}, the phone's time." if self.callback else ""
        return f"The lead with {self.sought} is updated ({changed}).{at}"

    def warnings(self) -> Sequence[str]:
        """What is odd about the numbers, the callback or the move."""
        new = warnings(self.primary_phone, Kind.CALLABLE) if self.primary_phone else []
        moves = (
            ["Giving a campaign moves the lead to it (inferred of the vendor's API)."]
            if self.campaign
            else []
        )
        return [*self.identifier_warnings(), *new, *self.field_warnings(), *moves]

    def check_first(self) -> str:
        """An update can be read back."""
        return "Look at the lead with search_lead and detailed true before sending it again."


class SearchLead(
    _Sought,
    Action,
    script=Script.LEADS,
    word="SearchLead",
    effect=Effect.READ,
    idempotent=True,
    loses=False,
    expects=Expects.LEADS,
):
    """Looks a lead up by phone, client id or lead id. Changes nothing.

    For "who is this", "do we have this number". There is no search by name.
    """

    detailed: bool | None = Field(default=None, serialization_alias="Detailed")
    """True returns every field, not just the id."""
    campaign: Line50 | None = Field(default=None, serialization_alias="Campaign")
    """Search only this one."""
    subcampaign: Line50 | None = Field(default=None, serialization_alias="Subcampaign")
    """Search only this one."""

    def question(self) -> str:
        """Reads are asked about only where a policy wants every call seen."""
        return f"Look up the lead with {self.sought}?"

    def done(self) -> str:
        """Say what was looked for."""
        return f"Looked up the lead with {self.sought}."

    def told(self, answer: Answer) -> Told:
        """Say how many leads were found; none is an answer too."""
        match answer:
            case LeadsRead(leads):
                return Told(f"{_how_many(len(leads))} with {self.sought}.", leads=leads)
            case _:
                return super().told(answer)

    def warnings(self) -> Sequence[str]:
        """What is odd about the number."""
        return self.identifier_warnings()


class DispositionLead(
    Action,
    script=Script.LEADS,
    word="DispositionLead",
    effect=Effect.WRITE,
    idempotent=True,
    loses=True,
):
    """Records how a call ended: sets the disposition of the lead that an agent has open now.

    For a status alone use update_lead with call_status; to stop calls use insert_dnc.
    """

    lead_id: Digits = Field(serialization_alias="LeadId")
    """The lead that is open."""
    disposition: Line50 = Field(serialization_alias="Disposition", examples=["NOT INTERESTED"])
    """One of the account's dispositions, exactly."""

    def consequences(self) -> Iterator[Consequence]:
        """The lead's former disposition is replaced, and it may be called or no longer called."""
        yield Overwritten("the lead's former disposition")
        yield Reached(None, Channel.CALL, When.LATER, lead=f"lead id {self.lead_id}")

    def question(self) -> str:
        """Ask before a disposition is replaced."""
        return f"Set the disposition of lead {self.lead_id} to {self.disposition}?"

    def done(self) -> str:
        """Say what holds now."""
        return f"Lead {self.lead_id} has the disposition {self.disposition}."


def _how_many(leads: int) -> str:
    return {0: "There is no lead", 1: "1 lead found"}.get(leads, f"{leads} leads found")


def _to_clear(name: str) -> str:
    """A field to clear: one of ours by its argument, a custom one, or one by its exact name."""
    name = name.strip(" ")
    if name in field_names.LEAD_FIELDS:
        return field_names.LEAD_FIELDS[name]
    if name in UpdateLead.model_fields:
        raise ValueError("has the name of an argument that is no field of a lead")
    return field_names.custom_name(name) if " " in name else field_names.other_name(name)
