"""A house whose questions are answered beside the client: on the terminal, while a call waits."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import anyio.lowlevel
from mcp.server.lowlevel import Server

from _support.clock import START
from _support.examples import Arguments, Guarded
from _support.pipeline import AssembledPipeline, Parts
from _support.undo_house import WHO, House, load_policy, open_house
from chasedata_mcp.app.out_of_band import OutOfBand
from chasedata_mcp.approvals.grants import unredacted
from chasedata_mcp.approvals.second_factor import SecondFactor
from chasedata_mcp.approvals_page.answer_service import (
    AnswerResult,
    AnswerService,
    Approver,
    Confirmation,
)
from chasedata_mcp.approvals_page.question_views import QuestionView
from chasedata_mcp.fields.context import ValidationContext
from chasedata_mcp.ledger import Ledger, open_ledger
from chasedata_mcp.mcp_server.callers import caller_of
from chasedata_mcp.mcp_server.server import build
from chasedata_mcp.mcp_server.server_context import ServerContext
from chasedata_mcp.pipeline.recorder import Keeping
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.sandbox import ACCID
from chasedata_mcp.tools.leads import UpdateLead
from chasedata_mcp.tools.request import Request
from chasedata_mcp.tools.results import Account

ACCOUNT = Account("sandbox", ACCID)
NUMBER = "6025550121"
DELETE: Arguments = {"number": "602-555-0121"}
GUARDED = Guarded("delete_dnc", DELETE, {"confirm": NUMBER}, {})
SENT = [{"Action": "DeleteDnc", "Number": NUMBER}]
MAY = Approver("maria/terminal", "on the terminal")
PAGE = "http://127.0.0.1:8766"
INTAKE = ValidationContext(START, frozenset({"US"}))
Doing = Callable[[], Awaitable[object]]


@dataclass
class Room:
    """A server over a ledger, a person at a terminal beside it, and what they do while it waits.

    `meanwhile` is by the seconds that a call has waited; `waited` is how long calls did.
    """

    house: House
    ledger: Ledger
    policy: Policy
    directory: Path
    page: str | None = None
    on_a_terminal: bool = True
    waited: float = 0.0
    meanwhile: dict[float, Doing] = field(default_factory=dict[float, Doing])
    others: Iterator[int] = field(default_factory=lambda: count(1001))

    def __post_init__(self) -> None:
        clock = self.house.clock
        self.pipeline = AssembledPipeline(
            Parts(
                account=ACCOUNT,
                dialer=self.house.posts,
                clock=clock,
                ledger=self.ledger,
                policy=self.policy,
                keeping=Keeping(),
                read_back=True,
            )
        )
        self.answers = AnswerService(
            self.ledger, ACCOUNT, clock, SecondFactor(self.directory), unredacted
        )

    async def pause(self, seconds: float) -> None:
        """Let time pass, in which whatever is meant to happen does."""
        await anyio.lowlevel.checkpoint()
        self.waited += seconds
        self.house.clock.move(timedelta(seconds=seconds))
        doing = self.meanwhile.pop(self.waited, None)
        if doing is not None:
            await doing()

    def server(self) -> Server[Any]:
        beside = OutOfBand(
            lambda: self.page, self.pause, self.on_a_terminal, clock=lambda: self.waited
        )
        site = ServerContext(ledger=self.ledger, out_of_band=beside)
        return build(self.pipeline, caller_of(WHO), site)

    async def question(self) -> QuestionView:
        """The newest open question that is asked beside the client."""
        return next(one for one in await self.answers.questions() if one.code)

    async def approve(self, offer: str | None = None) -> None:
        """Say yes on the terminal."""
        question = await self.question()
        given = Confirmation(question.typed or None, offer, None)
        yes = AnswerResult.APPROVED if question.waited_until is None else AnswerResult.APPROVED_LATE
        assert await self.answers.approve(question.id, given, MAY) is yes

    async def decline(self) -> None:
        """Say no on the terminal."""
        question = await self.question()
        assert await self.answers.decline(question.id, MAY) is AnswerResult.DECLINED

    async def another_lead(self) -> None:
        """Another lead comes to bear the number that is asked about."""
        of_its_own = {"search_field": "lead_id", "identifier": str(next(self.others))}
        action = UpdateLead.read({**of_its_own, "primary_phone": NUMBER}, INTAKE)
        await self.house.posts.post(Request(action.script, action.build_form(), action.expects))
        self.house.wire.forms.clear()


@asynccontextmanager
async def open_room(directory: Path, policy: Policy | None = None) -> AsyncGenerator[Room]:
    """A room of its own."""
    pending = policy or load_policy()
    async with open_house(directory, pending) as house:
        yield Room(house, house.ledger, pending, directory)


@asynccontextmanager
async def next_door(room: Room, directory: Path) -> AsyncGenerator[Room]:
    """The same room as another process has it: the same store, nothing else in common."""
    async with open_ledger(directory, "sandbox", clock=room.house.clock) as ledger:
        yield Room(room.house, ledger, room.policy, directory)
