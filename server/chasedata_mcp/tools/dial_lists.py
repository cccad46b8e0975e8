"""Agents' own dial lists."""

from collections.abc import Iterator, Sequence

from pydantic import Field
from typing_extensions import override

from chasedata_mcp.fields.format import format_phone, quote_name, warn_of_space
from chasedata_mcp.fields.phone import AnyPhone, CallablePhone, PhoneUse, list_phone_warnings
from chasedata_mcp.fields.text import Line100
from chasedata_mcp.settings.scripts import Script
from chasedata_mcp.tools.arguments import Arguments
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.effects import (
    Channel,
    ContactsPerson,
    DeletedKind,
    DeletesForGood,
    Effect,
    EffectTime,
    FormerValue,
    Overwrites,
    TakesOffDialList,
)
from chasedata_mcp.tools.impact import Impact

# A mark touches neither the lead nor its call history (wire.md, "What the dialer does with it").
_MARK = Overwrites("the phone's former mark on the dial list", FormerValue.MARK_ON_LIST)


class _OnList(Arguments):
    """One list of one agent."""

    agent: Line100 = Field(serialization_alias="Agent")
    """Login, case-sensitive."""
    list_name: Line100 = Field(serialization_alias="List")

    def list_warnings(self) -> Sequence[str]:
        """List names with spaces, which the vendor advises against."""
        return [*warn_of_space(self.agent, "agent"), *warn_of_space(self.list_name, "dial list")]

    @property
    def list_phrase(self) -> str:
        """The list, as a person reads it."""
        return f"dial list {quote_name(self.list_name)} of agent {quote_name(self.agent)}"


class _OfPhone(_OnList):
    """A phone that is on a list, however oddly it was stored."""

    phone: AnyPhone = Field(serialization_alias="Phone")
    """10 digits."""

    @override
    def list_warnings(self) -> Sequence[str]:
        return [*list_phone_warnings(self.phone, PhoneUse.ANY), *super().list_warnings()]


class CreateDialList(
    _OnList,
    Action,
    title="Make a dial list",
    script=Script.DIAL_LISTS,
    # Names are unique: a second list of the same name is refused (wire.md).
    word="CreateList",
    impact=Impact.WRITE,
    idempotent=False,
    loses=False,
):
    """Makes a new, empty dial list for an agent. To make and fill one use fill_dial_list."""

    @override
    def build_question(self) -> str:
        return f"Make the {self.list_phrase}?"

    @override
    def describe_done(self) -> str:
        return f"The {self.list_phrase} is made; it is empty."

    @override
    def advise_retry(self) -> str:
        return "Send it again: if the list was made, the dialer refuses a second of that name."


class DeleteDialList(
    _OnList,
    Action,
    title="Delete a dial list",
    script=Script.DIAL_LISTS,
    # Destructive: no call reads a list back, so nothing could restore it (wire.md).
    word="DeleteList",
    impact=Impact.DESTRUCTIVE,
    idempotent=False,
    loses=True,
):
    """Deletes an agent's whole dial list, its phones and marks, for good.

    A person types the list's name first. For one phone use delete_dial_list_phone.
    """

    @override
    def list_effects(self) -> Iterator[Effect]:
        yield DeletesForGood(DeletedKind.DIAL_LIST, self.list_name)

    @override
    def build_question(self) -> str:
        return (
            f"Delete the {self.list_phrase}, with every phone and mark on it? The dialer can't "
            "show what is on it, and nothing brings it back."
        )

    @override
    def describe_done(self) -> str:
        return f"The {self.list_phrase} is deleted."


class AddDialListPhone(
    _OnList,
    Action,
    title="Add a phone to a dial list",
    script=Script.DIAL_LISTS,
    # Idempotent: a list holds each phone once (wire.md).
    word="AddPhone",
    impact=Impact.WRITE,
    idempotent=True,
    loses=False,
):
    """Adds a phone to an agent's dial list, to be called later; nothing rings now.

    A phone that is there already stays once.
    """

    phone: CallablePhone = Field(serialization_alias="Phone")
    """To add."""

    @override
    def list_effects(self) -> Iterator[Effect]:
        yield ContactsPerson(self.phone, Channel.CALL, EffectTime.LATER)

    @override
    def build_question(self) -> str:
        return (
            f"Put {format_phone(self.phone)} on the {self.list_phrase}? The agent may then call it."
        )

    @override
    def describe_done(self) -> str:
        return f"{format_phone(self.phone)} is on the {self.list_phrase}."

    @override
    def list_warnings(self) -> Sequence[str]:
        return [*list_phone_warnings(self.phone, PhoneUse.CALLABLE), *super().list_warnings()]

    @override
    def advise_retry(self) -> str:
        return "Send it again: a phone is on a list once, however often it is added."


class DeleteDialListPhone(
    _OfPhone,
    Action,
    title="Remove a phone from a dial list",
    script=Script.DIAL_LISTS,
    # It loses the phone's mark too, which no call reads back (wire.md).
    word="DeletePhone",
    impact=Impact.WRITE,
    idempotent=True,
    loses=True,
):
    """Takes one phone off an agent's dial list. To stop all calls to it use insert_dnc."""

    @override
    def list_effects(self) -> Iterator[Effect]:
        yield TakesOffDialList(self.phone)
        yield Overwrites("the phone's place and mark on the dial list", FormerValue.PLACE)

    @override
    def build_question(self) -> str:
        return f"Take {format_phone(self.phone)} off the {self.list_phrase}?"

    @override
    def describe_done(self) -> str:
        return f"{format_phone(self.phone)} is off the {self.list_phrase}."


class MarkDialListPhoneDialed(
    _OfPhone,
    Action,
    title="Mark a phone as dialed",
    script=Script.DIAL_LISTS,
    word="PhoneDialed",
    impact=Impact.WRITE,
    idempotent=True,
    loses=False,
):
    """Marks a phone on an agent's dial list as dialed, so that it is skipped. Not the lead."""

    @override
    def list_effects(self) -> Iterator[Effect]:
        yield _MARK

    @override
    def build_question(self) -> str:
        return f"Mark {format_phone(self.phone)} as dialed on the {self.list_phrase}?"

    @override
    def describe_done(self) -> str:
        return f"{format_phone(self.phone)} is marked as dialed on the {self.list_phrase}."


class MarkDialListPhoneUndialed(
    _OfPhone,
    Action,
    title="Mark a phone as not dialed",
    script=Script.DIAL_LISTS,
    word="PhoneUnDialed",
    impact=Impact.WRITE,
    idempotent=True,
    loses=False,
):
    """Marks a phone on an agent's dial list as undialed, so that it may be called again."""

    @override
    def list_effects(self) -> Iterator[Effect]:
        # An undialed phone is offered to the agent again, so it counts as a contact (design.md,
        # rule 9).
        yield ContactsPerson(self.phone, Channel.CALL, EffectTime.LATER)
        yield _MARK

    @override
    def build_question(self) -> str:
        return (
            f"Mark {format_phone(self.phone)} as undialed on the {self.list_phrase}? "
            "The agent may then call it again."
        )

    @override
    def describe_done(self) -> str:
        return f"{format_phone(self.phone)} is marked as undialed on the {self.list_phrase}."
