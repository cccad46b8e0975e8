"""Faults of our own: a reference for the caller, no detail for anybody, and the server goes on."""

import logging
from typing import NoReturn

import pytest
from mcp.shared.exceptions import MCPError

from _support.conversations import (
    Person,
    accepted,
    client,
    code,
    each_era,
    legacy_wire,
    modern_wire,
    served,
    text,
    told,
)
from _support.dialer import RecordingDialer
from _support.examples import DELETE_DNC, EXAMPLES
from _support.faults import OtherApprovals
from _support.pipeline import a_pipeline
from chasedata_mcp.ledger import Approval, Unspent
from chasedata_mcp.mcp_server.server import build
from chasedata_mcp.tools.answer_types import Answer, LeadsRead
from chasedata_mcp.tools.request import Request

pytestmark = [pytest.mark.anyio, each_era]
SECRET = "D7C84300-0000-4DC9-B70F-A1D89B927F51 of Ana Pereira"
SEARCH = dict(EXAMPLES["search_lead"])


def fault(_: object) -> NoReturn:
    raise RuntimeError(SECRET) from KeyError(SECRET)


def several(_: object) -> NoReturn:
    raise ExceptionGroup(SECRET, [ValueError(SECRET), OSError(SECRET)])


@pytest.mark.parametrize("failing", [fault, several])
@pytest.mark.parametrize("tool", ["search_lead", "insert_dnc", "delete_dnc"])
async def test_a_fault_of_our_own_tells_nothing_but_a_reference(
    era: str, tool: str, failing: object, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    assert callable(failing)
    pipeline = a_pipeline(dialer=RecordingDialer(failing))
    async with client(pipeline, era, Person(accepted(DELETE_DNC.right))) as connected:
        result = await connected.call_tool(tool, dict(EXAMPLES[tool]))
    assert code(result) == "failed"
    seen = text(result) + str(told(result)) + caplog.text
    assert "Ana" not in seen
    assert "D7C84300" not in seen
    reference = told(result)["message"].partition(" under ")[2].partition(".")[0]
    assert reference
    assert reference in "".join(record.getMessage() for record in caplog.records)


async def test_the_server_is_usable_after_a_fault(era: str) -> None:
    faults = iter([fault])

    def answer(request: Request) -> Answer:
        for failing in faults:
            failing(request)
        return LeadsRead(())

    async with client(a_pipeline(dialer=RecordingDialer(answer)), era) as connected:
        assert code(await connected.call_tool("search_lead", SEARCH)) == "failed"
        assert code(await connected.call_tool("search_lead", SEARCH)) is None


class Broken(OtherApprovals):
    """Approvals that can't be kept."""

    async def ask(self, new: Approval) -> None:
        raise OSError(SECRET, new)


class Jammed(OtherApprovals):
    """Approvals that can't be spent."""

    async def spend(self, *about: object) -> Unspent | None:
        raise OSError(SECRET, *about)


@pytest.mark.parametrize("store", [Broken, Jammed])
async def test_where_approvals_fail_the_answer_is_no(
    era: str, store: type[OtherApprovals], caplog: pytest.LogCaptureFixture
) -> None:
    pipeline = a_pipeline()
    store.put_over(pipeline.ledger)
    async with client(pipeline, era, Person(accepted(DELETE_DNC.right))) as connected:
        result = await connected.call_tool("delete_dnc", dict(DELETE_DNC.arguments))
    assert code(result) == "failed"
    assert "Ana" not in str(told(result)) + caplog.text
    assert not pipeline.dialer.posted


async def test_where_nobody_can_say_who_calls_nothing_is_sent(
    era: str, caplog: pytest.LogCaptureFixture
) -> None:
    pipeline = a_pipeline()
    server = build(pipeline, fault)
    async with client(server, era, Person(accepted(DELETE_DNC.right))) as connected:
        result = await connected.call_tool("delete_dnc", dict(DELETE_DNC.arguments))
    assert code(result) == "failed"
    assert "Ana" not in str(told(result)) + caplog.text
    assert not pipeline.dialer.posted


@pytest.mark.parametrize("arguments", ["954-555-0177", ["954-555-0177"], 9545550177, True])
async def test_arguments_that_are_no_object_are_an_error_that_quotes_nothing(
    era: str, arguments: object, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="chasedata_mcp")
    pipeline = a_pipeline()
    wire = modern_wire(served(pipeline), {}) if era == "auto" else legacy_wire(served(pipeline), {})
    async with wire as send:
        try:
            answer = str(await send("tools/call", {"name": "insert_dnc", "arguments": arguments}))
        except MCPError as error:
            answer = repr(error.error)
    assert "-32602" in answer
    assert "0177" not in answer + caplog.text
    assert not pipeline.dialer.posted


async def test_no_argument_and_no_answer_is_logged(
    era: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="chasedata_mcp")
    person = Person(accepted({"confirm": "Sesame"}))
    async with client(a_pipeline(), era, person) as connected:
        await connected.call_tool("delete_dnc", dict(DELETE_DNC.arguments))
        await connected.call_tool("search_lead", SEARCH)
    assert "Sesame" not in caplog.text
    assert "0101" not in "".join(
        record.getMessage() for record in caplog.records if record.name.startswith("chasedata")
    )
