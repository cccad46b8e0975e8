"""The dispositions that stop calls; setting one never makes anybody callable."""

STOPPING = frozenset({"DO NOT CALL", "FTC DNC"})
"""Source: the usual dispositions in wire.md. An account's own are taken to allow calls."""


def stops_calls(disposition: str) -> bool:
    """Tell whether a lead with this disposition is no longer called."""
    return " ".join(disposition.upper().split()) in STOPPING
