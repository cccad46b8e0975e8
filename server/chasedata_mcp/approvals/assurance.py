"""The level of assurance of a yes: how sure it is that a person gave it."""

from enum import StrEnum


class AssuranceLevel(StrEnum):
    """How sure a yes is, from the least to the most."""

    CLIENT = "client"
    """Given through the client that made the call."""
    MACHINE = "machine"
    """Given on this machine, by the same user: on a terminal or the approvals page."""
    SECOND_FACTOR = "second_factor"
    """Given with a code from a device of the person's."""

    def __ge__(self, other: str) -> bool:
        """Whether this is at least as sure."""
        order = list(AssuranceLevel)
        return order.index(self) >= order.index(AssuranceLevel(other))
