"""The plan of a job: its calls in their order, when each is sent, and what became of each."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from weakref import WeakValueDictionary

import anyio

from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.ledger import Ledger, fresh_id
from chasedata_mcp.pipeline.pipeline import CallGroup, Cleared, Pipeline
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.jobs.job_results import StepOutcome
from chasedata_mcp.tools.results import Result


class Turns:
    """The turns of jobs that look once more right before they write what they read."""

    def __init__(self) -> None:
        self._locks = WeakValueDictionary[str, anyio.Lock]()

    def of(self, key: str) -> anyio.Lock:
        """Get the lock of what is written; it lives as long as anybody has or waits for it."""
        return self._locks.setdefault(key, anyio.Lock())


@dataclass(frozen=True, slots=True)
class JobContext:
    """The surroundings of a plan: its caller, and the pipeline and ledger that it goes by.

    `turns` are shared by the jobs of a server, which a client may call at once.
    """

    pipeline: Pipeline
    ledger: Ledger
    caller: str
    turns: Turns = field(default_factory=Turns)

    def read(self, tool: str, **given: object) -> Action:
        """Make one of the job's calls.

        Raises:
            CallError: The tool isn't offered, or its arguments don't fit.
        """
        return self.pipeline.read(tool, given, self.caller)


class When(Enum):
    """The condition on which a step is sent."""

    ALWAYS = auto()
    WHILE_DONE = auto()
    """Every step before it was done."""
    ON_DUPLICATE = auto()
    """The dialer refused the step before it as a duplicate."""


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One call of a job, or one that can't be made: then `error` says why."""

    tool: str
    about: str
    action: Action | None = None
    when: When = When.ALWAYS
    error: CallError | None = None
    confirms: bool = False
    """It is the text that confirms the job's own request to stop."""


@dataclass(frozen=True, slots=True)
class StepReport:
    """The end of a step: its result, or its error."""

    step: PlannedStep
    outcome: StepOutcome
    result: Result | None = None
    error: CallError | None = None

    @property
    def is_done(self) -> bool:
        """True where the dialer said so."""
        return self.outcome == "done"

    @property
    def is_duplicate(self) -> bool:
        """True where the dialer refused it as a duplicate, and for nothing else."""
        return self.error is not None and self.error.code is Code.DUPLICATE_LEAD


@dataclass(frozen=True, slots=True)
class JobVerdict:
    """The end of a job as a whole, in a sentence."""

    is_done: bool
    message: str


def say_done(message: str) -> JobVerdict:
    """Say that a job was done."""
    return JobVerdict(is_done=True, message=message)


def say_failed(message: str) -> JobVerdict:
    """Say that a job was not done, or not all of it."""
    return JobVerdict(is_done=False, message=message)


Judge = Callable[[Sequence[StepReport]], JobVerdict]


@dataclass(frozen=True, slots=True)
class JobPlan:
    """The steps of a job, with what a person must know before they are sent.

    Attributes:
        steps: Its calls.
        judge: Tells what became of the whole.
        supposes: Sentences that a person has to agree to, whatever the policy asks.
        left: What is left for a person to do, however it goes.
        skips_refused: A step that the policy refuses is left out, and the others go.
        can_repeat: Done again it does nothing twice.
        lists_done: Steps that were done are listed too; else only counted.
        guard: Looks once more, right before the first step, and says why it must not be sent.
        guarded: What the guard looks at, which one job at a time may write.
        untouched_since: The place in the ledger since which no other call may have written it.
        id: The job's, which its entries bear.
    """

    steps: tuple[PlannedStep, ...]
    judge: Judge
    supposes: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    skips_refused: bool = False
    can_repeat: bool = True
    lists_done: bool = True
    guard: Callable[[Cleared], Awaitable[CallError | None]] | None = None
    guarded: str = ""
    untouched_since: int | None = None
    id: str = field(default_factory=fresh_id)

    @property
    def group(self) -> CallGroup:
        """Its calls, for the pipeline."""
        steps = [step for step in self.steps if step.action is not None]
        return CallGroup(
            tuple(step.action for step in steps if step.action is not None),
            self.supposes,
            job=self.id,
            skips_refused=self.skips_refused,
            untouched_since=self.untouched_since,
            confirms=next((at for at, step in enumerate(steps) if step.confirms), None),
        )
