"""Calls: the agents who could take one, and conferences on one in progress."""

import json
import sqlite3
from typing import Final

from chasedata_mcp.sandbox.agents import PAUSED, TALKING, WAITING, WRAP_UP, require_agent
from chasedata_mcp.sandbox.operations import AgentsFound, Operation, OperationError, ten_digits

_FURTHER_STATES: Final = {"CanBeOnCall": TALKING, "CanBeOnBreak": PAUSED, "CanDoWrapUp": WRAP_UP}

# By their live priority for this number, 1 first; a pair without an entry is active and comes last.
_ROUTES = "SELECT skill, priority, active FROM skill_sources WHERE stage = 'live' AND did = ?"
_LAST_RANK: Final = 1_000_000


def available_inbound_agents(operation: Operation) -> AgentsFound:
    """Answer with the agents who could take a call to a ring group, the best first.

    An agent qualifies by one skill that the group lists and that is live and active for its
    number.
    """
    group = operation.db.execute(
        "SELECT * FROM ring_groups WHERE did = ?", (operation.text("DID"),)
    )
    if (found := group.fetchone()) is None:
        # The text is the project's own.
        raise OperationError(
            "Ring group was not found.", "unknown_ring_group", operation.text("DID")
        )
    ranks = _ranks(operation.db, found)
    states = {WAITING} | {state for flag, state in _FURTHER_STATES.items() if operation.flag(flag)}
    qualified: list[tuple[int, str, str]] = []
    for agent in operation.db.execute("SELECT name, state, skills FROM agents ORDER BY name"):
        ranked = [ranks[skill] for skill in json.loads(agent["skills"]) if skill in ranks]
        if ranked and agent["state"] in states:
            qualified.append((min(ranked), agent["name"], agent["state"]))
    return AgentsFound([(name, state) for _, name, state in sorted(qualified)])


def conference_call(operation: Operation) -> None:
    """Take a number into the call that an agent is on; refuse where there is none."""
    agent = require_agent(operation, "Agent")
    phone = ten_digits(operation, "Phone")
    call = operation.db.execute("SELECT id FROM calls WHERE agent = ?", (agent,)).fetchone()
    if call is None:
        raise OperationError("Agent is not on a call.")  # the project's own text
    operation.db.execute(
        "INSERT INTO conferences (call_id, phone, private, began_at) VALUES (?, ?, ?, ?)",
        (call["id"], phone, operation.flag("PrivateConference"), operation.stamp()),
    )


def _ranks(db: sqlite3.Connection, group: sqlite3.Row) -> dict[str, int]:
    """Rank the skills that route calls to a group; one that is switched off is left out."""
    ranks = dict.fromkeys(json.loads(group["skills"]), _LAST_RANK)
    for route in db.execute(_ROUTES, (group["did"],)):
        if not route["active"]:
            ranks.pop(route["skill"], None)
        elif route["skill"] in ranks:
            ranks[route["skill"]] = route["priority"]
    return ranks
