"""Calls in progress, and who can take one."""

from collections.abc import Iterator, Sequence

from pydantic import Field
from typing_extensions import override

from chasedata_mcp.fields.format import format_phone, quote_name, warn_of_space
from chasedata_mcp.fields.phone import (
    AnyPhone,
    CallablePhone,
    OwnPhone,
    PhoneUse,
    list_phone_warnings,
)
from chasedata_mcp.fields.text import Line100
from chasedata_mcp.settings.scripts import Script
from chasedata_mcp.tools.answer_types import AgentsRead, Answer, AnswerSummary, Expects
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.effects import Channel, ContactsPerson, Effect, EffectTime
from chasedata_mcp.tools.impact import Impact


class AvailableInboundAgents(
    Action,
    title="See who can take a call",
    script=Script.CALLS,
    word="AvailableInboundAgents",
    impact=Impact.READ,
    idempotent=True,
    loses=False,
    expects=Expects.AGENTS,
):
    """Shows which agents of a ring group can take a call now.

    Only those waiting for a call count, unless an option widens that.
    """

    did: OwnPhone = Field(serialization_alias="DID")
    """The group's own number (DID)."""
    call_id: AnyPhone | None = Field(default=None, serialization_alias="CallId")
    """Caller, to look up their lead."""
    # Each of the three widens the count beyond agents who wait for a call (wire.md).
    can_be_on_call: bool | None = Field(default=None, serialization_alias="CanBeOnCall")
    """Those on a call too."""
    can_be_on_break: bool | None = Field(default=None, serialization_alias="CanBeOnBreak")
    """Those on a break too."""
    can_do_wrap_up: bool | None = Field(default=None, serialization_alias="CanDoWrapUp")
    """Those in wrap-up too."""

    @override
    def build_question(self) -> str:
        return f"See who can take a call to {format_phone(self.did)}?"

    @override
    def describe_done(self) -> str:
        return f"Asked who can take a call to {format_phone(self.did)}."

    @override
    def summarize(self, answer: Answer) -> AnswerSummary:
        match answer:
            case AgentsRead(agents, count, text):
                return AnswerSummary(
                    _describe_count(count), dialer_said=text, agents=agents, count=count
                )
            case _:
                return super().summarize(answer)

    @override
    def list_warnings(self) -> Sequence[str]:
        return [] if self.call_id is None else list_phone_warnings(self.call_id, PhoneUse.ANY)


class ConferenceCall(
    Action,
    title="Bring another phone into a call",
    script=Script.CALLS,
    word="ConferenceCall",
    impact=Impact.OUTWARD,
    idempotent=False,
    loses=False,
):
    """Rings a further phone at once and joins it to the call that an agent is in now.

    To have a new person dialed use insert_lead.
    """

    agent: Line100 = Field(serialization_alias="Agent")
    """Login, case-sensitive."""
    phone: CallablePhone = Field(serialization_alias="Phone")
    """To ring."""
    private_conference: bool | None = Field(default=None, serialization_alias="PrivateConference")
    """True mutes the customer."""

    @override
    def list_effects(self) -> Iterator[Effect]:
        yield ContactsPerson(self.phone, Channel.CALL, EffectTime.NOW)

    @override
    def build_question(self) -> str:
        muted = ", with the customer muted" if self.private_conference else ""
        return (
            f"Ring {format_phone(self.phone)} now and join it to the call of agent "
            f"{quote_name(self.agent)}{muted}?"
        )

    @override
    def describe_done(self) -> str:
        agent = quote_name(self.agent)
        return f"{format_phone(self.phone)} is being rung to join the call of agent {agent}."

    @override
    def list_warnings(self) -> Sequence[str]:
        return [
            *list_phone_warnings(self.phone, PhoneUse.CALLABLE),
            *warn_of_space(self.agent, "agent"),
        ]

    @override
    def advise_retry(self) -> str:
        # A second try would ring the phone again.
        return "Don't send it again: the phone may be ringing. Ask the agent who is in the call."


def _describe_count(count: int | None) -> str:
    match count:
        case None:
            return "The dialer answered, but not in a form that names or counts agents."
        case 0:
            return "Nobody can take a call now."
        case 1:
            return "1 agent can take a call now."
        case _:
            return f"{count} agents can take a call now."
