"""Restores of a backup, as they stand on record: of which backup, by whom, what is missing since.

What a call did in the dialer after the backup was made isn't undone by a restore: only the record
of it is gone. So each restore says as exactly as can be known what the record lacks.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from chasedata_mcp.ledger.checkpoints import Checkpoint
from chasedata_mcp.ledger.events import format_time, parse_time

RESTORE_ENTRY = "restore"
"""The entry of the events of restores, by which an index finds them; no call has it."""


STORE_TIME = "store_time"
"""The key of the time of a restore by the store's own time, where the clock was off from it."""


class GapSource(StrEnum):
    """The source of what is known about missing events."""

    STORE = "store"
    """The store that was replaced had them, so their number is exact."""
    HEAD = "head"
    """The head beside the store counted them; it may have been a moment behind."""
    KEPT_HEAD = "kept head"
    """A head that was kept elsewhere counted them; there may have been more."""
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class ChainEnd:
    """An end of a chain, with the time of its last event where that is known."""

    checkpoint: Checkpoint
    at: datetime | None = None

    @property
    def body(self) -> dict[str, object]:
        """The end as an event has it."""
        at = None if self.at is None else format_time(self.at)
        return {"count": self.checkpoint.count, "hash": self.checkpoint.hash, "at": at}

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> "ChainEnd":
        """Read what `body` wrote."""
        at = body["at"]
        checkpoint = Checkpoint(int(body["count"]), str(body["hash"]))
        return cls(checkpoint, None if at is None else parse_time(at))


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """The events that a backup lacks.

    Attributes:
        missing: Their number, or the least that it can be; None where nothing is known of it.
        known_by: The source of that.
        replaced: The end of the record that had them, where it is known.
    """

    missing: int | None = None
    known_by: GapSource = GapSource.NOTHING
    replaced: ChainEnd | None = None

    def describe(self, write_time: Callable[[datetime], str]) -> str:
        """Say how many events are missing, as far as that is known."""
        if self.missing is None:
            return "How many events after that are missing isn't known."
        if self.missing == 0:
            return "Nothing that was recorded after that is known to be missing."
        events = "1 event" if self.missing == 1 else f"{self.missing} events"
        are = "is" if self.missing == 1 else "are"
        if self.known_by is not GapSource.STORE:
            return f"At least {events} after that {are} missing."
        last = self.replaced.at if self.replaced is not None else None
        until = "" if last is None else f", the last of {write_time(last)}"
        return f"{events} that the replaced record had {are} missing{until}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Restore:
    """A restore of a backup.

    Attributes:
        at: The time of the restore.
        by: The person.
        name: The name of the backup's directory.
        made: The time at which the backup was made, where it says so.
        backup: The end of the backup's chain, which the restore goes on from.
        gap: The events that are missing.
        kept_as: The name of the directory with the store that was replaced, if there was one.
        earlier: Restores that only the replaced store had on record.
    """

    at: datetime
    by: str
    name: str
    made: datetime | None
    backup: ChainEnd
    gap: Gap
    kept_as: str | None = None
    earlier: tuple["Restore", ...] = ()

    @property
    def body(self) -> dict[str, Any]:
        """The restore as an event has it."""
        earlier = [{**one.body, "restored": format_time(one.at)} for one in self.earlier]
        return {
            "by": self.by,
            "name": self.name,
            "made": None if self.made is None else format_time(self.made),
            "backup": self.backup.body,
            "missing": self.gap.missing,
            "known_by": self.gap.known_by.value,
            "replaced": self.gap.replaced and self.gap.replaced.body,
            "kept_as": self.kept_as,
            "earlier": earlier,
        }

    @classmethod
    def parse(cls, at: str, body: Mapping[str, Any]) -> "Restore":
        """Read what `body` wrote.

        Raises:
            ValueError, KeyError, TypeError: This program didn't write it so.
        """
        made, replaced = body["made"], body["replaced"]
        return cls(
            at=parse_time(at),
            by=str(body["by"]),
            name=str(body["name"]),
            made=None if made is None else parse_time(made),
            backup=ChainEnd.parse(body["backup"]),
            gap=Gap(
                missing=body["missing"],
                known_by=GapSource(body["known_by"]),
                replaced=None if replaced is None else ChainEnd.parse(replaced),
            ),
            kept_as=body["kept_as"],
            earlier=tuple(cls.parse(one["restored"], one) for one in body["earlier"]),
        )

    def is_known_end(self, head: Checkpoint) -> bool:
        """Tell whether a head is the end of the record that this restore says to have replaced."""
        return self.gap.replaced is not None and self.gap.replaced.checkpoint == head

    def may_have_lost(self, head: Checkpoint) -> bool:
        """Tell whether a head may be of the events that are missing since this restore."""
        if head.count <= self.backup.checkpoint.count:
            return False
        last = self.gap.replaced
        if self.gap.known_by is GapSource.STORE and last is not None:
            return head.count <= last.checkpoint.count
        return True

    def describe(self, write_time: Callable[[datetime], str]) -> str:
        """Say which backup was restored when and by whom, and what is missing since."""
        ends = self.backup
        last = "" if ends.at is None else f" of {write_time(ends.at)}"
        end = (
            f"ends with event {ends.checkpoint.count}{last}"
            if ends.checkpoint.count
            else "is empty"
        )
        return (
            f"The record was restored on {write_time(self.at)} by {self.by} from a backup that "
            f"{end}. {self.gap.describe(write_time)}"
        )


@dataclass(frozen=True, slots=True)
class Restored:
    """A restore that was done: its record, the head since, and whether the DNC registry is lost."""

    restore: Restore
    head: Checkpoint
    is_registry_lost: bool
