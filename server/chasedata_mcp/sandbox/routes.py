"""The route of each action to its handler, family by family."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from chasedata_mcp.sandbox import (
    calls,
    dial_lists,
    dnc,
    leads,
    playlists,
    search,
    skills,
    texts,
    transcript,
)
from chasedata_mcp.sandbox.operations import AgentsFound, LeadsFound, Operation


@dataclass(frozen=True, slots=True)
class Route:
    """The handler of one action: it returns what a read found, or None for done."""

    handle: Callable[[Operation], LeadsFound | AgentsFound | None]
    reads: bool = False
    """True for a handler that only reads, and so needs no write lock."""


_DIAL_LISTS: Mapping[str, Route] = {
    "CreateList": Route(dial_lists.create_list),
    "DeleteList": Route(dial_lists.delete_list),
    "AddPhone": Route(dial_lists.add_phone),
    "DeletePhone": Route(dial_lists.delete_phone),
    "PhoneDialed": Route(dial_lists.phone_dialed),
    "PhoneUnDialed": Route(dial_lists.phone_undialed),
}

ROUTES: Final[Mapping[str, Mapping[str, Route]]] = MappingProxyType(
    {
        transcript.INSERT: {"": Route(leads.insert_lead)},
        transcript.UPDATE: {"": Route(leads.update_lead)},
        transcript.LEADS: {
            "DispositionLead": Route(search.disposition_lead),
            "SearchLead": Route(search.search_lead, reads=True),
            "InsertDnc": Route(dnc.insert_dnc),
            "DeleteDnc": Route(dnc.delete_dnc),
        },
        transcript.TEXTS: {"SendSms": Route(texts.send_sms)},
        transcript.CALLS: {
            "AvailableInboundAgents": Route(calls.available_inbound_agents, reads=True),
            "ConferenceCall": Route(calls.conference_call),
        },
        transcript.DIAL_LISTS: _DIAL_LISTS,
        transcript.DIAL_LISTS_TOO: _DIAL_LISTS,
        transcript.PLAYLISTS: {
            "EnableFilter": Route(playlists.enable_filter),
            "DisableFilter": Route(playlists.disable_filter),
            "Reload": Route(playlists.reload_playlist),
            "AssignFilter": Route(playlists.assign_filter),
            "RemoveFilter": Route(playlists.remove_filter),
        },
        transcript.SKILLS: {
            "UpdatePriority": Route(skills.update_priority),
            "Reload": Route(skills.reload_skills),
        },
    },
)
"""The routes by script and action; a script without actions has the one action `""`."""
