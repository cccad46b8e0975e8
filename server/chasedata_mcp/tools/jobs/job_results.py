"""The results of jobs: what became of each step, and what the jobs that only read have found."""

from typing import Annotated, Literal

from pydantic import WithJsonSchema

from chasedata_mcp.tools.marks import Untrusted
from chasedata_mcp.tools.results import Result, ResultModel

StepOutcome = Literal["done", "refused", "unknown", "not_sent"]
Verdict = Literal["yes", "no", "asks"]
KindOfName = Literal[
    "agents",
    "campaigns",
    "custom_fields",
    "dispositions",
    "filters",
    "own_numbers",
    "playlists",
    "ring_groups",
    "skills",
    "subcampaigns",
]
"""The kinds of names, as `NameKind` has them."""
# Their own schemas would stand in each job's output schema.
_AN_OBJECT = WithJsonSchema({"type": "object"})


class JobStep(ResultModel):
    """The end of one step of a job."""

    step: str
    """The tool that was called."""
    about: Untrusted
    """What it is about: a phone, a filter, a list."""
    outcome: StepOutcome
    """`not_sent`: the job stopped before it."""
    entry: str | None = None
    code: str | None = None
    message: str | None = None
    """Why it isn't done."""
    dialer_said: Untrusted | None = None


class JobResult(Result):
    """The result of a job that changes something."""

    says_what_changed = True

    job: str | None = None
    """Its id: for `undo` of the whole, and before the dot in the history's `row`."""
    steps: list[Annotated[JobStep, _AN_OBJECT]] | None = None
    left: list[Untrusted] | None = None
    """What is left for a person to do."""


class ContactResult(Result):
    """The answer whether somebody may be called or texted now."""

    call: Verdict | None = None
    text: Verdict | None = None
    reasons: list[str] | None = None
    """Why not, or what a person would be asked."""
    hours: list[str] | None = None
    """The rows of the table that hold there."""
    leads: list[Untrusted] | None = None
    """Ids of the leads with this number."""


class FoundName(ResultModel):
    """A name as the dialer spells it."""

    kind: str
    name: Untrusted
    also: Untrusted | None = None
    """Its aliases, and what a ring group is called."""
    source: str
    """`file`, `sandbox`, `imported`, `learned`."""


class NamesResult(Result):
    """Names that were found."""

    names: list[Annotated[FoundName, _AN_OBJECT]] | None = None


class StatusResult(Result):
    """The state of the account."""

    caps: list[str] | None = None
    """What was counted of each cap, where anything was."""
    waiting: list[Untrusted] | None = None
    """Questions that wait for a person's yes."""
    unknown: list[str] | None = None
    """The newest entries whose outcome is unknown."""
