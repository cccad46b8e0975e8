"""Dialers, transports and stores in which something goes wrong, or is looked at, during a call."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import anyio
import httpx
from typing_extensions import override

from chasedata_mcp.ledger import ApprovalStore, Ledger
from chasedata_mcp.ledger.engine import open_store
from chasedata_mcp.pipeline.executor import Dialer
from chasedata_mcp.tools.answer_types import Answer
from chasedata_mcp.tools.request import Request


class Watching:
    """A dialer that has something looked at while it is called, then hands the call on."""

    def __init__(self, beyond: Dialer, look: Callable[[], Awaitable[None]]) -> None:
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
            works = args[0] if name == "append_group" else [*args[:1]]
            names = {getattr(getattr(one, "work", one), "__name__", name) for one in works}
            if names & self.fails or name in self.fails:
                raise self._error
            return found(*args)

        return attempt if callable(found) else found


class OtherApprovals:
    """A ledger's approvals, with the steps replaced that a subclass has."""

    def __init__(self, store: ApprovalStore) -> None:
        self.store = store

    def __getattr__(self, name: str) -> object:
        return getattr(self.store, name)

    @classmethod
    def put_over(cls, ledger: Ledger) -> None:
        """Put this in the place of a ledger's approvals."""
        ledger.approvals = cls(ledger.approvals)  # type: ignore[assignment]  # has all its methods


class Wire(httpx.AsyncBaseTransport):
    """A transport that loses or spoils the next request of a kind.

    `goes_wrong` is by the form's action: `lost` (the request never arrives), `unanswered` (it is
    carried out), `refused` (the dialer declines), `breaks` (the transport has a fault), `waits`
    (sets `arrived`, and goes on when `let_through` is set).
    """

    def __init__(self, beyond: httpx.AsyncBaseTransport) -> None:
        self.goes_wrong: dict[str, str] = {}
        self.arrived, self.let_through = anyio.Event(), anyio.Event()
        self._beyond = beyond

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        match self.goes_wrong.pop(_action_of(request), None):
            case "lost":
                raise httpx.RemoteProtocolError("lost on its way")
            case "unanswered":
                await self._beyond.handle_async_request(request)
                raise httpx.RemoteProtocolError("its answer was lost")
            case "refused":
                return httpx.Response(200, text="<br><br>Result:  Error: not today")
            case "breaks":
                raise RuntimeError("a fault of ours")
            case "waits":
                self.arrived.set()
                await self.let_through.wait()
            case _:
                pass
        return await self._beyond.handle_async_request(request)


def _action_of(request: httpx.Request) -> str:
    form = dict(parse_qsl(request.content.decode("ascii"), keep_blank_values=True))
    # The two calls that write leads send no action.
    return form.get("Action") or ("UpdateLead" if "SearchField" in form else "InsertLead")
