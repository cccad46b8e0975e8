"""Plain-text responses sent straight to ASGI, without a response object."""

from typing import Final

from starlette.types import Send

_HEADERS: Final = (
    # The dialer's content type is unknown. Plain text is the project's own choice: a browser shows
    # it as text, however hostile the lead.
    (b"content-type", b"text/plain; charset=utf-8"),
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
)


async def send_text(send: Send, status: int, text: str) -> None:
    """Send one whole response of plain text."""
    body = text.encode()
    content_type, *more = _HEADERS
    headers = [content_type, (b"content-length", str(len(body)).encode()), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
