"""The leads of a number, by the record: calls that name such a lead by its id are of the number."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import cast

from chasedata_mcp.ledger import Entry, Filter, Ledger
from chasedata_mcp.tools.lead_snapshot import LeadSnapshot, lookup_from_json
from chasedata_mcp.tools.leads import SearchLead
from chasedata_mcp.tools.resource_keys import build_lead_key

_MOST_READ, _MOST_LEADS = 200, 50
"""The newest entries of the number that are read, and the most leads that are taken from them."""
_BY_ID = "lead:lead_id/"


async def add_leads(ledger: Ledger, which: Filter) -> Filter:
    """Let a filter by number find what named the number's leads by id too.

    Raises:
        LedgerError: It can't be read.
    """
    if which.number is None:
        return which
    of_number = Filter(number=which.number, account=which.account)
    page = await ledger.history(of_number, limit=_MOST_READ)
    found = dict.fromkeys(key for entry in page.entries for key in _list_lead_keys(entry))
    return replace(which, leads=frozenset(list(found)[:_MOST_LEADS]))


def _list_lead_keys(entry: Entry) -> Iterator[str]:
    """List the keys of the leads that an entry of a number was of, or found."""
    yield from (key for key in entry.intent.resource_keys if key.startswith(_BY_ID))
    for ending in entry.endings:
        after = lookup_from_json(ending.after)
        if isinstance(after, LeadSnapshot):
            yield from _build_keys([after.lead_id])
        match ending.answer:
            case {"leads": list(found)} if _is_by_phone(entry):
                yield from _build_keys(cast("list[object]", found))
            case _:
                pass


def _is_by_phone(entry: Entry) -> bool:
    arguments = entry.intent.arguments
    return (
        entry.intent.tool == SearchLead.name
        and isinstance(arguments, Mapping)
        and arguments.get("search_field") == "phone"
    )


def _build_keys(lead_ids: list[object]) -> Iterator[str]:
    for lead_id in lead_ids:
        # The id of a hidden field is masked in the record.
        if isinstance(lead_id, str) and lead_id.isdecimal():
            yield build_lead_key("lead_id", lead_id)
