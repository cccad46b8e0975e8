"""The tools beside the catalogue, group by group: the history's, the jobs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from mcp_types import CallToolRequestParams, CallToolResult, InputRequiredResult

from chasedata_mcp.mcp_server.callers import Context
from chasedata_mcp.tools.base import Tool


class ToolGroup(Protocol):
    """Tools that are called in one way."""

    @property
    def offered(self) -> Mapping[str, type[Tool]]:
        """The tools on offer, by name."""
        ...

    def has(self, name: str) -> bool:
        """Tell whether there is a tool of this name here, on offer or not."""
        ...

    async def answer(
        self, context: Context, params: CallToolRequestParams
    ) -> CallToolResult | InputRequiredResult:
        """Call a tool that is here, and write its result as the protocol has it.

        Raises:
            CallError: `not_allowed`, `invalid_arguments`, or whatever ended the call.
        """
        ...


@dataclass(frozen=True, slots=True)
class ToolGroups:
    """All groups of one server, in the order in which their tools are listed."""

    groups: Sequence[ToolGroup]

    @property
    def offered(self) -> dict[str, type[Tool]]:
        """The tools on offer, by name."""
        return {name: tool for group in self.groups for name, tool in group.offered.items()}

    def find(self, name: str) -> ToolGroup | None:
        """Find the group of a tool, None where it is an action of the catalogue or none."""
        return next((group for group in self.groups if group.has(name)), None)
