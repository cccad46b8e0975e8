import contextlib
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from _support.terminals import finish, run, start_forked
from _support.timeouts import TIMEOUT
from chasedata_mcp.sandbox import ACCID, TOKEN

POSIX_ONLY = pytest.mark.skipif(sys.platform == "win32", reason="SIGINT can't be sent alone there")
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
HEADERS = {"Accept": "application/json, text/event-stream"}


@contextmanager
def started(*words: str, **settings: str) -> "Generator[subprocess.Popen[str]]":
    process = start_forked(*words, **settings)
    try:
        yield process
    finally:
        process.kill()
        with contextlib.suppress(ValueError):
            process.communicate()


def stopped(process: "subprocess.Popen[str]") -> int:
    process.send_signal(signal.SIGINT)
    return finish(process).code


def test_a_port_and_no_key_belong_to_http() -> None:
    for words in (["--port", "1"], ["--no-key"]):
        ended = run("serve", *words)

        assert ended.code == 2
        assert ended.err == "chasedata-mcp: --port and --no-key belong to --transport http\n"


def test_the_command_serve_speaks_stdio() -> None:
    ended = finish(start_forked("serve", "--sandbox"), json.dumps(PING) + "\n")

    assert ended.code == 0
    assert json.loads(ended.out)["id"] == 1


def test_no_key_beside_a_key_is_refused() -> None:
    ended = run("serve", "--transport", "http", "--no-key", HTTP_KEY="k" * 20)

    assert ended.code == 2
    assert "CHASEDATA_HTTP_KEY is set" in ended.err


def test_a_port_that_is_taken_is_said_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])

        served = run("serve", "--transport", "http", "--port", port)
        sandboxed = run("sandbox", "--port", port)

    assert (served.code, sandboxed.code) == (2, 2)
    assert f"port {port}" in served.err
    assert f"port {port} can't be used" in sandboxed.err


@POSIX_ONLY
def test_over_http_the_key_that_was_made_is_shown_and_needed() -> None:
    with started("serve", "--transport", "http", "--port", "0", "--sandbox") as process:
        assert process.stderr is not None
        address = process.stderr.readline().rpartition(" ")[2].strip()
        key = process.stderr.readline().rpartition(" ")[2].strip()

        without = httpx.post(address, json=PING, headers=HEADERS, timeout=TIMEOUT)
        bearing = {**HEADERS, "Authorization": f"Bearer {key}"}
        with_it = httpx.post(address, json=PING, headers=bearing, timeout=TIMEOUT)

        assert without.status_code == 401
        assert with_it.status_code != 401
        assert stopped(process) == 130


@POSIX_ONLY
def test_over_http_without_a_key_says_so_loudly() -> None:
    with started("serve", "--transport", "http", "--port", "0", "--no-key") as process:
        assert process.stderr is not None
        lines = [process.stderr.readline() for _ in range(3)]

        assert any("WARNING: --no-key" in line for line in lines)
        assert stopped(process) == 130


@POSIX_ONLY
def test_the_sandbox_says_where_it_is_and_how_to_point_a_client_at_it(tmp_path: Path) -> None:
    words = ("--port", "0", "--file", str(tmp_path / "s.db"), "--faults", "*=status:503")
    with started("sandbox", *words) as process:
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(9)]
        host = urlsplit(told[0].rpartition(" ")[2].strip()).netloc
        settings = dict(line.strip().split("=", 1) for line in told[6:9])
        environ = {name.removeprefix("CHASEDATA_"): text for name, text in settings.items()}

        kept = {"STATE_DIR": str(tmp_path / "state")}  # nobody else's reading makes it ask
        faulty = run("call", "reload_skills", "--json", **environ, **kept)
        well = run("call", "reload_skills", "--json", **environ, **kept)
        page = httpx.get(f"http://{host}/sandbox/", timeout=TIMEOUT)

        assert json.loads(faulty.out)["code"] == "not_understood"
        assert json.loads(well.out)["environment"] == "sandbox"
        assert (well.code, page.status_code) == (0, 200)
        assert environ == {
            "BASE_URL": f"http://{host}/HttpImport/",
            "TOKEN": TOKEN,
            "ACCID": ACCID,
        }
        assert stopped(process) == 0
    assert (tmp_path / "s.db").exists()


def test_faults_that_are_none_are_a_usage_error() -> None:
    ended = run("sandbox", "--faults", "Nope.php=drop")

    assert ended.code == 2
    assert ended.err.startswith("chasedata-mcp: --faults: 'Nope.php' is no script of the dialer")


def test_a_file_that_is_no_sandbox_is_a_usage_error(tmp_path: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("Not a sandbox, and long enough to be read as something else. " * 20)

    ended = run("sandbox", "--port", "0", "--file", str(other))

    assert ended.code == 2
    assert ended.err.startswith("chasedata-mcp: --file: ")
