"""What stands by events that are of no entry: freezes and grants, held against their rows."""

from collections.abc import Iterator
from contextlib import suppress

from sqlalchemy import Connection, select

from chasedata_mcp.ledger.chain import indexed
from chasedata_mcp.ledger.event_bodies import Unfolded, unfold
from chasedata_mcp.ledger.events import Event, What, canonical
from chasedata_mcp.ledger.grants import hash_of
from chasedata_mcp.ledger.queries import Rows, event_of
from chasedata_mcp.ledger.schema import ACCOUNTS, EVENTS, GRANTS, STORE
from chasedata_mcp.ledger.verdicts import Flaw, Problem

_CAN_MATTER = (What.FROZEN.value, What.GRANTED.value, What.REVOKED.value, What.CARRIED.value)
_FROZEN = select(
    ACCOUNTS.c.account, ACCOUNTS.c.frozen_at, ACCOUNTS.c.frozen_why, ACCOUNTS.c.frozen_by
).where(ACCOUNTS.c.frozen_at.is_not(None))
_FREEZE = "An account is frozen, or is not, and the chain says otherwise."
_GRANT = "A grant is not as the chain says that it was given or revoked."


class Standing:
    """Freezes and grants as the events say that they have to be."""

    def __init__(self) -> None:
        self._frozen: dict[str, tuple[object, ...]] = {}
        self._given: dict[str, tuple[object, ...]] = {}
        self._revoked: dict[str, str] = {}
        # Earlier versions pruned these events and carried none of them.
        self._some_gone = False

    def expect(self, event: Unfolded) -> None:
        """Learn from an event."""
        body = event.body
        match event.what:
            case What.FROZEN:
                said = event.at, indexed(body["why"]), indexed(body["by"])
                self._frozen[indexed(body["account"])] = said
            case What.REARMED:
                self._frozen.pop(indexed(body["account"]), None)
            case What.GRANTED:
                self._given[indexed(body["id"])] = (
                    *(indexed(body["account"]), indexed(body["caller"])),
                    # Earlier versions kept the row as the event has it.
                    *(body["until"], body["at_most"], body.get("row") or hash_of(canonical(body))),
                )
            case What.REVOKED:
                self._revoked[indexed(body["id"])] = event.at
            case What.PRUNED:
                self._some_gone = "standing" not in body
            case _:
                pass

    def problems(self, rows: Rows) -> Iterator[Problem]:
        """Where the rows don't agree. A grant that is over may be gone, with its use."""
        if all(row.version == 1 for row in rows.of(select(STORE.c.version))):
            return  # It knew neither, and has no tables for them.
        for account, *found in rows.of(_FROZEN):
            expected = self._frozen.pop(account, None)
            if expected != tuple(found) and not (self._some_gone and expected is None):
                yield Problem(Flaw.STANDING, None, _FREEZE)
        for _ in self._frozen:
            yield Problem(Flaw.STANDING, None, _FREEZE)
        for row in rows.of(select(GRANTS)):
            given = self._given.get(row.id)
            there = row.account, row.caller, row.until, row.at_most, hash_of(row.body)
            if self._some_gone and given is None:
                continue
            if given != there or row.revoked != self._revoked.get(row.id):
                yield Problem(Flaw.STANDING, None, _GRANT)


def to_carry(connection: Connection, cut: int) -> list[Event]:
    """The events to be cut by which an account is frozen or a grant stands."""
    freezes = {(who, at) for who, at, *_ in connection.execute(_FROZEN)}
    grants = set(connection.execute(select(GRANTS.c.id)).scalars())
    wanted = select(EVENTS).where(
        EVENTS.c.seq <= cut, EVENTS.c.entry == "", EVENTS.c.what.in_(_CAN_MATTER)
    )
    found = map(event_of, connection.execute(wanted.order_by(EVENTS.c.seq)))
    return [event for event in found if _matters(event, freezes, grants)]


def are_all_there(connection: Connection) -> bool:
    """Whether no such event was pruned and not carried, as earlier versions did."""
    if not connection.execute(select(STORE.c.pruned)).scalar():
        return True
    wanted = select(EVENTS.c.body).where(EVENTS.c.what == What.PRUNED.value)
    body = connection.execute(wanted.order_by(EVENTS.c.seq.desc()).limit(1)).scalar()
    return body is not None and '"standing"' in body


def _matters(event: Event, freezes: set[tuple[str, str | None]], grants: set[str]) -> bool:
    # Whoever tampered with an event is told by verification, not by pruning.
    with suppress(ValueError, KeyError, TypeError):
        unfolded = unfold(event)
        match unfolded.what:
            case What.FROZEN:
                return (indexed(unfolded.body["account"]), unfolded.at) in freezes
            case What.GRANTED | What.REVOKED:
                return indexed(unfolded.body["id"]) in grants
            case _:
                pass
    return False
