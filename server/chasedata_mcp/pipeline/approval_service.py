"""A person's answer: the question is kept, found again, and spent for the calls it is about."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import cast

from chasedata_mcp.approvals.assurance import AssuranceLevel
from chasedata_mcp.approvals.grants import Approval, Grants
from chasedata_mcp.approvals.models import (
    Consent,
    Consents,
    State,
    not_confirmed,
    not_sure_enough,
    why_not,
)
from chasedata_mcp.errors import CallError
from chasedata_mcp.ledger import ApprovalSummary
from chasedata_mcp.pipeline.call import Call
from chasedata_mcp.pipeline.errors import declined
from chasedata_mcp.pipeline.evaluation import EvaluatedBatch
from chasedata_mcp.pipeline.pending_approval import (
    MISTYPED,
    OVERTAKEN,
    AskedAgainError,
    PendingApproval,
    Reply,
)
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.tools.results import Account

_OVERTAKEN, _UNASKED = "what was known had changed", "the client didn't ask"
_NOBODY = "nobody"
Refused = Callable[[Sequence[Call], CallError], CallError]


def plainly_sealed(whole: object) -> str:
    """A hash of what can be written as JSON."""
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()


class ApprovalService:
    """Whoever answers the questions of one account.

    Args:
        account: Whose dialer, where; part of every consent.
        consents: Where questions and their answers are kept.
        grants: Where a yes to more than one call is kept.
        clock: The time now, aware.
        refused: Puts a refusal on record, and gives it back.
        sealed: Makes the digest of what a yes is for.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what it takes to ask
        self,
        account: Account,
        consents: Consents,
        grants: Grants | None,
        clock: Callable[[], datetime],
        refused: Refused,
        sealed: Callable[[object], str] = plainly_sealed,
    ) -> None:
        self._account = account
        self._consents = consents
        self._grants = grants
        self._clock = clock
        self._refused = refused
        self._sealed = sealed

    async def asked(
        self, asking: EvaluatedBatch, policy: Policy, *, out_of_band: bool
    ) -> tuple[Call, ...] | PendingApproval:
        """Spend a yes that was given on the terminal or the page, or put the question.

        With `out_of_band` it is put there, and so it is wherever the yes must be surer than one
        through the client.
        """
        digest = self._digest(asking, policy)
        standing = await self._consents.standing(digest, asking.caller, self._clock())
        if standing is not None and not _is_for(standing, asking):
            await self._ended(standing, _OVERTAKEN)
        elif standing is not None:
            # A yes through a client is for the call that asked there, which is about to use it.
            out_of_band_given = standing.sureness is not AssuranceLevel.CLIENT
            if standing.state is State.GRANTED and out_of_band_given and _is_sure(standing, asking):
                return await self._spent(asking, standing)
            if standing.state is State.ASKED and standing.code:
                return _pending(asking, standing)
            # Its client didn't put it to anybody: a yes to both would be two.
            if standing.state is State.ASKED and out_of_band:
                await self._ended(standing, _UNASKED)
        return await self._put(asking, digest, out_of_band=out_of_band)

    async def confirmed(
        self, asking: EvaluatedBatch, policy: Policy, consent_id: str, reply: Reply | None
    ) -> tuple[Call, ...]:
        """Spend a yes: a reply's, or without one what was said on the terminal or the page.

        Raises:
            CallError: `declined`, `needs_confirmation`; `AskedAgainError` where what it depends on
                has changed.
        """
        digest = self._digest(asking, policy)
        consent = await self._consents.find(consent_id)
        same = consent is not None and (consent.digest, consent.caller) == (digest, asking.caller)
        # A question that was closed takes no answer any more; its words may be gone.
        closed = {State.SPENT} if reply is None else {State.SPENT, State.DECLINED}
        if consent is None or not same or consent.state in closed or _is_wordless(consent):
            problem = why_not(consent, digest, asking.caller, self._clock())
            raise self._refused(asking.calls, not_confirmed(problem))
        if reply is not None:
            consent = await self._answered(asking, consent, reply)
        elif consent.state is State.DECLINED and consent.by == _NOBODY:
            raise self._refused(asking.calls, not_confirmed(OVERTAKEN))
        elif consent.state is State.DECLINED:
            raise self._refused(_consented(asking, consent), declined(consent.question))
        if asking.question is not None and not _is_for(consent, asking):
            await self._ended(consent, _OVERTAKEN)
            pending = await self._put(asking, digest, out_of_band=bool(consent.code))
            raise self._refused(asking.calls, AskedAgainError(pending))
        if reply is not None:
            await self._grant(consent, reply)
        elif consent.state is State.GRANTED and not _is_sure(consent, asking):
            unsure = not_sure_enough(asking.particulars.needs)
            raise self._refused(_consented(asking, consent), unsure)
        return await self._spent(asking, consent)

    async def answer(self, pending: PendingApproval) -> State:
        """What has become of a question that is asked elsewhere."""
        consent = await self.consent(pending.consent_id)
        return State.DECLINED if consent is None else consent.state

    async def consent(self, consent_id: str) -> Consent | None:
        """A question that was put, and what became of it."""
        return await self._consents.find(consent_id)

    async def _answered(self, asking: EvaluatedBatch, consent: Consent, reply: Reply) -> Consent:
        """The consent with a person's yes to it; anything else ends it."""
        answered = replace(consent, how=reply.how, by=asking.caller, sureness=reply.sureness)
        if not consent.question.is_yes(reply.content):
            await self._consents.decline(consent.id, self._clock(), reply.how, asking.caller)
            raise self._refused(
                _consented(asking, answered), await self._no_yes(asking, consent, reply)
            )
        if not reply.sureness >= consent.more.needs:
            unsure = not_sure_enough(consent.more.needs)
            raise self._refused(_consented(asking, answered), unsure)
        return answered

    async def _no_yes(self, asking: EvaluatedBatch, consent: Consent, reply: Reply) -> CallError:
        """What becomes of a call whose question is closed by anything but a yes.

        Who typed something else is asked once more, by a new question: the old one takes no answer
        any more, however often it is brought back.
        """
        question = consent.question
        if question.again or not question.is_mistyped(reply.content):
            return declined(question, reply.content, dismissed=reply.dismissed)
        anew = replace(asking, question=question.once_more())
        pending = await self._put(anew, consent.digest, out_of_band=bool(consent.code))
        return AskedAgainError(pending, MISTYPED)

    async def _grant(self, consent: Consent, reply: Reply) -> None:
        """Put the yes on record, and the wider one where that was chosen."""
        approval = Approval(self._clock(), reply.how, consent.caller, reply.sureness)
        await self._consents.grant(consent.id, approval)
        chosen = consent.question.chosen(reply.content)
        offer = next((one for one in consent.more.offers if one.id == chosen), None)
        if offer is not None and self._grants is not None:
            await self._grants.give(offer.scope, consent.caller, approval)

    async def _put(
        self, asking: EvaluatedBatch, digest: str, *, out_of_band: bool
    ) -> PendingApproval:
        assert asking.question is not None  # noqa: S101 - nothing else is held
        surer = asking.particulars.needs is not AssuranceLevel.CLIENT
        more = replace(asking.particulars, out_of_band=out_of_band or surer)
        while True:
            now, caller = self._clock(), asking.caller
            consent = await self._consents.ask(digest, caller, asking.question, now, more)
            if consent.asked == now or _is_for(consent, asking):
                return _pending(asking, consent)
            # Another process asked it meanwhile, by what was known a moment ago.
            await self._ended(consent, _OVERTAKEN)

    async def _ended(self, consent: Consent, why: str) -> None:
        """End a question, and a yes to it, that nobody is to answer any more."""
        await self._consents.decline(consent.id, self._clock(), why, _NOBODY)

    async def _spent(self, asking: EvaluatedBatch, consent: Consent) -> tuple[Call, ...]:
        calls = _consented(asking, consent)
        try:
            await self._consents.spend(consent.id, consent.digest, asking.caller, self._clock())
        except CallError as error:
            raise self._refused(calls, error) from None
        return calls

    def _digest(self, asking: EvaluatedBatch, policy: Policy) -> str:
        """What a yes is for: the tools, what would be sent, where to, and the policy."""
        account = [self._account.environment, self._account.accid, self._account.host]
        whole = [[_whole(call) for call in asking.calls], account, policy.fingerprint]
        return self._sealed(whole)


