"""Free text in results: what somebody else wrote, in which instructions to a model may stand."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Final, cast

from chasedata_mcp.errors import Code
from chasedata_mcp.fields.phones_in_text import has_phone, is_phone_field
from chasedata_mcp.redaction import HIDDEN
from chasedata_mcp.tools.marks import is_harmless
from chasedata_mcp.tools.registry import CATALOGUE
from chasedata_mcp.tools.results import (
    AgentsResult,
    InsertResult,
    LeadsResult,
    Result,
    UpdateResult,
    has_untrusted_quote,
)

AGENTS: Final = "names of agents"
DIALER: Final = "an answer of the dialer's"
HISTORY: Final = "the history"
_LEAD: Final = "lead"
_UNNAMED: Final = "a lead"
_MOST_NAMED: Final = 3

_PROSE: Final = ("note", "comment", "message", "remark", "description", "memo", "feedback")
"""Parts of the names of fields that hold prose, in small letters."""
_STREET: Final = ("address", "street")
_OF_THE_ACCOUNT: Final = ("campaign", "disposition", "status", "list", "playlist", "filter")
"""Parts of the names of fields whose values are names that the account's own people gave."""
_SPLITS: Final = re.compile(r"[\s_./+]+")
_WORD: Final = re.compile(r"[^\W\d_]{2}")
# A person's, a town's and a plan's name have up to three words, and so has no order that does harm
# by itself: it would have to name a tool or a number, and those count however few the words.
_MOST_WORDS, _OF_A_NAME, _OF_AN_ADDRESS = 3, 6, 8
_LONGEST: Final = 80
_WIDE_LETTERS: Final = 6
"""So many letters of a script that is written without spaces are a sentence."""
# By a word for what it does and one for what to, and whole: conference_call has no such words.
_TOOL: Final = re.compile(
    "(?:insert|update|search|disposition|delete|send|create|add|mark|enable|disable|assign|remove|"
    "reload)[_ -](?:lead|dnc|sms|dial|playlist|skill)|"
    + "|".join(name.replace("_", "[_ -]") for name in CATALOGUE),
    re.IGNORECASE,
)


def find_free_text(result: Result, *, reads: bool) -> tuple[str, ...]:
    """Find whose free text a result shows, done or not: `lead 1005`, `names of agents`."""
    return tuple(dict.fromkeys(_find(result, reads=reads)))


def _find(result: Result, *, reads: bool) -> Iterator[str]:
    match result:
        case LeadsResult(leads=list() as leads) | InsertResult(leads=list() as leads):
            for lead in leads:
                if any(is_free_text(name, text) for name, text in lead.fields.items()):
                    yield _name_lead(lead.lead_id)
        case UpdateResult(fields=list() as fields):
            # What took is what the caller wrote itself.
            news = [field.new if field.fate != "took" else None for field in fields]
            olds = [field.old for field in fields]
            shown = zip([*fields, *fields], [*olds, *news], strict=True)
            if any(text and is_free_text(field.name, text) for field, text in shown):
                yield _name_lead(result.lead_id or "")
        case AgentsResult(agents=list() as agents):
            # A login may be any text, and its name is shown whole.
            names = any(not is_harmless(agent.name) for agent in agents)
            if names or any(is_free_text("state", agent.state or "") for agent in agents):
                yield AGENTS
        case _:
            pass
    # A refusal of our own quotes names alone (pipeline/question_details.py).
    if result.code is not Code.NOT_ALLOWED and has_untrusted_quote(result, reads=reads):
        yield DIALER


def holds_free_text(value: object, name: str = "") -> bool:
    """Tell whether free text stands anywhere in a JSON value, of a field of this name."""
    match value:
        case str():
            return is_free_text(name, value)
        case Mapping():
            items = cast("Mapping[str, object]", value).items()
            return any(holds_free_text(inner, key) for key, inner in items)
        case list():
            return any(holds_free_text(one, name) for one in cast("list[object]", value))
        case _:
            return False


def is_free_text(field: str, text: str) -> bool:
    """Tell whether a field's text may hold an instruction: prose, a sentence, a tool, a number.

    A name, a town, an address or an id is none: a lead without notes is no reading.
    """
    if text == HIDDEN or is_harmless(text):
        return False
    name = field.casefold()
    if any(part in name for part in _PROSE) or "\n" in text or len(text) > _LONGEST:
        return True
    if _TOOL.search(text) or (not is_phone_field(field) and has_phone(text)):
        return True
    wide = sum(unicodedata.east_asian_width(one) in "WF" for one in text)
    return wide > _WIDE_LETTERS or _count_words(text) > _most_words(name)


def _most_words(name: str) -> int:
    if any(part in name for part in _STREET):
        return _OF_AN_ADDRESS
    return _OF_A_NAME if any(part in name for part in _OF_THE_ACCOUNT) else _MOST_WORDS


def _count_words(text: str) -> int:
    parts = [text] if "@" in text and " " not in text else _SPLITS.split(text)
    return sum(_WORD.search(part) is not None for part in parts)


def _name_lead(lead_id: str) -> str:
    # The id is the dialer's text too, and stands in a question.
    return f"{_LEAD} {lead_id}" if lead_id.isascii() and lead_id.isdecimal() else _UNNAMED


def describe_sources(sources: tuple[str, ...]) -> str:
    """Describe whose text was read: `leads 1005 and 1007, and names of agents`."""
    once = tuple(dict.fromkeys(sources))
    ids = [one.removeprefix(f"{_LEAD} ") for one in once if one.startswith(f"{_LEAD} ")]
    named = ids[:_MOST_NAMED]
    if more := len(ids) - len(named):
        named.append(f"{more} more")
    leads = [f"{_LEAD}{'s' if len(ids) > 1 else ''} {_join(named)}"] if ids else []
    others = [one for one in once if not one.startswith(f"{_LEAD} ")]
    return _join([*leads, *others])


def _join(parts: list[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
