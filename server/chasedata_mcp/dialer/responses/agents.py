"""Bodies of `AvailableInboundAgents`: none was ever seen, so every likely shape is read."""

import re
from typing import cast

from chasedata_mcp.dialer.responses.json import UnreadableError, read_documents
from chasedata_mcp.fields.sanitize import visible
from chasedata_mcp.settings.wire.profile import AgentShape
from chasedata_mcp.tools.answer_types import Agent, AgentsRead

_MOST_AGENTS, _LONGEST_NAME = 5_000, 200
_COUNT = re.compile(r"\d{1,6}")

_TROUBLES = frozenset({"error", "errors", "exception"})

# Text that sounds like trouble is no answer to who can take a call.
_TROUBLE = re.compile(
    r"error|exception|warning|invalid|denied|forbidden|unauthori|expired|unknown|refused|missing|"
    r"required|should|must|fail|timed? ?out|token|curl|not found|unable|cannot|unavailable|"
    r"maintenance|result:|<[a-z/!?]",
    re.IGNORECASE,
)


def read_agents(text: str, shape: AgentShape) -> AgentsRead:
    """Read the agents, or their number, in a JSON body.

    Raises:
        UnreadableError: It tells neither.
    """
    (value,) = read_documents(text, 1)
    match value:
        case list():
            return _read_list(cast("list[object]", value), shape)
        case dict():
            return _read_object(_fold_names(cast("dict[str, object]", value)), shape)
        case _:
            return AgentsRead(None, _read_count(value))


def is_harmless(text: str) -> bool:
    """Tell whether a text that is no JSON may be handed on as the dialer's answer."""
    return (
        len(text) <= _LONGEST_TEXT
        and _WORD.search(text) is not None
        and text.casefold() not in _EMPTY_WORDS
        and not _TROUBLE.search(text)
    )


_LONGEST_TEXT = 5_000
_WORD = re.compile(r"[^\W\d_]{2}")
_EMPTY_WORDS = frozenset({"ok", "null", "true", "false", "nan", "undefined", "infinity", "array"})


def _read_list(values: list[object], shape: AgentShape) -> AgentsRead:
    if len(values) > _MOST_AGENTS:
        raise UnreadableError("it has more agents than can be")
    found = tuple(_read_agent(value, shape) for value in values)
    return AgentsRead(found, len(found))


def _read_agent(value: object, shape: AgentShape) -> Agent:
    match value:
        case str():
            return Agent(_read_name(value))
        case dict():
            members = _fold_names(cast("dict[str, object]", value))
            state = _find_first(members, shape.states)
            return Agent(
                _read_name(_find_first(members, shape.names)),
                None if state is None else _read_name(state),
            )
        case _:
            raise UnreadableError("something in it is not an agent")


def _read_object(members: dict[str, object], shape: AgentShape) -> AgentsRead:
    """Read one object: a list, a count, both, or a single agent."""
    if _TROUBLES & members.keys():
        raise UnreadableError("it tells of an error")
    lists = [one for one in _find_all(members, shape.lists) if _is_list(one)]
    counts = [_read_count(one) for one in _find_all(members, shape.counts)]
    match lists, counts:
        case [only], []:
            return _read_list(cast("list[object]", only), shape)
        # A count that differs from its list contradicts it, and neither is believed.
        case [only], [count] if len(cast("list[object]", only)) == count:
            return _read_list(cast("list[object]", only), shape)
        case [], [count]:
            return AgentsRead(None, count)
        case [], []:
            return _read_list([members], shape)
        case _:
            raise UnreadableError("it contradicts itself")


def _is_list(value: object) -> bool:
    return isinstance(value, list)


def _fold_names(members: dict[str, object]) -> dict[str, object]:
    """Fold the members' names: without case and underscores."""
    folded = {_fold(name): value for name, value in members.items()}
    if len(folded) < len(members):
        raise UnreadableError("it has the same name twice")
    return folded


def _fold(name: str) -> str:
    return name.casefold().replace("_", "")


def _find_all(members: dict[str, object], names: tuple[str, ...]) -> list[object]:
    return [members[name] for name in map(_fold, names) if name in members]


def _find_first(members: dict[str, object], names: tuple[str, ...]) -> object:
    return next((one for one in _find_all(members, names) if one is not None), None)


def _read_name(value: object) -> str:
    name = " ".join(visible(value).split()) if isinstance(value, str) else ""
    if not 0 < len(name) <= _LONGEST_NAME:
        raise UnreadableError("an agent in it has no name, or no state, that can be read")
    return name


def _read_count(value: object) -> int:
    """Read a number of agents, written as a number or as its digits."""
    written = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not (_COUNT.fullmatch(written) and written.isascii()):
        raise UnreadableError("its number of agents is none")
    return int(written)
