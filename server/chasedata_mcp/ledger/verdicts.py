"""The end of the chain, what verification says of it, and what pruning did."""

import json
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain: how many events there have ever been, and the last one's hash."""

    count: int
    hash: str

    def __str__(self) -> str:
        """One line of JSON, to be printed or kept elsewhere."""
        return json.dumps({"count": self.count, "hash": self.hash})

    @classmethod
    def parse(cls, text: str) -> "Head":
        """Read what `str` wrote.

        Raises:
            ValueError: It is not that.
        """
        match json.loads(text):
            case {"count": int(count), "hash": str(digest)}:
                return cls(count, digest)
            case _:
                raise ValueError("a head is an object of a count and a hash")


class Flaw(StrEnum):
    """What is wrong with a chain."""

    EDITED = "edited"
    REMOVED = "removed"
    INSERTED = "inserted"
    BROKEN = "broken"
    CUT = "cut"
    INDEX = "index"
    STANDING = "standing"
    """A freeze or a grant is not what the chain says that it is."""
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that verification found; `seq` is of the event, where there is one."""

    flaw: Flaw
    seq: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verification found.

    `head` is the store's own, `kept` the one beside it, None where there is none: then a cut tail
    can't be seen. `pruned` is how many events were taken away by age. At most the first problems
    are listed.
    """

    head: Head
    kept: Head | None
    pruned: int
    problems: tuple[Problem, ...] = field(default=())

    @property
    def sound(self) -> bool:
        """Whether nothing was found."""
        return not self.problems


@dataclass(frozen=True, slots=True)
class Pruned:
    """What pruning did: entries removed, and older ones that were kept since they are unsettled."""

    removed: int
    carried: int
