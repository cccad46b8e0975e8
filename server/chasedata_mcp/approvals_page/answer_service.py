"""A person's answers to open questions: an approval, a decline, and the grants given with one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto
from typing import Final

from anyio import to_thread

from chasedata_mcp.approvals.grants import GrantRedaction, build_grant
from chasedata_mcp.approvals.reading_time import is_too_fast
from chasedata_mcp.approvals.second_factor import Checked, SecondFactor
from chasedata_mcp.approvals_page.question_views import QuestionView, question_view
from chasedata_mcp.ledger import (
    Approval,
    ApprovalAnswer,
    ApprovalState,
    AssuranceLevel,
    Entry,
    EntryKind,
    Filter,
    Grant,
    Ledger,
    Question,
)
from chasedata_mcp.ledger.questions import CONFIRM
from chasedata_mcp.tools.account import Account

_REFUSALS_READ: Final = 200
"""The most refusals that are searched for the calls of open questions."""


@dataclass(frozen=True, slots=True)
class Approver:
    """The person who answers, and their way: `on the terminal`, `on the approvals page`."""

    by: str
    how: str


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The parts of a yes, as a person entered them.

    `confirm` is the text that was typed, empty where a button was pressed; `offer` the id of the
    chosen grant, `code` one of the second factor.
    """

    confirm: str | None = None
    offer: str | None = None
    code: str | None = None


class AnswerResult(Enum):
    """The result of an answer. Only the first four change something."""

    APPROVED = auto()
    APPROVED_LATE = auto()
    """The call no longer waits, so that it has to be made again."""
    APPROVED_WITHOUT_GRANT = auto()
    """The chosen grant had ended meanwhile."""
    DECLINED = auto()
    MISTYPED = auto()
    """The text to be typed was wrong; the question stays open."""
    TOO_FAST = auto()
    """Nothing was typed, and nobody can have read the question yet; it stays open."""
    NOT_SURE_ENOUGH = auto()
    """A code of the second factor is needed, and there was none."""
    NOT_ENROLLED = auto()
    """A second factor is needed, and none is enrolled."""
    WRONG_CODE = auto()
    """The code was wrong, or used before; the question stays open."""
    WAIT = auto()
    """Too many codes were wrong; no code counts for some minutes."""
    FROZEN = auto()
    """Every write is stopped, so that no call could be made; the question stays open."""
    CLOSED = auto()
    """The question was answered meanwhile, is too old, or there is none."""


