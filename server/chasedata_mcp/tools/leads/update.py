"""A lead that exists, changed."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError
from typing_extensions import override

from chasedata_mcp.fields import field_names
from chasedata_mcp.fields.format import join_words
from chasedata_mcp.fields.phone import CallablePhone, PhoneUse, list_phone_warnings
from chasedata_mcp.fields.phones_in_text import has_phone
from chasedata_mcp.fields.text import Line50
from chasedata_mcp.settings.scripts import Script
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.effects import (
    Channel,
    ContactsPerson,
    Effect,
    EffectTime,
    FormerValue,
    MakesCallable,
    Overwrites,
    SuppressesNumber,
)
from chasedata_mcp.tools.impact import Impact
from chasedata_mcp.tools.leads.fields import LeadFields, build_wire_names
from chasedata_mcp.tools.leads.identifier import LeadIdentifier
from chasedata_mcp.tools.results import UpdateResult

# More fields than one update sets, each of which an undo may have to empty.
_Names = Annotated[list[Annotated[str, Field(max_length=100)]], Field(max_length=250)]


class UpdateLead(
    LeadIdentifier,
    LeadFields,
    Action,
    title="Change a lead or book a callback",
    script=Script.UPDATE,
    impact=Impact.WRITE,
    idempotent=True,
    loses=True,
    # Fields that the lead lacks are dropped silently, so the lead is read back to see which took.
    result=UpdateResult,
):
    """Changes a lead that exists, or books a callback; it doesn't dial.

    For "call me back at 3", a new name, a move. notes replaces the old ones: to add use add_note.
    Fields that the lead lacks are dropped silently. For a call's outcome use disposition_lead.
    """

    # That this moves the lead is inferred of the vendor's own programs (wire.md).
    campaign: Line50 | None = Field(default=None, serialization_alias="Campaign")
    """Moves the lead there."""
    primary_phone: CallablePhone | None = Field(default=None, serialization_alias="PrimaryPhone")
    """New phone."""
    clear_fields: _Names | None = None
    """Fields to empty: arguments, or database names as adv_Color."""

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not self.list_given_fields() and not self.clear_fields:
            raise PydanticCustomError(
                "nothing_to_change", "give at least one field to change or clear"
            )
        return self

    @property
    @override
    def lead_phone(self) -> str | None:
        # The lead's phone after the update, where the call holds it.
        return self.primary_phone or self.sought_phone

    @property
    @override
    def impact(self) -> Impact:
        # An update never dials, but a callback that is due in a minute rings all the same.
        return Impact.OUTWARD if self.is_callback_due else Impact.WRITE

    @override
    def _further_names(self) -> dict[str, list[str]]:
        cleared = self.clear_fields or []
        further = [name for name in cleared if name.strip(" ") not in field_names.LEAD_FIELDS]
        names = build_wire_names("clear_fields", _name_cleared_field, further)
        return {**super()._further_names(), "clear_fields": names}

    def _list_cleared(self) -> list[str]:
        cleared = self.clear_fields
        return build_wire_names("clear_fields", _name_cleared_field, cleared) if cleared else []

    @model_validator(mode="after")
    def _nothing_is_both_set_and_cleared(self) -> Self:
        cleared = self._list_cleared()
        if len(set(cleared)) < len(cleared) or set(cleared) & set(super().build_form()):
            raise PydanticCustomError(
                "set_and_cleared",
                "`clear_fields`: a field is named twice, or is also given a value",
            )
        return self

    @override
    def build_form(self) -> dict[str, str]:
        # That an empty value empties a field is inferred of the vendor's API.
        return {
            **super().build_form(),
            **self.build_fields_form(),
            **dict.fromkeys(self._list_cleared(), ""),
        }

    @override
    def list_effects(self) -> Iterator[Effect]:
        if self._only_asks_to_stop():
            yield Overwrites("the lead's former status", FormerValue.MARK)
        else:
            yield Overwrites("the former values of the lead's changed fields")
        # An update never dials, but it may decide who is dialed next (design.md, rule 9).
        if self._can_be_called():
            yield self._build_later_contact()
        if further := self.find_further_phones():
            yield MakesCallable(further)
        yield from self.list_callback_effects(self.lead_phone, self.lead_phrase)
        if self.asks_to_stop():
            yield SuppressesNumber(None, self.lead_phrase)
            if self.primary_phone is not None:
                yield SuppressesNumber(self.primary_phone)

    def _only_asks_to_stop(self) -> bool:
        """Tell whether everything that the call changes says not to call the lead."""
        own = self._map_own_fields().items()
        given = [*own, *([("CallStatus", self.call_status)] if self.call_status else [])]
        if not given or self.clear_fields or not all(self.has_stop([one]) for one in given):
            return False
        return {"call_status", "custom_fields", "other_fields"}.issuperset(self.list_given_fields())

    def _can_be_called(self) -> bool:
        moved = (self.campaign, self.subcampaign, self.primary_phone)
        status = self.call_status is not None and not self.is_stop(self.call_status)
        moves = status or any(value is not None for value in moved)
        custom, other = (self.custom_fields or {}).items(), (self.other_fields or {}).items()
        own = any(has_phone(text) or self.may_make_callable(name, text) for name, text in custom)
        # A further field can be anything, such as a further phone, unless it says to stop.
        further = any(not self.has_stop([one]) for one in other)
        return moves or own or further or bool(self._list_cleared())

    def _build_later_contact(self) -> ContactsPerson:
        return ContactsPerson(
            self.lead_phone, Channel.CALL, EffectTime.LATER, lead=self.lead_phrase
        )

    @override
    def build_question(self) -> str:
        named = [*self.list_given_fields(), *(f"{name} (emptied)" for name in self._list_cleared())]
        return (
            f"Change {join_words(named)} of the lead with {self.lead_phrase}? "
            f"The former values are overwritten.{self.describe_callback_limits()}"
        )

    @override
    def describe_done(self) -> str:
        # The dialer drops fields that the lead lacks, without a word (wire.md).
        changed = join_words([*self.list_given_fields(), *self._list_cleared()])
        at = f" The callback is at {self.callback_at}, the phone's time." if self.callback else ""
        limits = self.describe_callback_limits()
        return f"The lead with {self.lead_phrase} is updated ({changed}).{at}{limits}"

    @override
    def list_warnings(self) -> Sequence[str]:
        new = (
            list_phone_warnings(self.primary_phone, PhoneUse.CALLABLE) if self.primary_phone else []
        )
        moves = (
            ["Giving a campaign moves the lead to it (inferred of the vendor's API)."]
            if self.campaign
            else []
        )
        return [*self.list_identifier_warnings(), *new, *self.list_field_warnings(), *moves]

    @override
    def advise_retry(self) -> str:
        return "Look at the lead with search_lead and detailed true before sending it again."


def _name_cleared_field(name: str) -> str:
    """Name a field to clear on the wire: ours by argument, a custom one, or one by exact name."""
    name = name.strip(" ")
    if name in field_names.LEAD_FIELDS:
        return field_names.LEAD_FIELDS[name]
    if name in UpdateLead.model_fields:
        raise ValueError("has the name of an argument that is no field of a lead")
    return (
        field_names.build_custom_name(name) if " " in name else field_names.check_other_name(name)
    )
