"""Answers over a connection that is open: read as over a new one, whatever they are."""

from collections.abc import Sequence
from itertools import product
from ssl import PROTOCOL_TLS_CLIENT, SSLContext

import anyio
import anyio.abc
import h11
import pytest

from chasedata_mcp.dialer.plain_answers import MOST_BYTES, PlainAnswer, read_plain_answer
from chasedata_mcp.errors import CallError
from chasedata_mcp.tools.answer_types import Acknowledged
from chasedata_mcp.tools.request import Request
from dialer.test_connections import DONE, WRITE, Dialer, a_client, serving

OK = b"<br><br>Result:  OK"
LENGTH = b"Content-Length: 19\r\n"
LONG = OK + b" " * MOST_BYTES
ANSWERS = {
    "plain": DONE,
    "kept open": b"HTTP/1.1 200 OK\r\nConnection: Keep-Alive\r\n" + LENGTH + b"\r\n" + OK,
    "without a reason": b"HTTP/1.1 200\r\n" + LENGTH + b"\r\n" + OK,
    "in chunks": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"8\r\n<br><br>\r\nb\r\nResult:  OK\r\n0\r\n\r\n"
    ),
    "without a length": b"HTTP/1.1 200 OK\r\n\r\n" + OK,
    "to be closed": b"HTTP/1.1 200 OK\r\nConnection: close\r\n" + LENGTH + b"\r\n" + OK,
    "of 1.0": b"HTTP/1.0 200 OK\r\n" + LENGTH + b"\r\n" + OK,
    "after a hint": b"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" + DONE,
    "with bare line ends": b"HTTP/1.1 200 OK\nContent-Length: 19\n\n" + OK,
    "with a bare line end": b"HTTP/1.1 200 OK\r\nServer: a\nContent-Length: 19\r\n\r\n" + OK,
    "in two lines": b"HTTP/1.1 200 OK\r\nServer: a\r\n b\r\n" + LENGTH + b"\r\n" + OK,
    "with two lengths": b"HTTP/1.1 200 OK\r\n" + LENGTH + b"Content-Length: 8\r\n\r\n" + OK,
    "with a length of none": b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n" + OK,
    "with a body and more": DONE + b"HTTP/1.1 200 OK\r\n",
    "empty": b"HTTP/1.1 204 No Content\r\n\r\n",
    "compressed wrongly": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n" + LENGTH + b"\r\n" + OK,
    "an error": b"HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nno",
    "no status": b"HTTP/1.1 2000 OK\r\n" + LENGTH + b"\r\n" + OK,
    "long": b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(LONG) + LONG,
    "a head without end": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 30_000,
    "cut in its body": DONE[:-4],
    "cut in its head": DONE[:20],
    "nothing": b"",
}
ENDED_BY_CONNECTION = {"without a length", "cut in its body", "cut in its head", "nothing"}


async def came_of(client_url: str, request: Request, *, first: bool) -> object:
    """Post once over a new connection, or over one that was posted to before."""
    # Loading certificates takes longer than all else here.
    async with a_client(client_url, SSLContext(PROTOCOL_TLS_CLIENT)) as client:
        if not first:
            assert await client.post(WRITE) == Acknowledged()
        try:
            return await client.post(request)
        except CallError as error:
            return error.code, error.message


@pytest.mark.anyio
@pytest.mark.parametrize("piecemeal", [False, True])
async def test_an_answer_over_an_open_connection_is_read_as_over_a_new_one(
    *, piecemeal: bool
) -> None:
    for kind, answer in ANSWERS.items():
        step = max(1, len(answer) // 40) if piecemeal else len(answer) or 1
        pieces = [answer[at : at + step] for at in range(0, len(answer), step)]
        ends = kind in ENDED_BY_CONNECTION
        outcomes = [await posted(pieces, first=first, ends=ends) for first in (True, False)]
        assert outcomes[0] == outcomes[1], kind


async def posted(pieces: Sequence[bytes], *, first: bool, ends: bool) -> tuple[object, int]:
    """Post to a dialer that answers the last post so; gives what came of it and its requests."""

    async def answers(stream: anyio.abc.ByteStream, _piece: bytes) -> bool:
        if not first and len(dialer.connections[0]) == 1:
            await stream.send(DONE)
            return True
        for piece in pieces:
            await stream.send(piece)
            await anyio.lowlevel.checkpoint()
        return not ends

    dialer = Dialer(answers)
    async with serving(dialer) as url:
        outcome = await came_of(url, WRITE, first=first)
    assert len(dialer.connections) == 1
    requests = b"".join(dialer.connections[0]).count(b"POST ")
    return outcome, requests - (not first)


STATUSES = (100, 101, 200, 204, 304, 404, 500, 600)
HEADERS = (
    *((b"Content-Length", b"2"), (b"content-length", b"0"), (b"Content-Length", b"2, 2")),
    *((b"Connection", b"keep-alive"), (b"connection", b"Close"), (b"Connection", b"x, close")),
    *((b"Transfer-Encoding", b"chunked"), (b"Server", b" a b "), (b"X", b"\xe9"), (b"Y", b"")),
)


def test_what_is_taken_for_plain_is_read_as_h11_reads_it() -> None:
    lists = [(), *product(HEADERS, repeat=1), *product(HEADERS, repeat=2)]
    taken = 0
    for status, headers, body in product(STATUSES, lists, (b"", b"ab", b"abc")):
        lines = [b"HTTP/1.1 %d OK" % status, *map(b"%s: %s".__mod__, headers)]
        raw = b"\r\n".join([*lines, b"", body])
        answer = read_plain_answer(bytearray(raw))
        if isinstance(answer, PlainAnswer):
            taken += 1
            assert_read_so_by_h11(answer, raw)
    assert taken


def assert_read_so_by_h11(answer: PlainAnswer, raw: bytes) -> None:
    reader = h11.Connection(h11.CLIENT)
    reader.send(h11.Request(method="POST", target="/", headers=[("Host", "a")]))
    reader.send(h11.EndOfMessage())
    reader.receive_data(raw)
    head = reader.next_event()
    assert isinstance(head, h11.Response)
    assert (answer.status, answer.headers) == (head.status_code, list(head.headers.raw_items()))
    read = b""
    while isinstance(event := reader.next_event(), h11.Data):
        read += bytes(event.data)
    assert (answer.body, type(event)) == (read, h11.EndOfMessage)
    assert reader.their_state is h11.DONE
    assert reader.trailing_data == (b"", False)
