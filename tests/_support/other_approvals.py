"""Stores of approvals of which a test makes some step go otherwise."""

from chasedata_mcp.ledger import ApprovalStore, Ledger


class OtherApprovals:
    """A ledger's approvals, but for the steps that a test has go otherwise."""

    def __init__(self, store: ApprovalStore) -> None:
        self.store = store

    def __getattr__(self, name: str) -> object:
        return getattr(self.store, name)

    @classmethod
    def put_over(cls, ledger: Ledger) -> None:
        """Have a ledger use this from now on."""
        ledger.approvals = cls(ledger.approvals)  # type: ignore[assignment]  # has all its methods
