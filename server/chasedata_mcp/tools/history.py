"""The tools about what was done: list it, take it back, stop every write."""

from difflib import get_close_matches
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from chasedata_mcp.errors import Outcome
from chasedata_mcp.fields.moments import Since, Until
from chasedata_mcp.fields.phone import AnyPhone
from chasedata_mcp.fields.text import TextRule
from chasedata_mcp.ledger import ADMIN_ACTIONS, EntryKind, Filter
from chasedata_mcp.tools.base import HistoryTool
from chasedata_mcp.tools.impact import Impact
from chasedata_mcp.tools.marks import Untrusted, UntrustedObject
from chasedata_mcp.tools.registry import CATALOGUE
from chasedata_mcp.tools.results import Result, ResultModel


class HistoryEntry(ResultModel):
    """An entry of the ledger, as a caller sees it."""

    id: str
    at: str
    """By this machine's clock, with its offset."""
    tool: str
    kind: EntryKind
    """`refusal`: it was never sent."""
    outcome: Outcome
    message: Untrusted
    """It may quote what another caller sent."""
    known: str
    """`answered`, or which later read found it, or `nothing recorded`."""
    who: Untrusted
    account: str
    arguments: UntrustedObject
    """As they are kept."""
    code: str | None = None
    question: Untrusted | None = None
    """What a person was asked."""
    answered: str | None = None
    """How the person answered."""
    answered_by: Untrusted | None = None
    sureness: str | None = None
    """`client`, `machine` or `second_factor`."""
    rules: dict[str, Untrusted] | None = None
    """What each rule said that didn't just allow it; `grant` names the yes given beforehand."""
    row: str | None = None
    """Its row of a batch, as `ID/3`, or its step of a job, as `ID.3`."""
    undoes: str | None = None
    undone_by: list[str] | None = None
    dialer_said: Untrusted | None = None


class HistoryResult(Result):
    """The result of listing the history."""

    is_redacted_where_made = True

    entries: list[Annotated[HistoryEntry, WithJsonSchema({"type": "object"})]] | None = None
    """The newest first. Its twenty fields would be a tenth of all output schemas."""
    older: str | None = None
    """The next page's `before`."""


class Undo(
    HistoryTool, title="Undo an earlier change", impact=Impact.OUTWARD, idempotent=False, loses=True
):
    """Takes back an earlier call or a whole job by the opposite calls, asked about as those are.

    Refuses where there is no way back or something changed since. A text, a call or a new lead
    can't be taken back.
    """

    entry: Annotated[str, TextRule(20)]
    """Its id, of list_history; or a job's or batch's."""


USUAL = 20
RUN_BATCH = "run_batch"
RECORDED = (*CATALOGUE, "stop_contact", RUN_BATCH, Undo.name, *ADMIN_ACTIONS)
"""The names that entries bear: tools, `undo` where it had no way back, admin actions.

`run_batch` has one where a batch was not run. The job `stop_contact` has one, by which it
suppresses numbers before its calls.
"""
# Eighteen digits always fit the 64-bit keys of SQLite and PostgreSQL.
_CURSOR = 18


def is_read(tool: str | None) -> bool:
    """Tell whether a tool of this name only reads, so that who asks for its calls wants reads."""
    return tool is not None and tool in CATALOGUE and CATALOGUE[tool].hints.read_only


def _known_tool(name: str) -> str:
    if name in RECORDED:
        return name
    near = get_close_matches(name.lower().replace("-", "_"), list(RECORDED), n=1, cutoff=0.6)
    hint = f"; did you mean {near[0]}?" if near else "; list the tools"
    raise PydanticCustomError("tool_unknown", "names no tool of the dialer{hint}", {"hint": hint})


def _cursor(text: str) -> str:
    if text.isascii() and text.isdigit() and len(text) <= _CURSOR:
        return text
    raise PydanticCustomError("cursor", "is not the `older` of an earlier page")


class ListHistory(
    HistoryTool,
    title="Show what was done",
    impact=Impact.READ,
    idempotent=True,
    loses=False,
    result=HistoryResult,
):
    """Lists past calls, newest first: what came of each. Ids are for undo."""

    since: Since | None = None
    """ISO 8601, local."""
    until: Until | None = None
    """So too."""
    tool: Annotated[str, TextRule(50), AfterValidator(_known_tool)] | None = None
    number: AnyPhone | None = None
    outcome: Literal["done", "refused", "unknown"] | None = None
    reads: bool | None = None
    """With reads."""
    limit: Annotated[int, Field(ge=1, le=50)] | None = None
    """Default 20."""
    before: Annotated[str, TextRule(18), AfterValidator(_cursor)] | None = None
    """Last page's `older`."""

    def filter(self) -> Filter:
        """Build the ledger's filter for the entries that are asked for."""
        return Filter(
            since=self.since,
            until=self.until,
            tool=self.tool,
            number=self.number,
            outcome=None if self.outcome is None else Outcome(self.outcome),
            reads=bool(self.reads) or is_read(self.tool),
        )


class Freeze(
    HistoryTool,
    title="Stop all changes now",
    impact=Impact.WRITE,
    idempotent=True,
    loses=False,
    toolset="safety",
):
    """Stops every write of this account at once; only a person can let it go on.

    The dialer goes on ringing what it holds: that is stopped there.
    """

    reason: Annotated[str, TextRule(200)] | None = None
    """For that person."""


_TOOLS: tuple[type[HistoryTool], ...] = (ListHistory, Undo, Freeze)
HISTORY = MappingProxyType({tool.name: tool for tool in _TOOLS})
"""The tools of the toolsets `history` and `safety`, in the order in which they are listed."""
