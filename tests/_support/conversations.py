"""Clients of both eras for tests, with a person who answers, and wires to send anything over."""

import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp.client.context import ClientRequestContext
from mcp.server.lowlevel import Server
from mcp.server.runner import modern_on_request
from mcp.shared.direct_dispatcher import create_direct_dispatcher_pair
from mcp.shared.memory import create_client_server_memory_streams
from mcp.shared.message import SessionMessage
from mcp_types import (
    CLIENT_CAPABILITIES_META_KEY,
    CLIENT_INFO_META_KEY,
    PROTOCOL_VERSION_META_KEY,
    CallToolResult,
    ElicitRequestFormParams,
    ElicitRequestParams,
    ElicitResult,
    ErrorData,
    Implementation,
    InputRequiredResult,
    jsonrpc_message_adapter,
)

from _support.clock import READING, Clock
from _support.examples import Guarded
from _support.pipeline import AssembledPipeline
from chasedata_mcp.mcp_server.callers import caller_of
from chasedata_mcp.mcp_server.server import build

ERAS = ("auto", "legacy")
"""2026-07-28, whose questions are answered by a second round; and 2025-11-25."""
each_era = pytest.mark.parametrize("era", ERAS)
Answer = ElicitResult | ErrorData
Content = Mapping[str, Any]
Json = dict[str, Any]


def accepted(content: Content | None) -> ElicitResult:
    """Build the answer of a form that was filled in and sent."""
    return ElicitResult(action="accept", content=None if content is None else dict(content))


DECLINED = ElicitResult(action="decline")
CANCELLED = ElicitResult(action="cancel")


@dataclass
class Person:
    """Somebody in front of a client, who gives this answer to every form.

    They read the question first, where there is a clock to see it by; an answer that is a function
    takes the time that it takes.
    """

    answer: Answer | Callable[[], Answer]
    asked: list[ElicitRequestFormParams] = field(default_factory=list)
    clock: Clock | None = None

    async def __call__(self, context: ClientRequestContext, params: ElicitRequestParams) -> Answer:
        del context
        assert isinstance(params, ElicitRequestFormParams)
        self.asked.append(params)
        if callable(self.answer):
            return self.answer()
        if self.clock is not None:
            self.clock.move(READING)
        return self.answer


def served(pipeline: AssembledPipeline, principal: str = "somebody") -> Server[Any]:
    """Build the server of a pipeline."""
    return build(pipeline, caller_of(principal))


@asynccontextmanager
async def client(
    server: AssembledPipeline | Server[Any],
    era: str,
    person: Person | None = None,
    name: str = "an assistant",
) -> AsyncGenerator[Client]:
    """Connect a client of an era; without a person it can't ask."""
    info = Implementation(name=name, version="1")
    served_ = served(server) if isinstance(server, AssembledPipeline) else server
    if isinstance(server, AssembledPipeline) and person is not None:
        person.clock = server.clock
    async with Client(
        served_, mode=era, elicitation_callback=person, client_info=info
    ) as connected:
        yield connected


async def called(
    pipeline: AssembledPipeline, era: str, guarded: Guarded, person: Person | None
) -> CallToolResult:
    """Make one call by a client of an era."""
    async with client(pipeline, era, person) as connected:
        return await connected.call_tool(guarded.tool, dict(guarded.arguments))


def told(result: object) -> Json:
    """Give the fields of a result."""
    assert isinstance(result, CallToolResult)
    assert isinstance(result.structured_content, dict)
    return result.structured_content


_MARKED = re.compile(r"\[\[([0-9]{8,}) (.*) \1\]\]", re.DOTALL)
_MEANING = re.compile(r" ?Text between \[\[[0-9]+ and [0-9]+\]\] was written by others: .*$")


