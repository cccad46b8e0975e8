"""The levels of confirmation; there is none below `destructive`."""

from enum import StrEnum

from chasedata_mcp.tools.base import Impact


class Level(StrEnum):
    """Which effects always ask a person (`CHASEDATA_CONFIRM`)."""

    DESTRUCTIVE = "destructive"
    OUTWARD = "outward"
    WRITES = "writes"


ASKED_AT = {
    Level.DESTRUCTIVE: frozenset({Impact.DESTRUCTIVE}),
    Level.OUTWARD: frozenset({Impact.DESTRUCTIVE, Impact.OUTWARD}),
    Level.WRITES: frozenset({Impact.DESTRUCTIVE, Impact.OUTWARD, Impact.WRITE}),
}
