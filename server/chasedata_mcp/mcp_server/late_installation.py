"""An installation that is checked at the start and opened by the first call."""

import gc
import logging
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

import anyio
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR

from chasedata_mcp.app.dialer import line
from chasedata_mcp.app.exposed_files import require_own_state
from chasedata_mcp.app.state import files_directory
from chasedata_mcp.errors import SettingsError
from chasedata_mcp.mcp_server.callers import CallerOf
from chasedata_mcp.mcp_server.server_front import ServerFront
from chasedata_mcp.mcp_server.server_lifetime import ServerLifetime, server_lifetime
from chasedata_mcp.policy.loader import load_policy
from chasedata_mcp.policy.tool_offer import offer_of
from chasedata_mcp.settings import IN_MEMORY, Settings

if TYPE_CHECKING:
    from chasedata_mcp.mcp_server.handlers import Handlers
    from chasedata_mcp.pipeline.pipeline import Pipeline

_LOG = logging.getLogger(__name__)


@asynccontextmanager
async def late_installation(
    settings: Settings, caller_of: CallerOf
) -> AsyncGenerator["LateInstallation"]:
    """Give the installation that the settings describe, and close at the end what was opened.

    Raises:
        SettingsError: The settings can't be used, or others could have changed the state.
    """
    front = _front_of(settings)
    # A write, and before or after it a search of its lead.
    grace = settings.write_seconds + 2 * settings.search_seconds
    async with AsyncExitStack() as until_end, server_lifetime(grace) as lifetime:
        installation = LateInstallation(settings, caller_of, front, until_end, lifetime)
        if settings.sandbox_file not in {None, IN_MEMORY}:
            # Only who opens that file learns whether it is a sandbox's.
            await installation.open()
        yield installation


def _front_of(settings: Settings) -> ServerFront:
    """Check the settings as far as opening them would, without what only calls need."""
    files_directory(settings)
    account = line(settings).account
    if account.environment != "none":
        require_own_state(settings)
    if settings.names is not None:
        from chasedata_mcp.app.names_file import open_names_file  # noqa: PLC0415 - seldom needed

        open_names_file(settings, account)
    return ServerFront(
        account,
        offer_of(load_policy(settings).terms),
        frozenset(settings.countries),
        has_ledger=account.environment != "none",
        has_batches=account.environment != "none",
    )


class LateInstallation:
    """An installation, and what answers its calls once it is open."""

    def __init__(
        self,
        settings: Settings,
        caller_of: CallerOf,
        front: ServerFront,
        until_end: AsyncExitStack,
        lifetime: ServerLifetime,
    ) -> None:
        self.front = front
        self.begin_end = lifetime.begin_end
        self._lifetime = lifetime
        self._settings = settings
        self._caller_of = caller_of
        self._until_end = until_end
        self._lock = anyio.Lock()
        self._handlers: Handlers | None = None
        self._pipeline: Pipeline | None = None

    async def opened(self) -> "Handlers":
        """Give the handlers of calls, opening the installation for the first.

        Raises:
            MCPError: It can't be opened any more.
        """
        if self._handlers is not None:
            return self._handlers
        try:
            return await self.open()
        except SettingsError as error:
            # What the start checked has changed since.
            _LOG.error("this server can't be used any more: %s", error)
            message = f"This server can't be used any more, and nothing was sent: {error}"
            raise MCPError(code=INTERNAL_ERROR, message=message) from None

    async def open(self) -> "Handlers":
        """Open the installation, unless it is open.

        Raises:
            SettingsError: The settings can't be used.
        """
        # Whoever asked first may cancel; the next in line would find it half open.
        handlers = self._handlers
        while handlers is None:  # once, but a type checker takes a scope for one that swallows
            with anyio.CancelScope(shield=True):
                async with self._lock:
                    handlers = self._handlers = self._handlers or await self._open()
        return handlers

    def is_sending(self) -> bool:
        """Tell whether a call is at the dialer."""
        return self._pipeline is not None and self._pipeline.is_sending()

    async def _open(self) -> "Handlers":
        with _importing():
            from chasedata_mcp.app.composition import opened  # noqa: PLC0415 - what calls need
            from chasedata_mcp.mcp_server.handlers import Handlers  # noqa: PLC0415 - as above
            from chasedata_mcp.mcp_server.server_context import (  # noqa: PLC0415 - as above
                server_context_of,
            )
        installation = await self._until_end.enter_async_context(opened(self._settings))
        self._pipeline = installation.pipeline
        context = server_context_of(installation, self._settings, self._lifetime)
        return Handlers(installation.pipeline, self._caller_of, context)


@contextmanager
def _importing() -> Generator[None]:
    """Leave the collector alone: nothing that is imported turns into garbage."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
