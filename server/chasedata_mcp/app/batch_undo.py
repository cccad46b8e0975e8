"""The undo of a batch: its rows are taken back, as far as there is a way, after one question."""

from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Final, TypeVar

import anyio
from anyio import to_thread

from chasedata_mcp.approvals.models import ApprovalRequest
from chasedata_mcp.batches.batch_approval import RowsApproval
from chasedata_mcp.batches.batch_service import GOES_ON, BatchView
from chasedata_mcp.batches.models import OnDuplicate, RowState
from chasedata_mcp.batches.store import BatchStore
from chasedata_mcp.errors import CallError, Code, Outcome
from chasedata_mcp.fields.format import join_words, quote_name, replace_controls
from chasedata_mcp.history.undo.models import NotUndoable
from chasedata_mcp.history.undo.planner import PLANNERS
from chasedata_mcp.history.undo_service import UndoService
from chasedata_mcp.jobs.plan import Turns
from chasedata_mcp.ledger import ApprovalSummary, Ledger, ledger_required
from chasedata_mcp.ledger.questions import Question, Typed, TypedKind
from chasedata_mcp.pipeline.pipeline import Pipeline
from chasedata_mcp.pipeline.refusal_record import RefusedRequest
from chasedata_mcp.tools.dnc import InsertDnc
from chasedata_mcp.tools.history import Undo
from chasedata_mcp.tools.registry import find_action
from chasedata_mcp.tools.results import Result

T = TypeVar("T")

AT_ONCE: Final = 200
"""The rows that one yes takes back; the next undo of the batch goes on with the others."""
_IN_FLIGHT: Final = 5
_REASONS: Final = 5


@dataclass(frozen=True, slots=True)
class BatchUndoPlan:
    """The entries of rows that can be taken back now, and how many can't, by the reason.

    `is_all` is false where the batch has more rows than one yes is for.
    """

    view: BatchView
    entries: tuple[str, ...]
    reasons: Counter[str]
    is_all: bool


@dataclass(frozen=True, slots=True)
class UndoApproval:
    """The approval of an undo, and a person's yes once it was given."""

    rows: RowsApproval
    kept: list[ApprovalSummary]


class BatchUndo:
    """The undo of batches of one account, through its pipeline."""

    def __init__(self, pipeline: Pipeline, ledger: Ledger, store: BatchStore) -> None:
        self._pipeline, self._ledger, self._store = pipeline, ledger, store
        self._undoing = UndoService(pipeline, ledger)

    async def plan(self, view: BatchView, caller: str) -> BatchUndoPlan:
        """Plan which rows are taken back; a refusal is recorded.

        Raises:
            CallError: `not_allowed`; none can be, with the reason, or the ledger can't be read.
        """
        try:
            return await self._plan(view)
        except CallError as error:
            self._note_refusal(view.batch.id, caller, error)
            raise

    async def _plan(self, view: BatchView) -> BatchUndoPlan:
        self._pipeline.policy.refuse_by_name(Undo)
        _require_ended(view)
        self._require_way_back(view)
        entries: list[str] = []
        reasons: Counter[str] = Counter()
        is_all = True
        async for found in self._list_done(view.batch.id):
            planned = await _do_several(found, self._find_obstacle)
            for entry, why in zip(found, planned, strict=True):
                if why:
                    reasons[why] += 1
                elif len(entries) < AT_ONCE:
                    entries.append(entry)
                else:
                    is_all = False
            if not is_all:
                break
        if not entries:
            why = _describe(reasons) or "None was done that isn't taken back already."
            raise _refuse(f"No row of this batch can be taken back. {why}")
        return BatchUndoPlan(view, tuple(entries), reasons, is_all)

    def make_approval(self, plan: BatchUndoPlan, caller: str) -> "UndoApproval":
        """Make the approval of a plan, which keeps the yes for `execute`."""
        kept: list[ApprovalSummary] = []

        async def build() -> ApprovalRequest:
            return self.build_request(plan, caller)

        async def keep(yes: ApprovalSummary, asked: datetime) -> None:
            del asked
            kept.append(yes)

        note = partial(self._note_refusal, plan.view.batch.id, caller)
        return UndoApproval(RowsApproval(self._pipeline.approvals, build, keep, note), kept)

    def _note_refusal(self, batch_id: str, caller: str, error: CallError) -> None:
        """Record in the background that nothing of a batch was taken back."""
        refused = RefusedRequest(
            tool=Undo.name,
            digest=f"undo {batch_id}",
            arguments={"entry": batch_id},
            caller=caller,
            rule="batch",
            error=error,
        )
        self._ledger.note(refused.build_note(self._pipeline.account, self._pipeline.now()))

    def build_request(self, plan: BatchUndoPlan, caller: str) -> ApprovalRequest:
        """Make the request for a person's yes to take these rows back."""
        question = _build_question(plan)
        entries = sha256("\n".join(plan.entries).encode()).hexdigest()
        return ApprovalRequest(
            digest=f"undo of batch:{plan.view.batch.id}:{entries}:{self._pipeline.policy.mark}",
            caller=caller,
            question=question,
            rules=(frozenset({"batch"}),),
            calls=(
                {
                    "tool": plan.view.batch.tool,
                    "rows": len(plan.entries),
                    "arguments": {"undo of batch": plan.view.batch.id},
                    "asked_by": [{"rule": "batch", "reason": question.text}],
                },
            ),
            needs=self._pipeline.policy.required_assurance_of_grant(
                find_action(plan.view.batch.tool)
            ),
        )

    async def execute(self, plan: BatchUndoPlan, caller: str, approval: ApprovalSummary) -> Result:
        """Take the rows back, each by a plan that is made anew; what can't be is said."""
        turns = Turns()

        async def undo(entry: str) -> str:
            try:
                # Of two that touch one list, each would be in the way of the other.
                async with self._turns_of(entry, turns):
                    planned = await self._undoing.plan(entry, None)
                    cleared = await self._pipeline.admit_undo(planned.group, caller, approval)
                    await self._undoing.execute(planned, cleared)
            except CallError as error:
                return error.message
            return ""

        problems = [why for why in await _do_several(plan.entries, undo) if why]
        account = self._pipeline.account
        reasons = Counter(problems)
        done = len(plan.entries) - len(problems)
        more = "" if plan.is_all else " More rows are left: undo it again to go on with them."
        return Result(
            outcome=Outcome.DONE if done or not problems else Outcome.REFUSED,
            environment=account.environment,
            account=account.accid,
            message=f"Took back {done:,} of {len(plan.entries):,} rows of batch "
            f"{plan.view.batch.id}.{more}",
            warnings=_list_reasons(reasons + plan.reasons),
        )

    @asynccontextmanager
    async def _turns_of(self, entry_id: str, turns: Turns) -> AsyncGenerator[None]:
        """Have the turns of all that an entry touched, in one order for all entries.

        Raises:
            CallError: `not_allowed`; the ledger can't be read.
        """
        with ledger_required:
            entry = await self._ledger.entry(entry_id)
        async with AsyncExitStack() as held:
            for key in sorted(set(entry.intent.resource_keys if entry else ())):
                await held.enter_async_context(turns.of(key))
            yield

    def _require_way_back(self, view: BatchView) -> None:
        """Refuse a batch none of whose rows has a way back.

        Raises:
            CallError: `not_allowed`; it is one.
        """
        if view.batch.tool == InsertDnc.name:
            raise _refuse(
                "A batch doesn't take numbers off the do-not-call list: undo the entries of those "
                "that were wrong one by one, so that a person types each."
            )
        way = PLANNERS[find_action(view.batch.tool)]
        if isinstance(way, NotUndoable) and view.batch.on_duplicate is not OnDuplicate.UPDATE:
            raise _refuse(f"{way.reason} {way.instead}")

    async def _list_done(self, batch_id: str) -> AsyncIterator[list[str]]:
        """List the entries of rows that were done and not taken back, a part at a time."""
        after = 0
        while True:
            read = partial(self._store.read_rows, after=after, limit=AT_ONCE, state=RowState.DONE)
            rows = await to_thread.run_sync(read, batch_id)
            if not rows:
                return
            after = rows[-1].number
            entries = [row.entry for row in rows if row.entry]
            with ledger_required:
                undone = await self._ledger.undone_by(entries)
            yield [entry for entry in entries if entry not in undone]

    async def _find_obstacle(self, entry: str) -> str:
        """Find why an entry can't be taken back now, empty where it can."""
        try:
            await self._undoing.plan(entry, None)
        except CallError as error:
            return error.message.removesuffix(" Nothing was sent.")
        return ""


