"""The names that a call teaches: those that the dialer took, or that it named itself."""

from collections.abc import Callable, Iterator
from typing import Final

from chasedata_mcp.errors import Outcome
from chasedata_mcp.fields.sanitize import clean
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.free_text import is_free_text
from chasedata_mcp.tools.names.given_names import GivenName, list_given_names
from chasedata_mcp.tools.names.kinds import LONGEST, NameKind, read_name
from chasedata_mcp.tools.results import (
    AgentsResult,
    InsertResult,
    LeadsResult,
    Result,
    UpdateResult,
)

KeepsOut = Callable[[str, str], bool]
"""Tells of a field's wire name and its text whether it is kept out of the record."""
_OF_THE_ACCOUNT: Final = "campaign"
"""A field whose text is a name that the account's own people gave, for `is_free_text`."""
_AGENT: Final = "Agent"
"""The name on the wire of what an agent stands in."""


def list_lessons(
    action: Action, result: Result, keeps_out: KeepsOut
) -> Iterator[tuple[NameKind, str]]:
    """List the names that a call and its result teach, as far as they may be kept.

    Each was written by others: by whoever made the call, or by the dialer. So nothing is a name
    that reads like a sentence, and none is shown to a model but between marks or in quotes.
    """
    if result.outcome is not Outcome.DONE:
        return
    dropped = _list_dropped(result)
    for one in list_given_names(action) if _proves(action, result) else ():
        is_sure = one.held.teaches and one.wire.lower() not in dropped
        if is_sure and _was_read(one, result) and not keeps_out(one.wire, one.name):
            yield one.kind, one.name
    if isinstance(result, AgentsResult):
        for agent in result.agents or ():
            if not keeps_out(_AGENT, agent.name):
                yield NameKind.AGENTS, agent.name


def is_plain_name(kind: NameKind, name: str) -> bool:
    """Tell whether a text that others wrote is a name of the kind and nothing beside."""
    try:
        same = read_name(kind, name) == name
    except ValueError:
        return False
    if kind.is_phone:
        return same
    return same and clean(name, LONGEST) == name and not is_free_text(_OF_THE_ACCOUNT, name)


def _proves(action: Action, result: Result) -> bool:
    """Tell whether a result proves anything: a search that found nobody doesn't."""
    match result:
        case LeadsResult():
            return bool(result.found)
        case AgentsResult():
            return bool(result.count or result.agents)
        case _:
            return not action.hints.read_only


def _list_dropped(result: Result) -> set[str]:
    """List the fields, in small letters, that a lead doesn't have after it was written."""
    if not isinstance(result, UpdateResult):
        return set()
    return {field.name.lower() for field in result.fields or () if field.fate != "took"}


def _was_read(one: GivenName, result: Result) -> bool:
    """Tell whether a custom field was seen to be there: the dialer drops others without a word."""
    if one.kind is not NameKind.CUSTOM_FIELDS:
        return True
    match result:
        case InsertResult(lead_id=str()):
            return True  # `fields` lists those that didn't take
        case UpdateResult(fields=list() as fields) if not isinstance(result, InsertResult):
            return any(field.name.lower() == one.wire.lower() for field in fields)
        case _:
            return False
