"""Jobs about one person: stopped, noted, stored or updated, called."""

from difflib import get_close_matches
from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from chasedata_mcp.fields.field_names import LEAD_FIELDS
from chasedata_mcp.fields.phone import AnyPhone, CallablePhone
from chasedata_mcp.fields.text import Digits, FieldText, Line50, TextRule
from chasedata_mcp.tools.arguments import Arguments
from chasedata_mcp.tools.impact import Impact
from chasedata_mcp.tools.jobs.job_tool import JobTool

LONGEST_NOTE = 2_000
_Fields = Annotated[dict[str, FieldText], Field(max_length=100)]


class StopContact(
    JobTool,
    title="Stop all calls to a person",
    impact=Impact.WRITE,
    idempotent=True,
    loses=True,
):
    """Stops all calls and texts to a person, by a phone or a lead: each phone of their leads.

    For "no more calls". Also takes them off the dial lists known here; says what is left to do.
    """

    phone: AnyPhone | None = None
    lead_id: Digits | None = None
    confirm_by_text: bool = False
    """Text `phone` that it's done."""

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.phone is None) is (self.lead_id is None):
            raise PydanticCustomError("who", "give either `phone` or `lead_id`")
        if self.confirm_by_text and self.phone is None:
            raise PydanticCustomError("who", "`confirm_by_text` goes with `phone`")
        return self


class AddNote(
    JobTool, title="Add a note to a lead", impact=Impact.WRITE, idempotent=False, loses=True
):
    """Adds a line to a lead's notes, with date and author; the notes that are there stay."""

    lead_id: Digits
    note: Annotated[str, TextRule(LONGEST_NOTE, multiline=True)]


class _LeadToStore(Arguments):
    """A lead as a job stores or calls it."""

    phone: CallablePhone
    campaign: Line50
    """Exact name."""
    fields: _Fields | None = None
    """By insert_lead's names, or the account's own."""

    @model_validator(mode="after")
    def _fields_are_of_the_lead(self) -> Self:
        for name in self.fields or {}:
            near = get_close_matches(name.lower(), _KNOWN, n=1, cutoff=0.8)
            if name in _NO_FIELDS:
                raise PydanticCustomError("field", "`fields`: has what is no field of a lead")
            if near and name not in LEAD_FIELDS:
                meant = {"name": near[0]}
                raise PydanticCustomError("field", "`fields`: did you mean `{name}`?", meant)
        return self

    def build_fields(self) -> dict[str, object]:
        """Build the arguments that give the fields; names of no argument are the account's own."""
        given = self.fields or {}
        named = {name: text for name, text in given.items() if name in LEAD_FIELDS}
        custom = {name: text for name, text in given.items() if name not in LEAD_FIELDS}
        return {**named, "custom_fields": custom} if custom else {**named}

    def build_insert(self) -> dict[str, object]:
        """Build the arguments of the insert, but for whether it dials."""
        return {**self.build_fields(), "campaign": self.campaign, "primary_phone": self.phone}


_NO_FIELDS = frozenset(
    {
        *("import_only", "check_timezone", "allow_dialing_duplicates", "dial_non_callables"),
        *("duplicates_check", "callback", "custom_fields", "other_fields"),
        *("campaign", "primary_phone"),
    }
)
_KNOWN = [name for name in LEAD_FIELDS if name not in _NO_FIELDS]


class UpsertLead(
    _LeadToStore,
    JobTool,
    title="Store a lead or update it",
    impact=Impact.WRITE,
    idempotent=True,
    loses=True,
):
    """Stores a lead, or updates the one that has this phone already; says which. Nothing rings."""


class CallLeadNow(
    _LeadToStore, JobTool, title="Call a lead now", impact=Impact.OUTWARD, idempotent=False
):
    """Rings a person at once; a known one as a second lead, which stays. That asks a person."""
