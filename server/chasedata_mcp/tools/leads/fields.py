"""The fields of a lead, the account's own fields, and a callback; for the leads family alone."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Annotated, Self

from pydantic import Field, PrivateAttr, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from chasedata_mcp.fields import field_names
from chasedata_mcp.fields.context import UNITED_STATES_AND_CANADA, ValidationContext
from chasedata_mcp.fields.dates import (
    CallbackAt,
    LocalTime,
    convert_to_local_time,
    format_for_wire,
    wait_for_phone,
)
from chasedata_mcp.fields.format import warn_of_space
from chasedata_mcp.fields.phone import refuse_uncallable
from chasedata_mcp.fields.phones_in_text import (
    can_ring,
    find_numbers,
    find_phones,
    has_phone,
    is_phone_field,
    is_prose,
)
from chasedata_mcp.fields.text import (
    FieldText,
    Line50,
    Line100,
    Line500,
    Prose,
    State,
    TextRule,
)
from chasedata_mcp.tools.arguments import Arguments
from chasedata_mcp.tools.base import list_wire_names
from chasedata_mcp.tools.effects import Channel, ContactsPerson, Effect, EffectTime
from chasedata_mcp.tools.leads.stop_request import StopRequest

# This project's figures: no account is known to have nearly as many fields.
_MOST_FIELDS = 100
_OwnFields = Annotated[dict[str, FieldText], Field(max_length=_MOST_FIELDS)]


CALLBACK_LIMITS = (
    "This API can neither show nor cancel a callback: once it is booked, that is done in the "
    "dialer."
)
"""What a person should know before a callback is booked, and after it."""


class Callback(Arguments):
    """A call that an agent is to make later."""

    agent: Line100
    """Login, case-sensitive."""
    at: CallbackAt
    """Like 2030-01-15T14:20, at the lead's phone."""
    notes: Prose | None = None

    def build_form(self, at: datetime) -> dict[str, str]:
        """Build the callback's part of the form; `at` is local to the lead's phone."""
        form = {"CallbackAgent": self.agent, "CallbackDate": format_for_wire(at)}
        return form if self.notes is None else {**form, "CallbackNotes": self.notes}


