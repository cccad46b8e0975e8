"""The composition root: from the settings to a dialer, a ledger, a policy and a pipeline.

The commands and the servers start here; nothing below it opens anything by a setting of its own.
"""
