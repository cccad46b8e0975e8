"""The container: its lock is the one that tests run with, and its health is asked for."""

import re
import runpy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

from dist_contents import ROOT
from typing_extensions import override

from _support.clones import pins

FILES = ROOT / "examples" / "container"
HEALTH: dict[str, Any] = runpy.run_path(str(FILES / "health.py"))
port_of: Callable[[bytes], int | None] = HEALTH["port_of"]
is_healthy: Callable[[int | None], bool] = HEALTH["is_healthy"]


@contextmanager
def answering(status: int) -> Iterator[int]:
    """Answer the health check, and nothing else, with a status."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/healthz" else 404)
            self.end_headers()

        @override
        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def test_a_server_over_http_is_well_as_long_as_it_answers() -> None:
    with answering(200) as port:
        assert is_healthy(port)
    assert not is_healthy(port)
    with answering(503) as port:
        assert not is_healthy(port)


def test_the_port_is_read_from_the_servers_own_command() -> None:
    served = b"chasedata-mcp\0serve\0--transport\0http\0"

    assert port_of(served) == 8765
    assert port_of(served + b"--port\08800\0--sandbox\0") == 8800


def test_over_stdio_there_is_nothing_to_ask() -> None:
    assert port_of(b"chasedata-mcp\0--sandbox\0") is None
    assert is_healthy(None)


def test_what_the_container_installs_is_what_the_tests_ran_with() -> None:
    tested = {pin.name: pin.version for pin in pins("requirements.lock")}
    installed = {pin.name: pin.version for pin in pins("requirements-server.lock")}

    assert installed.items() <= tested.items()
    lock = (ROOT / "requirements-server.lock").read_text("utf-8")
    assert len(re.findall(r"^[a-z]", lock, re.MULTILINE)) == len(installed)
    assert "pytest" not in installed


def test_the_container_is_nobody_with_rights_and_says_how_it_is() -> None:
    dockerfile = (FILES / "Dockerfile").read_text("utf-8")
    compose = (FILES / "compose.yaml").read_text("utf-8")

    assert "\nUSER 10001:10001\n" in dockerfile
    assert "--require-hashes" in dockerfile
    assert "\nHEALTHCHECK " in dockerfile
    for confined in ("read_only: true", "cap_drop:", "no-new-privileges:true"):
        assert confined in compose
    assert "ports:" not in compose