@dataclass(frozen=True, slots=True)
class AnswerService:
    """The open questions of one account, and a person's answers to them.

    Whatever reads or writes the ledger raises `LedgerError` where that fails.

    Attributes:
        ledger: The store of questions, grants and entries.
        account: The account whose questions these are.
        now: The clock, aware.
        second_factor: Checks codes.
        redact_grant: Makes a grant's recorded form. None where only the server's own settings say
            what is redacted; then no question offers a grant.
    """

    ledger: Ledger
    account: Account
    now: Callable[[], datetime]
    second_factor: SecondFactor
    redact_grant: GrantRedaction | None

    async def questions(self) -> list[QuestionView]:
        """List the open questions, the first to end first, without those unreadable here."""
        now = self.now()
        rows = await self.ledger.approvals.pending(self.account.accid, now)
        return await self._with_ended([self._view(row, now) for row in rows if row.is_readable])

    async def by_code(self, code: str) -> QuestionView | None:
        """Find the open question of a code, as it is read out or typed; None without one."""
        return await self._open(await self.ledger.approvals.by_code(code.strip().lower()))

    async def by_id(self, question_id: str) -> QuestionView | None:
        """Find the open question of an id; None without one."""
        return await self._open(await self.ledger.approvals.get(question_id))

    async def state(self, question_id: str) -> ApprovalState | None:
        """Give the state of a question of this account; `asked` still where its time is over."""
        row = await self.ledger.approvals.get(question_id)
        return row.state if row is not None and row.account == self.account.accid else None

    async def _open(self, row: Approval | None) -> QuestionView | None:
        now = self.now()
        if row is None or row.account != self.account.accid:
            return None
        if row.state is not ApprovalState.ASKED or row.ends <= now or not row.is_readable:
            return None
        return (await self._with_ended([self._view(row, now)]))[0]

    def _view(self, row: Approval, now: datetime) -> QuestionView:
        found = question_view(row, now)
        return replace(found, offers=()) if self.redact_grant is None else found

    async def _with_ended(self, questions: list[QuestionView]) -> list[QuestionView]:
        """Add to each question the time at which its call stopped waiting, if it has."""
        if not questions:
            return []
        since = min(one.asked for one in questions)
        ended = {
            entry.intent.approval.id: entry.intent.at
            for entry in await self._refusals(since)
            if entry.intent.approval is not None
        }
        return [replace(one, waited_until=ended.get(one.id)) for one in questions]

    async def _refusals(self, since: datetime) -> Sequence[Entry]:
        """Read the refused calls, the oldest first."""
        which = Filter(account=self.account.accid, kind=EntryKind.REFUSAL, since=since)
        page = await self.ledger.history(which, limit=_REFUSALS_READ)
        return page.entries[::-1]

    async def approve(
        self, question_id: str, confirmation: Confirmation, approver: Approver
    ) -> AnswerResult:
        """Record a yes that fits and is sure enough, and the grant chosen with it."""
        question = await self.by_id(question_id)
        if question is None:
            return AnswerResult.CLOSED
        # Before the code is checked: a code counts once, and a mistyped yes must not use it up.
        if (no := await self._no_yes(question, confirmation)) is not None:
            return no
        # In a thread, since another process may hold the second factor's file.
        assurance = await to_thread.run_sync(self._assurance, question, confirmation.code)
        if isinstance(assurance, AnswerResult):
            return assurance
        yes = ApprovalAnswer.yes(approver.how, approver.by, self.now(), assurance)
        if not await self.ledger.approvals.answer(question_id, yes):
            return AnswerResult.CLOSED
        result = await self._give_grant(question, confirmation.offer, yes)
        late = result is AnswerResult.APPROVED and question.waited_until is not None
        return AnswerResult.APPROVED_LATE if late else result

    async def _no_yes(
        self, question: QuestionView, confirmation: Confirmation
    ) -> AnswerResult | None:
        """Tell why this is no yes to a question, whatever its assurance; None where it is one."""
        if not question.passes_freeze and await self.ledger.freezes.frozen(self.account.accid):
            return AnswerResult.FROZEN
        typed = _answer_to(question.question, confirmation)
        if not question.question.is_yes({CONFIRM: typed}):
            return AnswerResult.MISTYPED
        is_bare = not (confirmation.confirm or confirmation.code)
        if is_bare and is_too_fast(question.text, self.now() - question.asked):
            return AnswerResult.TOO_FAST
        return None

    def _assurance(self, question: QuestionView, code: str | None) -> AssuranceLevel | AnswerResult:
        """Tell the assurance level of a yes, or why it isn't sure enough."""
        if not code:
            needs_code = question.needs_second_factor
            return AnswerResult.NOT_SURE_ENOUGH if needs_code else AssuranceLevel.MACHINE
        match self.second_factor.check(code, self.now()):
            case Checked.RIGHT:
                return AssuranceLevel.SECOND_FACTOR
            case Checked.WRONG:
                return AnswerResult.WRONG_CODE
            case Checked.WAIT:
                return AnswerResult.WAIT
            case Checked.NOT_ENROLLED:
                return AnswerResult.NOT_ENROLLED

    async def _give_grant(
        self, question: QuestionView, offer: str | None, yes: ApprovalAnswer
    ) -> AnswerResult:
        if offer is None:
            return AnswerResult.APPROVED
        chosen = next((one for one in question.offers if one.id == offer), None)
        if chosen is None or chosen.until <= yes.at or self.redact_grant is None:
            return AnswerResult.APPROVED_WITHOUT_GRANT
        grant = build_grant(chosen, self.account.accid, question.grantee, yes)
        await self.ledger.grants.give(grant, self.redact_grant(grant))
        return AnswerResult.APPROVED

    async def decline(self, question_id: str, approver: Approver) -> AnswerResult:
        """Record a no; no later yes changes that."""
        if await self.by_id(question_id) is None:
            return AnswerResult.CLOSED
        no = ApprovalAnswer.no(approver.how, approver.by, self.now())
        declined = await self.ledger.approvals.answer(question_id, no)
        return AnswerResult.DECLINED if declined else AnswerResult.CLOSED

    async def grants(self) -> list[Grant]:
        """List the grants that may let another call through, the newest first."""
        now = self.now()
        given = await self.ledger.grants.all(self.account.accid, now)
        return [grant for grant in given if grant.is_open(now)]

    async def revoke(self, grant_id: str, approver: Approver) -> bool:
        """End a grant of this account at once; false where it had ended already."""
        if all(grant.id != grant_id for grant in await self.grants()):
            return False
        return await self.ledger.grants.revoke(grant_id, approver.by, self.now())


def _answer_to(question: Question, confirmation: Confirmation) -> object:
    """Give the value that a question is answered with; a plain yes is the button itself."""
    return True if question.typed is None else confirmation.confirm