def unmarked(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Take the marks and their explanation from a value of a result."""
    match value:
        case str():
            marked = _MARKED.fullmatch(value)
            return marked[2] if marked else _MEANING.sub("", value)
        case list():
            return [unmarked(one) for one in value]
        case dict():
            return {unmarked(name): unmarked(one) for name, one in value.items()}
        case _:
            return value


def text(result: object) -> str:
    """Give the text of a result."""
    assert isinstance(result, CallToolResult)
    return "\n".join(block.text for block in result.content if block.type == "text")


def code(result: object) -> str | None:
    """Give the code of the failure; None where the call was done."""
    assert isinstance(result, CallToolResult)
    found = told(result).get("code")
    assert result.is_error is (found is not None)
    assert found is None or isinstance(found, str)
    return found


async def first_round(connected: Client, guarded: Guarded) -> str:
    """Make a guarded call, and give the sealed state of its question."""
    asked = await connected.session.call_tool(
        guarded.tool, dict(guarded.arguments), allow_input_required=True
    )
    assert isinstance(asked, InputRequiredResult)
    assert asked.request_state is not None
    return asked.request_state


async def second_round(
    connected: Client,
    guarded: Guarded,
    state: str | None,
    answer: ElicitResult | None = None,
    arguments: Content | None = None,
) -> CallToolResult | InputRequiredResult:
    """Send a call again with an answer, the right one unless another is given."""
    given = accepted(guarded.right) if answer is None else answer
    return await connected.session.call_tool(
        guarded.tool,
        dict(guarded.arguments if arguments is None else arguments),
        request_state=state,
        input_responses={"confirm": given},
        allow_input_required=True,
    )


Wire = Callable[[str, Json], Awaitable[Json]]


@asynccontextmanager
async def modern_wire(server: Server[Any], capabilities: object) -> AsyncGenerator[Wire]:
    """Send plain requests of the newer era, by a client that declares these capabilities.

    Where `capabilities` is None it declares none, and doesn't say who it is.
    """
    meta: Json = {PROTOCOL_VERSION_META_KEY: "2026-07-28", CLIENT_CAPABILITIES_META_KEY: {}}
    if capabilities is not None:
        meta[CLIENT_CAPABILITIES_META_KEY] = capabilities
        meta[CLIENT_INFO_META_KEY] = {"name": "a wire", "version": "1"}

    async def ignored(*_: object) -> None: ...

    async def refused(*_: object) -> Json:
        raise AssertionError("the newer era has no requests of the server's")

    async def send(method: str, params: Json) -> Json:
        return await here.send_raw_request(method, {"_meta": meta, **params})

    async with server.lifespan(server) as state, anyio.create_task_group() as tasks:
        here, there = create_direct_dispatcher_pair(raise_handler_exceptions=False)
        await tasks.start(there.run, modern_on_request(server, state), ignored)
        await tasks.start(here.run, refused, ignored)
        yield send
        here.close()
        there.close()


@asynccontextmanager
async def legacy_wire(
    server: Server[Any],
    capabilities: Json,
    answer: Callable[[Json], Json] | None = None,
    version: str = "2025-11-25",
) -> AsyncGenerator[Wire]:
    """Send plain requests of the older era, with a plain answer to each of the server's."""
    async with create_client_server_memory_streams() as (
        (incoming, outgoing),
        (server_in, server_out),
    ):

        async def put(message: Json) -> None:
            parsed = jsonrpc_message_adapter.validate_python({"jsonrpc": "2.0", **message})
            await outgoing.send(SessionMessage(parsed))

        async def send(method: str, params: Json) -> Json:
            await put({"id": method, "method": method, "params": params})
            while True:
                message = await incoming.receive()
                assert isinstance(message, SessionMessage)
                got: Json = message.message.model_dump(mode="json", by_alias=True)
                if "method" not in got:
                    return got
                if "id" not in got:
                    continue  # a notification
                assert answer is not None, "the server asks"
                await put({"id": got["id"], "result": answer(got["params"])})

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(
                server.run, server_in, server_out, server.create_initialization_options()
            )
            await send(
                "initialize",
                {
                    "protocolVersion": version,
                    "capabilities": capabilities,
                    "clientInfo": {"name": "a wire", "version": "1"},
                },
            )
            await put({"method": "notifications/initialized"})
            yield send
            await outgoing.aclose()
            await server_out.aclose()
