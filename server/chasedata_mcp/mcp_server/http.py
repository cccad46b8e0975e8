"""The Streamable HTTP transport, on this machine only, behind the guard and the bearer key."""

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from mcp.server.transport_security import TransportSecuritySettings
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from chasedata_mcp.app.composition import Opened, opened
from chasedata_mcp.app.exposed_files import warn_of_exposed_files
from chasedata_mcp.app.out_of_band import OutOfBand
from chasedata_mcp.app.state import directory, files_directory
from chasedata_mcp.errors import SettingsError
from chasedata_mcp.mcp_server.approvals_mount import (
    ApprovalsMount,
    MountedPage,
    ShowCode,
    announced,
    approvals_page_of,
)
from chasedata_mcp.mcp_server.auth import OPEN_PATH, BearerAuth
from chasedata_mcp.mcp_server.callers import caller_by_key
from chasedata_mcp.mcp_server.http_keys import HttpKeys
from chasedata_mcp.mcp_server.logs import log_to_standard_error
from chasedata_mcp.mcp_server.request_bodies import RequestBodyCheck
from chasedata_mcp.mcp_server.server import build
from chasedata_mcp.mcp_server.server_context import server_context_of
from chasedata_mcp.mcp_server.server_lifetime import ServerLifetime, server_lifetime
from chasedata_mcp.settings import Settings
from chasedata_mcp.web.loopback import LoopbackGuard
from chasedata_mcp.web.sockets import address_of, listen
from chasedata_mcp.web.uvicorn_server import serve, server_for

PATH: Final = "/mcp"
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Key:
    """The keys to serve with, and a notice about them; without either everybody comes in.

    `value` is the one of the settings or of this run, `named` are those of this user.
    """

    value: str | None
    notice: str
    named: HttpKeys | None = None


def key_of(settings: Settings, *, keyless: bool) -> Key:
    """Give the keys that are set or named, else a new one, or none where that was asked for.

    The notice is for standard error at the start; it shows a key only if that was made just now.

    Raises:
        SettingsError: There is a key, and none is asked for; or the named keys can't be read.
    """
    named = HttpKeys(directory(settings))
    try:
        names = ", ".join(key.name for key in named.live())
    except OSError as error:
        raise SettingsError(f"{error}") from None
    if keyless:
        if settings.http_key is not None:
            raise SettingsError("--no-key was given although CHASEDATA_HTTP_KEY is set; keep one")
        if names:
            raise SettingsError(
                "--no-key was given although there are named keys; leave it out, or revoke them "
                "(chasedata-mcp keys)"
            )
        return Key(None, _KEYLESS)
    also = f" Each of these lets its client in too: {names}." if names else ""
    if settings.http_key is not None:
        key = settings.http_key.get_secret_value()
        return Key(key, f"The key is CHASEDATA_HTTP_KEY's.{also}", named)
    if names:
        return Key(None, f"Each of these keys lets its client in: {names}.", named)
    made = secrets.token_urlsafe(32)  # 256 bits
    return Key(
        made,
        f"A key was made for this run: {made}\n"
        f"Send it with every request: Authorization: Bearer {made}",
        named,
    )


_KEYLESS = (
    "WARNING: --no-key. EVERY PROGRAM AND EVERY USER OF THIS MACHINE CAN OPERATE THE DIALER by "
    "this address: make calls, send texts, change leads, see customers' data."
)


async def serve_http(  # noqa: PLR0913 - each has a default or is named
    settings: Settings,
    port: int,
    *,
    key: str | None,
    named: HttpKeys | None = None,
    host: str = "127.0.0.1",
    on_ready: Callable[[str], None] = lambda _: None,
    show_code: ShowCode = lambda _page, _code: None,
) -> None:
    """Serve at `/mcp` on a port of this machine until it is told to stop (or cancelled).

    Args:
        settings: Those of the installation.
        port: The port; 0 takes one that is free.
        key: A key that clients send as `Authorization: Bearer KEY`.
        named: The keys that have names; without these and without the other everybody comes in.
        host: An address of loopback.
        on_ready: Called with the address, `http://127.0.0.1:8765/mcp`, once connections are taken.
        show_code: Shows a person the approvals page's address and a code to sign in with: at the
            start, and whenever it is a new one.

    Raises:
        SettingsError: The host isn't this machine's own, the port can't be used, or the settings
            can't be used.
    """
    log_to_standard_error(settings.log_level)
    warn_of_exposed_files(settings)
    if key is None and named is None:
        _LOG.warning("no key is asked for: every program of this machine can operate the dialer")
    with listen(port, host) as listening:
        address, served = address_of(listening, host), listening.getsockname()[1]
        files_directory(settings)
        # A write that is under way may finish: cut off, its outcome would be unknown.
        grace = int(settings.write_seconds) + 1
        async with opened(settings) as installation, server_lifetime(grace) as lifetime:
            on_ready(f"{address}{PATH}")
            auth = BearerAuth.on_loopback(served, key, named)
            page = approvals_page_of(installation, settings, address, served, show_code)
            if page is not None:
                lifetime.until_end.callback(page.close)
            app = http_app(installation, settings, auth, page, lifetime)
            with announced(page, installation, settings):
                # The lifespan is on because the SDK starts its sessions in it.
                await serve(server_for(app, grace_seconds=grace, lifespan="on"), listening)


def http_app(
    installation: Opened,
    settings: Settings,
    auth: BearerAuth,
    page: MountedPage | None = None,
    lifetime: ServerLifetime | None = None,
) -> ASGIApp:
    """Make the app of all that is served: behind the guard, but for the page, which has its own."""
    server_context = server_context_of(installation, settings, lifetime)
    if page is not None:
        beside = server_context.out_of_band or OutOfBand(on_a_terminal=False)
        server_context = replace(
            server_context, out_of_band=replace(beside, page=lambda: page.address)
        )
    server = build(installation.pipeline, caller_by_key(auth.lets_in), server_context)
    # Sessions and event streams, so that clients of the older era can be asked.
    app = server.streamable_http_app(
        streamable_http_path=PATH,
        # The SDK checks again, by the same lists.
        transport_security=TransportSecuritySettings(
            allowed_hosts=sorted(auth.origins.hosts),
            allowed_origins=sorted(auth.origins.origins),
        ),
        custom_starlette_routes=[Route(OPEN_PATH, _healthy, methods=["GET"])],
    )
    guarded = LoopbackGuard(RequestBodyCheck(app, PATH), auth.refusal)
    return guarded if page is None else ApprovalsMount(guarded, page)


async def _healthy(_: Request) -> PlainTextResponse:
    return PlainTextResponse("ok")
