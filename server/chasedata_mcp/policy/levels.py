"""The levels of confirmation; there is none below `destructive`."""

from enum import StrEnum

from chasedata_mcp.tools.base import Effect


class Level(StrEnum):
    """Which effects always ask a person (`CHASEDATA_CONFIRM`)."""

    DESTRUCTIVE = "destructive"
    OUTWARD = "outward"
    WRITES = "writes"


ASKED_AT = {
    Level.DESTRUCTIVE: frozenset({Effect.DESTRUCTIVE}),
    Level.OUTWARD: frozenset({Effect.DESTRUCTIVE, Effect.OUTWARD}),
    Level.WRITES: frozenset({Effect.DESTRUCTIVE, Effect.OUTWARD, Effect.WRITE}),
}
