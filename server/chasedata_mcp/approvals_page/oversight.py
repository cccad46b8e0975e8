"""A person's view of an account beside its questions: last calls, freeze, policy."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Final

from anyio import to_thread

from chasedata_mcp.approvals.second_factor import Checked, SecondFactor
from chasedata_mcp.approvals_page.answer_service import Approver
from chasedata_mcp.approvals_page.batch_overview import BatchOverview
from chasedata_mcp.history.present import publish_entry
from chasedata_mcp.ledger import Entry, Filter, Frozen, Ledger
from chasedata_mcp.tools.account import Account
from chasedata_mcp.tools.history import HistoryEntry

_LAST: Final = 12
_PAGES: Final = 4
"""The most pages of the record that are read for them: a batch may have a million rows on it."""
_RESUME_WORD: Final = "yes"


class ResumeResult(Enum):
    """The result of a person's wish to let writes through again; only the first changes a thing."""

    RESUMED = auto()
    MISTYPED = auto()
    STOPPED_ANEW = auto()
    """It isn't the stop that they were shown: that one is over, or another came since."""
    NEEDS_CODE = auto()
    """A second factor is enrolled, and there was no code."""
    WRONG_CODE = auto()
    WAIT = auto()
    """Too many codes were wrong; no code counts for some minutes."""


@dataclass(frozen=True, slots=True)
class Resume:
    """A person's wish to let writes through again.

    `seen` is the time of the stop that they were shown, in ISO 8601, `typed` the word that they
    typed, `code` one of the second factor.
    """

    seen: str
    typed: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class PolicyView:
    """A policy for people: by name each value and its source, and a sentence on `whose` it is.

    `problem` is the reason why it can't be understood, None where it can.
    """

    lines: Mapping[str, tuple[str, str]]
    whose: str
    problem: str | None = None


def no_policy() -> PolicyView:
    """Show no policy: it is the server's own, and unknown here."""
    return PolicyView({}, "")


@dataclass(frozen=True, slots=True)
class Oversight:
    """The last calls of one account, its batches, its freeze and the policy that it is under.

    Attributes:
        ledger: The store of entries and freezes.
        account: The account.
        now: The clock, aware.
        read_policy: Reads the policy anew, for each view; it blocks.
        batches: The account's batches.
    """

    ledger: Ledger
    account: Account
    now: Callable[[], datetime]
    read_policy: Callable[[], PolicyView]
    batches: BatchOverview

    async def policy(self) -> PolicyView:
        """Read the policy as it is now."""
        return await to_thread.run_sync(self.read_policy)

    async def history(self) -> list[HistoryEntry]:
        """List the last calls that changed something or were refused, the newest first.

        One that ended while its question is still open isn't refused yet: it is left out. So are
        the rows of batches, which would push everything else off the page.
        """
        which = Filter(account=self.account.accid, reads=False)
        rows = await self.ledger.approvals.pending(self.account.accid, self.now())
        waiting = {row.id for row in rows}
        listed: list[HistoryEntry] = []
        before: str | None = None
        for _ in range(_PAGES):
            # Several times as many are read, since rows and waiting calls are left out.
            page = await self.ledger.history(which, limit=4 * _LAST, before=before)
            listed += [publish_entry(one) for one in page.entries if _is_told(one, waiting)]
            before = page.older
            if before is None or len(listed) >= _LAST:
                break
        return listed[:_LAST]

    async def frozen(self) -> Frozen | None:
        """Tell since when all writes are stopped, why and by whom."""
        return await self.ledger.freezes.frozen(self.account.accid)

    async def waiting(self) -> int:
        """Count the requests not to be called that the dialer's own list doesn't have yet."""
        return await self.ledger.dnc_registry.count_waiting(self.account.accid)

    async def freeze(self, why: str, approver: Approver) -> bool:
        """Stop every write of the account, in every process; false where they were stopped."""
        return await self.ledger.freezes.freeze(self.account.accid, why, approver.by, self.now())

    async def resume(
        self, resume: Resume, approver: Approver, factor: SecondFactor
    ) -> ResumeResult:
        """Let writes through again, by a typed yes, and a code where a factor is enrolled."""
        frozen = await self.frozen()
        # Their yes is for what they read: a cap may have stopped the account anew meanwhile.
        if frozen is None or frozen.at.isoformat() != resume.seen:
            return ResumeResult.STOPPED_ANEW
        if resume.typed.lower() != _RESUME_WORD:
            return ResumeResult.MISTYPED
        # In a thread, since another process may hold the second factor's file.
        if (no := await to_thread.run_sync(self._unsure, resume, factor)) is not None:
            return no
        await self.ledger.freezes.rearm(self.account.accid, approver.by, self.now())
        return ResumeResult.RESUMED

    def _unsure(self, resume: Resume, factor: SecondFactor) -> ResumeResult | None:
        """Say why a resume isn't sure enough; None where it is."""
        if not factor.enrolled:
            return None
        if not resume.code:
            return ResumeResult.NEEDS_CODE
        match factor.check(resume.code, self.now()):
            case Checked.RIGHT:
                return None
            case Checked.WAIT:
                return ResumeResult.WAIT
            case Checked.WRONG | Checked.NOT_ENROLLED:
                return ResumeResult.WRONG_CODE


def _is_told(entry: Entry, waiting: Collection[str]) -> bool:
    is_batch_row = "/" in (entry.intent.row or "")
    approval = entry.intent.approval
    return not is_batch_row and (approval is None or approval.id not in waiting)
