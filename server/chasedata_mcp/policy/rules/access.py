"""Rules about access: which tools are offered, which calls the policy names, what is read-only."""

from collections.abc import Mapping
from typing import Protocol

from chasedata_mcp.policy.decision import ALLOWED, Ask, Refuse, Verdict
from chasedata_mcp.policy.models import ToolRule
from chasedata_mcp.redaction import KEEP_ADVICE, Redactor, explain_marks, explain_refused_write
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.impact import Impact

TO_GO_ON = (
    "Searches still work, and so does what only stops calls, such as insert_dnc. To go on, a "
    "person looks at the history and resumes on the approvals page or with `chasedata-mcp policy "
    "rearm` (with --sandbox in the sandbox, which `chasedata-mcp sandbox reset` starts afresh)."
)
DIALER_GOES_ON = (
    "The dialer itself goes on: it still rings what its campaigns, dial lists and booked callbacks "
    "hold, and nothing in this API stops that. Whoever must stop it pauses the campaigns and logs "
    "the agents out, in the dialer."
)
"""The calls that go on while this server's writes are stopped, and where they are stopped."""
SAFETY = "safety"
"""The toolset of tools that only ever stop things; it is always offered."""
UNDO = "undo"
NEVER_ASK = frozenset({"list_history", "freeze"})
"""The tools that never put a question to anybody: for them a rule that asks means no."""
_SEARCH_KEY = frozenset({"SearchField", "Identifier"})
"""The wire names by which a lead is found; they aren't written to it."""
_TELL_THE_PERSON = "Tell the person who runs this server; don't look for another way to do it."


class OfferedTool(Protocol):
    """A tool before it is called: the class of an action, or a tool beside the catalogue."""

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


def check_read_only(tool: OfferedTool, *, is_read_only: bool) -> Verdict:
    """Refuse everything but reads, and tools that stop the writes, in read-only mode."""
    if not is_read_only or tool.declared_impact is Impact.READ or tool.toolset == SAFETY:
        return ALLOWED
    reason = "This server is read-only (CHASEDATA_READ_ONLY)."
    return Refuse("read_only", reason, _TELL_THE_PERSON)


def check_toolset(
    tool: OfferedTool, toolsets: frozenset[str], tools: Mapping[str, ToolRule]
) -> Verdict:
    """Refuse a tool outside the toolsets, but for those that the policy switches on by name."""
    match tools.get(tool.name):
        case "on":
            return ALLOWED
        case "off":
            reason = f"The tool {tool.name} is off on this server (policy, [tools])."
            return Refuse("tools", reason, _TELL_THE_PERSON)
        case _:
            pass
    # Safety tools stay offered whatever the toolsets: an assistant can always stop the writes.
    if tool.toolset in toolsets or tool.toolset == SAFETY:
        return ALLOWED
    reason = f"The toolset {tool.toolset} is off on this server (CHASEDATA_TOOLSETS)."
    return Refuse("toolsets", reason, _TELL_THE_PERSON)


def check_tool_rule(tool: str, tools: Mapping[str, ToolRule]) -> Verdict:
    """Ask or refuse where the policy names the tool."""
    match tools.get(tool):
        case "ask" if tool in NEVER_ASK:
            reason = f"The policy asks before every {tool} ([tools]), which asks nobody."
            return Refuse("tools", reason, _TELL_THE_PERSON)
        case "ask":
            return Ask("tools", f"The policy asks before every {tool}.", plain=True)
        case "refuse":
            reason = f"The policy refuses {tool} ([tools])."
            return Refuse("tools", reason, _TELL_THE_PERSON)
        case _:
            return ALLOWED


def check_freeze(action: Action, why: str) -> Verdict:
    """Refuse what isn't a read and doesn't only protect, while the account is frozen.

    `why` is empty where it isn't.
    """
    passes = action.impact is Impact.READ or action.only_protects
    return ALLOWED if not why or passes else refuse_frozen(why)


def refuse_frozen(why: str) -> Refuse:
    """Build the refusal of every write of a frozen account."""
    return Refuse("frozen", f"All writes are stopped {why}.", TO_GO_ON)


def check_hidden_data(action: Action, redactor: Redactor | None) -> Verdict:
    """Refuse to write hidden data, and the marks that stand where something was hidden or cut.

    A model that wasn't shown a value would destroy it by writing its mark back.
    """
    if action.impact is Impact.READ:
        return ALLOWED
    written = {name: text for name, text in action.sent_form.items() if name not in _SEARCH_KEY}
    if (why := explain_marks(written)) is not None:
        return Refuse("hidden", why, KEEP_ADVICE)
    if redactor is None:
        return ALLOWED
    reason = explain_refused_write(written, redactor)
    return ALLOWED if reason is None else Refuse("hidden", reason, _TELL_THE_PERSON)
