"""The do-not-call list."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from pydantic import Field
from typing_extensions import override

from chasedata_mcp.fields.format import format_phone
from chasedata_mcp.fields.phone import AnyPhone, PhoneUse, list_phone_warnings
from chasedata_mcp.settings.scripts import Script
from chasedata_mcp.tools.answer_types import Answer, AnswerSummary
from chasedata_mcp.tools.arguments import Arguments
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.effects import (
    Effect,
    FormerValue,
    Overwrites,
    ReleasesNumber,
    SuppressesNumber,
)
from chasedata_mcp.tools.impact import Impact
from chasedata_mcp.tools.results import DncResult


class _OfNumber(Arguments):
    """One number."""

    number: AnyPhone = Field(serialization_alias="Number")
    """10 digits."""

    def list_warnings(self) -> Sequence[str]:
        """List what is odd about the number."""
        return list_phone_warnings(self.number, PhoneUse.ANY)


class InsertDnc(
    _OfNumber,
    Action,
    title="Add to do-not-call list",
    script=Script.LEADS,
    # It loses the leads' former marks: DeleteDnc takes only the number away (wire.md).
    word="InsertDnc",
    impact=Impact.WRITE,
    idempotent=True,
    loses=True,
    result=DncResult,
):
    """Stops calls to one number: puts it on the do-not-call (DNC) list and marks its leads.

    For a person who says "stop" use stop_contact: it takes all their phones. The leads' marks can't
    be taken back.
    """

    @override
    def list_effects(self) -> Iterator[Effect]:
        yield SuppressesNumber(self.number)
        yield Overwrites("the mark of every lead that bears the number", FormerValue.MARK)

    @override
    def build_question(self) -> str:
        return (
            f"Stop all calls to {format_phone(self.number)}? It goes on the do-not-call list, and "
            "the leads that have this number stay marked even if it is taken off again."
        )

    @override
    def describe_done(self) -> str:
        return f"{format_phone(self.number)} is on the do-not-call list; its leads are marked."

    @override
    def summarize(self, answer: Answer) -> AnswerSummary:
        return replace(super().summarize(answer), on_dialer_list=True)

    @override
    def advise_retry(self) -> str:
        return "Send it again: putting a number on the list twice is the same as once."


class DeleteDnc(
    _OfNumber,
    Action,
    title="Remove from do-not-call list",
    script=Script.LEADS,
    # Destructive: a company must honour a request not to be called (47 CFR 64.1200(d)).
    word="DeleteDnc",
    impact=Impact.DESTRUCTIVE,
    idempotent=True,
    loses=True,
):
    """Lets the dialer call a number again: takes it off the do-not-call (DNC) list.

    Only if the person agreed, or it was listed by mistake. Marked leads stay marked. A person types
    the number first.
    """

    @override
    def list_effects(self) -> Iterator[Effect]:
        yield ReleasesNumber(self.number)

    @override
    def build_question(self) -> str:
        return f"Let the dialer call {format_phone(self.number)} again?"

    @override
    def describe_done(self) -> str:
        return (
            f"{format_phone(self.number)} is off the do-not-call list and can be called again. "
            "Leads that were marked stay marked."
        )
