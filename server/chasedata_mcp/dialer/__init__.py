"""The vendor's HTTP API: the one place that touches the network."""

from typing import TYPE_CHECKING

from chasedata_mcp.dialer.endpoint import CallLimits, Endpoint

if TYPE_CHECKING:
    from chasedata_mcp.dialer.client import READS, Client

__all__ = ["READS", "CallLimits", "Client", "Endpoint"]


def __getattr__(name: str) -> object:
    """Import the client when it is first used: httpx and its dependencies would slow the start."""
    if name not in {"READS", "Client"}:
        raise AttributeError(name)
    from chasedata_mcp.dialer import client  # noqa: PLC0415 - the reason is above

    return getattr(client, name)
