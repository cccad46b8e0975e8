"""Admin actions, such as a freeze or a grant, on record as entries of the history."""

from dataclasses import dataclass
from datetime import datetime

from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger.chain import Chain
from chasedata_mcp.ledger.event_bodies import draft_ending, draft_intent
from chasedata_mcp.ledger.events import EventKind
from chasedata_mcp.ledger.models import Ending, Environment, Intent, Json, fresh_id

_ENVIRONMENT = "SELECT environment FROM ledger_store"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminAction:
    """A person's action on the ledger itself; `name` stands in the place of a tool."""

    name: str
    account: str
    by: str
    at: datetime
    message: str
    arguments: Json
    numbers: tuple[str, ...] = ()


def record(chain: Chain, action: AdminAction) -> str:
    """Append an entry for the history, and return its id.

    Verification reads the action's own event instead, where it has one.
    """
    environment: Environment = chain.connection.fetch_value(_ENVIRONMENT)
    intent = Intent(
        entry=fresh_id(),
        at=action.at,
        caller=action.by,
        environment=environment,
        account=action.account,
        host="",
        tool=action.name,
        digest="",  # no call is a duplicate of it
        arguments=action.arguments,
        numbers=action.numbers,
    )
    ending = Ending(
        entry=intent.entry,
        at=action.at,
        outcome=Outcome.DONE,
        message=action.message,
        milliseconds=0,
    )
    [label] = chain.open_entries([draft_intent(intent)])
    chain.end_entry(label, draft_ending(ending, EventKind.OUTCOME))
    return intent.entry
