"""The searches that calls need before they are decided: each made once, and few to nobody."""

import pytest

from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.pipeline.lead_search import LeadLookups, number_search
from chasedata_mcp.tools.answer_types import LeadsRead
from chasedata_mcp.tools.leads import SearchLead

pytestmark = pytest.mark.anyio


async def test_a_dialer_that_falls_silent_is_not_asked_about_each_of_a_hundred_numbers() -> None:
    asked: list[str] = []
    silent = range(2, 90)

    async def search(wanted: SearchLead) -> LeadsRead:
        asked.append(wanted.identifier)
        if len(asked) in silent:
            raise CallError(Code.NO_ANSWER, "No answer.", hint="-", read=True)
        return LeadsRead(())

    lookups = LeadLookups(search)
    found = [await lookups.find(number_search(f"9545557{number:03}")) for number in range(100)]
    assert len(asked) == 4
    assert found == [LeadsRead(()), *[None] * 99]
    assert lookups.failure is not None

    asked.clear()
    silent = range(2, 4)
    lookups = LeadLookups(search)
    found = [await lookups.find(number_search(f"9545557{number:03}")) for number in range(9)]
    assert (len(asked), found.count(None)) == (9, 2)
