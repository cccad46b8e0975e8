"""What carries the posts: a pool of connections, or one that goes the way the environment says.

The pool is httpx's transport and not its client, which would look for redirects, cookies and
credentials that there are none of, for as long as the rest of a post takes.
"""

from ssl import SSLContext

import httpx


def build_transport(
    connections: int, tls: SSLContext, *, trust_env: bool
) -> httpx.AsyncBaseTransport:
    """A pool of so many connections; only with `trust_env` through the environment's proxies."""
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    if trust_env:
        return ProxyTransport(httpx.AsyncClient(verify=tls, limits=limits, trust_env=True))
    return httpx.AsyncHTTPTransport(verify=tls, limits=limits, trust_env=False)


class ProxyTransport(httpx.AsyncBaseTransport):
    """A client of httpx as a transport: it knows which proxy the environment has for an address."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Post by way of the proxy; no redirect is followed, and no cookie kept."""
        self._client.cookies.clear()
        return await self._client.send(request, stream=True, auth=None, follow_redirects=False)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()
