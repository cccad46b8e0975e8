"""A dialer of its own that speaks ChaseData's wire, for demos and tests: nothing rings here.

It is a second transcription of the vendor's API, so it imports neither the tools, their fields nor
the client. The package itself is as light as its two constants; import its modules where needed.
"""

from chasedata_mcp.sandbox.identity import ACCID, TOKEN

__all__ = ["ACCID", "TOKEN"]
