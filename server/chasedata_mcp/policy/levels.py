"""The levels of confirmation; there is none below `destructive`."""

from enum import StrEnum

from chasedata_mcp.tools.base import Impact


class ConfirmLevel(StrEnum):
    """Which effects always ask a person (`CHASEDATA_CONFIRM`)."""

    DESTRUCTIVE = "destructive"
    OUTWARD = "outward"
    WRITES = "writes"


IMPACTS_ASKED_AT = {
    ConfirmLevel.DESTRUCTIVE: frozenset({Impact.DESTRUCTIVE}),
    ConfirmLevel.OUTWARD: frozenset({Impact.DESTRUCTIVE, Impact.OUTWARD}),
    ConfirmLevel.WRITES: frozenset({Impact.DESTRUCTIVE, Impact.OUTWARD, Impact.WRITE}),
}
