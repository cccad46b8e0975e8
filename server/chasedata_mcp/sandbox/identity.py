"""The token and the account that every sandbox takes, both published on purpose."""

TOKEN = "5A4DB0C5-0000-4000-8000-5A4DB0C50001"  # noqa: S105 - published, opens nothing but a sandbox
"""The API token of every sandbox. It is no secret: it opens nothing but made-up data."""

ACCID = "sandbox"
"""The account of every sandbox."""