def _whole(call: Call) -> list[object]:
    return [call.action.name, call.action.sent_form, call.undoes]


def _is_wordless(consent: Consent) -> bool:
    """Whether nobody knows any more what an open question asked: its time is over."""
    return consent.state is not State.DECLINED and not consent.question.text


def _is_for(consent: Consent, asking: EvaluatedBatch) -> bool:
    """Whether a yes is to all that is asked now, by what is known now.

    What was asked for a while only, such as after a lead was read, may be asked no more.
    """
    typed = asking.question.typed if asking.question else None
    then = [_rules_shown(kept) for kept in consent.more.calls]
    now = [{ask.rule for ask in call.asked_by} for call in asking.calls]
    return (
        consent.more.known == asking.known
        and typed in {None, consent.question.typed}
        and len(then) == len(now)
        and all(rules <= asked for rules, asked in zip(now, then, strict=True))
    )


def _is_sure(consent: Consent, asking: EvaluatedBatch) -> bool:
    """Whether a yes on record is as sure as it has to be."""
    return (consent.sureness or AssuranceLevel.CLIENT) >= asking.particulars.needs


def _rules_shown(kept: Mapping[str, object]) -> set[str]:
    asked = cast("Sequence[Mapping[str, object]]", kept.get("asked_by") or ())
    return {str(one.get("rule")) for one in asked}


def _pending(asking: EvaluatedBatch, consent: Consent) -> PendingApproval:
    when = (consent.ends, consent.asked)
    return PendingApproval(asking.calls, consent.id, consent.question, *when, consent.code)


def _consented(asking: EvaluatedBatch, consent: Consent) -> tuple[Call, ...]:
    sureness = (consent.sureness or AssuranceLevel.CLIENT).value
    who = consent.by or asking.caller
    given = ApprovalSummary(consent.id, consent.question.text, consent.how, who, sureness)
    calls = tuple(replace(call, consented=given) for call in asking.calls)
    return tuple(map(_without_a_grant, calls)) if len(calls) == 1 else calls


def _without_a_grant(call: Call) -> Call:
    """The call with its own yes alone, so that no grant is used up by it."""
    reserve = call.reserve and replace(call.reserve, grant=None)
    return replace(call, granted=None, reserve=reserve)
