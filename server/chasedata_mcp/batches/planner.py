"""The planner: rows of a file or of a call become a frozen batch, and none of them is lost."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, nullcontext, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final

from anyio import from_thread, to_thread

from chasedata_mcp.batches.columns import ColumnMapping, looks_like_header, map_columns
from chasedata_mcp.batches.errors import BatchError, BatchStoreError
from chasedata_mcp.batches.inline_rows import table_of_rows
from chasedata_mcp.batches.models import (
    TOOLS,
    Batch,
    BatchRow,
    BatchState,
    OnDuplicate,
)
from chasedata_mcp.batches.repeated_rows import RepeatedRows
from chasedata_mcp.batches.row_checker import RowChecker
from chasedata_mcp.batches.row_lookup import RowLookup, require_lookup_fits
from chasedata_mcp.batches.row_people import RowPeople
from chasedata_mcp.batches.row_planner import RowPlanner
from chasedata_mcp.batches.store import BatchStore
from chasedata_mcp.fields.format import format_count, join_words
from chasedata_mcp.files.tables import Table, TableError, open_table
from chasedata_mcp.ledger.models import fresh_id
from chasedata_mcp.pipeline.pipeline import Pipeline
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.batches import MAX_INLINE
from chasedata_mcp.tools.coercion import coerce
from chasedata_mcp.tools.registry import find_action

_AT_ONCE: Final = 500
"""The rows that are stored together."""
PlanReport = Callable[[str, int], None]
"""Learns of a batch that is being planned, by its id, and of how many of its rows are stored."""


def report_nothing(batch: str, rows: int) -> None:
    """Leave it to those who don't wait to see how far a plan is."""
    del batch, rows


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRequest:
    """A request to plan a batch.

    Attributes:
        tool: One of `TOOLS`.
        rows: The rows themselves, or none where `file` names them.
        file: The name of a file in the folder for such files.
        columns: The argument of a column, where its name doesn't say it; empty leaves it out.
        common: The arguments that are the same for all rows.
        on_duplicate: What becomes of a lead that is there already.
        already_there: Whether each lead is looked up while it is planned, and left out if it is
            there.
    """

    tool: str
    rows: Sequence[Mapping[str, object]] = ()
    file: str = ""
    columns: Mapping[str, str] = field(default_factory=dict[str, str])
    common: Mapping[str, object] = field(default_factory=dict[str, object])
    on_duplicate: OnDuplicate = OnDuplicate.SKIP
    already_there: bool = False


class Planner:
    """A planner of batches. Nothing of what it does reaches the dialer.

    Args:
        pipeline: The way that the rows will go.
        store: Where they are kept.
        folder: The folder of the user's files, None where there is none.
    """

    def __init__(self, pipeline: Pipeline, store: BatchStore, folder: Path | None) -> None:
        self._pipeline, self._store, self._folder = pipeline, store, folder

    async def plan(
        self, request: BatchRequest, caller: str, report: PlanReport = report_nothing
    ) -> Batch:
        """Plan a batch: all rows are checked and stored, and what is stored never changes.

        Args:
            request: What is to be planned.
            caller: Who asked for it.
            report: Learns, in a thread of its own, of the batch and of the rows that are stored.

        Raises:
            BatchError: It can't be made; the message says what to change.
            CallError: `not_allowed` or `not_configured`; the tool isn't offered, or what the rows
                are checked by can't be read.
        """
        if request.tool not in TOOLS:
            raise BatchError(f"A batch takes {join_words(list(TOOLS))}, and no other tool.")
        tool = find_action(request.tool)
        self._pipeline.policy.refuse_tool(tool)
        _refuse_half_characters(request)
        if request.already_there:
            require_lookup_fits(request.tool, request.on_duplicate)
        request, meanings = self._resolve_common(tool, request)
        facts = await self._pipeline.facts.shared()
        checker = RowChecker(self._pipeline, request.tool, facts)
        account = self._pipeline.account.accid
        lookup = RowLookup(self._pipeline) if request.already_there else None
        work = _Planning(
            self._store, request, checker, account, caller, report=report, lookup=lookup
        )
        work.notes += [f"For all rows: {one}" for one in meanings]
        try:
            opened = self._open(request)
            return await to_thread.run_sync(work.run, opened, facts.now)
        except TableError as error:
            raise BatchError(str(error)) from None

    def _resolve_common(
        self, tool: type[Action], request: BatchRequest
    ) -> tuple[BatchRequest, tuple[str, ...]]:
        """Put names in the place of aliases in what is the same for all rows, and is asked about.

        Raises:
            CallError: An alias is of a names file that can't be used now.
        """
        taken, problems = coerce(tool, request.common)
        meant = self._pipeline.names.resolve(tool, request.common if problems else taken)
        return replace(request, common=meant.arguments), meant.meanings

    def _open(self, request: BatchRequest) -> Callable[[], AbstractContextManager[Table]]:
        """Say how the rows are opened.

        Raises:
            BatchError: There are none, or both a file and rows.
        """
        if bool(request.rows) == bool(request.file):
            raise BatchError("Give rows or the name of a file, one of the two.")
        if request.rows:
            if len(request.rows) > MAX_INLINE:
                raise BatchError(f"A call takes {MAX_INLINE} rows at most; put more into a file.")
            table = table_of_rows(request.rows)
            return lambda: nullcontext(table)
        if self._folder is None:
            raise BatchError(
                "No folder for files is set, so no file can be planned; give the rows."
            )
        return partial(open_table, self._folder, request.file)


