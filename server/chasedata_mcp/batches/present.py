"""A batch as a client sees it: how it stands, its first rows of each kind, and what comes next."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypeVar, cast

from chasedata_mcp.batches.batch_service import BatchView
from chasedata_mcp.batches.models import BatchRow, BatchState, RowCounts, RowState
from chasedata_mcp.batches.question import describe_left_out
from chasedata_mcp.batches.row_redaction import RowRedaction
from chasedata_mcp.batches.store import BatchStore
from chasedata_mcp.errors import Outcome
from chasedata_mcp.fields.format import format_count, join_words
from chasedata_mcp.policy.rules.access import REARM
from chasedata_mcp.redaction import Redactor
from chasedata_mcp.tools.account import Account
from chasedata_mcp.tools.batches import BatchCount, BatchResult, BatchRowResult
from chasedata_mcp.tools.render import RenderedResult, render_views

V = TypeVar("V")

_OF_A_KIND: Final = 3
"""The rows of each kind that are shown."""
_KINDS: Final = 8
_COLUMNS: Final = 40
"""The most columns, and values of a row, that are shown; an export may have hundreds."""
_FEW: Final = 1
_MOST_LETTERS: Final = 20_000
"""The most letters of the first rows together, beyond which fewer of each kind are shown."""
_ENDED: Final = (RowState.DONE, RowState.DUPLICATE, RowState.REFUSED, RowState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class BatchPresenter:
    """A presenter of the batches of one account, to whoever may not see what is hidden."""

    store: BatchStore
    account: Account
    redactor: Redactor | None

    def present(
        self, view: BatchView, until: datetime | None, frozen: str = "", before: str = ""
    ) -> BatchResult:
        """Make the result of a call about a batch, whose yes holds until then. It blocks.

        Args:
            view: The batch.
            until: The end of a person's yes by this machine's clock, None where none holds.
            frozen: Since when and why writes are stopped, empty where its rows may be sent.
            before: What the call did.
        """
        batch, counts = view.batch, view.counts
        redaction = RowRedaction(batch, self.redactor)
        pairs = list(zip(batch.header, batch.arguments, strict=True))
        left_over = [redaction.redact_name(column) for column, to in pairs if column and not to]
        mapped = {
            redaction.redact_name(column): redaction.redact_name(to) for column, to in pairs if to
        }
        return BatchResult(
            outcome=Outcome.DONE,
            environment=self.account.environment,
            account=self.account.accid,
            message=" ".join(filter(None, [before, *_describe(view, until, frozen)])),
            warnings=[],
            batch_id=batch.id,
            state=batch.state,
            tool=batch.tool,
            file=redaction.redact_name(batch.source) or None,
            rows=counts.total,
            left=view.left,
            counts=[
                BatchCount(state=state, reason=code or None, rows=count)
                for (state, code), count in sorted(counts.by.items())
            ],
            columns=_keep_some(mapped),
            left_over=_name_some(left_over),
            common=_keep_some_within(redaction.redact_object(batch.common)),
            notes=_name_some([redaction.redact_text(note) for note in batch.notes]) or None,
            first_rows=self._present_first(batch.id, counts, redaction),
            approved_until=f"{until.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if until else None,
        )

    def _present_first(
        self, batch: str, counts: RowCounts, redaction: RowRedaction
    ) -> list[BatchRowResult]:
        """Present the first rows of each kind, of long ones fewer."""
        for of_a_kind in (_OF_A_KIND, _FEW):
            rows = self._list_first(batch, counts, of_a_kind)
            shown = [_present_row(row, redaction) for row in rows]
            if _count_letters(shown) <= _MOST_LETTERS:
                return shown
        while _count_letters(shown) > _MOST_LETTERS and len(shown) > 1:
            del shown[-1]
        return shown

    def _list_first(self, batch: str, counts: RowCounts, of_a_kind: int) -> Iterator[BatchRow]:
        """List the first rows of each kind; what is done needs no look."""
        kinds = [kind for kind in sorted(counts.by) if kind != (RowState.DONE, "")]
        for state, code in kinds[:_KINDS]:
            yield from self.store.read_first_rows(batch, state, code, of_a_kind)


def render_batch(result: BatchResult) -> RenderedResult:
    """Render the result of a call about a batch as text and as structured content."""
    return render_views(result, list(_render_lines(result)), "rows")


def _present_row(row: BatchRow, redaction: RowRedaction) -> BatchRowResult:
    return BatchRowResult(
        row=row.line,
        state=row.state,
        code=row.code or None,
        reason=redaction.redact_text(row.reason) or None,
        values=_keep_some(redaction.show_cells(row)),
        lead_id=row.lead_id or None,
        entry=row.entry or None,
    )


def _name_some(texts: Sequence[str]) -> list[str]:
    more = len(texts) - _COLUMNS
    return [*texts[:_COLUMNS], *([f"({more} more)"] if more > 0 else [])]


def _keep_some(named: Mapping[str, V]) -> dict[str, V | str]:
    more = len(named) - _COLUMNS
    rest: dict[str, V | str] = {f"({more} more)": ""} if more > 0 else {}
    return {**dict(list(named.items())[:_COLUMNS]), **rest}


def _keep_some_within(named: Mapping[str, object]) -> dict[str, object]:
    """Keep some arguments, and of those that hold fields of the account some fields."""
    return _keep_some(
        {
            name: _keep_some_within(cast("dict[str, object]", value))
            if isinstance(value, dict)
            else value
            for name, value in named.items()
        }
    )


def _count_letters(rows: Sequence[BatchRowResult]) -> int:
    return sum([len(row.model_dump_json()) for row in rows])


def _describe(view: BatchView, until: datetime | None, frozen: str) -> Iterator[str]:
    """Say how a batch stands, and what comes next."""
    batch, counts = view.batch, view.counts
    ended = [f"{counts.of(state):,} {state}" for state in _ENDED if counts.of(state)]
    why = f": {batch.stopped_because.rstrip('.')}" if batch.stopped_because else ""
    rows = format_count(counts.total, "row", "rows")
    yield f"Batch {batch.id} of {rows} for {batch.tool} is {batch.state}{why}."
    if ended:
        yield f"Rows so far: {join_words(ended)}."
    yield describe_left_out(counts)
    yield from _describe_next(view, until, frozen)


def _describe_next(view: BatchView, until: datetime | None, frozen: str) -> Iterator[str]:
    match view.batch.state:
        case BatchState.PLANNING:
            yield "Its rows are still being checked: show_batch tells when it is ready. If it"
            yield "stands still, plan it again."
        case _ if frozen and view.left:
            yield f"{_count_left(view, 'left')}. {frozen} Until a person lets writes go on, none of"
            yield f"them is sent, whoever calls run_batch. {REARM}"
        case BatchState.RUNNING if view.awaited:
            yield describe_awaited(view)
            yield "It goes on by itself: show_batch tells how far it is, stop_batch stops it."
        case BatchState.RUNNING:
            yield f"{_count_left(view, 'left')}. It goes on by itself: show_batch tells how far it"
            yield "is, stop_batch stops it. If it stands still, run_batch goes on with it."
        case _ if not view.left:
            yield _ACCOUNT if view.batch.state is BatchState.FINISHED else _NOTHING
        case _ if until is None:
            yield f"{_count_left(view, 'ready')}, and not sent. run_batch asks a person once for"
            yield "all that are ready, who types their count."
        case _:
            end = f"{until.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
            yield f"{_count_left(view, 'left')}. A person's yes to that holds until {end}:"
            yield "run_batch goes on without a new question."


def describe_awaited(view: BatchView) -> str:
    """Say what a run waits for that has nothing else left."""
    rows = format_count(view.awaited, "row", "rows")
    return (
        f"No answer came for {rows}. Once they can't arrive any more (in two minutes, or twelve "
        "after a run that was killed) they are looked up, and what isn't there is sent again."
    )


def _count_left(view: BatchView, how: str) -> str:
    return format_count(view.left, f"row is {how}", f"rows are {how}")


_NOTHING: Final = "Nothing of it can be run: mend the rows and plan them again."
_ACCOUNT: Final = (
    "A person gets the account of every row in three files by `chasedata-mcp batch results`."
)


def _render_lines(result: BatchResult) -> Iterator[str]:
    if result.file:
        yield f"file: {_on_a_line(result.file)}"
    for count in result.counts or ():
        yield f"{count.rows:,} {count.state}{f' ({count.reason})' if count.reason else ''}"
    for column, argument in (result.columns or {}).items():
        yield f"column {_on_a_line(column)} -> {_on_a_line(argument)}"
    if result.left_over:
        yield f"left over: {_on_a_line(result.left_over)}"
    if result.common:
        yield f"for all rows: {_on_a_line(result.common)}"
    yield from (f"note: {_on_a_line(note)}" for note in result.notes or ())
    for row in result.first_rows or ():
        yield from _render_row(row)


def _render_row(row: BatchRowResult) -> Iterator[str]:
    code = f" ({row.code})" if row.code else ""
    lead = f", lead {_on_a_line(row.lead_id)}" if row.lead_id else ""
    entry = f", entry {row.entry}" if row.entry else ""
    yield f"row {row.row}: {row.state}{code}{lead}{entry} {_on_a_line(row.values)}"
    if row.reason:
        yield f"  {_on_a_line(row.reason)}"


def _on_a_line(value: object) -> str:
    """Write a value as JSON, in which no line break can begin a line that looks like ours."""
    return json.dumps(value, ensure_ascii=False)
