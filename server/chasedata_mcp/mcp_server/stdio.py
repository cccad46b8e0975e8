"""The stdio server: it runs until its input or a signal ends it."""

import anyio

from chasedata_mcp.app.exposed_files import warn_of_exposed_files
from chasedata_mcp.app.machine_user import machine_user
from chasedata_mcp.mcp_server.callers import caller_of
from chasedata_mcp.mcp_server.late_installation import late_installation
from chasedata_mcp.mcp_server.logs import log_to_standard_error
from chasedata_mcp.mcp_server.pipes import standard_pipes
from chasedata_mcp.mcp_server.server import build_late
from chasedata_mcp.mcp_server.signals import ended_by_signals
from chasedata_mcp.mcp_server.stdio_transport import Work, stdio_transport
from chasedata_mcp.settings import Settings


async def serve_stdio(settings: Settings) -> None:
    """Serve the client at the other end of standard input and output.

    SIGINT and SIGTERM end it as the end of the input does.

    Raises:
        SettingsError: The settings can't be used.
    """
    # MCP, stdio: standard output has messages only; logs may go to standard error.
    log_to_standard_error(settings.log_level)
    warn_of_exposed_files(settings)
    stopped, caller = anyio.Event(), caller_of(machine_user())
    with ended_by_signals(stopped.set), standard_pipes() as pipes:
        async with late_installation(settings, caller) as installation:
            server = build_late(installation.front, caller, installation.opened)
            # A write, and before or after it a search of its lead.
            seconds = settings.write_seconds + 2 * settings.search_seconds
            work = Work(installation.is_sending, seconds, installation.begin_end)
            async with stdio_transport(pipes, stopped, work) as (read, write):
                await server.run(read, write, server.create_initialization_options())
