"""Resource keys of a call: two calls that touch the same thing share one.

dnc:9545550123                     a number's place on the do-not-call list
list:Maria/spring                  a dial list; every call to it and to a phone on it has this
listphone:Maria/spring/9545550123  one phone's place and mark on it
lead:phone/…  lead:client_id/…  lead:lead_id/…   a lead, by each way in which the call names it
phone:9545550123                   a person who is called or texted now
filter:main/florida                one filter of one playlist
playlist:main                      what a reload makes live; every call to its filters has this
skill:sales  skill:sales/9545550190  a skill, and its settings for one source
skills:                            what a reload makes live; every call to a skill has this
ringgroup:9545550190               who can take a call there

A key finds too much rather than too little; what of it is truly the same thing is for the reader of
the calls. `insert_dnc` and an update by phone share none: the mark that the list leaves on leads is
nothing that an update could write or take back.
"""

from collections.abc import Iterable, Iterator

from chasedata_mcp.fields.phone import parse_phone
from chasedata_mcp.fields.phones_in_text import is_phone_field
from chasedata_mcp.tools import calls, dial_lists, dnc, leads, playlists, skills, sms
from chasedata_mcp.tools.base import Action


def list_resource_keys(action: Action, lead_id: str | None = None) -> tuple[str, ...]:
    """List the keys of the things that a call touches.

    Args:
        action: The call.
        lead_id: The lead that it turned out to be of, where a search found it.

    Raises:
        TypeError: The class of the action is not known here.
    """
    found = [build_lead_key("lead_id", lead_id)] if lead_id else []
    return tuple(dict.fromkeys([*_list_keys(action), *found]))


def list_numbers(action: Action) -> tuple[str, ...]:
    """List every phone in a call, ten digits each, the account's own too.

    Raises:
        TypeError: The class of the action is not known here.
    """
    return tuple(dict.fromkeys(_list_call_numbers(action)))


def build_lead_key(search_field: str, identifier: str) -> str:
    """Build the key of a lead that is named like this."""
    match search_field:
        case "lead_id":
            # With and without leading zeros: a key finds too much rather than too little.
            return _build_key("lead", "lead_id", identifier.lstrip("0"))
        case _:
            return _build_key("lead", search_field, fold_name(identifier))


def fold_name(name: str) -> str:
    """Fold a name for comparison: most databases don't tell capitals from small letters."""
    return name.strip().casefold()


def fold_source(source: str) -> str:
    """Fold a DID source for comparison: to its ten digits where it is a number."""
    return find_ten_digits(source) or fold_name(source)


def find_ten_digits(text: str) -> str | None:
    """Find the ten digits of a text that is a phone number, None of one that isn't."""
    try:
        return parse_phone(text)
    except ValueError:
        return None


def _list_keys(action: Action) -> Iterable[str]:  # noqa: PLR0911 - one for each kind of thing
    match action:
        case leads.InsertLead() | leads.UpdateLead() | leads.SearchLead():
            return _list_lead_keys(action)
        case leads.DispositionLead():
            return [build_lead_key("lead_id", action.lead_id)]
        case dnc.InsertDnc() | dnc.DeleteDnc():
            return [_build_key("dnc", action.number)]
        case sms.SendSms():
            filed = [build_lead_key("lead_id", action.lead_id)] if action.lead_id else []
            return [_build_key("phone", action.to_number), *filed]
        case calls.AvailableInboundAgents():
            return [_build_key("ringgroup", action.did)]
        case calls.ConferenceCall():
            return [_build_key("phone", action.phone)]
        case dial_lists.CreateDialList() | dial_lists.DeleteDialList():
            return [_build_key("list", action.agent, fold_name(action.list_name))]
        case (
            dial_lists.AddDialListPhone()
            | dial_lists.DeleteDialListPhone()
            | dial_lists.MarkDialListPhoneDialed()
            | dial_lists.MarkDialListPhoneUndialed()
        ):
            where = (action.agent, fold_name(action.list_name))
            return [_build_key("listphone", *where, action.phone), _build_key("list", *where)]
        case _:
            return _list_staged_keys(action)


