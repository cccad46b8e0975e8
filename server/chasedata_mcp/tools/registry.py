"""The catalogue: every action of the vendor's API, in the order in which tools are listed."""

from types import MappingProxyType

from chasedata_mcp.errors import UnknownToolError
from chasedata_mcp.tools import calls, dial_lists, dnc, leads, playlists, skills, sms
from chasedata_mcp.tools.base import Action

_ACTIONS: tuple[type[Action], ...] = (
    leads.InsertLead,
    leads.UpdateLead,
    leads.SearchLead,
    leads.DispositionLead,
    dnc.InsertDnc,
    dnc.DeleteDnc,
    sms.SendSms,
    calls.AvailableInboundAgents,
    calls.ConferenceCall,
    dial_lists.CreateDialList,
    dial_lists.DeleteDialList,
    dial_lists.AddDialListPhone,
    dial_lists.DeleteDialListPhone,
    dial_lists.MarkDialListPhoneDialed,
    dial_lists.MarkDialListPhoneUndialed,
    playlists.EnablePlaylistFilter,
    playlists.DisablePlaylistFilter,
    playlists.AssignPlaylistFilter,
    playlists.RemovePlaylistFilter,
    playlists.ReloadPlaylist,
    skills.UpdateSkillPriority,
    skills.ReloadSkills,
)
CATALOGUE = MappingProxyType({action.name: action for action in _ACTIONS})
TOOLSETS = tuple(dict.fromkeys(action.toolset for action in _ACTIONS))


def find_action(name: str) -> type[Action]:
    """Find the action of this name.

    Raises:
        UnknownToolError: There is none.
    """
    if name not in CATALOGUE:
        message = "there is no tool of this name; list the tools"
        raise UnknownToolError(message)
    return CATALOGUE[name]
