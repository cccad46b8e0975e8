"""The wire profile: everything about a dialer's answers that another server may spell differently.

Nothing here is checked: `loader` reads profiles, and refuses what would weaken the reading.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from chasedata_mcp.settings.scripts import Script

SENTENCE, NUMBER, VALUE = "{sentence}", "{number}", "{value}"
"""What stands in a form for the dialer's sentence, a status or a number of curl's, and a value."""


class SentenceKind(StrEnum):
    """The occasion of a sentence that refuses a call."""

    DUPLICATE = "duplicate"
    WRONG_TOKEN = "wrong_token"  # noqa: S105 - no token: the word for a sentence about one
    WRONG_ACCOUNT = "wrong_account"
    UNKNOWN_ACTION = "unknown_action"
    NO_ACTION = "no_action"
    MISSING_PARAMETER = "missing_parameter"
    NO_CAMPAIGN = "no_campaign"
    NOTHING_TO_IMPORT = "nothing_to_import"
    NOTHING_TO_UPDATE = "nothing_to_update"
    UNKNOWN_CAMPAIGN = "unknown_campaign"
    UNKNOWN_LEAD = "unknown_lead"
    UNKNOWN_AGENT = "unknown_agent"
    UNKNOWN_RING_GROUP = "unknown_ring_group"
    UNKNOWN_LIST = "unknown_list"
    LIST_EXISTS = "list_exists"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class AnswerForms:
    """The bodies that say done, and the words round a sentence that refuses.

    `refused` is the script's own refusal, `relayed` one of the dialer behind it, with a status
    among `refusing`, or the number of an error of curl's, of which those of `unreached` say that
    the dialer was not reached. With `bare_sentences` a sentence that is known refuses without any
    words round it.
    """

    done: tuple[str, ...]
    refused: str
    relayed: str
    refusing: tuple[int, ...]
    unreached: tuple[int, ...]
    bare_sentences: bool


@dataclass(frozen=True, slots=True)
class SearchShape:
    """The members of a lead that a search found.

    `fields` is the member that holds the lead's fields, empty where they stand beside the id.
    `several` is how several leads come: in a `list`, in a `wrapper` with the member `leads`, or as
    `objects` one after another. `framed` is true where `refused`'s words stand before it. The last
    two say how the sandbox writes; the client reads each of them.
    """

    id: str
    exists: str
    leads: str
    fields: str
    several: str
    framed: bool


@dataclass(frozen=True, slots=True)
class AgentShape:
    """The names that the members of a list of agents may have; the sandbox writes the first."""

    lists: tuple[str, ...]
    counts: tuple[str, ...]
    names: tuple[str, ...]
    states: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class WireProfile:
    """All that is known, or said, of how one dialer spells."""

    scripts: Mapping[Script, str]
    answers: AnswerForms
    sentences: Mapping[SentenceKind, tuple[str, ...]]
    search: SearchShape
    agents: AgentShape
