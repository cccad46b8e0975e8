"""The plan of an undo, as it goes to the pipeline: its calls, and what they depend on."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from chasedata_mcp.pipeline.call import CallGroup
from chasedata_mcp.tools.lead_snapshot import Lookup


@dataclass(frozen=True, slots=True)
class PlannedUndo:
    """The calls that undo an entry or a whole job, with notes for the person.

    `entry` is the id that was given, `undone` the entries that are taken back, `leads` how the lead
    of a call read when the plan was made, by the call's place.
    """

    group: CallGroup
    notes: tuple[str, ...]
    entry: str
    whose: str | None
    undone: tuple[str, ...]
    leads: Mapping[int, Lookup | None] = field(default_factory=dict[int, Lookup | None])
