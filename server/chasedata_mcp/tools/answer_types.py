"""The dialer's answers once read, and an action's summary of one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from chasedata_mcp.fields.sms_segments import SmsParts


@dataclass(frozen=True, slots=True)
class Lead:
    """A lead as the dialer returned it: `fields` by wire name, cleaned, empty unless detailed.

    `altered` are those that were cleaned or cut; `hashes` has one of the whole of each that was
    cut.
    """

    lead_id: str
    fields: dict[str, str] = field(default_factory=dict[str, str])
    altered: frozenset[str] = frozenset()
    hashes: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent as the dialer named one; `state` where the answer tells it."""

    name: str
    state: str | None = None


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The dialer's word that a call is done; `added_text` is what it added, cleaned."""

    added_text: str | None = None


@dataclass(frozen=True, slots=True)
class LeadsRead:
    """The answer to a search; no leads means that the dialer said there are none."""

    leads: tuple[Lead, ...]


@dataclass(frozen=True, slots=True)
class AgentsRead:
    """The agents that were answered: a list, a count alone, or `text` that names neither."""

    # Nobody has seen this body: what it lacks stays None (wire.md, "Answers").
    agents: tuple[Agent, ...] | None
    count: int | None
    text: str | None = None


class Expects(StrEnum):
    """The kind of answer without which a call isn't done."""

    DONE = "done"
    LEADS = "leads"
    AGENTS = "agents"


Answer = Acknowledged | LeadsRead | AgentsRead


@dataclass(frozen=True, slots=True)
class AnswerSummary:
    """An action's summary of its answer for the caller; what it doesn't mention stays None."""

    message: str
    dialer_said: str | None = None
    leads: tuple[Lead, ...] | None = None
    agents: tuple[Agent, ...] | None = None
    count: int | None = None
    parts: SmsParts | None = None
    on_dialer_list: bool | None = None
