"""A call from the terminal down the one road: read, admitted, asked about if need be, sent."""

import getpass
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass

from anyio.from_thread import BlockingPortal, start_blocking_portal

from chasedata_mcp import compose
from chasedata_mcp.cli.asking import Ask
from chasedata_mcp.cli.screen import complain
from chasedata_mcp.dispatch import NOT_CONFIGURED, Cleared, Held, Reply, Road
from chasedata_mcp.errors import CallError, SettingsError
from chasedata_mcp.history.reconciling import Reconciled, reconcile
from chasedata_mcp.history.undoing import Undoing
from chasedata_mcp.ledger import Ledger
from chasedata_mcp.mcp_server.logs import log_to_standard_error
from chasedata_mcp.results import Result
from chasedata_mcp.settings import Settings


def _until_done(sending: Future[Result]) -> Result:
    return sending.result()


@dataclass(frozen=True, slots=True)
class Caller:
    """A person at a terminal. The road runs in a thread of its own: Ctrl-C reaches a question."""

    portal: BlockingPortal
    road: Road
    ask: Ask
    name: str
    ledger: Ledger | None = None
    wait: Callable[[Future[Result]], Result] = _until_done

    def call(self, tool: str, arguments: Mapping[str, object]) -> Result:
        """Make a call and tell how it ended; a failure is a result too."""
        try:
            return self._send(self._cleared(tool, arguments))
        except Exception as error:  # noqa: BLE001 - whatever fails, the caller learns how it stands
            return self.road.told(error)

    def undo(self, entry_id: str) -> Result:
        """Take an entry of the history back and tell how it ended.

        Raises:
            SettingsError: There is no history.
        """
        undoing = Undoing(self.road, self._kept())
        try:
            return self._undone(undoing, entry_id)
        except Exception as error:  # noqa: BLE001 - as above
            return self.road.told(error)

    def _undone(self, undoing: Undoing, entry_id: str) -> Result:
        plan = self.portal.call(undoing.plan, entry_id, None)
        cleared = self.portal.call(undoing.admit, plan, self.name)
        if isinstance(cleared, Held):
            reply = self._asked(cleared)
            cleared = self.portal.call(undoing.redeem, plan, self.name, cleared.consent_id, reply)
        sending = self.portal.start_task_soon(undoing.carry_out, plan, cleared)
        return self._waited(sending, cleared[0])

    def reconcile(self) -> list[Reconciled]:
        """Look up what became of the calls of which nobody knows.

        Raises:
            LedgerError: The ledger can't be read or written.
        """
        return self.portal.call(self._reconcile, self._kept())

    async def _reconcile(self, ledger: Ledger) -> list[Reconciled]:
        return [one async for one in reconcile(self.road, ledger)]

    def _kept(self) -> Ledger:
        if self.ledger is None:
            raise SettingsError("there is no history without a dialer: " + NOT_CONFIGURED)
        return self.ledger

    def _asked(self, held: Held) -> Reply:
        try:
            return self.ask(held.question)
        except CallError as error:
            raise self.road.refused(held.calls, error) from None

    def _cleared(self, tool: str, arguments: Mapping[str, object]) -> Cleared:
        action = self.road.read(tool, arguments, self.name)
        admitted = self.portal.call(self.road.admit, action, self.name)
        if isinstance(admitted, Cleared):
            return admitted
        reply = self._asked(admitted)
        return self.portal.call(self.road.redeem, action, self.name, admitted.consent_id, reply)

    def _send(self, cleared: Cleared) -> Result:
        return self._waited(self.portal.start_task_soon(self.road.send, cleared), cleared)

    def _waited(self, sending: Future[Result], cleared: Cleared) -> Result:
        try:
            return self.wait(sending)
        except KeyboardInterrupt:
            if cleared.call.action.hints.read_only:
                raise
        return self._finished(sending, cleared)

    def _finished(self, sending: Future[Result], cleared: Cleared) -> Result:
        """Wait on: a call that is under way can't be taken back, and its result is wanted."""
        try:
            complain("the call is under way and can't be taken back; Ctrl-C again won't wait")
            return self.wait(sending)
        except KeyboardInterrupt:
            complain(f"whether it was done is unknown. {cleared.call.action.check_first()}")
            raise


@contextmanager
def caller(settings: Settings, ask: Ask) -> Generator[Caller]:
    """Open the road that the settings describe for the person at the terminal.

    Raises:
        SettingsError: The settings can't be used.
    """
    log_to_standard_error(settings.log_level)
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(compose.opened(settings)) as opened,
    ):
        yield Caller(portal, opened.road, ask, f"{user()}/terminal", opened.ledger)


def user() -> str:
    """The machine's user, as far as it tells; over stdio it is the same principal."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # on a machine without a name for whoever runs this
        return "unknown user"
