"""A dialer on a port of its own thread, and what a probe sent it."""

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl

import anyio
from anyio.from_thread import start_blocking_portal
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from _support.pipeline import yes_to
from _support.sandbox import NOON
from chasedata_mcp.approvals.models import Reply
from chasedata_mcp.cli.probe import run_probe
from chasedata_mcp.cli.probe_calls import RecordNames
from chasedata_mcp.cli.probe_view import list_files
from chasedata_mcp.dialer.probe.observations import Sent
from chasedata_mcp.dialer.probe.verdicts import FactFinding
from chasedata_mcp.ledger.questions import Question
from chasedata_mcp.sandbox import ACCID, TOKEN
from chasedata_mcp.sandbox.app import create_app
from chasedata_mcp.sandbox.dialer import SandboxDialer
from chasedata_mcp.settings import load_settings
from chasedata_mcp.settings.wire.profile import WireProfile
from chasedata_mcp.web.sockets import address_of, listen
from chasedata_mcp.web.uvicorn_server import serve, server_for

NUMBER = "2125550199"
RECORDS = RecordNames(
    *("Solar", "Maria", "ProbeList", "2125550190"),
    second_campaign="Billing",
    custom_field="adv_Roof__Type",
)


@dataclass
class ProbedDialer:
    """A dialer's address, what it was sent (script and form), and its state, if it is a sandbox."""

    address: str
    sent: list[tuple[str, dict[str, str]]] = field(default_factory=list[tuple[str, dict[str, str]]])
    state: Callable[[], dict[str, list[dict[str, Any]]]] = dict

    def settings(self, place: Path, **other: str) -> dict[str, str]:
        """Give the environment of a server on this dialer."""
        return {
            "CHASEDATA_BASE_URL": f"{self.address}/HttpImport/",
            "CHASEDATA_TOKEN": TOKEN,
            "CHASEDATA_ACCID": ACCID,
            "CHASEDATA_STATE_DIR": str(place / "state"),
            **other,
        }


@contextmanager
def a_probed_sandbox(profile: WireProfile | None = None) -> Generator[ProbedDialer]:
    """Serve a sandbox that spells as a profile says."""
    with (
        closing(SandboxDialer(now=lambda: NOON, profile=profile)) as sandbox,
        a_probed_dialer(create_app(sandbox)) as dialer,
    ):
        dialer.state = sandbox.state
        yield dialer


@contextmanager
def a_probed_dialer(app: ASGIApp) -> Generator[ProbedDialer]:
    """Serve an app as a dialer, in a thread of its own."""
    with listen(0) as listening, start_blocking_portal() as portal:
        dialer = ProbedDialer(address_of(listening))
        server = server_for(_recorded(app, dialer), grace_seconds=1)
        running = portal.start_task_soon(serve, server, listening)
        try:
            yield dialer
        finally:
            server.should_exit = True
            running.result()


def probe(  # noqa: PLR0913 - what the command's options say
    dialer: ProbedDialer,
    place: Path,
    *,
    records: RecordNames | None = None,
    number: str = NUMBER,
    ring_group: str | None = None,
    ask: Callable[[Question], Reply] | None = None,
    environ: Mapping[str, str] = MappingProxyType({}),
) -> list[FactFinding]:
    """Probe a dialer as the command does, with a person who says yes to everything."""
    to = place / "probed"
    to.mkdir(exist_ok=True)
    return run_probe(
        load_settings(dialer.settings(place, **environ)),
        Sent(number),
        records,
        list_files(to),
        ring_group=ring_group,
        wrong_token=True,
        ask=ask or (lambda question: Reply(yes_to(question))),
    )


def _recorded(app: ASGIApp, dialer: ProbedDialer) -> ASGIApp:
    """Keep the form of each request before it is handed on."""

    async def recorded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        body = b"".join([part async for part in _parts(receive)])
        form = dict(parse_qsl(body.decode(), keep_blank_values=True))
        dialer.sent.append((scope["path"].rpartition("/")[2], form))
        unread: Iterator[Message] = iter([{"type": "http.request", "body": body}])

        async def again() -> Message:
            if (message := next(unread, None)) is not None:
                return message
            await anyio.sleep_forever()
            raise AssertionError

        await app(scope, again, send)

    return recorded


async def _parts(receive: Receive) -> Any:  # noqa: ANN401 - an asynchronous generator
    more = True
    while more:
        message = await receive()
        yield message.get("body", b"")
        more = message.get("more_body", False)
