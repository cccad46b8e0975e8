"""Approval out of band: a person who can't be asked here answers on a terminal or on the page."""

import os
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

import anyio

from chasedata_mcp.app.state import is_passing, ledger_directory, record_of
from chasedata_mcp.approvals.errors import refuse_unconfirmed
from chasedata_mcp.approvals.page_address import announced
from chasedata_mcp.approvals.program import NAME, program, quoted
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.ledger import ApprovalState
from chasedata_mcp.pipeline.pending_approval import PendingApproval
from chasedata_mcp.pipeline.pipeline import Pipeline
from chasedata_mcp.settings import FILE_VARIABLE, Settings
from chasedata_mcp.tools.account import Account

# Common clients give a call up after a minute, and its code with it.
WAIT: Final = 50.0
"""Seconds that a call waits, whatever it is asked about anew meanwhile."""
LOOK: Final = 0.5
"""Seconds from one look at the answer to the next."""
_TELL: Final = 5.0
"""Seconds from one report to the client that the call still waits to the next."""
_UNANSWERED: Final = "A person must confirm this call, and nobody has answered yet."
_HERE: Final = "in a terminal"
_ALIKE: Final = "in a terminal where CHASEDATA_LEDGER is set as for this server"
_AGAIN: Final = "call the tool again with the same arguments"

Progress = Callable[[float, float | None, str | None], Awaitable[None]]
"""Reports to whoever waits how far it is: so many seconds of so many, and what for."""


def _no_page() -> None:
    return None


@dataclass(slots=True)
class Deadline:
    """The end of the waiting of one call, `wait` seconds after the first of its questions.

    `clock` gives seconds, from whenever; it never goes back.
    """

    clock: Callable[[], float]
    wait: float = WAIT
    _began: float | None = None

    @property
    def spent(self) -> float:
        """The seconds of it that are over."""
        now = self.clock()
        if self._began is None:
            self._began = now
        return now - self._began

    @property
    def left(self) -> float:
        """The seconds of it that are left."""
        return max(0.0, self.wait - self.spent)

    @property
    def is_over(self) -> bool:
        """True where the call has to be answered now."""
        return self._began is not None and not self.left


@dataclass(frozen=True, slots=True)
class OutOfBand:
    """The places where questions can be answered beside the client.

    `page` gives the address of the approvals page, `http://127.0.0.1:8766`, if one runs; `pause`
    lets so many seconds pass, and `clock` counts them. A ledger that no other process sees can't be
    reached by a terminal. `program` is what a person types there, and `place` the options by which
    it finds this server's record, if that isn't where it looks by itself. A call waits for at most
    `wait` seconds; `again` says how it is made again.
    """

    page: Callable[[], str | None] = _no_page
    pause: Callable[[float], Awaitable[None]] = anyio.sleep
    on_a_terminal: bool = True
    clock: Callable[[], float] = anyio.current_time
    program: str = NAME
    place: str = ""
    terminal: str = _HERE
    wait: float = WAIT
    again: str = _AGAIN

    def deadline(self) -> Deadline:
        """Make the deadline of one call."""
        return Deadline(self.clock, self.wait)

    def address(self, pending: PendingApproval) -> str | None:
        """Give the page's address of a question, which lets nobody in and approves nothing."""
        page = self.page()
        return None if page is None else f"{page}/approvals/q/{pending.approval.id}"

    async def wait_for_answer(
        self, pipeline: Pipeline, progress: Progress, pending: PendingApproval, deadline: Deadline
    ) -> ApprovalState:
        """Wait for an answer until the deadline, and report it; `asked` where none came."""
        doing = f"Waiting for a person, {self._how(pipeline.account, pending)}. {_why(pending)}"
        tell_at = 0.0
        while True:
            spent = deadline.spent
            found = await pipeline.approvals.get(pending.approval.id)
            state = ApprovalState.DECLINED if found is None else found.state
            is_late = pipeline.now() >= pending.approval.ends
            if state is not ApprovalState.ASKED or is_late or deadline.is_over:
                return state
            if spent >= tell_at:
                await progress(spent, self.wait, doing)
                tell_at = spent + _TELL
            await self.pause(LOOK)

    def build_unanswered(
        self, pipeline: Pipeline, pending: PendingApproval, *, anew: str = ""
    ) -> CallError:
        """Make the error of a call that nobody has answered yet, with how a person still can.

        With `anew`, they have answered, and this is why that doesn't count.
        """
        if pipeline.now() >= pending.approval.ends:
            return refuse_unconfirmed("Nobody answered the question in time.")
        return CallError(
            Code.NEEDS_CONFIRMATION,
            f"{anew or _UNANSWERED} Nothing was sent. {_why(pending)}".rstrip(),
            hint=f"Ask the person to answer it {self._how(pipeline.account, pending)}. Once "
            f"they have said yes, {self.again}; it goes through once.",
            approvable=pending.as_left,
        )

    def _how(self, account: Account, pending: PendingApproval) -> str:
        """Say until when a person answers a question, and where: the command as it is typed."""
        ways = " or ".join(self._ways(account, pending.approval.code))
        return f"by {pending.approval.ends.astimezone():%H:%M %Z} on this machine: {ways}"

    def _ways(self, account: Account, code: str) -> Iterator[str]:
        if self.on_a_terminal:
            yield f"`{self.command(account, code)}` {self.terminal}"
        page = self.page()
        if page is not None:
            yield f"{page}/approvals in a browser"

    def command(self, account: Account, code: str) -> str:
        """Write the command by which a person answers a question."""
        sandbox = " --sandbox" if account.environment == "sandbox" else ""
        return f"{self.program} approve {code}{sandbox}{self.place}"


def out_of_band_of(account: Account, settings: Settings) -> OutOfBand | None:
    """Find where questions are answered: nowhere, if no other process sees the ledger."""
    if account.environment == "none" or is_passing(settings):
        return None
    page, place = partial(announced, ledger_directory(settings), account), place_of(settings)
    terminal = _ALIKE if settings.ledger is not None and not place else _HERE
    return OutOfBand(page, program=program(), place=place, terminal=terminal)


def place_of(settings: Settings, environ: Mapping[str, str] = os.environ) -> str:
    """Write the options by which `approve` finds the record, in a shell without any setting."""
    if settings.ledger is not None:
        # The address may hold a password, which stays in the file that it came from.
        return f" --config {quoted([environ[FILE_VARIABLE]])}" if FILE_VARIABLE in environ else ""
    found = record_of(settings, environ)
    return "" if found is None else f" --state-dir {quoted([str(found)])}"


def _why(pending: PendingApproval) -> str:
    """Join the rules' reasons to ask; none of them repeats what the call was given."""
    asks = [ask for call in pending.calls for ask in call.asked_by if not ask.fact]
    return " ".join(["Why:", *dict.fromkeys(ask.reason for ask in asks)]) if asks else ""


def refuse_unattended() -> CallError:
    """Refuse a call that nobody can be asked about, through the client or beside it."""
    return CallError(
        Code.NEEDS_CONFIRMATION,
        "A person must confirm this call, and this client can't ask one. Nothing was sent.",
        hint="Nobody else can answer either: this sandbox keeps its record in memory, for this "
        "server alone. Tell the person who runs it.",
    )