def _require_ended(view: BatchView) -> None:
    """Refuse a batch whose rows are being sent: the yes to its undo would be to others meanwhile.

    Raises:
        CallError: `not_allowed`; it is one.
    """
    if view.batch.state in GOES_ON:
        raise CallError(
            Code.NOT_ALLOWED,
            f"Batch {view.batch.id} is {view.batch.state}, so what is to be taken back still "
            "grows. Nothing was sent.",
            hint="Stop it first (stop_batch, or chasedata-mcp batch stop), or wait for its end.",
        )


def _refuse(why: str) -> CallError:
    return CallError(Code.NOT_ALLOWED, f"{why} Nothing was sent.", hint=_ONE_BY_ONE)


_ONE_BY_ONE: Final = "Take a single row back by its entry; the history and the account show it."


def _build_question(plan: BatchUndoPlan) -> Question:
    batch, count = plan.view.batch, len(plan.entries)
    source = f" of {quote_name(batch.source)}" if batch.source else ""
    parts = [
        f"Take back {count:,} rows{source} ({batch.tool}, batch {batch.id}), each by its opposite?",
        _describe(plan.reasons),
        "" if plan.is_all else "More rows are left for another time.",
    ]
    text = replace_controls(" ".join([part for part in parts if part]))
    return Question(text, Typed(TypedKind.COUNT, str(count)))


def _describe(reasons: Counter[str]) -> str:
    if not reasons:
        return ""
    return f"{reasons.total():,} can't be: {join_words(_list_reasons(reasons))}"


def _list_reasons(reasons: Counter[str]) -> list[str]:
    return [f"{count:,}: {reason}" for reason, count in reasons.most_common(_REASONS)]


async def _do_several(entries: Sequence[str], work: Callable[[str], Awaitable[T]]) -> list[T]:
    """Do work for entries, a few at a time; the results are in their order."""
    found: dict[str, T] = {}
    limit = anyio.CapacityLimiter(_IN_FLIGHT)

    async def one(entry: str) -> None:
        async with limit:
            found[entry] = await work(entry)

    async with anyio.create_task_group() as tasks:
        for entry in entries:
            tasks.start_soon(one, entry)
    return [found[entry] for entry in entries]
