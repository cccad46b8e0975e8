"""The one text that confirms a request to stop, judged in the transaction of its own intent.

A number that is suppressed is texted by nobody, but for one text that says so within five minutes
of the request (47 CFR 64.1200(a)(12)). The entry that suppressed the number names that text by its
digest, and so its words, its sender and the number; no other call is let through by it. That a
number was told is kept for ever, beside the registry, and however the text ended.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from chasedata_mcp.ledger import dnc_registry, queries
from chasedata_mcp.ledger.connection import Connection
from chasedata_mcp.ledger.dnc_models import APPROVAL, CONFIRMED_BY, STOP_TOOL, ConfirmationQuery
from chasedata_mcp.ledger.events import format_time
from chasedata_mcp.ledger.models import Entry, Intent, read_principal
from chasedata_mcp.ledger.obstacles import NotConfirmable, Reservation
from chasedata_mcp.ledger.rows import encode

# The law has five minutes for the text to be sent; sending it and its answer take some of them.
WITHIN: Final = timedelta(minutes=4)
_TOLD = "told"
_WAS_TOLD = f"""
    SELECT 1 FROM ledger_memory WHERE account = ? AND way = '{_TOLD}' AND number = ?
"""  # noqa: S608 - names of our own


def may_confirm(connection: Connection, query: ConfirmationQuery) -> bool:
    """Tell whether the request that suppressed a number may still be confirmed by a text.

    Whether it is the text's own request is seen with the intent.
    """
    return _find_request(connection, query) is not None


def find_unconfirmable(
    connection: Connection, intent: Intent, reservation: Reservation
) -> NotConfirmable | None:
    """Find that a text which claims to confirm a request isn't that request's one text."""
    if reservation.confirms is None:
        return None
    number = reservation.confirms
    query = ConfirmationQuery(intent.account, intent.caller, number, intent.digest, intent.at)
    request = _find_request(connection, query)
    is_own = request is not None and _is_own(request, intent)
    return None if is_own else NotConfirmable(number)


def register(connection: Connection, intent: Intent, seq: int, reservation: Reservation) -> None:
    """Keep for ever that a number is being told."""
    if reservation.confirms is not None:
        account, number = encode(intent.account), encode(reservation.confirms)
        row = account, _TOLD, number, encode(intent.entry), seq, format_time(intent.at)
        connection.run(dnc_registry.REGISTER, row)


def _find_request(connection: Connection, query: ConfirmationQuery) -> Entry | None:
    """Find the request by which a number is suppressed, if this text may confirm it now."""
    account, number = query.account, query.number
    if connection.fetch_one(_WAS_TOLD, (encode(account), encode(number))) is not None:
        return None
    # The first entry that suppresses it: whoever was suppressed before gets no text.
    held = dnc_registry.find_suppressed(connection, account, [number])
    entry = None if held is None else queries.read_entry(connection, held.entry)
    if entry is None or entry.intent.tool != STOP_TOOL:
        return None
    is_theirs = read_principal(entry.intent.caller) == read_principal(query.caller)
    is_this_text = _read_arguments(entry).get(CONFIRMED_BY) == query.digest
    ago = connection.time.of(query.at) - entry.intent.happened
    in_time = timedelta(0) <= ago < WITHIN
    return entry if is_theirs and is_this_text and in_time else None


def _is_own(request: Entry, intent: Intent) -> bool:
    """Tell whether a text is a step of the job of a request, or that request's yes clears it."""
    job = (request.intent.row or "").partition(".")[0]
    if job and (intent.row or "").partition(".")[0] == job:
        return True
    asked = _read_arguments(request).get(APPROVAL)
    return asked is not None and intent.approval is not None and intent.approval.id == asked


def _read_arguments(entry: Entry) -> Mapping[str, object]:
    given = entry.intent.arguments
    return given if isinstance(given, Mapping) else {}
