"""The one road to the dialer: arguments become a call, it is judged, and if cleared sent."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import InitVar, dataclass, replace
from datetime import UTC, datetime
from typing import final
from weakref import WeakSet

from chasedata_mcp.action import Action
from chasedata_mcp.actions import CATALOGUE
from chasedata_mcp.actions.leads import SearchLead
from chasedata_mcp.call import Call
from chasedata_mcp.carrying import Carrier, Dialer
from chasedata_mcp.errors import CallError, ChasedataError, Code
from chasedata_mcp.failures import declined, fault
from chasedata_mcp.fields.intake import Intake
from chasedata_mcp.guards.consents import Consents, not_confirmed, why_not
from chasedata_mcp.guards.policy import Policy
from chasedata_mcp.guards.questions import Question, together
from chasedata_mcp.guards.verdicts import Ask
from chasedata_mcp.ledger import Consented
from chasedata_mcp.recording import Recorder
from chasedata_mcp.results import Account, LeadsRead, Result, failed

_MINT = object()
NOT_CONFIGURED = (
    "Set CHASEDATA_TOKEN and CHASEDATA_ACCID for a live dialer, or CHASEDATA_SANDBOX=1 for the "
    "embedded sandbox, and start the server again."
)


class UnknownToolError(ChasedataError):
    """A name outside the catalogue; the protocol's own error, not a result."""


@final
@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Cleared:
    """A call that may be sent, once, by the road that cleared it. Only the road makes one."""

    call: Call
    consent_id: str | None
    mint: InitVar[object]

    def __post_init__(self, mint: object) -> None:
        """Refuse one that was made elsewhere; the mint isn't kept, so none can be made of one."""
        if mint is not _MINT:
            message = "only the road clears a call"
            raise TypeError(message)


