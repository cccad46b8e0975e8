"""The desk: everything a person does with open questions, on the page and on the terminal."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum, auto

from anyio import to_thread

from chasedata_mcp.approvals.assurance import AssuranceLevel
from chasedata_mcp.approvals.grants import Approval
from chasedata_mcp.approvals.questions import CONFIRM, Question
from chasedata_mcp.approvals.second_factor import Checked, SecondFactor
from chasedata_mcp.approvals_page.questions import Asked, asked
from chasedata_mcp.history.present import published
from chasedata_mcp.ledger import Approval as StoredApproval
from chasedata_mcp.ledger import (
    ApprovalAnswer,
    ApprovalState,
    Entry,
    EntryKind,
    Filter,
    Frozen,
    Grant,
    Ledger,
)
from chasedata_mcp.pipeline.approval_store import Telling, as_it_is, grant_row, say_yes
from chasedata_mcp.tools.history import HistoryEntry
from chasedata_mcp.tools.results import Account


@dataclass(frozen=True, slots=True)
class PolicyShown:
    """A policy as people read it: by name each value and where it comes from, and `whose` it is.

    `problem` is why it can't be understood, None where it can.
    """

    lines: Mapping[str, tuple[str, str]]
    whose: str
    problem: str | None = None


Policy = Callable[[], PolicyShown]
"""Reads the policy anew, for each view."""
_LAST = 12
_MANY = 200
"""So many refusals are looked through for those of an open question."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who answers, and in which way: `on the terminal`, `on the approvals page`."""

    by: str
    how: str


@dataclass(frozen=True, slots=True)
class Given:
    """What a person gave as their yes.

    `confirm` is what they typed where something must be typed, `offer` the id of the grant that
    they chose, `code` one of the second factor.
    """

    confirm: str | None = None
    offer: str | None = None
    code: str | None = None


class Answered(Enum):
    """What became of an answer. Only the first four change something."""

    APPROVED = auto()
    APPROVED_LATE = auto()
    """The call has ended its waiting, so that it has to be made again."""
    APPROVED_WITHOUT_GRANT = auto()
    """The grant that was chosen had ended meanwhile."""
    DECLINED = auto()
    MISTYPED = auto()
    """What had to be typed was not; the question stays open."""
    NOT_SURE_ENOUGH = auto()
    """It needs a code of the second factor, and there was none."""
    NOT_ENROLLED = auto()
    """It needs a second factor, and none is enrolled."""
    WRONG_CODE = auto()
    """The code was wrong, or used before; the question stays open."""
    WAIT = auto()
    """Too many codes were wrong; no code counts for some minutes."""
    CLOSED = auto()
    """The question was answered meanwhile, is too old, or there is none."""


def no_policy() -> PolicyShown:
    """Nothing is known of the policy: it is the server's own."""
    return PolicyShown({}, "")


