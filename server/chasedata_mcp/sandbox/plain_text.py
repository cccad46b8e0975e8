"""Plain-text responses sent straight to ASGI, without a response object."""

from typing import Final

from starlette.types import Send

# Leads hold untrusted text: no browser is to guess a type of it, nor keep it.
TEXT_HEADERS: Final = {"x-content-type-options": "nosniff", "cache-control": "no-store"}
# The dialer's content type is unknown. Plain text is the project's own choice: a browser shows it
# as text, however hostile the lead.
_CONTENT_TYPE: Final = (b"content-type", b"text/plain; charset=utf-8")
_HEADERS: Final = [(name.encode(), value.encode()) for name, value in TEXT_HEADERS.items()]


async def send_text(send: Send, status: int, text: str) -> None:
    """Send one whole response of plain text."""
    body = text.encode()
    headers = [_CONTENT_TYPE, (b"content-length", str(len(body)).encode()), *_HEADERS]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