def _refuse_half_characters(request: BatchRequest) -> None:
    """Refuse what no database takes: half of a surrogate pair, which JSON can hold.

    Raises:
        BatchError: There is one.
    """
    try:
        json.dumps([request.common, request.columns], ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError:
        raise BatchError(
            "`common` or `columns` has half of a surrogate pair in it, which is no character."
        ) from None


class _Planning:
    """One batch while it is planned, in a thread of its own."""

    def __init__(  # noqa: PLR0913 - one batch, of one caller
        self,
        store: BatchStore,
        request: BatchRequest,
        checker: RowChecker,
        account: str,
        caller: str,
        *,
        report: PlanReport,
        lookup: RowLookup | None,
    ) -> None:
        self._store, self._request, self._checker = store, request, checker
        self._account, self._caller, self._report = account, caller, report
        self._lookup = lookup
        self.notes: list[str] = []
        self._begun: Batch | None = None

    def run(self, opened: Callable[[], AbstractContextManager[Table]], now: datetime) -> Batch:
        try:
            return self._run(opened, now)
        except Exception as error:
            if self._begun is not None:
                known = isinstance(error, BatchError | TableError)
                why = str(error) if known else "it could not be planned to its end"
                # What was wrong first is what its caller has to know.
                with suppress(BatchStoreError):
                    self._store.give_up(self._begun.id, why)
            raise

    def _run(self, opened: Callable[[], AbstractContextManager[Table]], now: datetime) -> Batch:
        with opened() as table:
            mapping = self._map(table)
            batch = self._begin(mapping, now)
            with closing(RepeatedRows()) as repeated, closing(RowPeople()) as people:
                common = self._request.common
                rows = RowPlanner(self._checker, mapping, common, repeated, people)
                self._store_rows(batch, self._plan_rows(table, rows))
            self._store.settle_rows(batch.id, rows.list_marked_again())
        # Only here is it known whether the file stayed as it was.
        notes = [*table.notes, *self.notes, *rows.list_notes(), *self._describe_lookups()]
        return self._freeze(batch, notes)

    def _map(self, table: Table) -> ColumnMapping:
        request = self._request
        remembered = self._store.recall_mapping(request.tool, table.header)
        given = request.columns or {
            column: argument
            for column, argument in remembered.items()
            if argument not in request.common
        }
        tool = self._checker.tool
        mapping = map_columns(tool, table.header, given, request.common)
        if request.columns:
            self._store.remember_mapping(request.tool, table.header, mapping.as_given())
        return mapping

    def _begin(self, mapping: ColumnMapping, now: datetime) -> Batch:
        request = self._request
        batch = Batch(
            id=fresh_id(),
            account=self._account,
            caller=self._caller,
            tool=request.tool,
            source=request.file,
            header=mapping.header,
            arguments=mapping.arguments,
            common=request.common,
            on_duplicate=request.on_duplicate,
            planned=now,
        )
        self._store.add(batch)
        self._begun = batch
        self._report(batch.id, 0)
        return batch

    def _plan_rows(self, table: Table, rows: RowPlanner) -> Iterator[BatchRow]:
        for number, row in enumerate(table.rows, 1):
            if number == 1 and looks_like_header(row.cells):
                raise TableError(
                    f"{table.name} seems to have a second header in row {row.number}. Remove it."
                )
            yield rows.plan(number, row)

    def _store_rows(self, batch: Batch, rows: Iterator[BatchRow]) -> None:
        found = 0
        while some := list(islice(rows, _AT_ONCE)):
            if self._lookup is not None:
                some = from_thread.run(self._lookup.leave_out_those_there, some)
            self._store.add_rows(batch.id, some)
            found += len(some)
            self._report(batch.id, found)
        if not found:
            raise TableError("There are no rows under the header.")

    def _describe_lookups(self) -> Iterator[str]:
        if self._lookup is not None and self._lookup.failed:
            rows = format_count(self._lookup.failed, "row", "rows")
            yield f"{rows} could not be looked up."

    def _freeze(self, batch: Batch, notes: Iterable[str]) -> Batch:
        digest = self._store.digest_planned(batch)
        frozen = replace(batch, digest=digest, notes=tuple(notes), state=BatchState.PLANNED)
        self._store.freeze(frozen)
        return frozen
