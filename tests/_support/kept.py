"""A sandbox, a pipeline to it whose calls are kept in a ledger on disk, and a clock to move."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from ssl import PROTOCOL_TLS_CLIENT, SSLContext
from typing import Any, Protocol

from _support.clock import Clock
from _support.pipeline import AssembledPipeline, Parts, yes_to
from chasedata_mcp.approvals.models import Reply
from chasedata_mcp.dialer import Client, Endpoint
from chasedata_mcp.errors import CallError
from chasedata_mcp.ledger import Entry, Ledger, open_ledger
from chasedata_mcp.ledger.engine import open_store
from chasedata_mcp.ledger.store import Store
from chasedata_mcp.pipeline.pipeline import Cleared, PendingApproval, Pipeline
from chasedata_mcp.pipeline.recorder import Keeping
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.sandbox import ACCID, TOKEN
from chasedata_mcp.sandbox.app import create_app
from chasedata_mcp.sandbox.dialer import SandboxDialer
from chasedata_mcp.sandbox.embedded import BASE_URL, SandboxTransport
from chasedata_mcp.sandbox.faults import Faults, parse_faults
from chasedata_mcp.tools.answer_types import Answer
from chasedata_mcp.tools.request import Request
from chasedata_mcp.tools.results import Account, Result

CALLER = "maria/an assistant"
PHONE = "9545550123"
TEXT: Mapping[str, object] = {
    "from_number": "9545550195",
    "to_number": PHONE,
    "message": "Hello there",
}
ACCOUNT = Account("sandbox", ACCID)
Row = dict[str, Any]


class Posts(Protocol):
    """Whatever a pipeline may post to."""

    async def post(self, request: Request) -> Answer: ...


@dataclass
class Kept:
    """A sandbox with faults to set, a ledger in a directory, and a pipeline between them."""

    dialer: SandboxDialer
    client: Client
    faults: Faults
    ledger: Ledger
    place: Path
    clock: Clock
    policy: Policy = field(default_factory=Policy)
    keeping: Keeping = field(default_factory=Keeping)
    read_back: bool = True

    def __post_init__(self) -> None:
        self.pipeline = self.over(self.client)

    def over(
        self, dialer: Posts, ledger: Ledger | None = None, *, read_back: bool | None = None
    ) -> Pipeline:
        """Another pipeline of the same parts."""
        return AssembledPipeline(
            Parts(
                account=ACCOUNT,
                dialer=dialer,
                clock=self.clock,
                ledger=ledger or self.ledger,
                policy=self.policy,
                keeping=self.keeping,
                read_back=self.read_back if read_back is None else read_back,
            )
        )

    def set_faults(self, text: str) -> None:
        """Have something go wrong from now on."""
        self.faults.add(parse_faults(text))

    async def call(self, tool: str, **arguments: object) -> Result:
        """Carry a call out; a question that isn't expected is an error."""
        return await execute(self.pipeline, tool, arguments)

    async def failure(self, tool: str, **arguments: object) -> CallError:
        """How a call fails."""
        return await failure_of(self.call(tool, **arguments))

    async def asked(self, tool: str, **arguments: object) -> str:
        """The question that a call raises."""
        pending = await self.pipeline.admit(self.pipeline.read(tool, arguments), CALLER)
        assert isinstance(pending, PendingApproval)
        return pending.approval.question.text

    async def with_a_yes(self, tool: str, **arguments: object) -> Result:
        """Carry out a call that asks, with the right answer."""
        action = self.pipeline.read(tool, arguments)
        pending = await self.pipeline.admit(action, CALLER)
        assert isinstance(pending, PendingApproval)
        reply = Reply(yes_to(pending.approval.question))
        return await self.pipeline.send(
            await self.pipeline.redeem(action, CALLER, pending.approval.id, reply)
        )

    async def entries(self) -> list[Entry]:
        """All that is kept, the oldest first."""
        return list(reversed((await self.ledger.history(limit=200)).entries))

    async def entry(self) -> Entry:
        """The one entry there is."""
        (entry,) = await self.entries()
        return entry

    def rows(self, table: str, **like: object) -> list[Row]:
        """What the sandbox holds."""
        rows: list[Row] = self.dialer.state()[table]
        return [row for row in rows if all(row[key] == value for key, value in like.items())]

    def on_disk(self) -> bytes:
        """Every byte of the ledger's files."""
        return b"".join(path.read_bytes() for path in self.place.iterdir())


async def execute(pipeline: Pipeline, tool: str, arguments: Mapping[str, object]) -> Result:
    """Carry out a call that isn't asked about."""
    cleared = await pipeline.admit(pipeline.read(tool, arguments), CALLER)
    assert isinstance(cleared, Cleared)
    return await pipeline.send(cleared)


async def failure_of(call: Awaitable[object]) -> CallError:
    """How something fails, which has to fail."""
    try:
        await call
    except CallError as error:
        return error
    raise AssertionError("it was done")


@asynccontextmanager
async def kept(
    place: Path,
    opening: Callable[[], Store] | None = None,
    **parts: Any,  # noqa: ANN401 - any part
) -> AsyncGenerator[Kept]:
    """A new sandbox and a ledger at a place; `opening` opens its store in another way."""
    clock, faults = Clock(), Faults()
    ledger = Ledger(opening) if opening else open_ledger(place, "sandbox", clock=clock)
    with closing(SandboxDialer(now=clock)) as dialer:
        tls = SSLContext(PROTOCOL_TLS_CLIENT)  # loading certificates takes longer than a test
        transport = SandboxTransport(create_app(dialer, faults=faults))
        target = Endpoint(BASE_URL, TOKEN, ACCID, {})
        async with Client(target, transport=transport, tls=tls) as client, ledger:
            yield Kept(dialer, client, faults, ledger, place, clock, **parts)


class Watching:
    """A dialer that has something looked at while it is called, then hands the call on."""

    def __init__(self, beyond: Posts, look: Callable[[], Awaitable[None]]) -> None:
        self._beyond = beyond
        self._look = look

    async def post(self, request: Request) -> Answer:
        await self._look()
        return await self._beyond.post(request)


class Failing:
    """A store that stops taking the work that is named here, from when it is told to."""

    def __init__(self, place: Path, error: Exception) -> None:
        self._store = open_store(place, "sandbox", None)
        self._error = error
        self.fails: frozenset[str] = frozenset()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - a method or a property of the store
        found = getattr(self._store, name)

        def attempt(*args: Any) -> Any:  # noqa: ANN401 - as the store's
            work = getattr(args[0], "__name__", name) if args else name
            if work.removeprefix("_") in self.fails:
                raise self._error
            return found(*args)

        return attempt if callable(found) else found


def later(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)
