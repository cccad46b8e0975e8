"""A sandbox's calls with their true outcomes and states, for undos and settlements to match."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Literal

from _support.entries import entry_of, with_after
from _support.pipeline import execute
from _support.sandbox import SandboxPipeline
from chasedata_mcp.errors import CallError, Outcome
from chasedata_mcp.history.undo import UndoFacts, UndoPlan, UndoSteps, find_lead_to_read, plan_undo
from chasedata_mcp.ledger.models import Entry
from chasedata_mcp.policy.decision import RefusedError
from chasedata_mcp.tools.answer_types import Lead
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.lead_snapshot import Lookup, build_lookup
from chasedata_mcp.tools.leads import UpdateLead
from chasedata_mcp.tools.results import LeadsResult

State = dict[str, list[dict[str, Any]]]
Lost = Literal["asked", "answered"]
"""The place where a call was lost: on its way to the dialer, or its answer on the way back."""


@dataclass(frozen=True)
class Call:
    """A call to make; a lost one reads as unknown in the ledger."""

    tool: str
    arguments: Mapping[str, object]
    lost: Lost | None = None


class CallHistory:
    """The entries of calls to a sandbox, built by the test where a ledger would record them."""

    def __init__(self, pipeline: SandboxPipeline) -> None:
        self.pipeline = pipeline
        self.entries: list[Entry] = []
        self.truth: dict[int, Outcome] = {}
        """The outcome of each entry at the dialer, whatever the ledger knows."""
        self.states: dict[int, State] = {}
        """The sandbox's state just before each entry, by its number."""

    def state(self) -> State:
        return self.pipeline.state()

    async def call(self, call: Call, undoes: str | None = None) -> Entry:
        """Make a call and add its entry."""
        action = self.pipeline.read(call.tool, call.arguments)
        before = await self._lead(action)
        seq = len(self.entries) + 1
        self.states[seq] = self.state()
        self.truth[seq] = await self._outcome(call, is_undo=undoes is not None)
        outcome = Outcome.UNKNOWN if call.lost else self.truth[seq]
        made = entry_of(action, seq, outcome, before=before, undoes=undoes)
        if before is not None and outcome is Outcome.DONE:
            made = with_after(made, await self._lead(action))
        self.entries.append(made)
        return made

    def known(self, entry: Entry, now: Lookup | None = None) -> UndoFacts:
        """Give the facts that a ledger would: entries of the same subject that weren't refused."""
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
        """Plan the undo of an entry as things stand now."""
        search = find_lead_to_read(entry)
        now = await self.read(search.model_dump(exclude_none=True)) if search else None
        return plan_undo(entry, self.known(entry, now))

    async def undo(self, entry: Entry, way: UndoSteps) -> list[Entry]:
        """Make the calls of an undo; every one must be done.

        Raises:
            RefusedError: The policy refuses one, as whoever is suppressed by now stays so.
        """
        made = [
            await self.call(Call(step.action.name, step.arguments), undoes=entry.id)
            for step in way.steps
        ]
        assert [one.outcome for one in made] == [Outcome.DONE] * len(way.steps)
        return made

    async def read(self, arguments: Mapping[str, object]) -> Lookup:
        """Read a lead, and which of its fields the dialer holds otherwise."""
        result = await self.pipeline.run("search_lead", **arguments)
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

    async def _outcome(self, call: Call, *, is_undo: bool) -> Outcome:
        """Make a call at the dialer; one that never came to it counts as refused."""
        if call.lost == "asked":
            return Outcome.REFUSED
        try:
            await execute(self.pipeline, call.tool, call.arguments)
        except CallError as error:
            if is_undo and isinstance(error, RefusedError):
                raise
            return error.info.outcome
        return Outcome.DONE


def holds(state: State, entry: Entry) -> bool:
    """Tell whether the state before a call was the one that its undo assumes."""
    was = thing(state, entry)
    match entry.intent.tool:
        case "insert_dnc":
            return was is False
        case "delete_dnc":
            return was is True
        case "enable_playlist_filter":
            return was == [False]
        case "assign_playlist_filter":
            return was == []
        case _:
            return was == [True]


def thing(state: State, entry: Entry) -> object:
    """Pick from a state the thing that a call is about."""
    form = entry.intent.form
    assert isinstance(form, dict)
    match entry.intent.tool:
        case "insert_dnc" | "delete_dnc":
            return form["Number"] in {row["number"] for row in state["dnc"]}
        case "update_skill_priority":
            return [row for row in staged(state["skill_sources"]) if row["skill"] == form["Skill"]]
        case "update_lead":
            assert isinstance(entry.intent.before, dict)
            lead_id = entry.intent.before["lead_id"]
            (lead,) = [row for row in state["leads"] if str(row["LeadId"]) == lead_id]
            shown = {**lead, **{name: text for name, text in lead["custom_fields"].items() if text}}
            return [shown.get(name, "") for name in (*form, "Subcampaign")]
        case tool if tool.endswith("_playlist_filter"):
            return [
                row["enabled"]
                for row in staged(state["playlist_filters"])
                if (row["playlist"], row["filter"]) == (form["Playlist"], form["Filter"])
            ]
        case _:
            where = (form["Agent"], form["List"])
            lists = [row for row in state["dial_lists"] if (row["agent"], row["list"]) == where]
            return lists, phones_on(state, *where, form.get("Phone"))


