"""A sandbox whose calls are written down as a ledger would, to be taken back by hand."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from ssl import PROTOCOL_TLS_CLIENT, SSLContext
from typing import Any, Literal

from _support.clock import Clock
from _support.ledger import LedgerInMemory
from _support.pipeline import AssembledPipeline, Parts
from _support.recording import NOW, execute
from chasedata_mcp.dialer import Client, Endpoint
from chasedata_mcp.errors import CallError, Outcome
from chasedata_mcp.fields.context import ValidationContext
from chasedata_mcp.history.undo import UndoFacts, UndoPlan, UndoSteps, find_lead_to_read, plan_undo
from chasedata_mcp.ledger.models import Ending, Entry, EntryKind, Intent
from chasedata_mcp.sandbox import ACCID, TOKEN
from chasedata_mcp.sandbox.app import create_app
from chasedata_mcp.sandbox.dialer import SandboxDialer
from chasedata_mcp.sandbox.embedded import BASE_URL, SandboxTransport
from chasedata_mcp.tools.answer_types import Lead
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.lead_snapshot import Lookup, build_lookup, lookup_to_json
from chasedata_mcp.tools.leads import UpdateLead
from chasedata_mcp.tools.registry import CATALOGUE
from chasedata_mcp.tools.resource_keys import list_numbers, list_resource_keys
from chasedata_mcp.tools.results import Account, LeadsResult

State = dict[str, list[dict[str, Any]]]
DeletesForGood = Literal["asked", "answered"]
"""Where a call was lost: it never came to the dialer, or its answer never came back."""


@dataclass(frozen=True)
class Call:
    """A call to make; a lost one reads as unknown in the ledger."""

    tool: str
    arguments: Mapping[str, object]
    lost: DeletesForGood | None = None


class Desk:
    """A sandbox, the pipeline to it, and everything that went along."""

    def __init__(self, dialer: SandboxDialer) -> None:
        self.dialer = dialer
        self.entries: list[Entry] = []
        self.truth: dict[int, Outcome] = {}
        """What came of each entry in the dialer, whatever the ledger knows."""
        self.states: dict[int, State] = {}
        """How things stood just before each entry, by its number."""
        self._client = Client(
            Endpoint(BASE_URL, TOKEN, ACCID, {}),
            transport=SandboxTransport(create_app(dialer)),
            tls=SSLContext(PROTOCOL_TLS_CLIENT),  # loading certificates takes longer than a test
        )
        clock = Clock(NOW)
        account, ledger = Account("sandbox", ACCID), LedgerInMemory(clock)
        self.pipeline = AssembledPipeline(
            Parts(account=account, dialer=self._client, clock=clock, ledger=ledger)
        )

    async def close(self) -> None:
        await self._client.aclose()
        self.dialer.close()

    def state(self) -> State:
        return self.dialer.state()

    async def call(self, call: Call, undoes: str | None = None) -> Entry:
        """Make a call and write it down."""
        action = self.pipeline.read(call.tool, call.arguments)
        before = await self._lead(action)
        seq = len(self.entries) + 1
        self.states[seq] = self.state()
        self.truth[seq] = await self._outcome(call)
        outcome = Outcome.UNKNOWN if call.lost else self.truth[seq]
        made = entry_of(action, seq, outcome, before=before, undoes=undoes)
        if before is not None and outcome is Outcome.DONE:
            made = with_after(made, await self._lead(action))
        self.entries.append(made)
        return made

    def known(self, entry: Entry, now: Lookup | None = None) -> UndoFacts:
        """What a ledger would hand over: what shares a subject and wasn't refused."""
        related = [
            other
            for other in self.entries
            if other.outcome is not Outcome.REFUSED
            and not set(other.intent.resource_keys).isdisjoint(entry.intent.resource_keys)
        ]
        return UndoFacts(
            tuple(other for other in related if other.seq < entry.seq),
            tuple(other for other in related if other.seq > entry.seq),
            now,
        )

    async def plan_undo(self, entry: Entry) -> UndoPlan:
        """The way back as it is now."""
        search = find_lead_to_read(entry)
        now = await self.read(search.model_dump(exclude_none=True)) if search else None
        return plan_undo(entry, self.known(entry, now))

    async def undo(self, entry: Entry, way: UndoSteps) -> list[Entry]:
        """Go a way back; every step must be done."""
        made = [
            await self.call(Call(step.action.name, step.arguments), undoes=entry.id)
            for step in way.steps
        ]
        assert [one.outcome for one in made] == [Outcome.DONE] * len(way.steps)
        return made

    async def read(self, arguments: Mapping[str, object]) -> Lookup:
        """How a lead reads, and what of that isn't what the dialer holds."""
        result = await execute(self.pipeline, "search_lead", arguments)
        assert isinstance(result, LeadsResult)
        leads = tuple(Lead(lead.lead_id, lead.fields) for lead in result.leads or [])
        return build_lookup(leads, self._altered(leads))

    def _altered(self, leads: tuple[Lead, ...]) -> list[str]:
        if len(leads) != 1:
            return []
        (lead,) = leads
        (row,) = [row for row in self.state()["leads"] if str(row["LeadId"]) == lead.lead_id]
        held = {**row, **row["custom_fields"]}
        return [
            name
            for name, text in lead.fields.items()
            if held.get(name, text) != text and name in held
        ]

    async def _lead(self, action: Action) -> Lookup | None:
        if not isinstance(action, UpdateLead):
            return None
        by = {"search_field": action.search_field, "identifier": action.identifier}
        return await self.read({**by, "detailed": True})

    async def _outcome(self, call: Call) -> Outcome:
        """What the dialer did: a call that never came to it is one that was refused."""
        if call.lost == "asked":
            return Outcome.REFUSED
        try:
            await execute(self.pipeline, call.tool, call.arguments)
        except CallError as error:
            return error.info.outcome
        return Outcome.DONE


def entry_of(  # noqa: PLR0913 - what a test wants to say of an entry
    action: Action,
    seq: int,
    outcome: Outcome = Outcome.DONE,
    *,
    before: Lookup | None = None,
    undoes: str | None = None,
    began: datetime = NOW,
    ended: datetime | None = None,
) -> Entry:
    """The entry that a call leaves."""
    lead_id = getattr(before, "lead_id", None)
    intent = Intent(
        entry=f"entry{seq}",
        at=began,
        caller="tests",
        environment="sandbox",
        account=ACCID,
        host="",
        tool=action.name,
        digest=str(seq),
        arguments={},
        form=action.build_form(),
        numbers=list_numbers(action),
        resource_keys=list_resource_keys(action, lead_id),
        before=None if before is None else lookup_to_json(before),
        undoes=undoes,
    )
    end = Ending(entry=intent.entry, at=ended or began, outcome=outcome, message="", milliseconds=1)
    return Entry(seq, EntryKind.WRITE, intent, (end,))


def with_after(entry: Entry, after: Lookup | None) -> Entry:
    """The entry with what was read afterwards."""
    kept = None if after is None else lookup_to_json(after)
    return replace(entry, endings=(replace(entry.endings[0], after=kept),))


def made(tool: str, **arguments: object) -> Action:
    """A call's action."""
    return CATALOGUE[tool].read(arguments, ValidationContext(NOW))
