"""The planner: from an entry to the calls that undo it, by the planner of its family of tools."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from chasedata_mcp.errors import Outcome
from chasedata_mcp.history.undo import dial_lists, leads, past_calls, skills
from chasedata_mcp.history.undo import dnc as suppression
from chasedata_mcp.history.undo import playlists as filters
from chasedata_mcp.history.undo.models import KEPT_OUT, NotUndoable, UndoFacts, UndoPlan
from chasedata_mcp.history.undo.past_calls import PastCall
from chasedata_mcp.ledger.models import ADMIN_ACTIONS, Entry, EntryKind
from chasedata_mcp.tools import calls, playlists, sms
from chasedata_mcp.tools import dial_lists as of_lists
from chasedata_mcp.tools import dnc as of_dnc
from chasedata_mcp.tools import leads as of_leads
from chasedata_mcp.tools import skills as of_skills
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.lead_snapshot import LeadSnapshot, lookup_from_json
from chasedata_mcp.tools.leads.fields import CALLBACK_LIMITS


@dataclass(frozen=True, slots=True)
class UndoPlanner:
    """The planner of one family: which calls have the same target, and how they are undone."""

    is_same_target: Callable[[PastCall, PastCall], bool]
    plan: Callable[[PastCall, UndoFacts], UndoPlan]


_SETTLE = (
    "chasedata-mcp reconcile looks it up; where that can't tell, look in the dialer, and say "
    "chasedata-mcp reconcile ENTRY --done (or --not-done)"
)
_DNC = UndoPlanner(suppression.is_same_target, suppression.plan_undo)
_LISTS = UndoPlanner(dial_lists.is_same_target, dial_lists.plan_undo)
_FILTERS = UndoPlanner(filters.is_same_target, filters.plan_undo)
_ORDER = NotUndoable(
    "Only a person takes that back: it is an order to this server, and no call to the dialer.",
    "After a freeze, chasedata-mcp policy rearm goes on; chasedata-mcp grants shows and ends "
    "grants.",
)
_READ = NotUndoable("It only read, and changed nothing.", "There is nothing to undo.")

PLANNERS: Final[Mapping[type[Action], UndoPlanner | NotUndoable]] = MappingProxyType(
    {
        of_leads.InsertLead: NotUndoable(
            "The API can't remove a lead, nor take back a call that its insert made.",
            "To stop calls to it use insert_dnc; to move or correct it use update_lead; to remove "
            "it, somebody deletes it in the dialer.",
        ),
        of_leads.UpdateLead: UndoPlanner(leads.is_same_lead, leads.plan_undo),
        of_leads.SearchLead: _READ,
        of_leads.DispositionLead: NotUndoable(
            "The lead's former disposition can't be set: that needs an agent who has it open.",
            "Use disposition_lead with the right one while an agent has the lead open.",
        ),
        of_dnc.InsertDnc: _DNC,
        of_dnc.DeleteDnc: _DNC,
        sms.SendSms: NotUndoable(
            "A text that was sent can't be recalled.",
            "Put it right with another text, if the person may be texted, or have somebody call.",
        ),
        calls.AvailableInboundAgents: _READ,
        calls.ConferenceCall: NotUndoable(
            "A phone that has rung can't be unrung, and the API can't end a conference.",
            "Ask the agent who is in the call to end it.",
        ),
        of_lists.CreateDialList: _LISTS,
        of_lists.DeleteDialList: _LISTS,
        of_lists.AddDialListPhone: _LISTS,
        of_lists.DeleteDialListPhone: _LISTS,
        of_lists.MarkDialListPhoneDialed: _LISTS,
        of_lists.MarkDialListPhoneUndialed: _LISTS,
        playlists.EnablePlaylistFilter: _FILTERS,
        playlists.DisablePlaylistFilter: _FILTERS,
        playlists.AssignPlaylistFilter: _FILTERS,
        playlists.RemovePlaylistFilter: _FILTERS,
        playlists.ReloadPlaylist: NotUndoable(
            "A reload can't be taken back: whom it had dialed meanwhile has been dialed.",
            "Undo the changes to the playlist's filters, and reload it again.",
        ),
        of_skills.UpdateSkillPriority: UndoPlanner(skills.is_same_target, skills.plan_undo),
        of_skills.ReloadSkills: NotUndoable(
            "A reload can't be taken back: calls have been routed by it meanwhile.",
            "Undo the changes to the skills, and reload them again.",
        ),
    }
)
"""Every action of the catalogue, with its planner or the reason why it can't be undone."""


