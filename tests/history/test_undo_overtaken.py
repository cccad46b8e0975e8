"""An undo is not sent where somebody changed the lead after it was planned."""

import pytest

from _support.pipeline import CALLER
from _support.served_pipeline import Served
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.history.undo_service import UndoService
from chasedata_mcp.pipeline.pipeline import PendingApproval

pytestmark = pytest.mark.anyio
LEAD: dict[str, object] = {"search_field": "client_id", "identifier": "WEB-1001"}
BY_ID: dict[str, object] = {"search_field": "lead_id", "identifier": "1001"}
LIST: dict[str, object] = {"agent": "James", "list_name": "Spring"}


async def overtaken(pipeline: Served, entry: str, tool: str, **later: object) -> CallError:
    """Undo an entry whose target another call touches after the undo was cleared."""
    undoing = UndoService(pipeline, pipeline.ledger)
    plan = await undoing.plan(entry, None)
    cleared = await undoing.admit(plan, CALLER)
    assert not isinstance(cleared, PendingApproval)
    await pipeline.do_as("another/client", tool, **later)
    left = pipeline.state()
    with pytest.raises(CallError) as caught:
        await undoing.execute(plan, cleared)
    assert pipeline.state() == left
    assert caught.value.code is Code.NOT_ALLOWED
    return caught.value


async def test_an_update_that_came_meanwhile_is_not_written_over(pipeline: Served) -> None:
    entry = await pipeline.do("update_lead", **LEAD, last_name="Wrong")
    error = await overtaken(pipeline, entry, "update_lead", **BY_ID, last_name="Right")
    assert "touched the same thing meanwhile" in error.message
    assert (await pipeline.newest()).intent.undoes == entry


async def test_a_mark_that_was_set_meanwhile_stays(pipeline: Served) -> None:
    phone = {**LIST, "phone": "6025550121"}
    await pipeline.do("create_dial_list", **LIST)
    entry = await pipeline.do("add_dial_list_phone", **phone)
    await overtaken(pipeline, entry, "mark_dial_list_phone_dialed", **phone)


async def test_what_an_agent_wrote_meanwhile_is_not_written_over(pipeline: Served) -> None:
    entry = await pipeline.do("update_lead", **LEAD, last_name="Wrong")
    undoing = UndoService(pipeline, pipeline.ledger)
    plan = await undoing.plan(entry, None)
    # Past the pipeline, as somebody at the dialer does it.
    await pipeline.post("update_lead", {**BY_ID, "last_name": "Right"})
    cleared = await undoing.admit(plan, CALLER)
    assert not isinstance(cleared, PendingApproval)
    with pytest.raises(CallError, match="reads otherwise than a moment ago"):
        await undoing.execute(plan, cleared)
    assert pipeline.state()["leads"][0]["LastName"] == "Right"


async def test_a_call_to_something_else_meanwhile_is_not_in_the_way(pipeline: Served) -> None:
    entry = await pipeline.do("update_lead", **LEAD, last_name="Wrong")
    undoing = UndoService(pipeline, pipeline.ledger)
    plan = await undoing.plan(entry, None)
    cleared = await undoing.admit(plan, CALLER)
    assert not isinstance(cleared, PendingApproval)
    await pipeline.do("update_lead", search_field="lead_id", identifier="1002", last_name="Other")
    assert (await undoing.execute(plan, cleared)).code is None
