"""What was done: listed, taken back, settled and stopped, over the ledger."""