def plan_undo(entry: Entry, known: UndoFacts) -> UndoPlan:
    """Plan the calls that undo an entry, or give the reason why it can't be undone."""
    way = PLANNERS_BY_NAME.get(entry.intent.tool)
    if entry.kind is EntryKind.READ or way is _READ:
        return _READ
    if entry.kind is EntryKind.REFUSAL or entry.outcome is Outcome.REFUSED:
        return NotUndoable(
            "The call was not done, and changed nothing.", "There is nothing to undo."
        )
    if isinstance(way, NotUndoable):
        return _describe_insert(way, entry)
    if entry.outcome is Outcome.UNKNOWN:
        return NotUndoable(
            "Nobody knows whether the call was done.",
            f"Settle that first: {_SETTLE}.",
        )
    one = past_calls.read_call(entry)
    if way is None or one is None:
        return NotUndoable("The ledger's record of the call can't be read.", "Look in the dialer.")
    return _find_obstacle(one, known, way) or way.plan(one, known)


def _describe_insert(way: NotUndoable, entry: Entry) -> NotUndoable:
    """Name the lead that an insert made, where it was found afterwards, and its callback."""
    if entry.intent.tool != of_leads.InsertLead.name:
        return way
    new = lookup_from_json(entry.ending.after) if entry.ending else None
    lead_id = new.lead_id if isinstance(new, LeadSnapshot) else ""
    named = f" It is lead {lead_id}." if lead_id.isdecimal() else ""
    form = entry.intent.form
    books = isinstance(form, Mapping) and "CallbackAgent" in form
    return replace(way, reason=f"{way.reason}{named}{f' {CALLBACK_LIMITS}' if books else ''}")


def _find_obstacle(one: PastCall, known: UndoFacts, way: UndoPlanner) -> NotUndoable | None:
    if one.has_hidden_value:
        return KEPT_OUT
    if not known.complete:
        return NotUndoable(
            "Too many other calls touched the same thing for all to be looked at.",
            "Make the opposite call yourself, if you know how things stood.",
        )
    standing = past_calls.list_later(one, known.later, lambda other: way.is_same_target(one, other))
    # Undoing past a later call would overwrite what that one did.
    later = [entry for entry in standing if not _goes_with_it(entry, one)]
    if not later:
        return None
    last = later[-1]
    if last.intent.undoes == one.entry.id:
        # The first of several steps: undoing that takes back all of them.
        first = next(entry for entry in later if entry.intent.undoes == one.entry.id)
        if last.outcome is Outcome.UNKNOWN:
            return NotUndoable(
                f"It may have been undone already, by entry {first.id}.",
                f"Settle entry {last.id} first: {_SETTLE}.",
            )
        return NotUndoable(
            f"It has been undone already, by entry {first.id}.", "Undo that entry to have it again."
        )
    return NotUndoable(
        f"A later call touched the same thing: entry {last.id}.",
        "Undo that one first, if it is to go as well.",
    )


def _goes_with_it(later: Entry, one: PastCall) -> bool:
    """Tell whether a later call is a further step of the same undo."""
    undoes = one.entry.intent.undoes
    return undoes is not None and undoes == later.intent.undoes


PLANNERS_BY_NAME: Final[Mapping[str, UndoPlanner | NotUndoable]] = MappingProxyType(
    {
        **{action.name: way for action, way in PLANNERS.items()},
        **dict.fromkeys(ADMIN_ACTIONS, _ORDER),
    }
)
