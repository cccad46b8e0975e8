"""The front of an installation: what clients are told of it before anything is called."""

from dataclasses import dataclass

from chasedata_mcp.policy.tool_offer import ToolOffer
from chasedata_mcp.tools.account import Account
from chasedata_mcp.tools.published import PublishedTool, load_actions, load_published

_HISTORY, _BATCHES = "list_history", "batches"
_SHOW_BATCH, _RUN_BATCH = "show_batch", "run_batch"


@dataclass(frozen=True, slots=True)
class ServerFront:
    """An installation as it lists itself.

    Attributes:
        account: The dialer's account.
        offer: The terms that decide which tools are listed.
        countries: The countries that may be called.
        has_ledger: True where calls are recorded, and the tools about them are there.
        has_batches: True where batches are kept and run.
    """

    account: Account
    offer: ToolOffer
    countries: frozenset[str]
    has_ledger: bool
    has_batches: bool = False

    @property
    def offered(self) -> list[PublishedTool]:
        """The tools on offer, in their order."""
        tools = load_published().values() if self.has_ledger else load_actions()
        return [tool for tool in tools if self.offer.offers(tool) and self._has(tool)]

    @property
    def shows_batches(self) -> bool:
        """True where batches are on offer, and may be shown."""
        return self.has_batches and self.offer.permits(load_published()[_SHOW_BATCH])

    @property
    def runs_batches(self) -> bool:
        """True where batches are on offer, and may be run."""
        return self.has_batches and self.offer.permits(load_published()[_RUN_BATCH])

    def _has(self, tool: PublishedTool) -> bool:
        return self.has_batches or tool.toolset != _BATCHES

    @property
    def shows_history(self) -> bool:
        """True where the history is on offer, and may be read."""
        return self.has_ledger and self.offer.permits(load_published()[_HISTORY])
