"""The history: past calls listed, undone, reconciled, and all writes frozen, over the ledger."""
