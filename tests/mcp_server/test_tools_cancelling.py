"""A client that goes away: a write in flight is finished, a question is dropped, all goes on."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio
import anyio.lowlevel
import httpx
import pytest
from mcp import Client
from mcp.client.context import ClientRequestContext
from mcp_types import ElicitRequestParams
from typing_extensions import override

from _support.conversations import Answer, Person, accepted, client, code, each_era, served
from _support.examples import DELETE_DNC, EXAMPLES
from _support.pipeline import AssembledPipeline, a_pipeline
from _support.timeouts import TIMEOUT
from chasedata_mcp.dialer import Client as DialerClient
from chasedata_mcp.dialer import Endpoint

pytestmark = [pytest.mark.anyio, each_era]
DNC = dict(EXAMPLES["insert_dnc"])


class SlowNetwork(httpx.AsyncBaseTransport):
    """A network whose first answer comes when it is let through."""

    def __init__(self) -> None:
        self.arrived = anyio.Event()
        self.let_through = anyio.Event()
        self.begun = 0
        self.finished = 0

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.begun += 1
        self.arrived.set()
        await self.let_through.wait()
        self.finished += 1
        text = "<br><br>Result:  OK" if b"Dnc" in await request.aread() else "[]"
        return httpx.Response(200, text=text)


@asynccontextmanager
async def over(network: SlowNetwork) -> AsyncGenerator[AssembledPipeline]:
    """A pipeline with the real client over a network."""
    target = Endpoint("https://dialer.example.com/", "a-token-of-tests", "test", {})
    async with DialerClient(target, transport=network) as dialer:
        yield a_pipeline().over(dialer=dialer)


async def give_up_on(connected: Client, tool: str, network: SlowNetwork) -> None:
    """Call, and go away once the request has arrived."""
    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(connected.call_tool, tool, dict(EXAMPLES[tool]))
            await network.arrived.wait()
            tasks.start_soon(_let_through_later, network)
            scope.cancel()


async def _let_through_later(network: SlowNetwork) -> None:
    with anyio.CancelScope(shield=True):
        for _ in range(200):
            await anyio.lowlevel.checkpoint()
        network.let_through.set()


async def test_a_write_in_flight_is_finished_though_its_client_has_gone(era: str) -> None:
    network = SlowNetwork()
    async with over(network) as pipeline, client(pipeline, era) as connected:
        await give_up_on(connected, "insert_dnc", network)
        with anyio.fail_after(TIMEOUT):
            while not network.finished:
                await anyio.lowlevel.checkpoint()
        assert code(await connected.call_tool("insert_dnc", DNC)) is None
    assert network.begun == network.finished == 2


async def test_a_read_in_flight_ends_with_its_client(era: str) -> None:
    network = SlowNetwork()
    async with over(network) as pipeline, client(pipeline, era) as connected:
        await give_up_on(connected, "search_lead", network)
        assert code(await connected.call_tool("insert_dnc", DNC)) is None
    assert network.finished == network.begun - 1


async def test_who_goes_away_while_being_asked_has_not_said_yes(era: str) -> None:
    pipeline, asked = a_pipeline(), anyio.Event()
    server = served(pipeline)

    class Undecided(Person):
        @override
        async def __call__(
            self, context: ClientRequestContext, params: ElicitRequestParams
        ) -> Answer:
            asked.set()
            await anyio.sleep_forever()
            return await super().__call__(context, params)

    right = accepted(DELETE_DNC.right)
    async with client(server, era, Undecided(right)) as connected:
        with anyio.CancelScope() as scope:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(connected.call_tool, "delete_dnc", dict(DELETE_DNC.arguments))
                await asked.wait()
                scope.cancel()
        assert code(await connected.call_tool("insert_dnc", DNC)) is None
    assert [form["Action"] for form in pipeline.dialer.forms] == ["InsertDnc"]
    async with client(server, era, Person(right)) as connected:
        result = await connected.call_tool("delete_dnc", dict(DELETE_DNC.arguments))
    assert code(result) is None


async def test_a_client_that_hangs_up_during_a_write_leaves_the_server_usable(era: str) -> None:
    network = SlowNetwork()
    async with over(network) as pipeline:
        server = served(pipeline)
        async with client(server, era) as connected:
            await give_up_on(connected, "insert_dnc", network)
        async with client(server, era) as another:
            assert code(await another.call_tool("insert_dnc", DNC)) is None
    assert network.begun == network.finished == 2