def _list_staged_keys(action: Action) -> Iterable[str]:
    match action:
        case (
            playlists.EnablePlaylistFilter()
            | playlists.DisablePlaylistFilter()
            | playlists.AssignPlaylistFilter()
            | playlists.RemovePlaylistFilter()
        ):
            playlist = fold_name(action.playlist)
            return [
                _build_key("filter", playlist, fold_name(action.filter_name)),
                _build_key("playlist", playlist),
            ]
        case playlists.ReloadPlaylist():
            return [_build_key("playlist", fold_name(action.playlist))]
        case skills.UpdateSkillPriority():
            skill = fold_name(action.skill)
            # A source can be named by its number or its name: the skill finds both.
            pair = _build_key("skill", skill, fold_source(action.source))
            return [pair, _build_key("skill", skill), _build_key("skills")]
        case skills.ReloadSkills():
            return [_build_key("skills")]
        case _:
            # A new action can't be forgotten: the ledger finds calls to one thing by these keys.
            message = f"{action.name} doesn't say what it touches"
            raise TypeError(message)


def _list_lead_keys(
    action: leads.InsertLead | leads.UpdateLead | leads.SearchLead,
) -> Iterator[str]:
    if isinstance(action, leads.InsertLead):
        yield _build_key("phone", action.primary_phone)
    else:
        yield build_lead_key(action.search_field, action.identifier)
    if not isinstance(action, leads.SearchLead):
        if action.client_id is not None:
            yield build_lead_key("client_id", action.client_id)
        if action.primary_phone is not None:
            yield build_lead_key("phone", action.primary_phone)


def _list_call_numbers(action: Action) -> Iterable[str]:  # noqa: PLR0911 - one for each kind of call
    match action:
        case leads.InsertLead():
            return [action.primary_phone, *_find_own_phones(action)]
        case leads.UpdateLead():
            return [
                *_drop_missing(action.sought_phone, action.primary_phone),
                *_find_own_phones(action),
            ]
        case leads.SearchLead():
            return _drop_missing(action.sought_phone)
        case dnc.InsertDnc() | dnc.DeleteDnc():
            return [action.number]
        case sms.SendSms():
            return [action.to_number, action.from_number]
        case calls.AvailableInboundAgents():
            return [action.did, *_drop_missing(action.call_id)]
        case (
            calls.ConferenceCall()
            | dial_lists.AddDialListPhone()
            | dial_lists.DeleteDialListPhone()
            | dial_lists.MarkDialListPhoneDialed()
            | dial_lists.MarkDialListPhoneUndialed()
        ):
            return [action.phone]
        case skills.UpdateSkillPriority():
            return _drop_missing(find_ten_digits(action.source))
        case (
            leads.DispositionLead()
            | dial_lists.CreateDialList()
            | dial_lists.DeleteDialList()
            | playlists.EnablePlaylistFilter()
            | playlists.DisablePlaylistFilter()
            | playlists.AssignPlaylistFilter()
            | playlists.RemovePlaylistFilter()
            | playlists.ReloadPlaylist()
            | skills.ReloadSkills()
        ):
            return []
        case _:
            message = f"{action.name} doesn't say which phones it has"
            raise TypeError(message)


def _find_own_phones(action: leads.InsertLead | leads.UpdateLead) -> Iterator[str]:
    """Find phones in the account's own fields, as far as these are called so."""
    for name, value in {**(action.custom_fields or {}), **(action.other_fields or {})}.items():
        if is_phone_field(name):
            yield from _drop_missing(find_ten_digits(value))


def _drop_missing(*found: str | None) -> list[str]:
    return [number for number in found if number is not None]


def _build_key(kind: str, *names: str) -> str:
    """Write a key, `list:Maria/spring`; slashes are escaped, so that no two things share one."""
    return f"{kind}:{'/'.join(name.replace('%', '%25').replace('/', '%2F') for name in names)}"
