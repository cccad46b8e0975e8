"""The tools that a policy offers: told by its terms alone, before anything is called."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from chasedata_mcp.policy.models import ConfirmLevel, PolicyTerms, ToolRule
from chasedata_mcp.tools.impact import Impact

SAFETY: Final = "safety"
"""The toolset of tools that only ever stop things; it is always offered."""
NEVER_ASK: Final = frozenset(
    {"list_history", "freeze", "check_contact", "find_names", "status", "summary"}
    | {"plan_batch", "show_batch", "stop_batch"}
)
"""The tools that never put a question to anybody: for them a rule that asks means no."""


class OfferedTool(Protocol):
    """A tool before it is called: a class, or its entry in the published list."""

    @property
    def name(self) -> str:
        """Its name in `tools/list`."""
        ...

    @property
    def toolset(self) -> str:
        """Its family."""
        ...

    @property
    def declared_impact(self) -> Impact:
        """The gravest impact that a call of it can have."""
        ...


def is_hidden_write(tool: OfferedTool, *, is_read_only: bool) -> bool:
    """Tell whether a tool is hidden since only reads, and what stops the writes, are offered."""
    is_write = tool.declared_impact is not Impact.READ and tool.toolset != SAFETY
    return is_read_only and is_write


def find_hiding_term(
    tool: OfferedTool, toolsets: frozenset[str], tools: Mapping[str, ToolRule]
) -> Literal["tools", "toolsets"] | None:
    """Find the term that hides a tool: its name, or its toolset unless its name is switched on."""
    match tools.get(tool.name):
        case "on":
            return None
        case "off":
            return "tools"
        case _:
            # Safety tools stay offered: an assistant can always stop the writes.
            is_on = tool.toolset in toolsets or tool.toolset == SAFETY
            return None if is_on else "toolsets"


def is_always_refused(tool: str, tools: Mapping[str, ToolRule]) -> bool:
    """Tell whether the policy refuses every call of a tool."""
    rule = tools.get(tool)
    return rule == "refuse" or (rule == "ask" and tool in NEVER_ASK)


@dataclass(frozen=True, slots=True)
class ToolOffer:
    """The terms of a policy that decide which tools are listed, and which always ask."""

    level: ConfirmLevel
    read_only: bool
    toolsets: frozenset[str]
    tools: Mapping[str, ToolRule]

    def offers(self, tool: OfferedTool) -> bool:
        """Tell whether the tool is listed at all."""
        if is_hidden_write(tool, is_read_only=self.read_only):
            return False
        return find_hiding_term(tool, self.toolsets, self.tools) is None

    def permits(self, tool: OfferedTool) -> bool:
        """Tell whether the tool is offered, and not refused at every call."""
        return self.offers(tool) and not is_always_refused(tool.name, self.tools)


def offer_of(terms: PolicyTerms) -> ToolOffer:
    """Make the offer of a policy's terms."""
    return ToolOffer(terms.confirm, terms.read_only, frozenset(terms.toolsets), terms.tools)
