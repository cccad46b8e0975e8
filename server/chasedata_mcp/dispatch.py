"""The one road to the dialer: arguments become a call, it is judged, and if cleared sent."""

import hashlib
import json
import logging
import secrets
import traceback
from collections.abc import Callable, Mapping
from dataclasses import InitVar, dataclass
from datetime import UTC, datetime
from typing import Protocol, final
from weakref import WeakSet

from chasedata_mcp.action import Action
from chasedata_mcp.actions import CATALOGUE
from chasedata_mcp.errors import CallError, ChasedataError, Code, Retry
from chasedata_mcp.fields.intake import Intake
from chasedata_mcp.guards.consents import Consents, not_confirmed, why_not
from chasedata_mcp.guards.policy import Policy
from chasedata_mcp.guards.questions import Question
from chasedata_mcp.request import Request
from chasedata_mcp.results import Account, Answer, Result, failed, succeeded

_LOG = logging.getLogger(__name__)
_MINT = object()
NOT_CONFIGURED = (
    "Set CHASEDATA_TOKEN and CHASEDATA_ACCID for a live dialer, or CHASEDATA_SANDBOX=1 for the "
    "embedded sandbox, and start the server again."
)


class Dialer(Protocol):
    """What posts a request and reads its answer."""

    async def post(self, request: Request) -> Answer:
        """Post it.

        Raises:
            CallError: It was refused, or nobody knows what became of it.
        """
        ...


class UnknownToolError(ChasedataError):
    """A name outside the catalogue; the protocol's own error, not a result."""


@dataclass(frozen=True, slots=True)
class Call:
    """An action that somebody wants carried out, judged; not yet allowed."""

    action: Action
    caller: str


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
    """A call that waits for a person; `consent_id` redeems it once the question is answered."""

    call: Call
    consent_id: str
    question: Question
    ends: datetime


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back from a person: a filled-in form, or none where they declined."""

    content: Mapping[str, object] | None


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
    ) -> None:
        """Lay the road.

        Args:
            account: Whose dialer, where; part of every result and consent.
            dialer: None where nothing is configured; then every call answers `not_configured`.
            policy: What judges.
            consents: Where questions and their answers are kept.
            clock: The time now, aware.
            countries: ISO codes of the countries whose numbers may be called.
        """
        self.account = account
        self.policy = policy
        self._dialer = dialer
        self._consents = consents
        self._clock = clock
        self._countries = countries
        self._unsent: WeakSet[Cleared] = WeakSet()

    def now(self) -> datetime:
        """The time by the road's clock."""
        return self._clock()

    def read(self, tool: str, arguments: Mapping[str, object]) -> Action:
        """Make a call's action of its arguments.

        Raises:
            UnknownToolError: There is no tool of this name.
            CallError: `not_configured`, `not_allowed` or `invalid_arguments`.
        """
        action = self.tool(tool)
        if self._dialer is None:
            message = "No dialer is configured, so nothing can be looked up or done."
            raise CallError(Code.NOT_CONFIGURED, message, hint=NOT_CONFIGURED)
        self.policy.refuse_the_tool(action)
        return action.read(arguments, Intake(self._clock(), self._countries))

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
        judgement, call = self.policy.judge(action), Call(action, caller)
        if judgement.question is None:
            return self._clear(call, None)
        digest, now = self._digest(action), self._clock()
        consent = await self._consents.ask(digest, caller, judgement.question, now)
        return Held(call, consent.id, consent.question, consent.ends)

    async def redeem(self, action: Action, caller: str, consent_id: str, reply: Reply) -> Cleared:
        """Clear a held call by a person's answer: the right one, in time, for this call, once.

        Raises:
            CallError: `declined`, `needs_confirmation`, or `not_allowed` where the policy has
                turned against the call meanwhile.
        """
        self.policy.judge(action)
        digest = self._digest(action)
        consent = await self._consents.find(consent_id)
        if consent is None or (consent.digest, consent.caller) != (digest, caller):
            raise not_confirmed(why_not(consent, digest, caller, self._clock()))
        if not consent.question.is_yes(reply.content):
            await self._consents.decline(consent_id)
            raise _declined(consent.question)
        await self._consents.grant(consent_id, self._clock())
        await self._consents.spend(consent_id, digest, caller, self._clock())
        return self._clear(Call(action, caller), consent_id)

    async def send(self, cleared: Cleared) -> Result:
        """Send a cleared call and tell what came of it.

        Raises:
            CallError: The dialer refused, was not reached, or what became of it is unknown.
            TypeError: It is not a call that this road has cleared and not sent yet.
        """
        if cleared not in self._unsent:
            raise TypeError("a road sends what it cleared itself, and that once")
        self._unsent.remove(cleared)
        if self._dialer is None:
            raise CallError(Code.NOT_CONFIGURED, "No dialer is configured.", hint=NOT_CONFIGURED)
        action = cleared.call.action
        try:
            answer = await self._dialer.post(Request(action.script, action.form(), action.expects))
        except CallError as error:
            raise _with_what_to_check(error, action) from None
        return succeeded(self.account, action.told(answer), action.warnings())

    def told(self, error: Exception) -> Result:
        """A failure as a result; a fault of our own is logged, without what was in it."""
        known = error if isinstance(error, CallError) else _fault(error)
        return failed(self.account, known)

    def _clear(self, call: Call, consent_id: str | None) -> Cleared:
        cleared = Cleared(call, consent_id, _MINT)
        self._unsent.add(cleared)
        return cleared

    def _digest(self, action: Action) -> str:
        """What a yes is for: the tool, what would be sent, where to, under which policy."""
        policy = [self.policy.level, self.policy.read_only, sorted(self.policy.toolsets)]
        account = [self.account.environment, self.account.accid, self.account.host]
        whole = [action.name, action.form(), account, policy]
        return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()


def _declined(question: Question) -> CallError:
    wrong = (
        "was asked and did not say yes"
        if question.typed is None
        else (f"was asked to type the {question.typed.kind.value} and did not")
    )
    return CallError(
        Code.DECLINED,
        f"A person {wrong}. Nothing was sent.",
        hint="Don't try again or look for another way; ask the person what they want instead.",
    )


def _with_what_to_check(error: CallError, action: Action) -> CallError:
    """Where nobody knows what became of a call, say what to look at before it is sent again."""
    if error.standing.retry is not Retry.AFTER_CHECK or error.read:
        return error
    return CallError(
        error.code, error.message, hint=action.check_first(), dialer_said=error.dialer_said
    )


def _fault(error: Exception) -> CallError:
    """Log where it happened and of which kind, never its text: that may hold a customer's data."""
    reference = secrets.token_hex(4)
    where = "".join(traceback.format_tb(error.__traceback__))
    _LOG.error("fault %s: %s\n%s", reference, type(error).__name__, where)
    return CallError(
        Code.FAILED,
        f"This server failed on the call; its log has it under {reference}.",
        hint="Look in the dialer whether it was done before sending it again.",
    )
