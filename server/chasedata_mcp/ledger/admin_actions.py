"""What the ledger itself was told to do (a freeze, a grant, what ends them), as entries."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger.chain import Chain
from chasedata_mcp.ledger.event_bodies import draft_of_ending, draft_of_intent
from chasedata_mcp.ledger.events import What
from chasedata_mcp.ledger.models import Ending, Intent, Json, fresh_id
from chasedata_mcp.ledger.schema import STORE


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order that was carried out: `name` stands where other entries name their tool."""

    name: str
    account: str
    by: str
    at: datetime
    message: str
    arguments: Json
    numbers: tuple[str, ...] = ()


def record(chain: Chain, order: Order) -> None:
    """Have the history show an order; what holds it true is an event of its own beside it."""
    environment = chain.connection.execute(select(STORE.c.environment)).scalar_one()
    intent = Intent(
        entry=fresh_id(),
        at=order.at,
        caller=order.by,
        environment=environment,
        account=order.account,
        host="",
        tool=order.name,
        digest="",
        arguments=order.arguments,
        numbers=order.numbers,
    )
    ending = Ending(
        entry=intent.entry,
        at=order.at,
        outcome=Outcome.DONE,
        message=order.message,
        milliseconds=0,
    )
    chain.open([draft_of_intent(intent)])
    chain.append([draft_of_ending(ending, What.OUTCOME)])
    chain.settle(ending.entry, ending.outcome.value)
