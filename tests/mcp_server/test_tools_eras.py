"""The same call has the same result in both eras."""

import re
from collections.abc import Callable
from typing import NoReturn

import pytest
from mcp_types import CallToolResult

from _support.conversations import (
    CANCELLED,
    DECLINED,
    ERAS,
    Answer,
    Person,
    accepted,
    client,
    text,
    told,
    unmarked,
)
from _support.dialer import RecordingDialer
from _support.examples import EXAMPLES, GUARDED, Guarded
from _support.pipeline import RecordedPipeline, a_pipeline
from _support.tables import each
from chasedata_mcp.dialer import errors
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.policy.models import ConfirmLevel
from chasedata_mcp.tools.answer_types import Agent, AgentsRead, Lead, LeadsRead
from chasedata_mcp.tools.request import Request

pytestmark = pytest.mark.anyio
_MARK = re.compile(r"dialer data [0-9a-f]{8}")
_REFERENCE = re.compile(r"under [0-9a-f]{8}")
Shown = tuple[str, str, bool | None]


def shown(result: CallToolResult) -> Shown:
    """The result, but for what is made anew for each."""
    words = _REFERENCE.sub("under ...", _MARK.sub("dialer data ...", text(result)))
    fields = _REFERENCE.sub("under ...", str(unmarked(told(result))))
    entry = str(told(result).get("entry") or "no entry")
    return words.replace(entry, "..."), fields.replace(entry, "..."), result.is_error


async def in_both(
    pipeline: Callable[[], RecordedPipeline],
    tool: str,
    arguments: dict[str, object],
    answer: Answer | None,
) -> list[Shown]:
    results: list[Shown] = []
    for era in ERAS:
        person = None if answer is None else Person(answer)
        async with client(pipeline(), era, person) as connected:
            results.append(shown(await connected.call_tool(tool, arguments)))
    return results


@each("tool", EXAMPLES)
async def test_what_is_done_reads_the_same(tool: str) -> None:
    right = {guarded.tool: guarded.right for guarded in GUARDED[:2]}
    answer = accepted(right.get(tool, {"confirm": True}))
    newer, older = await in_both(a_pipeline, tool, dict(EXAMPLES[tool]), answer)
    assert newer == older
    assert not newer[2]


@each("guarded", GUARDED)
@each("answer", [None, DECLINED, CANCELLED, accepted({}), accepted({"confirm": "no"})])
async def test_what_is_refused_reads_the_same(guarded: Guarded, answer: Answer | None) -> None:
    newer, older = await in_both(a_pipeline, guarded.tool, dict(guarded.arguments), answer)
    assert newer == older
    assert newer[2]


def lost(request: Request) -> NoReturn:
    raise errors.no_answer("none within the time", read=request.reads)


def broken(_: Request) -> NoReturn:
    raise RuntimeError


@pytest.mark.parametrize("tool", ["insert_dnc", "search_lead", "send_sms"])
@pytest.mark.parametrize("failing", [lost, broken])
async def test_what_failed_reads_the_same(
    tool: str, failing: Callable[[Request], NoReturn]
) -> None:
    newer, older = await in_both(
        lambda: a_pipeline(dialer=RecordingDialer(failing)), tool, dict(EXAMPLES[tool]), None
    )
    assert newer == older
    assert newer[2]


@pytest.mark.parametrize(
    ("tool", "found"),
    [
        ("search_lead", LeadsRead((Lead("1", {"Notes": "x"}), Lead("2")))),
        ("available_inbound_agents", AgentsRead((Agent("maria", "waiting"),), 1)),
    ],
)
async def test_what_was_read_reads_the_same(tool: str, found: LeadsRead | AgentsRead) -> None:
    newer, older = await in_both(
        lambda: a_pipeline(dialer=RecordingDialer(lambda _: found)),
        tool,
        dict(EXAMPLES[tool]),
        None,
    )
    assert newer == older


@each("tool", EXAMPLES)
async def test_the_question_reads_the_same(tool: str) -> None:
    asked = []
    for era in ERAS:
        person = Person(DECLINED)
        async with client(a_pipeline(Policy(ConfirmLevel.WRITES)), era, person) as connected:
            await connected.call_tool(tool, dict(EXAMPLES[tool]))
        asked.append([(form.message, form.requested_schema) for form in person.asked])
    assert asked[0] == asked[1]
