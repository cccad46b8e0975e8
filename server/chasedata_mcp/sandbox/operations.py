"""What the front hands to the dialer's rules, and the ways a rule can say no."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


class Refused(Exception):  # noqa: N818 - it is an answer of the dialer's, no error of the program
    """The dialer says no. Its sentence is what the caller reads; whatever was begun is undone."""


class TurnedAway(Exception):  # noqa: N818 - as Refused
    """The front says no, before the dialer has seen anything. Its sentence is what is read."""


@dataclass(frozen=True, slots=True)
class Order:
    """One request as a rule sees it: its open transaction, its moment and what was sent."""

    db: sqlite3.Connection
    at: datetime
    sent: Mapping[str, str]

    def text(self, name: str) -> str:
        """Give a parameter as it was sent, or nothing where it was left out."""
        return self.sent.get(name, "")

    def flag(self, name: str) -> bool:
        """Read a 0 or 1, with 0 where it was left out. The refusal's text is the project's own."""
        match self.sent.get(name, "0"):
            case "0":
                return False
            case "1":
                return True
            case _:
                raise Refused(f"{name} should be 0 or 1.")

    def stamp(self) -> str:
        """Give the moment as it is stored: ISO 8601 in UTC, to the second."""
        return self.at.isoformat(timespec="seconds")


def digits(phone: str) -> str:
    """Keep only the digits of a phone number."""
    return "".join(char for char in phone if char in "0123456789")


def ten_digits(order: Order, name: str) -> str:
    """Read a parameter that is a 10-digit number. The refusal's text is the project's own."""
    number = order.text(name)
    if len(number) != len(digits(number)) or len(number) != TEN:
        raise Refused(f"{name} should be a 10-digit number.")
    return number


TEN = 10
