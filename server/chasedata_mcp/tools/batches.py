"""The tools about batches: many rows of one tool, planned, approved once, run, accounted for."""

from types import MappingProxyType
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from chasedata_mcp.fields.text import TextRule
from chasedata_mcp.tools.base import HistoryTool
from chasedata_mcp.tools.impact import Impact
from chasedata_mcp.tools.marks import Untrusted, UntrustedName, UntrustedObject
from chasedata_mcp.tools.results import Result, ResultModel

T = TypeVar("T")

TOOLSET = "batches"
MAX_INLINE = 200
"""The most rows that a call gives itself; a longer list is a file."""
LONGEST_WAIT = 45
"""The most seconds that a call waits for news: common clients give one up after a minute."""
_MOST_COLUMNS = 500
_LONGEST_NAME = 200


def _short_names(named: dict[str, T]) -> dict[str, T]:
    if any(len(name) > _LONGEST_NAME for name in named):
        raise PydanticCustomError("long_name", "has a name of more than 200 characters")
    return named


# What an object holds is said by the descriptions: to a model a schema of it would only be longer.
_OBJECT = WithJsonSchema({"type": "object", "maxProperties": _MOST_COLUMNS})
_Short = Annotated[str, Field(max_length=_LONGEST_NAME)]
_Row = Annotated[
    dict[str, object], Field(max_length=_MOST_COLUMNS), AfterValidator(_short_names), _OBJECT
]
_Columns = Annotated[
    dict[str, _Short], Field(max_length=_MOST_COLUMNS), AfterValidator(_short_names), _OBJECT
]


class BatchCount(ResultModel):
    """The number of rows in a state, for a reason."""

    state: str
    reason: str | None = None
    rows: int


class BatchRowResult(ResultModel):
    """A row of a batch, as a caller sees it."""

    row: int
    """Its line or row in the file, or its place among the rows of the call."""
    state: str
    code: str | None = None
    reason: Untrusted | None = None
    values: dict[UntrustedName, Untrusted]
    """Its cells that are arguments, by the argument."""
    lead_id: Untrusted | None = None
    entry: str | None = None


# Their whole schemas would be a tenth of all output schemas.
_AN_OBJECT = WithJsonSchema({"type": "object"})


class BatchResult(Result):
    """The result of each tool about a batch: how it stands, and what is to be done next."""

    is_redacted_where_made = True

    batch_id: str | None = None
    state: str | None = None
    """`planned`, `approved`, `running`, `stopped` or `finished`."""
    tool: str | None = None
    file: Untrusted | None = None
    rows: int | None = None
    """All of them."""
    left: int | None = None
    """Those that still are to be run."""
    counts: list[Annotated[BatchCount, _AN_OBJECT]] | None = None
    columns: dict[UntrustedName, UntrustedName] | None = None
    """The argument of each column."""
    left_over: list[UntrustedName] | None = None
    """The columns that go nowhere."""
    common: UntrustedObject | None = None
    notes: list[Untrusted] | None = None
    """What had to be assumed while the file was read."""
    first_rows: list[Annotated[BatchRowResult, _AN_OBJECT]] | None = None
    """The first of each kind."""
    approved_until: str | None = None
    """UTC."""


class PlanBatch(
    HistoryTool,
    title="Check a list of many rows",
    impact=Impact.WRITE,
    idempotent=False,
    loses=False,
    result=BatchResult,
    toolset=TOOLSET,
):
    """Checks up to 200 rows, or a file, for one tool, and sends nothing; run_batch does."""

    tool: Literal[
        "insert_lead",
        "update_lead",
        "search_lead",
        "insert_dnc",
        "add_dial_list_phone",
        "disposition_lead",
    ]
    """Called once for each row."""
    rows: Annotated[list[_Row], Field(max_length=MAX_INLINE)] | None = None
    """Values by column."""
    file: Annotated[str, TextRule(255)] | None = None
    """Its name in the files folder, no path."""
    columns: _Columns | None = None
    """Arguments of columns whose names don't say them."""
    common: _Row | None = None
    """Arguments of all rows."""
    on_duplicate: Literal["skip", "update", "report"] | None = None
    """For a lead that is there."""
    already_there: bool | None = None
    """Looks each lead up first."""


class RunBatch(
    HistoryTool,
    title="Run a list of many rows",
    impact=Impact.OUTWARD,
    idempotent=True,
    loses=True,
    result=BatchResult,
    toolset=TOOLSET,
):
    """Sends a planned batch once a person said yes to all its rows and typed their count.

    Returns at once and goes on; a batch that stopped goes on where it was.
    """

    batch_id: Annotated[str, TextRule(20)]
    """As plan_batch gave it."""


class ShowBatch(
    HistoryTool,
    title="Show how a list stands",
    impact=Impact.READ,
    idempotent=True,
    loses=False,
    result=BatchResult,
    toolset=TOOLSET,
):
    """Shows how far a batch is, and its first rows that weren't done, with the reason."""

    batch_id: Annotated[str, TextRule(20)]
    """As plan_batch gave it."""
    wait_seconds: Annotated[int, Field(ge=0, le=LONGEST_WAIT)] | None = None
    """For its end."""


class StopBatch(
    HistoryTool,
    title="Stop a running list",
    impact=Impact.WRITE,
    idempotent=True,
    loses=False,
    result=BatchResult,
    toolset=TOOLSET,
):
    """Stops a batch between two rows; what was sent stays, and run_batch goes on."""

    batch_id: Annotated[str, TextRule(20)]
    """As plan_batch gave it."""


_TOOLS: tuple[type[HistoryTool], ...] = (PlanBatch, RunBatch, ShowBatch, StopBatch)
BATCHES = MappingProxyType({tool.name: tool for tool in _TOOLS})
"""The tools of the toolset `batches`, in the order in which they are listed."""
