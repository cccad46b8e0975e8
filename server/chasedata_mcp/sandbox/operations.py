"""One operation on the dialer as its handler sees it, and the two ways to refuse one."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

_PHONE_DIGITS: Final = 10


class Refusal(Exception):  # noqa: N818 - its two kinds end in Error
    """A refusal with the sandbox's own sentence.

    `kind` is the occasion, for which a wire profile may have another sentence, and `value` the name
    that may stand in that.
    """

    def __init__(self, sentence: str, kind: str = "", value: str = "") -> None:
        super().__init__(sentence)
        self.sentence, self.kind, self.value = sentence, kind, value


class OperationError(Refusal):
    """A refusal by the dialer, whose sentence the caller reads; the transaction is rolled back."""


class InvalidRequestError(Refusal):
    """A refusal by the API before the dialer sees the request; the caller reads its sentence."""


@dataclass(frozen=True, slots=True)
class MatchedLead:
    """A lead that a search found; its fields by wire name only where they were asked for."""

    id: object
    fields: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class LeadsFound:
    """The leads that a search found."""

    leads: Sequence[MatchedLead]


@dataclass(frozen=True, slots=True)
class AgentsFound:
    """The agents who could take a call, with their states, the best first."""

    agents: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Operation:
    """One request under way: its open transaction, its moment and its parameters."""

    db: sqlite3.Connection
    at: datetime
    sent: Mapping[str, str]

    def text(self, name: str) -> str:
        """Give a parameter as it was sent, or the empty text where it was left out."""
        return self.sent.get(name, "")

    def flag(self, name: str) -> bool:
        """Read a 0 or 1, with 0 where it was left out. The refusal's text is the project's own."""
        match self.sent.get(name, "0"):
            case "0":
                return False
            case "1":
                return True
            case _:
                raise OperationError(f"{name} should be 0 or 1.")

    def stamp(self) -> str:
        """Give the moment as it is stored: ISO 8601 in UTC, to the second."""
        return self.at.isoformat(timespec="seconds")


def digits(phone: str) -> str:
    """Keep only the digits of a phone number."""
    return "".join(char for char in phone if char in "0123456789")


def ten_digits(operation: Operation, name: str) -> str:
    """Read a parameter that is a 10-digit number. The refusal's text is the project's own."""
    number = operation.text(name)
    if len(number) != len(digits(number)) or len(number) != _PHONE_DIGITS:
        raise OperationError(f"{name} should be a 10-digit number.")
    return number
