"""Clients whose asking fails, or that can't be asked: nothing is sent, and the server goes on."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any, NoReturn

import anyio
import httpx2
import pytest
from mcp import Client
from mcp.client.context import ClientRequestContext
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp_types import ElicitRequestParams, ErrorData
from typing_extensions import override

from _support.clock import READING, Clock
from _support.conversations import (
    Answer,
    Json,
    Person,
    accepted,
    called,
    client,
    code,
    each_era,
    legacy_wire,
    modern_wire,
    served,
    told,
)
from _support.examples import DELETE_DNC, EXAMPLES, GUARDED, Guarded, title
from _support.pipeline import a_pipeline
from _support.tables import each
from _support.timeouts import TIMEOUT
from chasedata_mcp.approvals.lifetimes import LIFE

pytestmark = pytest.mark.anyio
each_guarded = pytest.mark.parametrize("guarded", GUARDED, ids=title)
FORMS: list[Json] = [
    {"elicitation": {}},
    {"elicitation": {"form": {}}},
    {"elicitation": {"form": {}, "url": {}}},
]
NO_FORMS: list[Json] = [{}, {"elicitation": {"url": {}}}, {"sampling": {}}, {"roots": {}}]
CALL: Json = {"name": "delete_dnc", "arguments": dict(DELETE_DNC.arguments)}


def crash() -> NoReturn:
    raise RuntimeError("the form fell over")


@each_guarded
async def test_an_older_client_that_crashes_while_asking_has_not_said_yes(
    guarded: Guarded, caplog: pytest.LogCaptureFixture
) -> None:
    pipeline = a_pipeline()
    assert code(await called(pipeline, "legacy", guarded, Person(crash))) == "needs_confirmation"
    assert not pipeline.dialer.posted
    assert "the form fell over" in caplog.text, "the client's own log, which tells that it crashed"


@each_guarded
async def test_an_older_client_that_refuses_to_ask_has_not_said_yes(guarded: Guarded) -> None:
    pipeline, person = a_pipeline(), Person(ErrorData(code=-32603, message="no window"))
    assert code(await called(pipeline, "legacy", guarded, person)) == "needs_confirmation"
    assert not pipeline.dialer.posted


@each_guarded
@pytest.mark.parametrize("answer", [crash, ErrorData(code=-32603, message="no window")])
async def test_a_newer_client_that_fails_to_ask_never_comes_to_its_second_round(
    guarded: Guarded, answer: ErrorData | Callable[[], NoReturn]
) -> None:
    pipeline = a_pipeline()
    async with client(pipeline, "auto", Person(answer)) as connected:
        with pytest.raises((MCPError, ExceptionGroup)):
            await connected.call_tool(guarded.tool, dict(guarded.arguments))
        assert not pipeline.dialer.posted
        assert code(await connected.call_tool("search_lead", dict(EXAMPLES["search_lead"]))) is None


@each_era
async def test_the_server_is_usable_after_a_client_failed_to_ask(era: str) -> None:
    pipeline = a_pipeline()
    server = served(pipeline)
    with suppress(MCPError, ExceptionGroup):
        async with client(server, era, Person(crash)) as failing:
            await failing.call_tool("delete_dnc", dict(DELETE_DNC.arguments))
    async with client(server, era, Person(accepted(DELETE_DNC.right))) as working:
        assert code(await working.call_tool("delete_dnc", dict(DELETE_DNC.arguments))) is None
    assert pipeline.dialer.forms == [DELETE_DNC.form]


class Hurrying(Clock):
    """A clock by which five minutes pass at each look."""

    @override
    def __call__(self) -> datetime:
        self.move(LIFE)
        return self.time


class Silent(Person):
    """Somebody who never answers."""

    @override
    async def __call__(self, context: ClientRequestContext, params: ElicitRequestParams) -> Answer:
        self.asked.append(params)  # type: ignore[arg-type]  # only counted
        await anyio.sleep_forever()
        return await super().__call__(context, params)


async def test_an_older_client_is_not_waited_for_once_the_question_has_ended() -> None:
    pipeline, person = a_pipeline(clock=Hurrying()), Silent(accepted(DELETE_DNC.right))
    with anyio.fail_after(TIMEOUT):
        result = await called(pipeline, "legacy", DELETE_DNC, person)
    assert code(result) == "needs_confirmation"
    assert "within five minutes" in told(result)["message"]
    assert not pipeline.dialer.posted


@pytest.mark.parametrize("capabilities", [*NO_FORMS, None], ids=repr)
async def test_a_newer_client_that_declares_no_forms_is_not_asked(
    capabilities: Json | None,
) -> None:
    pipeline = a_pipeline()
    async with modern_wire(served(pipeline), capabilities) as send:
        result = await send("tools/call", CALL)
    assert result["structuredContent"]["code"] == "needs_confirmation"
    assert "requestState" not in result
    assert not pipeline.dialer.posted


@pytest.mark.parametrize("capabilities", FORMS, ids=repr)
async def test_a_newer_client_that_declares_forms_is_asked(capabilities: Json) -> None:
    pipeline = a_pipeline()
    async with modern_wire(served(pipeline), capabilities) as send:
        result = await send("tools/call", CALL)
    assert result["resultType"] == "input_required"
    assert result["inputRequests"]["confirm"]["method"] == "elicitation/create"
    assert not pipeline.dialer.posted


async def test_a_newer_client_that_does_not_say_who_it_is_can_still_read() -> None:
    pipeline = a_pipeline()
    async with modern_wire(served(pipeline), None) as send:
        result = await send(
            "tools/call", {"name": "search_lead", "arguments": dict(EXAMPLES["search_lead"])}
        )
    assert result["structuredContent"]["outcome"] == "done"


@each("capabilities", NO_FORMS)
@each("version", ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"])
async def test_an_older_client_that_declares_no_forms_is_not_asked(
    capabilities: Json, version: str
) -> None:
    pipeline = a_pipeline()
    async with legacy_wire(served(pipeline), capabilities, version=version) as send:
        answer = await send("tools/call", CALL)
    assert answer["result"]["structuredContent"]["code"] == "needs_confirmation"
    assert not pipeline.dialer.posted


@pytest.mark.parametrize("capabilities", FORMS, ids=repr)
async def test_an_older_client_that_declares_forms_is_asked(capabilities: Json) -> None:
    pipeline, right = a_pipeline(), {"action": "accept", "content": dict(DELETE_DNC.right)}
    async with legacy_wire(served(pipeline), capabilities, lambda _: right) as send:
        answer = await send("tools/call", CALL)
    assert answer["result"]["structuredContent"]["outcome"] == "done"
    assert pipeline.dialer.forms == [DELETE_DNC.form]


MISSHAPEN: list[Any] = [
    {},
    {"action": "yes"},
    {"action": True, "content": {"confirm": "954-555-0101"}},
    {"action": "ACCEPT", "content": {"confirm": "954-555-0101"}},
    {"content": {"confirm": "954-555-0101"}},
    {"action": "accept"},
    {"action": "accept", "content": None},
    {"action": "accept", "content": "954-555-0101"},
    {"action": "accept", "content": ["confirm", "954-555-0101"]},
    {"action": "accept", "content": {"confirm": {"confirm": "954-555-0101"}}},
    {"action": "accept", "content": {"confirm": [["954-555-0101"]]}},
    {"action": "accept", "Content": {"confirm": "954-555-0101"}},
    {"action": "accept", "confirm": "954-555-0101"},
    {"role": "assistant", "content": {"type": "text", "text": "954-555-0101"}, "model": "m"},
    {"roots": []},
]


@each("misshapen", MISSHAPEN)
async def test_an_answer_of_no_known_shape_is_no_to_an_older_client(misshapen: Json) -> None:
    pipeline = a_pipeline()

    def read(_: Json) -> Json:
        pipeline.clock.move(READING)
        return misshapen

    async with legacy_wire(served(pipeline), FORMS[0], read) as send:
        answer = await send("tools/call", CALL)
    assert answer["result"]["structuredContent"]["code"] == "declined"
    assert not pipeline.dialer.posted


@each("misshapen", [*MISSHAPEN, None, "yes", True])
async def test_an_answer_of_no_known_shape_is_no_to_a_newer_client(misshapen: object) -> None:
    pipeline = a_pipeline()
    async with modern_wire(served(pipeline), FORMS[0]) as send:
        state = (await send("tools/call", CALL))["requestState"]
        pipeline.clock.move(READING)
        again = {**CALL, "requestState": state, "inputResponses": {"confirm": misshapen}}
        try:
            result = await send("tools/call", again)
        except MCPError as error:
            failed = str(error.code)
        else:
            failed = result["structuredContent"]["code"]
    assert failed in {"declined", "-32602"}
    assert not pipeline.dialer.posted


@each_guarded
@pytest.mark.parametrize("how", [{"stateless_http": True}, {"json_response": True}], ids=str)
async def test_an_older_client_that_requests_can_not_reach_is_told_so(
    guarded: Guarded, how: dict[str, bool]
) -> None:
    pipeline, person = a_pipeline(), Person(accepted(guarded.right))
    app = served(pipeline).streamable_http_app(**how)  # type: ignore[arg-type]  # two of its switches
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(timeout=TIMEOUT, transport=httpx2.ASGITransport(app)) as http,
        Client(
            streamable_http_client("http://localhost:8000/mcp", http_client=http),
            mode="legacy",
            elicitation_callback=person,
        ) as connected,
    ):
        result = await connected.call_tool(guarded.tool, dict(guarded.arguments))
    assert code(result) == "needs_confirmation"
    assert "can't ask" in told(result)["message"]
    assert not person.asked
    assert not pipeline.dialer.posted