class LeadFields(StopRequest):
    """The fields that may come with an insert and an update alike."""

    # Wire names and greatest lengths: tools.md, "leads".
    client_id: Line50 | None = Field(default=None, serialization_alias="ClientId")
    """Your own id."""
    first_name: Line100 | None = Field(default=None, serialization_alias="FirstName")
    last_name: Line100 | None = Field(default=None, serialization_alias="LastName")
    address: Line500 | None = Field(default=None, serialization_alias="Address")
    city: Line100 | None = Field(default=None, serialization_alias="City")
    state: State | None = Field(default=None, serialization_alias="State")
    zip_code: Annotated[str, TextRule(10)] | None = Field(
        default=None, serialization_alias="ZipCode"
    )
    rep: Line50 | None = Field(default=None, serialization_alias="Rep")
    """Owning agent."""
    call_status: Line50 | None = Field(default=None, serialization_alias="CallStatus")
    """Not the disposition."""
    notes: Prose | None = Field(default=None, serialization_alias="Notes")
    subcampaign: Line50 | None = Field(default=None, serialization_alias="Subcampaign")
    custom_fields: _OwnFields | None = None
    """The account's own, by name."""
    other_fields: _OwnFields | None = None
    """Others, by database name."""
    callback: Callback | None = None
    """For one agent; nothing can show or cancel it."""

    _callback_time: LocalTime | None = PrivateAttr(default=None)

    @property
    def lead_phone(self) -> str | None:
        """The lead's phone, where this call holds it."""
        raise NotImplementedError

    @model_validator(mode="after")
    def _the_callback_is_ahead(self, info: ValidationInfo) -> Self:
        if self.callback is None:
            return self
        if not isinstance(info.context, ValidationContext):
            message = "lead fields are validated with a ValidationContext as their context"
            raise TypeError(message)
        phones = frozenset(filter(None, [self.lead_phone]))
        try:
            self._callback_time = self._find_local_time(phones, info.context.now)
        except ValueError as error:
            raise PydanticCustomError(
                "callback_time", "`callback.at`: {reason}", {"reason": str(error)}
            ) from None
        return self

    def _find_local_time(self, phones: frozenset[str], now: datetime) -> LocalTime | None:
        if self.callback is None:
            return None
        at = self.callback.at
        if at.tzinfo is not None and not phones:
            return wait_for_phone(at, now)
        # CallbackDate is in the zone of the lead's phone, not the caller's (wire.md).
        return convert_to_local_time(at, phones, now)

    def with_callback_at(self, phones: frozenset[str], now: datetime) -> Self:
        """Return this call with its callback's time as it is at these phones of the lead, by `now`.

        Raises:
            ValueError: There is no such time; the sentence completes "this argument ...".
        """
        found = self._find_local_time(phones, now)
        if found == self._callback_time:
            return self
        placed = self.model_copy()
        placed._callback_time = found  # noqa: SLF001 - a copy of this very call
        return placed

    @model_validator(mode="after")
    def _every_field_is_named_once(self) -> Self:
        named: list[str] = []
        for argument, names in self._further_names().items():
            named += names
            try:
                field_names.refuse_reserved(named, list_wire_names())
            except ValueError as error:
                raise build_name_error(argument, error) from None
        return self

    @model_validator(mode="after")
    def _further_phones_can_be_called(self, info: ValidationInfo) -> Self:
        context = info.context
        countries = context.countries if isinstance(context, ValidationContext) else None
        for argument in ("custom_fields", "other_fields"):
            given: dict[str, str] = getattr(self, argument) or {}
            texts = [text for name, text in given.items() if is_phone_field(name)]
            for number in filter(can_ring, [one for text in texts for one in find_phones(text)]):
                try:
                    refuse_uncallable(number, countries or UNITED_STATES_AND_CANADA)
                except PydanticCustomError as error:
                    raise build_name_error(argument, f"a phone in it {error.message()}") from None
        return self

    def _further_names(self) -> dict[str, list[str]]:
        """Map the arguments that name further fields to those fields' wire names."""
        custom, other = self.custom_fields or {}, self.other_fields or {}
        return {
            "custom_fields": build_wire_names(
                "custom_fields", field_names.build_custom_name, custom
            ),
            "other_fields": build_wire_names("other_fields", field_names.check_other_name, other),
        }

    def _map_own_fields(self) -> Mapping[str, str]:
        """Map the account's own fields to their values, by wire name."""
        custom, other = self.custom_fields or {}, self.other_fields or {}
        if not (custom or other):
            return {}
        names = self._further_names()
        named = [*names["custom_fields"], *names["other_fields"]]
        return dict(zip(named, [*custom.values(), *other.values()], strict=True))

    def find_further_phones(self) -> frozenset[str]:
        """Find phones in the account's own fields, but for prose and the lead's own phone."""
        if not (self.custom_fields or self.other_fields):
            return frozenset()
        own = self._map_own_fields().items()
        texts = [text for name, text in own if has_phone(text) and not is_prose(name, text)]
        found = (number for text in texts for number in find_numbers(text))
        return frozenset(filter(can_ring, found)) - {self.lead_phone}

    def asks_to_stop(self) -> bool:
        """Tell whether the call says that its lead isn't to be called any more."""
        return self.is_stop(self.call_status) or self.has_stop(self._map_own_fields().items())

    @property
    def callback_at(self) -> datetime | None:
        """The time at which the callback is due, where the lead's phone is, once that is known."""
        return None if self._callback_time is None else self._callback_time.at

    @property
    def is_callback_due(self) -> bool:
        """True where the callback may ring within minutes: it is a call now then."""
        # Every call's gravity is asked for several times, and a private attribute is slow to read.
        if self.callback is None or self._callback_time is None:
            return False
        return self._callback_time.is_due

    @property
    def needs_phone(self) -> bool:
        """True where the callback's time can't be told, or isn't surely far, without the phone."""
        if self.callback is None or self.lead_phone is not None:
            return False
        return self.callback_at is None or self.is_callback_due

    def list_callback_effects(self, number: str | None, lead: str | None) -> Iterator[Effect]:
        """List the effects of the callback, where there is one, on this number or lead.

        One that is due rings one of the lead's phones: each counts as called.
        """
        if self.callback is None:
            return
        when = EffectTime.NOW if self.is_callback_due else EffectTime.LATER
        ringing = () if self._callback_time is None else sorted(self._callback_time.ringing)
        for phone in ringing or (number,):
            yield ContactsPerson(phone, Channel.CALL, when, lead=lead, at=self.callback_at)

    def build_fields_form(self) -> dict[str, str]:
        """Build the form of the account's own fields and the callback."""
        form = {**self._map_own_fields()}
        if self.callback is not None and self.callback_at is not None:
            form |= self.callback.build_form(self.callback_at)
        return form

    def describe_callback_limits(self) -> str:
        """Say of a callback what nobody can do about it later through this API."""
        return "" if self.callback is None else f" {CALLBACK_LIMITS}"

    def list_field_warnings(self) -> list[str]:
        """List what is odd about the callback and the agents that are named."""
        owner = warn_of_space(self.rep, "agent")
        if self.callback is None or self._callback_time is None:
            return owner
        called = warn_of_space(self.callback.agent, "agent")
        return [*owner, *self._callback_time.warnings, *called]

    def list_given_fields(self) -> list[str]:
        """List the arguments that carry a value, by name, for a person."""
        named = [*field_names.LEAD_FIELDS, "custom_fields", "other_fields", "callback"]
        return [name for name in named if getattr(self, name, None) not in (None, {})]


def build_wire_names(argument: str, rule: Callable[[str], str], given: Iterable[str]) -> list[str]:
    """Build the wire names of the fields that an argument names."""
    try:
        return [rule(name) for name in given]
    except ValueError as error:
        raise build_name_error(argument, error) from None


def build_name_error(argument: str, error: ValueError | str) -> PydanticCustomError:
    """Build the refusal of a further field, with the argument that it is in."""
    reason = {"argument": argument, "reason": str(error)}
    return PydanticCustomError("field_name", "`{argument}`: {reason}", reason)
