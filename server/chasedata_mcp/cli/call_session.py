"""The session of a person at a terminal: their calls go the one way through the pipeline."""

import sys
from collections.abc import Awaitable, Callable, Generator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from anyio.from_thread import BlockingPortal, start_blocking_portal

from chasedata_mcp.app import composition as compose
from chasedata_mcp.app.approval_loop import Admit, ApprovalLoop, Redeem, Step
from chasedata_mcp.app.machine_user import machine_user
from chasedata_mcp.app.out_of_band import OutOfBand, out_of_band_of
from chasedata_mcp.app.state import directory
from chasedata_mcp.approvals.models import Reply
from chasedata_mcp.approvals.second_factor import SecondFactor
from chasedata_mcp.cli.screen import complain, err
from chasedata_mcp.cli.terminal_prompt import (
    ON_THE_TERMINAL,
    Ask,
    ask_at_terminal,
    has_terminal,
    person,
    with_a_code,
)
from chasedata_mcp.errors import NOT_CONFIGURED, CallError, Code, SettingsError
from chasedata_mcp.fields.assurance_level import AssuranceLevel
from chasedata_mcp.history.reconcile import (
    PersonFinding,
    ReconciledEntry,
    build_outcome_question,
    build_unconfirmed_error,
    count_unsettled,
    find_open_entry,
    reconcile,
    record_finding,
)
from chasedata_mcp.history.undo_service import UndoService
from chasedata_mcp.ledger import Ledger
from chasedata_mcp.ledger.models import name_without_terminal
from chasedata_mcp.mcp_server.logs import log_to_standard_error
from chasedata_mcp.pipeline.pipeline import (
    Cleared,
    PendingApproval,
    Pipeline,
)
from chasedata_mcp.settings import Settings
from chasedata_mcp.tools.account import Account
from chasedata_mcp.tools.results import Result

if TYPE_CHECKING:
    from chasedata_mcp.app.batch_undo import BatchUndo
    from chasedata_mcp.batches.batch_approval import RowsApproval
    from chasedata_mcp.batches.batch_service import BatchView
    from chasedata_mcp.dialer.client import Observe
    from chasedata_mcp.dialer.harmless_posts import HarmlessPosts

_AGAIN = "run the same command again"
_LEFT = "The question was left with Ctrl-C. Nothing was sent."


def _until_done(sending: Future[Result]) -> Result:
    return sending.result()


