"""The sockets that servers of ours listen on."""

import re
import socket
from pathlib import Path

import pytest

import chasedata_mcp
from _support.web_servers import answering
from chasedata_mcp.errors import SettingsError
from chasedata_mcp.web.loopback import OriginPolicy
from chasedata_mcp.web.sockets import address_of, listen

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_each_is_named_as_tcp_s_so_that_asyncio_sends_small_answers_at_once(host: str) -> None:
    with listen(0, host) as listening:
        assert listening.proto == socket.IPPROTO_TCP


async def test_what_is_accepted_waits_for_no_acknowledgement() -> None:
    async with answering() as (address, watched):
        with socket.create_connection(address):
            await watched.made(1)
            (accepted,) = watched.sockets
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_there_is_one_way_to_listen_and_one_to_run_uvicorn() -> None:
    root = Path(chasedata_mcp.__file__).parent
    by_hand = re.compile(r"socket\.socket\(|create_server\(|uvicorn\.(Server|Config|run)\b")
    found = {
        file.relative_to(root).as_posix()
        for file in root.rglob("*.py")
        if by_hand.search(file.read_text("utf-8"))
    }
    assert found == {"web/uvicorn_server.py", "web/sockets.py"}


def test_a_port_can_be_had_again_at_once() -> None:
    with listen(0) as first, socket.create_connection(first.getsockname()):
        port = first.getsockname()[1]
        accepted, _ = first.accept()
        accepted.close()
    with listen(port) as again:
        assert address_of(again) == f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.com", ""])  # noqa: S104 - refused, and tested to be
def test_only_this_machine_is_listened_on(host: str) -> None:
    with pytest.raises(SettingsError, match="only this machine"):
        listen(0, host)


def test_the_port_that_clients_leave_out_may_be_left_out() -> None:
    hosts = OriginPolicy.on_loopback(8766).hosts
    assert hosts == {"127.0.0.1:8766", "localhost:8766", "[::1]:8766"}
    assert "localhost" in OriginPolicy.on_loopback(80).hosts


async def test_a_server_that_is_told_to_stop_lets_go_of_its_socket() -> None:
    async with answering() as (address, _):
        pass
    with listen(address[1]) as again:
        assert again.getsockname() == address
