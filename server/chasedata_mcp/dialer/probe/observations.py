"""The answers that a probe collected, each by the step that it answers."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from chasedata_mcp.settings.scripts import Script


class ProbeStep(StrEnum):
    """A question of the probe, in words that stand in the report."""

    SEARCH = "a search for a number that nobody has"
    DETAILED = "the same search, detailed"
    NO_GROUP = "the agents of a ring group that isn't there"
    AGENTS = "the agents of a ring group"
    NO_SUCH_ACTION = "an action that isn't there"
    NOTHING = "an insert, or an update, of nothing"
    WRONG_TOKEN = "a wrong token"  # noqa: S105 - the word for it
    STORED = "a test lead, stored only"
    FOUND = "a search for the test lead"
    READ = "a detailed search for the test lead"
    DUPLICATE = "the test lead again"
    SECOND = "a second test lead with that number"
    SEVERAL = "a search for both"
    UPDATED = "an update of the test lead"
    REREAD = "the test lead after its update"
    MOVED = "the test lead moved to another campaign"
    MOVED_READ = "the test lead after that move"
    NO_LEAD = "an update of a lead that isn't there"
    NO_CAMPAIGN = "a test lead for a campaign that isn't there"
    LIST_MADE = "a dial list made"
    LIST_AGAIN = "the same list again"
    LIST_REMOVED = "the list removed"
    DNC_ON = "the number put on the do-not-call list"
    MARKED = "the test lead after that"
    DNC_OFF = "the number taken off again"
    UNMARKED = "the test lead at the end"


WRITES = (
    *(
        ProbeStep.STORED,
        ProbeStep.SECOND,
        ProbeStep.UPDATED,
        ProbeStep.LIST_MADE,
        ProbeStep.LIST_REMOVED,
    ),
    *(ProbeStep.MOVED, ProbeStep.DNC_ON, ProbeStep.DNC_OFF),
)
"""The steps that a dialer does, if nothing is in the way."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One answer: `status` is None where none came, `name` the script as it was called."""

    step: ProbeStep
    script: Script
    name: str
    status: int | None
    text: str = ""

    @property
    def is_answer(self) -> bool:
        """True where the script itself answered, and not what stands before it."""
        # The scripts were never seen to answer anything but 200 (docs/wire.md).
        return self.status == 200  # noqa: PLR2004 - as above


@dataclass(frozen=True, slots=True)
class Sent:
    """The values that the probe sent, to know them again and keep them out of the report."""

    number: str
    action: str = ""
    client_id: str = ""
    campaign: str = ""
    city: str = ""
    custom_field: str = ""
    """A custom field by its name on the wire."""
    second_campaign: str = ""
    names: tuple[str, ...] = ()
    """Every further name and id that was sent."""
    secrets: tuple[str, ...] = ()
    """The token, the account, the host."""

    @property
    def custom_value(self) -> str:
        """The value that is written into the custom field."""
        return f"{self.client_id}-custom"


class Observations:
    """All answers of a probe, in the order in which they came.

    Attributes:
        sent: The marks of what was sent.
        ended_early: The reason why the rest wasn't asked, empty where all of it was.
    """

    def __init__(self, sent: Sent, collected: Iterable[Observation] = ()) -> None:
        self.sent = sent
        self.ended_early = ""
        self._all = list(collected)

    def __iter__(self) -> Iterator[Observation]:
        return iter(self._all)

    @property
    def has_answers(self) -> bool:
        """True where something answered, be it a script or what stands before it."""
        return any(one.status is not None for one in self._all)

    def add(self, observation: Observation) -> None:
        """Add the answer to a step."""
        self._all.append(observation)

    def body(self, step: ProbeStep, script: Script | None = None) -> str | None:
        """Give the body that answers a step, None where the script didn't answer it."""
        found = [one for one in self.of(step, script) if one.is_answer]
        return found[0].text if found else None

    def of(self, step: ProbeStep, script: Script | None = None) -> list[Observation]:
        """Give the answers to a step."""
        return [one for one in self._all if one.step is step and script in {None, one.script}]