@final
@dataclass(frozen=True, slots=True)
class Held:
    """Calls that wait for a person; `consent_id` redeems them once the question is answered."""

    calls: tuple[Call, ...]
    consent_id: str
    question: Question
    ends: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """Calls that are wanted together, in this order.

    `supposes` is what has to be true for them, which only a person can say; `undoes` the entry of
    the ledger that they take back, `aware_of` the calls that are known to have done so before.
    """

    actions: tuple[Action, ...]
    supposes: tuple[str, ...] = ()
    undoes: str | None = None
    aware_of: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back from a person: a filled-in form, or none where they declined."""

    content: Mapping[str, object] | None
    how: str = "through the client"


DECLINED = Reply(None)


class Road:
    """Takes a call from its arguments to its result; there is no second way to the dialer."""

    def __init__(  # noqa: PLR0913 - what a road is made of
        self,
        account: Account,
        dialer: Dialer | None,
        policy: Policy,
        consents: Consents,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        countries: frozenset[str] = frozenset({"US", "CA"}),
        record: Recorder | None = None,
        read_back: bool = False,
    ) -> None:
        """Lay the road.

        Args:
            account: Whose dialer, where; part of every result and consent.
            dialer: None where nothing is configured; then every call answers `not_configured`.
            policy: What judges.
            consents: Where questions and their answers are kept.
            clock: The time now, aware.
            countries: ISO codes of the countries whose numbers may be called.
            record: What puts calls on record; None only where nothing may be kept.
            read_back: Whether a lead is read before and after its update.
        """
        self.account = account
        self.policy = policy
        self._record = record
        self._carrier = (
            None if dialer is None else Carrier(account, dialer, clock, record, read_back=read_back)
        )
        self._consents = consents
        self._clock = clock
        self.countries = countries
        self._unsent: WeakSet[Cleared] = WeakSet()

    def now(self) -> datetime:
        """The time by the road's clock."""
        return self._clock()

    def read(self, tool: str, given: Mapping[str, object], caller: str | None = None) -> Action:
        """Make a call's action of its arguments; with a caller, a tool's refusal is on record.

        Raises:
            UnknownToolError: There is no tool of this name.
            CallError: `not_configured`, `not_allowed` or `invalid_arguments`.
        """
        action = self.tool(tool)
        if self._carrier is None:
            raise CallError(Code.NOT_CONFIGURED, "No dialer is configured.", hint=NOT_CONFIGURED)
        intake = Intake(self._clock(), self.countries)
        try:
            self.policy.refuse_the_tool(action)
        except CallError as error:
            # Arguments that don't fit are no call, and leave nothing to put on record.
            with suppress(CallError):
                if caller is not None:
                    refused_by = self.policy.refusals(action)
                    call = Call(action.read(given, intake), caller, refused_by=refused_by)
                    self.refused([call], error)
            raise
        return action.read(given, intake)

    @staticmethod
    def tool(name: str) -> type[Action]:
        """The action of this name.

        Raises:
            UnknownToolError: There is none.
        """
        if name not in CATALOGUE:
            message = "there is no tool of this name; list the tools"
            raise UnknownToolError(message)
        return CATALOGUE[name]

    async def admit(self, action: Action, caller: str) -> Cleared | Held:
        """Judge a call: it is cleared, or held until a person has answered.

        Raises:
            CallError: `not_allowed`.
        """
        match await self.admit_all(Wanted((action,)), caller):
            case Held() as held:
                return held
            case cleared:
                return cleared[0]

    async def redeem(self, action: Action, caller: str, consent_id: str, reply: Reply) -> Cleared:
        """Clear a held call by a person's answer: the right one, in time, for this call, once.

        Raises:
            CallError: `declined`, `needs_confirmation`, or `not_allowed` where the policy has
                turned against the call meanwhile.
        """
        cleared = await self.redeem_all(Wanted((action,)), caller, consent_id, reply)
        return cleared[0]

    async def admit_all(self, wanted: Wanted, caller: str) -> tuple[Cleared, ...] | Held:
        """Judge calls that are wanted together: all are cleared, or all held by one question.

        Raises:
            CallError: `not_allowed`.
        """
        calls, question = await self._judge(wanted, caller)
        if question is None:
            return tuple(self._clear(call, None) for call in calls)
        digest, now = self._digest(calls), self._clock()
        consent = await self._consents.ask(digest, caller, question, now)
        return Held(calls, consent.id, consent.question, consent.ends)

    async def redeem_all(
        self, wanted: Wanted, caller: str, consent_id: str, reply: Reply
    ) -> tuple[Cleared, ...]:
        """Clear calls that were held together by a person's one answer.

        Raises:
            CallError: As for `redeem`.
        """
        calls, _ = await self._judge(wanted, caller)
        digest = self._digest(calls)
        consent = await self._consents.find(consent_id)
        if consent is None or (consent.digest, consent.caller) != (digest, caller):
            problem = why_not(consent, digest, caller, self._clock())
            raise self.refused(calls, not_confirmed(problem))
        given = Consented(consent_id, consent.question.text, reply.how, caller)
        answered = [replace(call, consented=given) for call in calls]
        if not consent.question.is_yes(reply.content):
            await self._consents.decline(consent_id, self._clock(), reply.how, caller)
            raise self.refused(answered, declined(consent.question))
        await self._consents.grant(consent_id, self._clock(), reply.how, caller)
        try:
            await self._consents.spend(consent_id, digest, caller, self._clock())
        except CallError as error:
            raise self.refused(answered, error) from None
        return tuple(self._clear(call, consent_id) for call in answered)

    async def send(self, cleared: Cleared) -> Result:
        """Send a cleared call and tell what came of it.

        Raises:
            CallError: The dialer refused, was not reached, or what became of it is unknown; or the
                ledger can't take a write, and nothing was sent.
            TypeError: It is not a call that this road has cleared and not sent yet.
        """
        if cleared not in self._unsent:
            raise TypeError("a road sends what it cleared itself, and that once")
        self._unsent.remove(cleared)
        if self._carrier is None:
            raise CallError(Code.NOT_CONFIGURED, "No dialer is configured.", hint=NOT_CONFIGURED)
        return await self._carrier.carry(cleared.call)

    async def search(self, search: SearchLead) -> LeadsRead | None:
        """What a search of this server's own finds now, to compare; None where it can't be read."""
        return None if self._carrier is None else await self._carrier.search(search)

    def refused(self, calls: Sequence[Call], error: CallError) -> CallError:
        """Put a refusal on record, and give it back to be raised."""
        if self._record is not None:
            for call in calls:
                self._record.refused(call, failed(self.account, error))
        return error

    def told(self, error: Exception) -> Result:
        """A failure as a result; a fault of our own is logged, without what was in it."""
        known = error if isinstance(error, CallError) else fault(error)
        return failed(self.account, known)

    async def _judge(self, wanted: Wanted, caller: str) -> tuple[tuple[Call, ...], Question | None]:
        """Judge calls by what they are, and by what is known of them beside."""
        first, *further = (Call(action, caller, undoes=wanted.undoes) for action in wanted.actions)
        if wanted.undoes is not None:
            first = replace(first, aware_of=wanted.aware_of)
        judged = [await self._judge_one(first, wanted.supposes)]
        judged += [await self._judge_one(call, ()) for call in further]
        asked = together([question for _, question in judged if question is not None])
        if asked is not None and wanted.undoes is not None:
            asked = replace(asked, text=f"This takes back entry {wanted.undoes}. {asked.text}")
        return tuple(call for call, _ in judged), asked

    async def _judge_one(self, call: Call, supposes: Sequence[str]) -> tuple[Call, Question | None]:
        try:
            self.policy.judge(call.action)
        except CallError as error:
            refused_by = self.policy.refusals(type(call.action))
            raise self.refused([replace(call, refused_by=refused_by)], error) from None
        before, asks = None, list[Ask]()
        if self._carrier is not None:
            before, asks = await self._carrier.look(call.action)
        also = [*(Ask("supposes", sentence) for sentence in supposes), *asks]
        judgement = self.policy.judge(call.action, also)
        return replace(call, before=before, asked_by=judgement.asked_by), judgement.question

    def _clear(self, call: Call, consent_id: str | None) -> Cleared:
        cleared = Cleared(call, consent_id, _MINT)
        self._unsent.add(cleared)
        return cleared

    def _digest(self, calls: Sequence[Call]) -> str:
        """What a yes is for: the tools, what would be sent, where to, the policy, what it asks."""
        policy = [self.policy.level, self.policy.read_only, sorted(self.policy.toolsets)]
        account = [self.account.environment, self.account.accid, self.account.host]
        whole = [[_whole(call) for call in calls], account, policy]
        return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()


def _whole(call: Call) -> list[object]:
    asked_by = sorted(ask.rule for ask in call.asked_by)
    return [call.action.name, call.action.form(), asked_by, call.undoes]
