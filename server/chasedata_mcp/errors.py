"""Errors of this package: the end of a call, its code, and whether to send the call again.

ChasedataError
├── SettingsError          the server does not start
├── UnknownToolError       the protocol's own error, not a result
└── CallError              one call ended without being done; `code` says how
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

NOT_CONFIGURED = (
    "Set CHASEDATA_TOKEN and CHASEDATA_ACCID for a live dialer, or CHASEDATA_SANDBOX=1 for the "
    "embedded sandbox, and start the server again."
)
"""The settings that make calls possible, where none is."""


class Outcome(StrEnum):
    """The end of a call."""

    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class Changed(StrEnum):
    """The state of the dialer after a failed call: unchanged, or unknown."""

    NO = "no"
    UNKNOWN = "unknown"


class Retry(StrEnum):
    """Advice on sending the same call again."""

    SAFE = "safe"
    AFTER_CHANGE = "after_change"
    AFTER_CHECK = "after_check"
    NEVER = "never"


class Code(StrEnum):
    """The ways in which a call fails (source: tools.md, "Errors")."""

    INVALID_ARGUMENTS = "invalid_arguments"
    NOT_CONFIGURED = "not_configured"
    NOT_ALLOWED = "not_allowed"
    NEEDS_CONFIRMATION = "needs_confirmation"
    DECLINED = "declined"
    DUPLICATE_LEAD = "duplicate_lead"
    REFUSED_BY_DIALER = "refused_by_dialer"
    NOT_REACHED = "not_reached"
    NO_ANSWER = "no_answer"
    NOT_UNDERSTOOD = "not_understood"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class FailureInfo:
    """The outcome, the change and the retry advice that go with an error code."""

    outcome: Outcome
    changed: Changed
    retry: Retry


_REFUSED, _UNKNOWN = Outcome.REFUSED, Outcome.UNKNOWN
_FAILURES = {
    Code.INVALID_ARGUMENTS: FailureInfo(_REFUSED, Changed.NO, Retry.AFTER_CHANGE),
    Code.NOT_CONFIGURED: FailureInfo(_REFUSED, Changed.NO, Retry.NEVER),
    Code.NOT_ALLOWED: FailureInfo(_REFUSED, Changed.NO, Retry.NEVER),
    Code.NEEDS_CONFIRMATION: FailureInfo(_REFUSED, Changed.NO, Retry.AFTER_CHECK),
    Code.DECLINED: FailureInfo(_REFUSED, Changed.NO, Retry.NEVER),
    Code.DUPLICATE_LEAD: FailureInfo(_REFUSED, Changed.NO, Retry.AFTER_CHANGE),
    Code.REFUSED_BY_DIALER: FailureInfo(_REFUSED, Changed.NO, Retry.AFTER_CHANGE),
    Code.NOT_REACHED: FailureInfo(_REFUSED, Changed.NO, Retry.SAFE),
    Code.NO_ANSWER: FailureInfo(_UNKNOWN, Changed.UNKNOWN, Retry.AFTER_CHECK),
    Code.NOT_UNDERSTOOD: FailureInfo(_UNKNOWN, Changed.UNKNOWN, Retry.AFTER_CHECK),
    Code.FAILED: FailureInfo(_UNKNOWN, Changed.UNKNOWN, Retry.AFTER_CHECK),
}
# A read that got no answer, or one that can't be read, has changed nothing.
_READ_FAILURES = {
    Code.NO_ANSWER: FailureInfo(_REFUSED, Changed.NO, Retry.SAFE),
    Code.NOT_UNDERSTOOD: FailureInfo(_UNKNOWN, Changed.NO, Retry.AFTER_CHECK),
}


@dataclass(frozen=True, slots=True)
class Approvable:
    """A question that a person can still answer: by this code, until then (aware).

    `question` is what they are asked, with the arguments that the caller gave and no former value.
    """

    code: str
    until: datetime
    question: str = ""


class ChasedataError(Exception):
    """Anything that this package raises on purpose."""


class SettingsError(ChasedataError):
    """The settings can't be understood or contradict each other; the server does not start."""


class UnknownToolError(ChasedataError):
    """A name outside the catalogue; the protocol's own error, not a result."""


class CallError(ChasedataError):
    """The end of one call without its being done.

    `message` says what is wrong, `hint` what to send or do instead, and `dialer_said` is the
    dialer's own text, already cleaned, where it adds something. None of the three quotes a value
    that was sent, or the token. `approvable` is the question that is left open, if one is.
    """

    def __init__(  # noqa: PLR0913 - all that a caller learns of a failure
        self,
        code: Code,
        message: str,
        *,
        hint: str,
        dialer_said: str | None = None,
        read: bool = False,
        approvable: Approvable | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.dialer_said = dialer_said
        self.read = read
        self.approvable = approvable
        self.entry: str | None = None
        """The ledger's entry of a call whose outcome is unknown, once there is one."""
        self.duplicates: Sequence[tuple[str, Mapping[str, str]]] = ()
        """The leads that stand in an insert's way: the id of each, and fields that name it."""
        self.is_suppressed_here = False
        """True where the call's number is suppressed here, and perhaps not in the dialer."""

    @property
    def info(self) -> FailureInfo:
        """The outcome of this failure, what it changed, and whether to try again."""
        if self.read and self.code in _READ_FAILURES:
            return _READ_FAILURES[self.code]
        return _FAILURES[self.code]
