"""The identifier of a lead: a phone, a client id or a lead id."""

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from chasedata_mcp.fields.format import format_phone, quote_name
from chasedata_mcp.fields.phone import PhoneUse, list_phone_warnings, parse_phone
from chasedata_mcp.fields.text import Line50, check_digits
from chasedata_mcp.tools.arguments import Arguments
from chasedata_mcp.tools.base import WireCodes

_SearchField = Annotated[
    Literal["client_id", "lead_id", "phone"],
    WireCodes({"client_id": "ClientId", "lead_id": "LeadId", "phone": "Phone"}),
]


class LeadIdentifier(Arguments):
    """The way in which a call names a lead."""

    search_field: _SearchField = Field(serialization_alias="SearchField")
    identifier: Line50 = Field(serialization_alias="Identifier")
    """The value sought."""

    @field_validator("identifier")
    @classmethod
    def _fits_the_search_field(cls, value: str, info: ValidationInfo) -> str:
        match info.data.get("search_field"):
            case "phone":
                # SearchLead compares the identifier as it is sent, so it goes as ten digits
                # (wire.md).
                return parse_phone(value)
            case "lead_id":
                return check_digits(value)
            case _:
                return value

    @property
    def sought_phone(self) -> str | None:
        """The phone by which the lead is found."""
        return self.identifier if self.search_field == "phone" else None

    @property
    def lead_phrase(self) -> str:
        """The lead, as a person reads it."""
        match self.search_field:
            case "client_id":
                return f"client id {quote_name(self.identifier)}"
            case "lead_id":
                return f"lead id {self.identifier}"
            case "phone":
                return f"phone {format_phone(self.identifier)}"

    def list_identifier_warnings(self) -> list[str]:
        """List what is odd about the phone sought."""
        return list_phone_warnings(self.sought_phone, PhoneUse.ANY) if self.sought_phone else []
