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
from chasedata_mcp.scripts import Script
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
    """Texts a person at once: sends an SMS to their phone. It can't be recalled.

    Never to somebody who said STOP or asked not to be contacted. Each call sends another text.
    """

    from_number: OwnPhone = Field(serialization_alias="From")
    """The account's own number, 10 digits."""
    to_number: CallablePhone = Field(serialization_alias="To", examples=["(954) 555-0123"])
    """Who gets the text."""
    message: Message = Field(serialization_alias="Message")
    """The text, word for word."""
    agent: Line100 | None = Field(default=None, serialization_alias="Agent")
    """Agent login on whose behalf; case-sensitive."""
    lead_id: Digits | None = Field(default=None, serialization_alias="LeadId")
    """Lead to file the text under."""

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
