"""Two processes that race for one consent: each time exactly one may send."""

import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path

import anyio
from anyio import to_thread

from chasedata_mcp.approvals.models import Reply
from chasedata_mcp.approvals.service import ApprovalService
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.ledger import Ledger, open_ledger
from chasedata_mcp.pipeline.executor import Executor
from chasedata_mcp.pipeline.facts import FactGatherer
from chasedata_mcp.pipeline.pipeline import PendingApproval, Pipeline
from chasedata_mcp.pipeline.recorder import Recorder
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.policy.suppression_file import SuppressionFile
from chasedata_mcp.sandbox import ACCID
from chasedata_mcp.tools.account import Account
from chasedata_mcp.tools.answer_types import Acknowledged, Answer
from chasedata_mcp.tools.request import Request

ACCOUNT = Account("sandbox", ACCID)
CALLER = "soak/races"
CALL = {"number": "9545550101"}
YES = Reply({"confirm": "9545550101"})
RACERS = 2
_HEAD_START = 0.004


class Sent:
    """A dialer that only counts."""

    def __init__(self) -> None:
        self.number = 0

    async def post(self, request: Request) -> Answer:  # noqa: ARG002 - as a pipeline wants it
        self.number += 1
        return Acknowledged()


def race(asked: Connection, place: str) -> None:
    """Redeem each consent that is named, at the moment that is named, and say how often it sent."""
    anyio.run(_race, asked, place)


async def _race(asked: Connection, place: str) -> None:
    async with open_ledger(place, "sandbox") as ledger:
        sent = Sent()
        pipeline = _pipeline(ledger, sent)
        while (named := asked.recv()) is not None:
            approval_id, begins = named
            while time.monotonic() < begins:
                pass
            before = sent.number
            try:
                action = pipeline.read("delete_dnc", CALL)
                await pipeline.send(await pipeline.redeem(action, CALLER, approval_id, YES))
            except CallError as error:
                if error.code is not Code.NEEDS_CONFIRMATION:
                    raise
            asked.send(sent.number - before)


async def check_races(place: Path, number: int) -> tuple[dict[str, int], list[str]]:
    """Have so many consents raced for; gives figures, and what doesn't hold."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    # The server of forks has no other way to find what it preloads.
    os.environ["PYTHONPATH"] = os.pathsep.join(sys.path)
    began = time.monotonic()
    spent = Counter(await _race_all(context, str(place), number))
    async with open_ledger(place, "sandbox") as ledger:
        verdict = await ledger.verify()
    figures = {
        "races for one consent": spent.total(),
        "won by exactly one": spent[1],
        "seconds for these": round(time.monotonic() - began),
    }
    twice = [f"a consent was sent with {times} times" for times in spent if times != 1]
    return figures, [*twice, *map(str, verdict.problems)]


async def _race_all(context: ForkServerContext, place: str, number: int) -> list[int]:
    """Count how often each of so many consents was sent with."""
    pipes = [context.Pipe() for _ in range(RACERS)]
    with ExitStack() as stack:
        for _, far in pipes:
            process = context.Process(target=race, args=(far, place), daemon=True)
            process.start()
            # Else this process would wait for ever for one that failed.
            far.close()
            stack.callback(process.join)
        near = [pipe for pipe, _ in pipes]
        try:
            async with open_ledger(place, "sandbox") as ledger:
                return [await _once(_pipeline(ledger, Sent()), near) for _ in range(number)]
        finally:
            for pipe in near:
                pipe.send(None)


async def _once(pipeline: Pipeline, racers: Iterable[Connection]) -> int:
    held = await pipeline.admit(pipeline.read("delete_dnc", CALL), CALLER)
    assert isinstance(held, PendingApproval)
    for racer in racers:
        racer.send((held.approval.id, time.monotonic() + _HEAD_START))
    return sum([await to_thread.run_sync(racer.recv) for racer in racers])


def _pipeline(ledger: Ledger, dialer: Sent) -> Pipeline:
    def now() -> datetime:
        return datetime.now(UTC)

    recorder = Recorder(ledger, ACCOUNT, now)
    approvals = ApprovalService(ledger, ACCOUNT.accid, now)
    facts = FactGatherer(recorder, SuppressionFile(None))
    return Pipeline(Policy(), recorder, Executor(dialer, recorder), facts, approvals)
