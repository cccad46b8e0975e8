"""Calls that were cleared, and the rows of an approved batch that may be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import final
from weakref import WeakKeyDictionary

from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.ledger import ApprovalSummary
from chasedata_mcp.pipeline.call import Call
from chasedata_mcp.policy.decision import Ask
from chasedata_mcp.policy.rules.do_not_call import MARKS_UNREAD
from chasedata_mcp.policy.rules.usage_caps import CAPS


@final
@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Cleared:
    """Calls that may be sent once each, in this order, by the pipeline that cleared them.

    One that anybody else makes is worth nothing: a pipeline knows those that it cleared itself.
    """

    calls: tuple[Call, ...]
    refused: Mapping[int, CallError] = field(default_factory=dict[int, CallError])
    """The calls of a job that were left out, by their place in its batch, and why."""


class Clearances:
    """The clearances of one pipeline, each of whose calls is sent once."""

    def __init__(self) -> None:
        self._next_step: WeakKeyDictionary[Cleared, int] = WeakKeyDictionary()

    def issue(
        self, calls: tuple[Call, ...], refused: Mapping[int, CallError] | None = None
    ) -> Cleared:
        """Clear calls; `refused` are those of their batch that were left out."""
        cleared = Cleared(calls, refused or {})
        self._next_step[cleared] = 0
        return cleared

    def take_next(self, cleared: Cleared) -> Call:
        """Take the next call to be sent.

        Raises:
            TypeError: This pipeline didn't clear them, or all of them were sent.
        """
        step = self._next_step.get(cleared)
        if step is None or step >= len(cleared.calls):
            raise TypeError("a pipeline sends what it cleared itself, and that once")
        self._next_step[cleared] = step + 1
        return cleared.calls[step]


@dataclass(frozen=True, slots=True)
class ApprovedRow:
    """A row of a batch that a person approved.

    Attributes:
        id: Its place, as `ID/12`.
        approval: The yes to the whole batch.
        entry: Its entry in the ledger that may have been done, and was looked at; empty where there
            is none. With any other it isn't sent.
    """

    id: str
    approval: ApprovalSummary
    entry: str = ""


_COVERED = frozenset({"confirm", CAPS, "after_reading"})
"""The rules that ask about what the question of a batch says of all its rows.

Any other rule asks about one call: a duplicate that is dialed, the dialer's hours passed over, a
person who was called a moment ago.
"""


def require_covered(asked_by: Sequence[Ask], failure: CallError | None) -> None:
    """Refuse a row about which there is more to ask than the person was shown with the batch.

    Raises:
        CallError: `needs_confirmation`, or where only the dialer could tell more, the `failure` of
            the look-up: `refused_by_dialer` as it is, since it would refuse the row too, and
            `not_reached` for any other.
    """
    # Facts were found only now, and what has to be typed is of one call.
    further = [
        ask.reason
        for ask in asked_by
        if ask.rule not in _COVERED or ask.fact or ask.typed is not None
    ]
    if any(ask.rule == MARKS_UNREAD for ask in asked_by):
        if failure is not None and failure.code is Code.REFUSED_BY_DIALER:
            raise failure
        raise CallError(Code.NOT_REACHED, " ".join(further), hint="Run the batch again later.")
    if further:
        raise CallError(
            Code.NEEDS_CONFIRMATION,
            f"The yes to the batch doesn't cover this row. {' '.join(further)}",
            hint="Make this call by itself, so that a person is asked about it.",
        )