def staged(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if row["stage"] == "staged"]


def phones_on(state: State, agent: object, name: object, phone: object = None) -> dict[str, bool]:
    return {
        row["phone"]: row["dialed"]
        for row in state["dial_list_phones"]
        if (row["agent"], row["list"]) == (agent, name) and phone in (None, row["phone"])
    }


def comparable(state: State, entry: Entry) -> State:
    """Take from a state what no undo brings back, and the order on a dial list."""
    form, tool = entry.intent.form, entry.intent.tool
    assert isinstance(form, dict)
    kept = deepcopy(state)
    kept["dial_list_phones"].sort(key=lambda row: (row["agent"], row["list"], row["phone"]))
    for lead in kept["leads"]:
        # An empty field of the account's own reads like one that was never written.
        lead["custom_fields"] = {name: text for name, text in lead["custom_fields"].items() if text}
        if tool.endswith("_dnc") or "PrimaryPhone" in form:
            del lead["dnc"]
    if tool.endswith("_dnc") or "PrimaryPhone" in form:
        for playlist in kept["playlists"]:
            del playlist["leads_to_dial"]
    if "CallbackAgent" in form:
        del kept["callbacks"]
    return kept


def is_wholly_known(history: CallHistory, entry: Entry) -> bool:
    """Tell whether every call to a list since it was created is recorded, with a known outcome."""
    form = entry.intent.form
    assert isinstance(form, dict)
    earlier = [
        other
        for other in history.entries[: entry.seq - 1]
        if isinstance(other.intent.form, dict)
        and other.intent.form.get("Agent") == form["Agent"]
        and str(other.intent.form.get("List")).lower() == str(form["List"]).lower()
        and other.outcome is not Outcome.REFUSED
    ]
    created = [
        other.seq
        for other in earlier
        if other.intent.tool == "create_dial_list"
        and other.intent.form == {**form, "Action": "CreateList"}
        and other.outcome is Outcome.DONE
    ]
    since = [other for other in earlier if created and other.seq >= created[-1]]
    return bool(created) and all(
        other.outcome is Outcome.DONE and other.intent.form["List"] == form["List"]  # type: ignore[index,call-overload]  # a form, as above
        for other in since
    )


def check_list(history: CallHistory, entry: Entry, way: UndoSteps) -> None:
    """Assert that a list of unknown history comes back with nothing that was not on it."""
    form = entry.intent.form
    assert isinstance(form, dict)
    was = phones_on(history.states[entry.seq], form["Agent"], form["List"])
    now = phones_on(history.state(), form["Agent"], form["List"])
    assert set(now) <= set(was)
    marks_unknown = any("unknown" in sentence for sentence in way.notes)
    assert marks_unknown or now.items() <= was.items()
    assert any("can't be known" in sentence for sentence in way.notes)


def without_list(state: State, entry: Entry) -> State:
    form = entry.intent.form
    assert isinstance(form, dict)
    where = (form["Agent"], form["List"])
    kept = comparable(state, entry)
    kept["dial_list_phones"] = [
        row for row in kept["dial_list_phones"] if (row["agent"], row["list"]) != where
    ]
    return kept


def but(state: State, entry: Entry) -> State:
    """Take from a state the rows that a call is about."""
    kept = comparable(state, entry)
    form, tool = entry.intent.form, entry.intent.tool
    assert isinstance(form, dict)
    if tool == "update_lead":
        assert isinstance(entry.intent.before, dict)
        lead_id = entry.intent.before["lead_id"]
        kept["leads"] = [row for row in kept["leads"] if str(row["LeadId"]) != lead_id]
        del kept["playlists"]
    if tool.endswith("_dnc"):
        kept["dnc"] = [row for row in kept["dnc"] if row["number"] != form["Number"]]
    if tool == "update_skill_priority":
        kept["skill_sources"] = [
            row
            for row in kept["skill_sources"]
            if row["stage"] == "live" or row["skill"] != form["Skill"]
        ]
    if tool.endswith("_playlist_filter"):
        kept["playlist_filters"] = [
            row
            for row in kept["playlist_filters"]
            if row["stage"] == "live"
            or (row["playlist"], row["filter"]) != (form["Playlist"], form["Filter"])
        ]
    if "List" in form:
        where = (form["Agent"], form["List"])
        for table in ("dial_lists", "dial_list_phones"):
            kept[table] = [
                row
                for row in kept[table]
                if (row["agent"], row["list"]) != where
                or ("Phone" in form and row.get("phone") not in (None, form["Phone"]))
            ]
    return kept
