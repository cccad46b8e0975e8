"""A person beside the clients of the soak, who answers some of their questions elsewhere first."""

import random
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import anyio

from chasedata_mcp.approvals.grants import unredacted
from chasedata_mcp.approvals.second_factor import SecondFactor
from chasedata_mcp.approvals_page.answer_service import AnswerService, Approver, Confirmation
from chasedata_mcp.approvals_page.question_views import QuestionView
from chasedata_mcp.ledger import open_ledger
from chasedata_mcp.sandbox import ACCID
from chasedata_mcp.tools.account import Account

_ACCOUNT = Account("sandbox", ACCID)
_PERSON = Approver("root/terminal", "on the terminal")


async def answer_some(state: Path, chance: random.Random, answered: Counter[str]) -> None:
    """Answer until it is cancelled, as one more process on the store; count what came of it."""
    async with open_ledger(state, "sandbox") as ledger:
        service = AnswerService(ledger, _ACCOUNT, _now, SecondFactor(state), unredacted)
        while True:
            await anyio.sleep(chance.uniform(0.1, 0.6))
            for question in await service.questions():
                if chance.random() < 0.3:
                    result = await _answer(service, question, chance)
                    answered[result] += 1


def _now() -> datetime:
    return datetime.now(UTC)


async def _answer(service: AnswerService, question: QuestionView, chance: random.Random) -> str:
    if chance.random() < 0.25:
        return (await service.decline(question.id, _PERSON)).name.lower()
    offer = chance.choice([None, *(one.id for one in question.offers)])
    typed = None if question.question.typed is None else question.question.typed.shown
    confirmation = Confirmation(typed, offer)
    return (await service.approve(question.id, confirmation, _PERSON)).name.lower()
