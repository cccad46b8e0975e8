"""The rows of what a post to the dialer costs beside a plain post of httpx, by processor time.

Both post the same form in this process, to one in another that answers with fixed bytes; ours reads
the answer as well.
"""

import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Final

import anyio
import httpx
from rows import Row, at_most
from scale import Scale
from subjects import clean_environ

from chasedata_mcp.dialer import CallLimits, Client, Endpoint
from chasedata_mcp.settings.scripts import Script
from chasedata_mcp.tools.answer_types import Expects
from chasedata_mcp.tools.request import Request

READ: Final = Request(
    Script.LEADS,
    {"Action": "SearchLead", "SearchField": "Phone", "Identifier": "9545550123"},
    Expects.LEADS,
)
TOKEN: Final = "D7C84300-0000-4DC9-B70F-A1D89B927F51"
_DIALER: Final = Path(__file__).with_name("fixed_dialer.py")

Post = Callable[[], Awaitable[object]]


def posting(scale: Scale, at_once: int) -> Iterator[Row]:
    """Measure a post of ours and one of httpx in turns, so many at once."""
    words = [sys.executable, str(_DIALER)]
    with Popen(words, stdout=PIPE, env=clean_environ(), text=True) as process:  # noqa: S603 - our own
        try:
            port = int(process.stdout.readline()) if process.stdout else 0
            ours, theirs = anyio.run(_in_turns, port, scale, at_once)
        finally:
            process.terminate()
    name = f"processor time of a post, {at_once} at once"
    yield Row(name, "ms", at_most(0.5), ours, "httpx's client", theirs)


async def _in_turns(port: int, scale: Scale, at_once: int) -> tuple[list[float], list[float]]:
    target = Endpoint(f"http://127.0.0.1:{port}/HttpImport/", TOKEN, "bench", {})
    form = {"token": TOKEN, "accid": "bench", **READ.form}
    address = target.build_url(READ.script)
    async with (
        Client(target, CallLimits(in_flight=at_once)) as client,
        httpx.AsyncClient(trust_env=False, timeout=600) as plain,
    ):

        async def post_ours() -> None:
            await client.post(READ)

        async def post_plain() -> None:
            _ = (await plain.post(address, data=form)).text

        turns = [
            [await _measure(post, scale.calls, at_once) for post in (post_ours, post_plain)]
            for _ in range(1 + scale.turns)
        ]
    # The first opened the connections.
    ours, theirs = zip(*turns[1:], strict=True)
    return [*ours], [*theirs]


async def _measure(post: Post, posts: int, at_once: int) -> float:
    """Give the milliseconds of processor time that a post takes."""
    left = iter(range(posts))

    async def keep_posting() -> None:
        for _ in left:
            await post()

    began = time.process_time()
    async with anyio.create_task_group() as group:
        for _ in range(at_once):
            group.start_soon(keep_posting)
    return (time.process_time() - began) / posts * 1e3
