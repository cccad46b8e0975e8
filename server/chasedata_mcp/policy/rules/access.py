"""Rules about access: which tools are offered, which calls the policy names, what is read-only."""

from collections.abc import Mapping

from chasedata_mcp.policy.decision import ALLOWED, Ask, Refuse, Verdict
from chasedata_mcp.policy.models import ToolRule
from chasedata_mcp.policy.tool_offer import (
    OfferedTool,
    find_hiding_term,
    is_always_refused,
    is_hidden_write,
)
from chasedata_mcp.redaction import KEEP_ADVICE, Redactor, explain_marks, explain_refused_write
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.impact import Impact

REARM = (
    "To go on, a person looks at the history and resumes on the approvals page or with "
    "`chasedata-mcp policy rearm` (with --sandbox in the sandbox, which `chasedata-mcp sandbox "
    "reset` starts afresh)."
)
"""The end of a freeze, which is a person's to bring about."""
TO_GO_ON = f"Searches still work, and so does what only stops calls, such as insert_dnc. {REARM}"
DIALER_GOES_ON = (
    "The dialer itself goes on: it still rings what its campaigns, dial lists and booked callbacks "
    "hold, and nothing in this API stops that. Whoever must stop it pauses the campaigns and logs "
    "the agents out, in the dialer."
)
"""The calls that go on while this server's writes are stopped, and where they are stopped."""
UNDO = "undo"
_SEARCH_KEY = frozenset({"SearchField", "Identifier"})
"""The wire names by which a lead is found; they aren't written to it."""
_TELL_THE_PERSON = "Tell the person who runs this server; don't look for another way to do it."


def check_read_only(tool: OfferedTool, *, is_read_only: bool) -> Verdict:
    """Refuse everything but reads, and tools that stop the writes, in read-only mode."""
    if not is_hidden_write(tool, is_read_only=is_read_only):
        return ALLOWED
    reason = "This server is read-only (CHASEDATA_READ_ONLY)."
    return Refuse("read_only", reason, _TELL_THE_PERSON)


def check_toolset(
    tool: OfferedTool, toolsets: frozenset[str], tools: Mapping[str, ToolRule]
) -> Verdict:
    """Refuse a tool outside the toolsets, but for those that the policy switches on by name."""
    match find_hiding_term(tool, toolsets, tools):
        case None:
            return ALLOWED
        case "tools":
            reason = f"The tool {tool.name} is off on this server (policy, [tools])."
            return Refuse("tools", reason, _TELL_THE_PERSON)
        case "toolsets":
            reason = f"The toolset {tool.toolset} is off on this server (CHASEDATA_TOOLSETS)."
            return Refuse("toolsets", reason, _TELL_THE_PERSON)


def check_tool_rule(tool: str, tools: Mapping[str, ToolRule]) -> Verdict:
    """Ask or refuse where the policy names the tool."""
    asks = tools.get(tool) == "ask"
    if not is_always_refused(tool, tools):
        reason = f"The policy asks before every {tool}."
        return Ask("tools", reason, plain=True) if asks else ALLOWED
    reason = (
        f"The policy asks before every {tool} ([tools]), which asks nobody."
        if asks
        else f"The policy refuses {tool} ([tools])."
    )
    return Refuse("tools", reason, _TELL_THE_PERSON)


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
