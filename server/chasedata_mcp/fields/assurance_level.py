"""The assurance of a person's yes, by the way in which it was given."""

from enum import StrEnum

from typing_extensions import override


class AssuranceLevel(StrEnum):
    """The levels of assurance that a person gave a yes, from the least to the most."""

    CLIENT = "client"
    """Given through the client that made the call."""
    MACHINE = "machine"
    """Given on this machine, by the same user: on a terminal or the approvals page."""
    SECOND_FACTOR = "second_factor"
    """Given with a code from a device of the person's."""

    @override
    def __ge__(self, other: str) -> bool:
        """Compare by assurance, where text would compare by the alphabet."""
        order = list(AssuranceLevel)
        return order.index(self) >= order.index(AssuranceLevel(other))
