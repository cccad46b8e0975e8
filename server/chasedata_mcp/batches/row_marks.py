"""The marks in a table's own columns: what says that a row's person must not be called.

An export has such columns whether anybody maps them or not, and whoever is loaded without them is
called.
"""

from collections.abc import Collection, Iterator, Sequence

from chasedata_mcp.fields.callable_fields import (
    CallSwitch,
    find_switch,
    is_marked_do_not_call,
    is_remark,
    says_no,
)
from chasedata_mcp.fields.dispositions import says_do_not_call
from chasedata_mcp.fields.format import quote_name


class RowMarks:
    """A reader of the marks in the rows of one table.

    Args:
        header: The names of its columns.
        stopping: The account's own dispositions that stop calls, folded.
    """

    def __init__(self, header: Sequence[str], stopping: Collection[str]) -> None:
        self._stopping = stopping
        named = [(place, name) for place, name in enumerate(header) if name]
        self._remarks = [one for one in named if is_remark(one[1])]
        self._marks = [
            one
            for one in named
            if one not in self._remarks and find_switch(one[1]) is not CallSwitch.SCHEDULE
        ]
        self._consents = [one for one in named if find_switch(one[1]) is CallSwitch.AGREED]

    def find_mark(self, cells: Sequence[str]) -> str | None:
        """Find the first column that says not to call a row's person."""
        for place, name in self._marks:
            if cells[place] and is_marked_do_not_call({name: cells[place]}, self._stopping):
                return name
        return None

    def list_doubts(self, cells: Sequence[str]) -> Iterator[str]:
        """List what a row says that is no mark, and that whoever has it loaded should know."""
        for place, name in self._consents:
            if cells[place] and says_no(cells[place]):
                yield f"{quote_name(name)} says no, and is no reason to leave it out"
        for place, name in self._remarks:
            if says_do_not_call(cells[place]):
                yield f"{quote_name(name)} may say that they must not be called"
