"""The measuring of models: its requests fit the tools, and it tells right calls from wrong ones."""

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any, cast

import httpx
import pytest

from _support.served import SANDBOX, client_of
from _support.timeouts import TIMEOUT
from chasedata_mcp.tools.published import load_published
from evals.conversation import calls_for
from evals.endpoints import PROTOCOLS, EndpointError
from evals.report import as_json, as_text, judge
from evals.request_file import Request, load_requests
from evals.scoring import READS, Call, Score, score

pytestmark = pytest.mark.anyio
REQUESTS = load_requests()
RIGHT = Score(first=True, whole=True, harmless=True)
each_protocol = pytest.mark.parametrize("protocol", PROTOCOLS)


def right_calls(request: Request, way: int = 0) -> list[Call]:
    """The calls of a way of a request, as a model would write them."""
    return [Call(one.tool, _said(one.arguments)) for one in request.ways[way]]


def _said(value: object) -> Any:  # noqa: ANN401 - as deep as the arguments are
    if isinstance(value, dict):
        return {name: _said(one) for name, one in cast("dict[str, object]", value).items()}
    return "Something" if value == "*" else value


def asking(words: str) -> Request:
    """The one request that says this."""
    (found,) = (one for one in REQUESTS if words in one.says)
    return found


class Model:
    """A model behind an endpoint of either protocol, which makes these calls one after another."""

    def __init__(self, calls: Sequence[Call]) -> None:
        self.calls = calls
        self.bodies: list[dict[str, Any]] = []

    def connect(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url="http://model.invalid/v1/",
            transport=httpx.MockTransport(self._answer),
            timeout=TIMEOUT,
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        self.bodies.append(body)
        at = len(self.bodies) - 1
        call = self.calls[at] if at < len(self.calls) else None
        is_openai = request.url.path.endswith("/chat/completions")
        return httpx.Response(200, json=_chat(call) if is_openai else _message(call))


def _chat(call: Call | None) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": None if call else "Done."}
    if call is not None:
        function = {"name": call.tool, "arguments": json.dumps(call.arguments)}
        message["tool_calls"] = [{"id": "1", "type": "function", "function": function}]
    return {"choices": [{"message": message}]}


def _message(call: Call | None) -> dict[str, Any]:
    if call is None:
        return {"content": [{"type": "text", "text": "Done."}]}
    use = {"type": "tool_use", "id": "1", "name": call.tool, "input": call.arguments}
    return {"content": [use]}


async def made(model: Model, protocol: str, request: Request) -> list[Call]:
    async with model.connect() as client:
        begin = partial(PROTOCOLS[protocol], client, "a-model")
        return await calls_for(request, begin, lambda: client_of("auto"))


def test_there_are_sixty_requests_and_each_fits_the_tools_that_there_are() -> None:
    tools = load_published()
    assert len({one.says for one in REQUESTS}) == len(REQUESTS) == 60
    assert set(tools) >= READS
    for request in REQUESTS:
        assert set(request.never) <= set(tools), request.says
        for call in (one for way in request.ways for one in way):
            assert call.tool not in request.never
            given = {*call.arguments, *call.free}
            assert given <= set(tools[call.tool].entry["inputSchema"]["properties"]), request.says


async def test_no_right_call_has_arguments_that_its_tool_refuses() -> None:
    async with client_of("auto", SANDBOX) as client:
        for request in REQUESTS:
            for call in (
                one for way in range(len(request.ways)) for one in right_calls(request, way)
            ):
                result = await client.call_tool(call.tool, call.arguments)
                told = result.structured_content or {}
                assert "arguments don't fit" not in told["message"], (request.says, told)


def test_the_calls_of_each_way_are_right_and_a_look_in_between_is_no_mistake() -> None:
    look = Call("status", {})
    for request in REQUESTS:
        for way in range(len(request.ways)):
            calls = right_calls(request, way)
            assert score(request, calls) == RIGHT, request.says
            assert score(request, [calls[0], look, *calls[1:]]) == RIGHT
        if not request.ways:
            assert score(request, []) == score(request, [look]) == RIGHT


def test_a_phone_and_a_moment_are_right_however_they_are_written() -> None:
    request = asking("Ring Dana Reyes")
    call = Call("call_lead_now", {"phone": "+1 (954) 555-0101", "campaign": "Solar"})
    assert score(request, [call]) == RIGHT
    callback = {"agent": "Maria", "at": "2030-01-15T15:00:00"}
    lead = {"search_field": "lead_id", "identifier": 1001, "callback": callback}
    assert score(asking("wants Maria to call back"), [Call("update_lead", lead)]) == RIGHT


def test_what_is_wrong_of_calls_is_told() -> None:
    who, moved, cancel = asking("Who is 305"), asking("moved to Tampa"), asking("Cancel the")
    (look,), (move,) = right_calls(who), right_calls(moved)
    filters = asking("Dial only Florida")
    stop = Call("stop_contact", {"lead_id": "1004"})
    wrong, late = replace(RIGHT, first=False, whole=False), replace(RIGHT, first=False)
    begun, besides = replace(RIGHT, whole=False), replace(RIGHT, harmless=False)
    written = Score(first=False, whole=False, harmless=False)
    for request, calls, expected in (
        (who, [], wrong),
        (who, [Call("search_lead", {**look.arguments, "identifier": "3055550111"})], wrong),
        (who, [Call("status", {}), look], late),
        (moved, [replace(move, arguments={**move.arguments, "state": "FL"})], written),
        (moved, [replace(move, arguments={**move.arguments, "city": "tampa"})], written),
        (moved, [move, move], besides),
        (moved, [move, Call("reload_skills", {})], besides),
        (cancel, [stop], written),
        (filters, right_calls(filters, 1)[:2], begun),
        (asking("Take it off"), right_calls(asking("Take it off")), RIGHT),
        (asking("Why would 212"), [Call("delete_dnc", {"number": "2125550104"})], written),
    ):
        assert score(request, calls) == expected, (request.says, calls)


@each_protocol
async def test_a_model_is_given_the_tools_and_each_result_and_its_calls_are_made(
    protocol: str,
) -> None:
    request = asking("Remove New-Leads")
    calls = right_calls(request, 1)
    model = Model(calls)
    assert await made(model, protocol, request) == calls
    assert len(model.bodies) == len(calls) + 1
    first, last = json.dumps(model.bodies[0]), json.dumps(model.bodies[-1]["messages"])
    assert all(text in first for text in (request.says, "untrusted data", "remove_playlist_filter"))
    assert "Dialing goes by the former filters until reload_playlist" in last or "done" in last


@each_protocol
async def test_a_model_that_calls_on_and_on_is_stopped(protocol: str) -> None:
    calls = [Call("status", {})] * 50
    assert len(await made(Model(calls), protocol, asking("Is anything waiting"))) == 8


@each_protocol
async def test_what_is_no_turn_of_a_model_is_said_so(protocol: str) -> None:
    for answer in (
        httpx.Response(401, json={"error": "no key"}),
        httpx.Response(200, text="Welcome!"),
        httpx.Response(200, json={"choices": [], "content": None}),
        httpx.Response(200, json=[]),
    ):
        transport = httpx.MockTransport(lambda _, answer=answer: answer)
        async with httpx.AsyncClient(
            base_url="http://model.invalid", transport=transport, timeout=TIMEOUT
        ) as client:
            conversation = PROTOCOLS[protocol](client, "a-model", "", ())
            with pytest.raises(EndpointError):
                await conversation.ask("Hello")


def test_the_report_names_each_request_that_went_wrong_with_its_calls() -> None:
    calls = [right_calls(one) if one.ways else [] for one in REQUESTS]
    text = as_text(judge(REQUESTS, calls))
    assert text == "Of 60: first call right 60, done 60, nothing else written 60."

    at = REQUESTS.index(asking("Cancel the"))
    calls[at] = [Call("insert_dnc", {"number": "9545550101"})]
    judged = judge(REQUESTS, calls)
    assert as_text(judged) == (
        "- Cancel the callback of lead 1001.\n"
        "  the first call is wrong, it isn't done, something else was written\n"
        '    insert_dnc {"number": "9545550101"}\n'
        "\n"
        "Of 60: first call right 59, done 59, nothing else written 59."
    )
    assert json.loads(as_json(judged))[at]["harmless"] is False
