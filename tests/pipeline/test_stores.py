"""A store of consents that forgets, fails or grants too much turns no question into a yes."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import pytest

from _support.pipelines import CALLER, DELETE_DNC, Laid
from chasedata_mcp.approvals.grants import Approval
from chasedata_mcp.approvals.models import PLAIN, Consent, Particulars, State
from chasedata_mcp.approvals.questions import Question
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.pipeline.approval_store import ConsentsInLedger
from chasedata_mcp.pipeline.pipeline import AskedAgainError, Reply

pytestmark = pytest.mark.anyio
WRONG = {"confirm": "wrong"}
HOW = "on a page"


class Forgetful(ConsentsInLedger):
    """Loses each grant, as a store might that another process cleared meanwhile."""

    async def grant(self, consent_id: str, yes: Approval) -> None:
        del consent_id, yes


class Broken(ConsentsInLedger):
    """Fails at the last step."""

    async def spend(self, consent_id: str, digest: str, caller: str, now: datetime) -> None:
        del consent_id, digest, caller, now
        raise OSError("the disk is full")


class Generous(ConsentsInLedger):
    """Has a yes before anybody answered, as from a page of the server's own."""

    async def ask(
        self,
        digest: str,
        caller: str,
        question: Question,
        now: datetime,
        more: Particulars = PLAIN,
    ) -> Consent:
        consent = await super().ask(digest, caller, question, now, more)
        await self.grant(consent.id, Approval(now, HOW, CALLER))
        return consent


class Mistaken(ConsentsInLedger):
    """Finds a consent of another call under every id."""

    async def find(self, consent_id: str) -> Consent | None:
        found = await super().find(consent_id)
        return found and replace(found, digest="of another call", state=State.GRANTED)


async def redeem(laid: Laid, consent_id: str, content: Mapping[str, object]) -> None:
    action = laid.read(DELETE_DNC.tool, DELETE_DNC.arguments)
    await laid.pipeline.send(await laid.pipeline.redeem(action, CALLER, consent_id, Reply(content)))


@pytest.mark.parametrize("store", [Forgetful, Mistaken])
async def test_a_yes_that_is_not_on_record_is_none(store: type[ConsentsInLedger]) -> None:
    laid = Laid(consents=store)
    pending = await laid.pending(DELETE_DNC.tool, DELETE_DNC.arguments)
    with pytest.raises(CallError) as caught:
        await redeem(laid, pending.consent_id, DELETE_DNC.right)
    assert caught.value.code is Code.NEEDS_CONFIRMATION
    assert not laid.dialer.posted


async def test_a_yes_that_can_not_be_spent_sends_nothing() -> None:
    laid = Laid(consents=Broken)
    pending = await laid.pending(DELETE_DNC.tool, DELETE_DNC.arguments)
    with pytest.raises(OSError, match="disk"):
        await redeem(laid, pending.consent_id, DELETE_DNC.right)
    assert not laid.dialer.posted


async def test_a_wrong_answer_is_no_even_where_a_yes_is_on_record() -> None:
    laid = Laid(consents=Generous)
    pending = await laid.pending(DELETE_DNC.tool, DELETE_DNC.arguments)
    with pytest.raises(CallError) as first:
        await redeem(laid, pending.consent_id, WRONG)
    assert isinstance(first.value, AskedAgainError)
    with pytest.raises(CallError) as second:
        await redeem(laid, pending.consent_id, DELETE_DNC.right)
    assert second.value.code is Code.NEEDS_CONFIRMATION
    assert not laid.dialer.posted
