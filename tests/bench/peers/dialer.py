"""The naive servers' way to the dialer: one post by httpx, with no guard and no record."""

import os
from collections.abc import Mapping
from functools import cache

import httpx

SEARCH, UPDATE = "LeadOperations.php", "UpdateLead.php"
FIELDS = {"client_id": "ClientId", "lead_id": "LeadId", "phone": "Phone"}


@cache
def _client() -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=os.environ["CHASEDATA_BASE_URL"], timeout=600)


async def search_lead(search_field: str, identifier: str) -> str:
    """Search a lead."""
    return await _post(SEARCH, search_field, identifier, {"Action": "SearchLead"})


async def update_lead(search_field: str, identifier: str, notes: str) -> str:
    """Change a lead's notes."""
    return await _post(UPDATE, search_field, identifier, {"Notes": notes})


async def _post(script: str, field: str, identifier: str, form: Mapping[str, str]) -> str:
    lead = {"SearchField": FIELDS[field], "Identifier": identifier}
    account = {
        "token": os.environ["CHASEDATA_TOKEN"],
        "accid": os.environ["CHASEDATA_ACCID"],
    }
    answer = await _client().post(script, data={**account, **lead, **form})
    answer.raise_for_status()
    return answer.text
