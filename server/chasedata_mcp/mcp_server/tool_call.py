"""One call of a tool: its caller, the services that it may use, and how it gets a person's yes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from mcp_types import CallToolRequestParams, InputRequiredResult

from chasedata_mcp.app.approval_loop import Admit, ApprovalLoop, Redeem
from chasedata_mcp.errors import CallError
from chasedata_mcp.ledger import Ledger, read_principal
from chasedata_mcp.mcp_server.callers import CallerOf, Context
from chasedata_mcp.mcp_server.elicitation import Elicitation
from chasedata_mcp.mcp_server.server_context import ServerContext
from chasedata_mcp.pipeline.pipeline import Cleared, Pipeline
from chasedata_mcp.tools.results import Result


@dataclass(slots=True)
class ToolCall:
    """One call of a tool, by a caller who was let in.

    Raises:
        CallError: The caller may not come in any more.
    """

    pipeline: Pipeline
    caller_of: CallerOf
    server_context: ServerContext
    context: Context
    params: CallToolRequestParams
    caller: str = field(init=False)

    def __post_init__(self) -> None:
        """Name the caller, before anything else is looked at."""
        self.caller = self.caller_of(self.context)

    @property
    def ledger(self) -> Ledger:
        """The ledger of the calls, without which no tool beside the catalogue is there."""
        ledger = self.server_context.ledger
        assert ledger is not None  # noqa: S101 - as it says
        return ledger

    @property
    def own(self) -> bool:
        """True where the caller sees only what its own principal did."""
        return not self.server_context.history_of_all

    def is_let_in(self) -> bool:
        """Tell whether the caller would still be let in."""
        try:
            self.caller_of(self.context)
        except CallError:
            return False
        return True

    def is_of_same_principal(self, caller: str) -> bool:
        """Tell whether another caller is of the same principal, by whatever client."""
        return read_principal(caller) == read_principal(self.caller)

    async def once_cleared(
        self, admit: Admit, redeem: Redeem, work: Callable[[Cleared], Awaitable[Result]]
    ) -> Result | InputRequiredResult:
        """Do the work once it is cleared, by a person's answer if need be; or ask for a round more.

        Raises:
            CallError: It is not allowed, nobody said yes, or whatever ended the work.
        """
        beside, progress = self.server_context.out_of_band, self.context.session.report_progress
        loop = ApprovalLoop(self.pipeline, admit, redeem, beside, progress)
        cleared = await Elicitation(self.context, self.caller_of, loop).cleared(self.params)
        return cleared if isinstance(cleared, InputRequiredResult) else await work(cleared)


MakeCall = Callable[[Context, CallToolRequestParams], ToolCall]
"""Makes the call of a request, with the services of one server."""
