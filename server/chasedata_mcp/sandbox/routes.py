"""Which rule answers which action, family by family."""

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
from chasedata_mcp.sandbox.operations import Order


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the dialer's: what it does with an order, and whether it only reads.

    Its answer is the body for the wire, or None for done.
    """

    follow: Callable[[Order], str | None]
    reads: bool = False


_DIAL_LISTS: Mapping[str, Rule] = {
    "CreateList": Rule(dial_lists.create_list),
    "DeleteList": Rule(dial_lists.delete_list),
    "AddPhone": Rule(dial_lists.add_phone),
    "DeletePhone": Rule(dial_lists.delete_phone),
    "PhoneDialed": Rule(dial_lists.phone_dialed),
    "PhoneUnDialed": Rule(dial_lists.phone_undialed),
}

RULES: Final[Mapping[str, Mapping[str, Rule]]] = MappingProxyType(
    {
        transcript.INSERT: {"": Rule(leads.insert)},
        transcript.UPDATE: {"": Rule(leads.update)},
        transcript.LEADS: {
            "DispositionLead": Rule(search.disposition),
            "SearchLead": Rule(search.search, reads=True),
            "InsertDnc": Rule(dnc.insert_dnc),
            "DeleteDnc": Rule(dnc.delete_dnc),
        },
        transcript.TEXTS: {"SendSms": Rule(texts.send_sms)},
        transcript.CALLS: {
            "AvailableInboundAgents": Rule(calls.available_inbound_agents, reads=True),
            "ConferenceCall": Rule(calls.conference_call),
        },
        transcript.DIAL_LISTS: _DIAL_LISTS,
        transcript.DIAL_LISTS_TOO: _DIAL_LISTS,
        transcript.PLAYLISTS: {
            "EnableFilter": Rule(playlists.enable_filter),
            "DisableFilter": Rule(playlists.disable_filter),
            "Reload": Rule(playlists.reload_playlist),
            "AssignFilter": Rule(playlists.assign_filter),
            "RemoveFilter": Rule(playlists.remove_filter),
        },
        transcript.SKILLS: {
            "UpdatePriority": Rule(skills.update_priority),
            "Reload": Rule(skills.reload_skills),
        },
    },
)
"""Script to action to rule; a script without actions has the one action `""`."""
