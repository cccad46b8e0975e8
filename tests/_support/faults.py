"""Dialers and stores in which something goes wrong, or is looked at, while a call is made."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

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
            work = getattr(args[0], "__name__", name) if args else name
            if work.removeprefix("_") in self.fails:
                raise self._error
            return found(*args)

        return attempt if callable(found) else found
