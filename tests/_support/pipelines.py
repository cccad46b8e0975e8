"""Pipelines for tests: a dialer that takes down what it gets, a clock to move, calls to make."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import anyio.lowlevel

from _support.clock import Clock
from _support.ledger import LedgerInMemory
from chasedata_mcp.approvals.models import Reply
from chasedata_mcp.approvals.service import ApprovalService
from chasedata_mcp.ledger import Ledger
from chasedata_mcp.pipeline.executor import Dialer
from chasedata_mcp.pipeline.facts import FactGatherer
from chasedata_mcp.pipeline.pipeline import Cleared, PendingApproval, Pipeline
from chasedata_mcp.pipeline.recorder import Keeping, Recorder
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.tools.answer_types import Acknowledged, AgentsRead, Answer, Expects, LeadsRead
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.request import Request
from chasedata_mcp.tools.results import Account, Result

ACCOUNT = Account("live", "test", "dialer.example.com")
CALLER = "somebody/an assistant"
NO_DUPLICATES = Keeping(duplicates_within=timedelta(0))
"""No question is raised by a second call that is the same as the first."""
Arguments = Mapping[str, object]


def done(request: Request) -> Answer:
    """What a dialer answers that does everything."""
    match request.expects:
        case Expects.DONE:
            return Acknowledged()
        case Expects.LEADS:
            return LeadsRead(())
        case Expects.AGENTS:
            return AgentsRead((), 0)


class RecordingDialer:
    """A dialer that takes down every request that reaches it."""

    def __init__(self, answers: Callable[[Request], Answer] = done) -> None:
        self.posted: list[Request] = []
        self._answers = answers

    async def post(self, request: Request) -> Answer:
        self.posted.append(request)
        await anyio.lowlevel.checkpoint()
        return self._answers(request)

    @property
    def forms(self) -> list[dict[str, str]]:
        """What was posted."""
        return [dict(request.form) for request in self.posted]


def recorded(  # noqa: PLR0913 - what a pipeline is made of
    account: Account,
    dialer: Dialer | None,
    policy: Policy,
    ledger: Ledger,
    clock: Callable[[], datetime],
    *,
    keeping: Keeping = NO_DUPLICATES,
    read_back: bool = False,
) -> Pipeline:
    """A pipeline whose calls, approvals and grants are kept in a ledger."""
    return Pipeline(
        account,
        dialer,
        policy,
        ApprovalService(ledger, account.accid, clock),
        clock=clock,
        record=Recorder(ledger, account, clock, keeping),
        facts=FactGatherer(account, clock, ledger, reading_counts_for=policy.after_reading),
        read_back=read_back,
    )


@dataclass
class Laid:
    """A pipeline, and what it is made of."""

    policy: Policy = field(default_factory=Policy)
    account: Account = ACCOUNT
    dialer: RecordingDialer = field(default_factory=RecordingDialer)
    clock: Clock = field(default_factory=Clock)
    ledger: Ledger | None = None

    def __post_init__(self) -> None:
        self.book = self.ledger or LedgerInMemory(self.clock, "live")
        self.pipeline = self.over(self.dialer)

    def over(self, dialer: Dialer | None) -> Pipeline:
        """A pipeline of the same parts to another dialer."""
        return recorded(self.account, dialer, self.policy, self.book, self.clock)

    def read(self, tool: str, arguments: Arguments) -> Action:
        return self.pipeline.read(tool, arguments)

    async def pending(
        self, tool: str, arguments: Arguments, caller: str = CALLER
    ) -> PendingApproval:
        """The call, which must be one that waits for a person."""
        pending = await self.pipeline.admit(self.read(tool, arguments), caller)
        assert isinstance(pending, PendingApproval)
        return pending

    async def execute(self, tool: str) -> Result:
        """What comes of the tool's example, with the right answer where it is asked about."""
        action = self.read(tool, EXAMPLES[tool])
        match await self.pipeline.admit(action, CALLER):
            case Cleared() as cleared:
                return await self.pipeline.send(cleared)
            case PendingApproval(approval=approval):
                right = next(guarded.right for guarded in GUARDED if guarded.tool == tool)
                cleared = await self.pipeline.redeem(action, CALLER, approval.id, Reply(right))
                return await self.pipeline.send(cleared)


