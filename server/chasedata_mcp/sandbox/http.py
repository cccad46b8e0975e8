"""Sending an answer the short way, without a response object."""

from collections.abc import Iterable
from typing import Final

from starlette.types import Send

TEXT: Final = b"text/plain; charset=utf-8"
"""The content type of the dialer's answers, which is the project's own choice: text that a browser
shows as text, however hostile the lead."""

_ALWAYS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
)


async def send_answer(
    send: Send,
    status: int,
    content_type: bytes,
    body: bytes,
    more: Iterable[tuple[bytes, bytes]] = (),
) -> None:
    """Send one whole answer."""
    headers = [
        (b"content-type", content_type),
        (b"content-length", str(len(body)).encode()),
        *_ALWAYS,
        *more,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def send_text(send: Send, status: int, text: str) -> None:
    """Send one whole answer of plain text."""
    await send_answer(send, status, TEXT, text.encode())
