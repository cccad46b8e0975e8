"""A pipeline on which what would become of calls is looked at, and none is made."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, asynccontextmanager
from datetime import datetime

from chasedata_mcp.app.composition import pipeline_of
from chasedata_mcp.app.dialer import OpenedLate, line
from chasedata_mcp.app.state import ledger_of
from chasedata_mcp.errors import CallError, Code, SettingsError
from chasedata_mcp.pipeline.pipeline import NOT_CONFIGURED, Pipeline
from chasedata_mcp.settings import Settings
from chasedata_mcp.tools.request import Request
from chasedata_mcp.tools.results import Answer


class Offline:
    """A dialer that is never reached: what would be read of it is not known."""

    async def post(self, request: Request) -> Answer:
        """Refuse to reach anything.

        Raises:
            CallError: `not_reached`, always.
        """
        message = f"Nothing is sent to {request.script} offline."
        raise CallError(Code.NOT_REACHED, message, hint="Leave --offline out.")


@asynccontextmanager
async def rehearsed(
    settings: Settings, clock: Callable[[], datetime], *, offline: bool
) -> AsyncGenerator[Pipeline]:
    """Open a pipeline on which nothing but what would become of calls is looked at.

    Raises:
        SettingsError: The settings can't be used, or name no dialer.
    """
    found = line(settings)
    if found.account.environment == "none":
        raise SettingsError(NOT_CONFIGURED)
    dialer = OpenedLate(settings, found)
    async with aclosing(dialer), ledger_of(settings, found.account.environment) as ledger:
        yield pipeline_of(settings, found, Offline() if offline else dialer, ledger, clock)
