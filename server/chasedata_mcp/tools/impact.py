"""The impact of a call: how grave it can be."""

from enum import StrEnum


class Impact(StrEnum):
    """The gravity of a call, from none to the loss of a protection."""

    READ = "read"
    WRITE = "write"
    OUTWARD = "outward"
    DESTRUCTIVE = "destructive"
