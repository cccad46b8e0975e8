"""Where a person answers who can't be asked here: on another terminal, or on the page."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

import anyio

from chasedata_mcp.approvals.address import announced
from chasedata_mcp.dispatch import Held, Road
from chasedata_mcp.errors import Approvable, CallError, Code
from chasedata_mcp.guards.consents import State, not_confirmed
from chasedata_mcp.ledgers import is_passing, ledger_directory
from chasedata_mcp.results import Account
from chasedata_mcp.settings import Settings

WAIT: Final = 50.0
"""Seconds that a call waits, whatever it is asked about anew meanwhile.

Common clients give a call up after a minute, and its code with it.
"""
LOOK: Final = 0.5
"""Seconds from one look at the answer to the next."""
_TELL: Final = 5.0
"""Every so many seconds the client is told that the call still waits."""
_UNANSWERED: Final = "A person must confirm this call, and nobody has answered yet."
_CHANGED: Final = (
    "What is known of this call has changed since the person was asked, so they must be asked anew."
)

Progress = Callable[[float, float | None, str | None], Awaitable[None]]
"""Tells whoever waits how far it is: so many seconds of so many, and what for."""


def _no_page() -> None:
    return None


@dataclass(slots=True)
class Patience:
    """How long one call waits, for however many questions: from the first of them on.

    `clock` tells seconds, from whenever; it never goes back.
    """

    clock: Callable[[], float]
    _began: float | None = None

    @property
    def spent(self) -> float:
        """So many seconds of it are over."""
        now = self.clock()
        if self._began is None:
            self._began = now
        return now - self._began

    @property
    def left(self) -> float:
        """So many seconds of it are left."""
        return max(0.0, WAIT - self.spent)

    @property
    def is_over(self) -> bool:
        """Whether the call has to be answered now."""
        return self._began is not None and not self.left


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Where questions can be answered beside the client.

    `page` tells the address of the approvals page, `http://127.0.0.1:8766`, if one runs; `pause`
    lets so many seconds pass, and `clock` counts them. A ledger that no other process sees can't be
    reached by a terminal.
    """

    page: Callable[[], str | None] = _no_page
    pause: Callable[[float], Awaitable[None]] = anyio.sleep
    on_a_terminal: bool = True
    clock: Callable[[], float] = anyio.current_time

    def patience(self) -> Patience:
        """What one call has to wait with."""
        return Patience(self.clock)

    def address(self, held: Held) -> str | None:
        """Where the page shows a question; the address lets nobody in, and approves nothing."""
        page = self.page()
        return None if page is None else f"{page}/approvals/q/{held.consent_id}"

    async def waited(self, road: Road, progress: Progress, held: Held, patience: Patience) -> State:
        """Wait for an answer with what patience there is, and say so; `asked` where none came."""
        doing = f"Waiting for a person: {' or '.join(self._ways(road.account, held.code))}"
        tell_at = 0.0
        while True:
            spent = patience.spent
            state = await road.answer(held)
            if state is not State.ASKED or road.now() >= held.ends or patience.is_over:
                return state
            if spent >= tell_at:
                await progress(spent, WAIT, doing)
                tell_at = spent + _TELL
            await self.pause(LOOK)

    def unanswered(
        self,
        road: Road,
        held: Held,
        again: str = "call the tool again with the same arguments",
        *,
        anew: bool = False,
    ) -> CallError:
        """Nobody has answered yet: how a person still can, as long as the question is open.

        With `anew`, they have answered, but by what is no longer so.
        """
        if road.now() >= held.ends:
            return not_confirmed("Nobody answered the question in time.")
        ways = " or ".join(f"`{way}`" for way in self._ways(road.account, held.code))
        return CallError(
            Code.NEEDS_CONFIRMATION,
            f"{_CHANGED if anew else _UNANSWERED} Nothing was sent.",
            hint=f"Ask the person to answer it on this machine: {ways}. Once they have said yes, "
            f"{again}; it goes through once.",
            approvable=Approvable(held.code, held.ends),
        )

    def _ways(self, account: Account, code: str) -> Iterator[str]:
        if self.on_a_terminal:
            yield command(account, code)
        page = self.page()
        if page is not None:
            yield f"{page}/approvals"


def elsewhere_of(account: Account, settings: Settings) -> Elsewhere | None:
    """Where the settings have questions answered: nowhere, if no other process sees the ledger."""
    if account.environment == "none" or is_passing(settings):
        return None
    return Elsewhere(partial(announced, ledger_directory(settings), account))


def command(account: Account, code: str) -> str:
    """What a person types to answer a question."""
    sandbox = " --sandbox" if account.environment == "sandbox" else ""
    return f"chasedata-mcp approve {code}{sandbox}"


def nobody(account: Account) -> CallError:
    """There is nobody to ask: not through the client, and not beside it."""
    kept = (
        ", or set CHASEDATA_STATE_DIR for the server, so that they can say yes on a terminal"
        if account.environment == "sandbox"
        else ""
    )
    return CallError(
        Code.NEEDS_CONFIRMATION,
        "A person must confirm this call, and this client can't ask one. Nothing was sent.",
        hint="Use a client that supports MCP elicitation, or have a person run the tool with "
        f"`chasedata-mcp call`, which asks on the terminal{kept}.",
    )