@dataclass(frozen=True, slots=True)
class TerminalSession:
    """A person at a terminal, and the pipeline that they call.

    The pipeline has a thread of its own, so that Ctrl-C reaches a question in this one.
    """

    portal: BlockingPortal
    pipeline: Pipeline
    ask: Ask
    name: str
    ledger: Ledger | None = None
    wait: Callable[[Future[Result]], Result] = _until_done
    sure: Callable[[], AssuranceLevel] = lambda: AssuranceLevel.MACHINE
    """Asks for a code of the second factor, and gives the assurance of a yes with it."""
    beside: OutOfBand | None = None
    """The places where questions are answered if there is nobody to ask here."""
    post_harmlessly: "Callable[[], Awaitable[HarmlessPosts]] | None" = None
    """Makes what posts the requests of a probe that are no tool's calls."""

    def call(self, tool: str, arguments: Mapping[str, object]) -> Result:
        """Make a call; a failure is a result too."""
        try:
            return self._send(self._cleared(tool, arguments))
        except Exception as error:  # noqa: BLE001 - whatever fails, the caller learns how it stands
            return self.pipeline.build_failure(error)

    def undo(self, entry_id: str) -> Result:
        """Take an entry of the history back; a failure is a result too.

        Raises:
            SettingsError: There is no history.
        """
        undoing = UndoService(self.pipeline, self.require_ledger())
        try:
            return self._undone(undoing, entry_id)
        except Exception as error:  # noqa: BLE001 - as above
            return self.pipeline.build_failure(error)

    def _undone(self, undoing: UndoService, entry_id: str) -> Result:
        plan = self.portal.call(undoing.plan, entry_id, None, self.name)
        cleared = self.approve(
            partial(undoing.admit, plan, self.name), partial(undoing.redeem, plan, self.name)
        )
        sending = self.portal.start_task_soon(undoing.execute, plan, cleared)
        return self._waited(sending, cleared)

    def undo_batch(self, undoing: "BatchUndo", view: "BatchView") -> Result:
        """Take the rows of a batch back, after one question; a failure is a result too."""
        try:
            plan = self.portal.call(undoing.plan, view, self.name)
            approval = undoing.make_approval(plan, self.name)
            self.approve_rows(approval.rows)
            return self.portal.call(undoing.execute, plan, self.name, approval.kept[0])
        except Exception as error:  # noqa: BLE001 - as above
            return self.pipeline.build_failure(error)

    def approve_rows(self, rows: "RowsApproval") -> None:
        """Have many rows approved by one question.

        Raises:
            BatchError: There is nothing to be done.
            CallError: There is no yes to them; that is on record where it is the end.
        """
        try:
            self.approve(rows.admit, rows.redeem)
        except KeyboardInterrupt:
            rows.note(_left_error())
            raise

    def reconcile(self, show: Callable[[ReconciledEntry, int], object]) -> None:
        """Look up the calls whose outcome is unknown.

        Args:
            show: Takes each as it was found, and the number of all.

        Raises:
            LedgerError: The ledger can't be read or written.
        """
        self.portal.call(self._reconcile, self.require_ledger(), show)

    async def _reconcile(
        self, ledger: Ledger, show: Callable[[ReconciledEntry, int], object]
    ) -> None:
        total = await count_unsettled(self.pipeline, ledger)
        async for one in reconcile(self.pipeline, ledger):
            show(one, total)

    def tell(self, entry_id: str, word: PersonFinding) -> Result:
        """Record a person's finding on the outcome of an entry, once they confirm it.

        Raises:
            LedgerError: The ledger can't be read or written.
        """
        ledger = self.require_ledger()
        try:
            question = build_outcome_question(
                self.portal.call(find_open_entry, self.pipeline, ledger, entry_id), word
            )
            if not question.is_yes(self.ask(question).content):
                raise build_unconfirmed_error()
            by = f"{machine_user()}, {ON_THE_TERMINAL}"
            return self.portal.call(record_finding, self.pipeline, ledger, entry_id, word, by)
        except CallError as error:
            return self.pipeline.build_failure(error)

    def require_ledger(self) -> Ledger:
        """Give the ledger.

        Raises:
            SettingsError: There is none without a dialer.
        """
        if self.ledger is None:
            raise SettingsError("there is no history without a dialer: " + NOT_CONFIGURED)
        return self.ledger

    def approve(self, admit: Admit, redeem: Redeem) -> Cleared:
        """Have calls cleared, by the person's answers where they are asked about.

        Raises:
            CallError: They were not.
        """
        loop = ApprovalLoop(self.pipeline, admit, redeem, self.beside)
        step: Step = self.portal.call(partial(loop.begin, out_of_band=self.beside is not None))
        while isinstance(step, PendingApproval):
            step = self._answered(loop, step)
        return step

    def _answered(self, loop: ApprovalLoop, pending: PendingApproval) -> Step:
        if self.beside is not None:
            return self.portal.call(loop.wait, pending)
        reply = self._put(loop, pending)
        return self.portal.call(loop.take, pending.approval.id, reply)

    def _put(self, loop: ApprovalLoop, pending: PendingApproval) -> Reply:
        """Ask the person in this thread, which is the one that Ctrl-C reaches."""
        approval = pending.approval
        try:
            with loop.recording(pending):
                reply = self.ask(approval.question)
                is_yes = approval.question.is_yes(reply.content)
                if is_yes and approval.needs is AssuranceLevel.SECOND_FACTOR:
                    return replace(reply, sureness=self.sure())
                return reply
        except KeyboardInterrupt:
            unanswered = pending.mark_unanswered("by nobody: it was left with Ctrl-C")
            self.pipeline.refused(unanswered, _left_error())
            raise

    def _cleared(self, tool: str, arguments: Mapping[str, object]) -> Cleared:
        action = self.pipeline.read(tool, arguments, self.name)
        return self.approve(
            partial(self.pipeline.admit, action, self.name),
            partial(self.pipeline.redeem, action, self.name),
        )

    def _send(self, cleared: Cleared) -> Result:
        return self._waited(self.portal.start_task_soon(self.pipeline.send, cleared), cleared)

    def _waited(self, sending: Future[Result], cleared: Cleared) -> Result:
        try:
            return self.wait(sending)
        except KeyboardInterrupt:
            if cleared.calls[0].action.hints.read_only:
                raise
        return self._finished(sending, cleared)

    def _finished(self, sending: Future[Result], cleared: Cleared) -> Result:
        """Wait on: a call that is under way can't be taken back, and its result is wanted."""
        try:
            complain("the call is under way and can't be taken back; Ctrl-C again won't wait")
            return self.wait(sending)
        except KeyboardInterrupt:
            complain(f"whether it was done is unknown. {cleared.calls[0].action.advise_retry()}")
            raise


def _left_error() -> CallError:
    return CallError(Code.DECLINED, _LEFT, hint=_AGAIN)


@contextmanager
def open_session(
    settings: Settings, ask: Ask, observe: "Observe | None" = None
) -> Generator[TerminalSession]:
    """Open the pipeline that the settings describe for the person at the terminal.

    `observe` takes each request to the dialer with the reply as it came.

    Raises:
        SettingsError: The settings can't be used.
    """
    log_to_standard_error(settings.log_level)
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(compose.opened(settings, observe)) as opened,
    ):
        factor = SecondFactor(directory(settings))
        sure = partial(with_a_code, factor, opened.pipeline.now, err(), sys.stdin.readline)
        here = ask is not ask_at_terminal or has_terminal()
        beside = None if here else _out_of_band(opened.pipeline.account, settings)
        # A command of a script may be an assistant's with a shell: it is no person at a terminal.
        name = person() if here else name_without_terminal(machine_user())
        yield TerminalSession(
            portal,
            opened.pipeline,
            ask,
            name,
            opened.ledger,
            sure=sure,
            beside=beside,
            post_harmlessly=opened.post_harmlessly,
        )


def _out_of_band(account: Account, settings: Settings) -> OutOfBand | None:
    """Find where the question of a command can be answered, which ends without waiting for it."""
    found = out_of_band_of(account, settings)
    return found and replace(found, wait=0.0, again=_AGAIN)
