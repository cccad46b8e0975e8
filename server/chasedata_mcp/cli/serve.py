"""`chasedata-mcp serve`: the MCP server, over standard input and output or over HTTP."""

from enum import StrEnum
from functools import partial
from typing import Annotated

import anyio
import typer

from chasedata_mcp import settings
from chasedata_mcp.cli.command_errors import UsageError
from chasedata_mcp.cli.screen import NAME, err, print_line
from chasedata_mcp.settings import Settings

EXAMPLES = (
    f"{NAME} serve --sandbox",
    f"{NAME} serve --transport http --port 8765 --sandbox",
)
PORT = 8765


class Transport(StrEnum):
    """The transport by which clients reach the server."""

    STDIO = "stdio"
    HTTP = "http"


def serve(
    *,
    transport: Annotated[
        Transport, typer.Option("--transport", help="How clients reach the server.")
    ] = Transport.STDIO,
    port: Annotated[
        int | None,
        typer.Option("--port", min=0, max=65535, help=f"The port for http; {PORT} by default."),
    ] = None,
    no_key: Annotated[
        bool, typer.Option("--no-key", help="For http: let in everybody who can reach the port.")
    ] = False,
    sandbox: Annotated[
        bool, typer.Option("--sandbox", help="Serve on the embedded sandbox; no dialer is touched.")
    ] = False,
) -> None:
    """Serve MCP to a client."""
    found = settings.load_settings(sandbox=sandbox)
    if transport is Transport.HTTP:
        _serve_http(found, PORT if port is None else port, no_key=no_key)
        return
    if no_key or port is not None:
        raise UsageError("--port and --no-key belong to --transport http")
    from chasedata_mcp.cli import stdio_server  # noqa: PLC0415 - heavy: the SDK

    stdio_server.serve(found)


def _serve_http(found: Settings, port: int, *, no_key: bool) -> None:
    from chasedata_mcp.mcp_server.http import (  # noqa: PLC0415 - as above
        key_of,
        serve_http,
    )

    key = key_of(found, keyless=no_key)
    style = "bold red" if no_key else ""
    ready = partial(_show_address, key.notice, style)
    serving = partial(
        serve_http,
        found,
        port,
        key=key.value,
        named=key.named,
        on_ready=ready,
        show_code=_show_code,
    )
    anyio.run(serving)


def _show_code(page: str, code: str) -> None:
    """Print the code that lets a person in to the approvals page; each use makes a new one."""
    print_line(err(), f"What waits for a yes is shown at {page}; to sign in, once: {code}")


def _show_address(notice: str, style: str, address: str) -> None:
    """Print where the server listens and with which key; on standard error, as every notice."""
    screen = err()
    print_line(screen, f"{NAME} serves MCP at {address}")
    print_line(screen, notice, style)
    print_line(screen, "Ctrl-C ends it.")
