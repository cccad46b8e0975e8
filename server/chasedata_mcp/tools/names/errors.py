"""The errors of the store of names, which is beside every call and in the way of none."""

from chasedata_mcp.errors import ChasedataError


class NameStoreError(ChasedataError):
    """The store of names can't be read or written; the message says why, and quotes no name."""