PHONE = "(954) 555-0101"
LEAD: Arguments = {"campaign": "Renewals", "primary_phone": PHONE}
LIST: Arguments = {"agent": "jdoe", "list_name": "Spring"}

EXAMPLES: Mapping[str, Arguments] = {
    "insert_lead": {**LEAD, "import_only": True},
    "update_lead": {"search_field": "lead_id", "identifier": "1001", "city": "Miami"},
    "search_lead": {"search_field": "phone", "identifier": PHONE},
    "disposition_lead": {"lead_id": "1001", "disposition": "SALE"},
    "delete_dnc": {"number": PHONE},
    "send_sms": {"from_number": "305-555-0100", "to_number": PHONE, "message": "Hello"},
    "available_inbound_agents": {"did": "305-555-0100"},
    "conference_call": {"agent": "jdoe", "phone": PHONE},
    "create_dial_list": LIST,
    "delete_dial_list": LIST,
    "add_dial_list_phone": {**LIST, "phone": PHONE},
    "delete_dial_list_phone": {**LIST, "phone": PHONE},
    "mark_dial_list_phone_dialed": {**LIST, "phone": PHONE},
    "mark_dial_list_phone_undialed": {**LIST, "phone": PHONE},
    "enable_playlist_filter": {"playlist": "Main", "filter_name": "Florida"},
    "disable_playlist_filter": {"playlist": "Main", "filter_name": "Florida"},
    "assign_playlist_filter": {"playlist": "Main", "filter_name": "Florida"},
    "remove_playlist_filter": {"playlist": "Main", "filter_name": "Florida"},
    "reload_playlist": {"playlist": "Main"},
    "update_skill_priority": {"skill": "Billing", "source": "3055550100", "priority": 1},
    "reload_skills": {},
    "insert_dnc": {"number": PHONE},
}
"""A call of every tool; the last keeps the number out of later ones."""
READS = ("search_lead", "available_inbound_agents")
OUTWARD = ("send_sms", "conference_call", "reload_playlist", "reload_skills")
"""The tools that are always outward; insert_lead is where it dials."""
DESTRUCTIVE = ("delete_dnc", "delete_dial_list")
WRITES = tuple(tool for tool in EXAMPLES if tool not in READS + OUTWARD + DESTRUCTIVE)


@dataclass(frozen=True)
class Guarded:
    """A call that always asks, the right answer to it, and what is then posted."""

    tool: str
    arguments: Arguments
    right: Mapping[str, str | bool]
    form: Mapping[str, str]


DELETE_DNC = Guarded(
    "delete_dnc",
    {"number": PHONE},
    {"confirm": "954 555 0101"},
    {"Action": "DeleteDnc", "Number": "9545550101"},
)
DELETE_LIST = Guarded(
    "delete_dial_list",
    LIST,
    {"confirm": "Spring"},
    {"Action": "DeleteList", "Agent": "jdoe", "List": "Spring"},
)
_DIALED = {"Campaign": "Renewals", "PrimaryPhone": "9545550101", "ImportOnly": "0", "timezone": "1"}
PAST_DNC = Guarded(
    "insert_lead",
    {**LEAD, "import_only": False, "dial_non_callables": True},
    {"confirm": "+1 954 555 0101"},
    {**_DIALED, "DialNonCallables": "1"},
)
PAST_DUPLICATES = Guarded(
    "insert_lead",
    {**LEAD, "import_only": False, "allow_dialing_duplicates": True},
    {"confirm": True},
    {**_DIALED, "AllowDialingDups": "1"},
)
GUARDED = (DELETE_DNC, DELETE_LIST, PAST_DNC, PAST_DUPLICATES)
TYPED = (DELETE_DNC, DELETE_LIST, PAST_DNC)


def title(value: object) -> str:
    """A test's name for a guarded call."""
    return "-".join(value.form) if isinstance(value, Guarded) else str(value)
