"""The transport of posts: a pool of connections, or the environment's proxies.

The pool is httpx's transport and not its client, which would look for redirects, cookies and
credentials that there are none of, for as long as the rest of a post takes.
"""

from ssl import SSLContext

import httpx
from typing_extensions import override


def build_transport(
    connections: int, tls: SSLContext, *, trust_env: bool
) -> httpx.AsyncBaseTransport:
    """Build a pool of so many connections; `trust_env` alone lets proxies in."""
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    if trust_env:
        return ProxyTransport(httpx.AsyncClient(verify=tls, limits=limits, trust_env=True))
    return httpx.AsyncHTTPTransport(verify=tls, limits=limits, trust_env=False)


class ProxyTransport(httpx.AsyncBaseTransport):
    """A client of httpx as a transport: it knows the environment's proxy for an address."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        # A redirect could take the token elsewhere; a cookie would outlive its call.
        self._client.cookies.clear()
        return await self._client.send(request, stream=True, auth=None, follow_redirects=False)

    @override
    async def aclose(self) -> None:
        await self._client.aclose()
