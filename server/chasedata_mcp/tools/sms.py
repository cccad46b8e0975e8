"""Text messages."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from pydantic import Field
from typing_extensions import override

from chasedata_mcp.fields.format import format_phone, quote_excerpt, warn_of_space
from chasedata_mcp.fields.phone import CallablePhone, OwnPhone, PhoneUse, list_phone_warnings
from chasedata_mcp.fields.sms_segments import (
    SmsParts,
    count_parts,
    format_parts,
    list_encoding_warnings,
)
from chasedata_mcp.fields.text import Digits, Line100, Message
from chasedata_mcp.settings.scripts import Script
from chasedata_mcp.tools.answer_types import Answer, AnswerSummary
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.effects import Channel, ContactsPerson, Effect, EffectTime
from chasedata_mcp.tools.impact import Impact
from chasedata_mcp.tools.results import SmsResult


class SendSms(
    Action,
    title="Send a text message",
    script=Script.TEXTS,
    word="SendSms",
    impact=Impact.OUTWARD,
    idempotent=False,
    loses=False,
    result=SmsResult,
):
    """Texts a person at once; an SMS can't be recalled.

    For "text her that ...". Never to somebody who asked not to be contacted. Each call sends one
    more.
    """

    from_number: OwnPhone = Field(serialization_alias="From")
    """Our own number, or `default`."""
    to_number: CallablePhone = Field(serialization_alias="To")
    """Who gets it."""
    message: Message = Field(serialization_alias="Message")
    """Word for word, 1,600 characters at most."""
    agent: Line100 | None = Field(default=None, serialization_alias="Agent")
    """On whose behalf (login)."""
    lead_id: Digits | None = Field(default=None, serialization_alias="LeadId")
    """Lead to file it under."""

    @property
    def parts(self) -> SmsParts:
        """The parts in which the text is sent."""
        return count_parts(self.message)

    @override
    def list_effects(self) -> Iterator[Effect]:
        lead = f"lead id {self.lead_id}" if self.lead_id else None
        yield ContactsPerson(self.to_number, Channel.TEXT, EffectTime.NOW, lead=lead)

    @override
    def build_question(self) -> str:
        return (
            f"Text {format_phone(self.to_number)} now, from {format_phone(self.from_number)}: "
            f"{quote_excerpt(self.message)}?"
        )

    @override
    def describe_done(self) -> str:
        # The dialer took it on; whether the text arrived is not in its answer.
        parts = self.parts.count
        split = f", in {format_parts(parts)}" if parts > 1 else ""
        return f"The dialer took the text to {format_phone(self.to_number)} for sending{split}."

    @override
    def summarize(self, answer: Answer) -> AnswerSummary:
        return replace(super().summarize(answer), parts=self.parts)

    @override
    def list_warnings(self) -> Sequence[str]:
        return [
            *list_phone_warnings(self.to_number, PhoneUse.CALLABLE),
            *warn_of_space(self.agent, "agent"),
            *list_encoding_warnings(self.message),
        ]

    @override
    def advise_retry(self) -> str:
        # Sent twice, a text reaches a person twice.
        return (
            "Don't send it again: the text may be on its way, and nothing in this API can tell. "
            "Have somebody look in the dialer's text history first."
        )