class Desk:
    """What a person may see and do of one account.

    All that reads or writes the ledger raises `LedgerError` where that fails.

    Args:
        ledger: Where questions, grants and entries are.
        account: Whose.
        clock: The time now, aware.
        second_factor: What codes are checked against.
        policy: Reads the policy, to be shown; it blocks.
        told: Makes of a grant what is put on record of it; None where the server's own settings
            alone tell, so that no question offers one.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what is on a desk
        self,
        ledger: Ledger,
        account: Account,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        second_factor: SecondFactor | None = None,
        policy: Policy = no_policy,
        told: Telling | None = as_it_is,
    ) -> None:
        self.account = account
        self.now = clock
        self._policy = policy
        self._ledger = ledger
        self._second_factor = second_factor
        self._told = told

    async def policy(self) -> PolicyShown:
        """The policy, as it can be read now."""
        return await to_thread.run_sync(self._policy)

    async def questions(self) -> list[Asked]:
        """The open questions, first those that end first; what can't be read here is left out."""
        now = self.now()
        rows = await self._ledger.approvals.pending(self.account.accid, now)
        found = [self._asked(row, now) for row in rows]
        return await self._with_ended([one for one in found if one is not None])

    async def by_code(self, code: str) -> Asked | None:
        """The open question of a code, as it is read out or typed; None where there is none."""
        return await self._open(await self._ledger.approvals.by_code(code.strip().lower()))

    async def by_id(self, consent_id: str) -> Asked | None:
        """The open question of an id."""
        return await self._open(await self._ledger.approvals.get(consent_id))

    async def became(self, consent_id: str) -> ApprovalState | None:
        """What became of a question of this account; `asked` of one whose time is over."""
        row = await self._ledger.approvals.get(consent_id)
        return row.state if row is not None and row.account == self.account.accid else None

    async def _open(self, row: StoredApproval | None) -> Asked | None:
        now = self.now()
        if row is None or row.account != self.account.accid:
            return None
        if row.state is not ApprovalState.ASKED or row.ends <= now:
            return None
        found = self._asked(row, now)
        return None if found is None else (await self._with_ended([found]))[0]

    def _asked(self, row: StoredApproval, now: datetime) -> Asked | None:
        found = asked(row, now)
        return replace(found, offers=()) if found and self._told is None else found

    async def _with_ended(self, questions: list[Asked]) -> list[Asked]:
        """The questions, each with the time at which its call has stopped waiting, if it has."""
        if not questions:
            return []
        since = min(one.asked for one in questions)
        ended = {
            entry.intent.consent.id: entry.intent.at
            for entry in await self._refusals(since)
            if entry.intent.consent is not None
        }
        return [replace(one, waited_until=ended.get(one.id)) for one in questions]

    async def _refusals(self, since: datetime) -> Sequence[Entry]:
        """The calls that were refused, the oldest first."""
        which = Filter(account=self.account.accid, kind=EntryKind.REFUSAL, since=since)
        page = await self._ledger.history(which, limit=_MANY)
        return page.entries[::-1]

    async def approve(self, consent_id: str, given: Given, person: Person) -> Answered:
        """Record a yes, if it is the right one and sure enough, and the grant chosen with it."""
        question = await self.by_id(consent_id)
        if question is None:
            return Answered.CLOSED
        if not question.question.is_yes({CONFIRM: _confirmed(question.question, given)}):
            return Answered.MISTYPED
        checked = await to_thread.run_sync(self._checked, question, given)
        if isinstance(checked, Answered):
            return checked
        yes = Approval(self.now(), person.how, person.by, checked)
        granted = await say_yes(self._ledger.approvals, consent_id, yes)
        if not granted:
            return Answered.CLOSED
        answered = await self._give(question, given.offer, yes)
        late = answered is Answered.APPROVED and question.waited_until is not None
        return Answered.APPROVED_LATE if late else answered

    def _checked(self, question: Asked, given: Given) -> AssuranceLevel | Answered:
        """How sure the yes is, or why it isn't sure enough."""
        if not given.code:
            return (
                Answered.NOT_SURE_ENOUGH if question.needs_second_factor else AssuranceLevel.MACHINE
            )
        if self._second_factor is None:
            return Answered.NOT_ENROLLED
        match self._second_factor.check(given.code, self.now()):
            case Checked.RIGHT:
                return AssuranceLevel.SECOND_FACTOR
            case Checked.WRONG:
                return Answered.WRONG_CODE
            case Checked.WAIT:
                return Answered.WAIT
            case Checked.NOT_ENROLLED:
                return Answered.NOT_ENROLLED

    async def _give(self, question: Asked, offer: str | None, yes: Approval) -> Answered:
        if offer is None:
            return Answered.APPROVED
        chosen = next((one for one in question.offers if one.id == offer), None)
        if chosen is None or chosen.scope.until <= yes.at or self._told is None:
            return Answered.APPROVED_WITHOUT_GRANT
        grant = grant_row(chosen.scope, self.account.accid, question.grantee, yes)
        await self._ledger.grants.give(grant, self._told(grant))
        return Answered.APPROVED

    async def decline(self, consent_id: str, person: Person) -> Answered:
        """Record a no; no later yes changes that."""
        if await self.by_id(consent_id) is None:
            return Answered.CLOSED
        no = ApprovalAnswer(ApprovalState.DECLINED, person.how, person.by, self.now())
        declined = await self._ledger.approvals.answer(consent_id, no)
        return Answered.DECLINED if declined else Answered.CLOSED

    async def grants(self) -> list[Grant]:
        """The grants that may let another call through, the newest first."""
        now = self.now()
        given = await self._ledger.grants.all(self.account.accid, now)
        return [grant for grant in given if grant.is_open(now)]

    async def revoke(self, grant_id: str, person: Person) -> bool:
        """End a grant of this account at once; false where it had ended already."""
        if all(grant.id != grant_id for grant in await self.grants()):
            return False
        return await self._ledger.grants.revoke(grant_id, person.by, self.now())

    async def history(self) -> list[HistoryEntry]:
        """The last calls that changed something or were refused, the newest first.

        One that ended while its question is still open isn't refused yet: it waits among these.
        """
        which = Filter(account=self.account.accid)
        page = await self._ledger.history(which, limit=4 * _LAST)
        rows = await self._ledger.approvals.pending(self.account.accid, self.now())
        waiting = {row.id for row in rows}
        told = [
            published(entry)
            for entry in page.entries
            if entry.kind is not EntryKind.READ
            and not (entry.intent.consent and entry.intent.consent.id in waiting)
        ]
        return told[:_LAST]

    async def frozen(self) -> Frozen | None:
        """Since when all writes are stopped, why and by whom."""
        return await self._ledger.freezes.frozen(self.account.accid)

    async def freeze(self, why: str, person: Person) -> bool:
        """Stop every write of the account, in every process; false where they were stopped."""
        return await self._ledger.freezes.freeze(self.account.accid, why, person.by, self.now())

    @property
    def has_second_factor(self) -> bool:
        """Whether a second factor is enrolled."""
        return self._second_factor is not None and self._second_factor.enrolled


def _confirmed(question: Question, given: Given) -> object:
    """What the form holds: whoever gets here has said yes, and typed what must be typed or not."""
    return True if question.typed is None else given.confirm
