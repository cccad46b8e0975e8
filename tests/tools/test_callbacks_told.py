"""A callback can be neither seen nor cancelled through this API, and every place says so."""

import pytest

from _support.pipeline import an_action
from _support.sandbox import a_sandbox_pipeline
from chasedata_mcp.history.undo.models import NotUndoable, UndoFacts
from chasedata_mcp.history.undo.planner import plan_undo
from chasedata_mcp.tools import schema as publish
from chasedata_mcp.tools.leads.fields import CALLBACK_LIMITS
from chasedata_mcp.tools.registry import CATALOGUE

pytestmark = pytest.mark.anyio
CALLBACK = {"callback": {"agent": "Lena", "at": "2030-01-15T14:20"}}
UPDATE = {"search_field": "phone", "identifier": "9545550101"}
INSERT = {"campaign": "Solar", "primary_phone": "9545550144", "import_only": True}


@pytest.mark.parametrize(("tool", "given"), [("update_lead", UPDATE), ("insert_lead", INSERT)])
async def test_the_description_the_question_the_result_and_the_undo_say_so(
    tool: str, given: dict[str, object]
) -> None:
    described = publish.build_entry(CATALOGUE[tool])["inputSchema"]["properties"]["callback"]
    assert "nothing can show or cancel it" in described["description"]
    question = an_action(tool, {**given, **CALLBACK}).build_question()
    assert CALLBACK_LIMITS in str(question)
    async with a_sandbox_pipeline() as pipeline:
        result = await pipeline.run(tool, **given, **CALLBACK)
        plan = plan_undo(await pipeline.entry(), UndoFacts())
    assert CALLBACK_LIMITS in result.message
    assert isinstance(plan, NotUndoable)
    assert CALLBACK_LIMITS in plan.reason


@pytest.mark.parametrize("tool", ["update_lead", "insert_lead"])
def test_a_call_without_a_callback_says_nothing_of_it(tool: str) -> None:
    given = UPDATE | {"city": "Miami"} if tool == "update_lead" else INSERT
    assert "callback" not in str(an_action(tool, given).build_question())


def test_who_would_search_for_one_reads_that_there_is_no_such_search() -> None:
    assert "callbacks" in publish.build_entry(CATALOGUE["search_lead"])["description"]
