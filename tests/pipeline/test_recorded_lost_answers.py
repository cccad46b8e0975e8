"""An answer that is lost is settled at once where a read can tell, and else stays unknown."""

from pathlib import Path

import pytest

from _support.sandbox import TEXT, SandboxPipeline, a_recorded_pipeline, minutes
from chasedata_mcp.errors import Code, Outcome
from chasedata_mcp.pipeline.executor import Dialer
from chasedata_mcp.settings.scripts import Script
from chasedata_mcp.tools.answer_types import Answer
from chasedata_mcp.tools.request import Request
from chasedata_mcp.tools.results import UpdateResult

pytestmark = pytest.mark.anyio
INSERT = {"campaign": "Solar", "primary_phone": "9545550144", "import_only": True}
ONE = {"search_field": "client_id", "identifier": "WEB-1001"}
BY_ID = "A search by client id finds the lead, and did not find it before."


async def test_an_insert_by_client_id_whose_answer_was_lost_is_found(tmp_path: Path) -> None:
    async with a_recorded_pipeline(tmp_path) as pipeline:
        pipeline.set_faults("InjectLead.php=drop_after*1")
        result = await pipeline.call("insert_lead", **INSERT, client_id="NEW-1")
        entry = await pipeline.entry()
        assert len(pipeline.rows("leads", ClientId="NEW-1")) == 1
    assert (result.outcome, result.entry) == (Outcome.DONE, entry.id)
    assert result.warnings == [f"The dialer's answer was lost. {BY_ID}"]
    assert entry.outcome is Outcome.DONE
    assert [(ending.outcome, ending.how) for ending in entry.endings] == [
        (Outcome.UNKNOWN, "answered"),
        (Outcome.DONE, BY_ID),
        (Outcome.DONE, BY_ID),
    ]
    # The last one has the lead, as it reads.
    assert [bool(ending.after) for ending in entry.endings] == [False, False, True]


async def test_an_insert_that_never_came_to_the_dialer_stays_unknown(tmp_path: Path) -> None:
    async with a_recorded_pipeline(tmp_path) as pipeline:
        pipeline.set_faults("InjectLead.php=drop*9")
        error = await pipeline.failure("insert_lead", **INSERT, client_id="NEW-1")
        entry = await pipeline.entry()
    assert (error.code, entry.outcome) == (Code.NO_ANSWER, Outcome.UNKNOWN)
    assert "search_lead by client_id" in error.hint


async def test_an_insert_without_a_client_id_is_found_by_its_phone(tmp_path: Path) -> None:
    async with a_recorded_pipeline(tmp_path) as pipeline:
        pipeline.set_faults("InjectLead.php=drop_after*1")
        result = await pipeline.call("insert_lead", **INSERT)
        assert (await pipeline.entry()).outcome is Outcome.DONE
    assert "A search by phone finds the lead, and did not find it before." in result.warnings[0]


async def test_an_insert_before_which_nobody_could_look_stays_unknown(tmp_path: Path) -> None:
    async with a_recorded_pipeline(tmp_path) as pipeline:
        # The look has its retries too; what comes after them can be read again.
        pipeline.set_faults("LeadOperations.php=body:<html>*1,InjectLead.php=drop_after*1")
        error = await pipeline.failure("insert_lead", **INSERT)
        assert (await pipeline.entry()).outcome is Outcome.UNKNOWN
    assert "search_lead by phone" in error.hint


async def test_an_update_whose_answer_was_lost_tells_which_fields_took(tmp_path: Path) -> None:
    async with a_recorded_pipeline(tmp_path) as pipeline:
        pipeline.set_faults("UpdateLead.php=drop_after*1")
        result = await pipeline.call(
            "update_lead", **ONE, city="Tampa", custom_fields={"Nope": "1"}
        )
    assert isinstance(result, UpdateResult)
    assert result.lead_id == "1001"
    assert {one.name: one.fate for one in result.fields or ()} == {
        "City": "took",
        "adv_Nope": "dropped",
    }


async def test_a_lead_that_may_have_been_there_before_proves_nothing(tmp_path: Path) -> None:
    again = {**INSERT, "client_id": "WEB-1001", "duplicates_check": "none"}
    async with a_recorded_pipeline(tmp_path) as pipeline:
        pipeline.set_faults("InjectLead.php=drop*9")
        error = await pipeline.failure("insert_lead", **again)
        assert (await pipeline.entry()).outcome is Outcome.UNKNOWN
    assert error.info.outcome is Outcome.UNKNOWN


async def test_an_update_whose_answer_was_lost_is_found_in_its_fields(tmp_path: Path) -> None:
    async with a_recorded_pipeline(tmp_path) as pipeline:
        pipeline.set_faults("UpdateLead.php=drop_after*1")
        result = await pipeline.call("update_lead", **ONE, city="Tampa")
        entry = await pipeline.entry()
    assert (result.outcome, entry.outcome) == (Outcome.DONE, Outcome.DONE)
    assert entry.endings[-1].how == ("The lead reads as sent, and read otherwise before.")


async def test_an_update_that_never_came_to_the_dialer_stays_unknown(tmp_path: Path) -> None:
    async with a_recorded_pipeline(tmp_path) as pipeline:
        pipeline.set_faults("UpdateLead.php=drop*9")
        error = await pipeline.failure("update_lead", **ONE, city="Tampa")
        assert (await pipeline.entry()).outcome is Outcome.UNKNOWN
        assert pipeline.rows("leads", LeadId=1001)[0]["City"] == "Miami"
    assert error.info.outcome is Outcome.UNKNOWN


async def test_an_update_that_changes_nothing_can_not_be_told(pipeline: SandboxPipeline) -> None:
    pipeline.set_faults("UpdateLead.php=drop_after*1")
    await pipeline.failure("update_lead", **ONE, city="Miami")
    assert (await pipeline.entry()).outcome is Outcome.UNKNOWN


async def test_an_earlier_update_of_which_nobody_knows_is_in_the_way(
    pipeline: SandboxPipeline,
) -> None:
    pipeline.set_faults("UpdateLead.php=drop*1")
    await pipeline.failure("update_lead", **ONE, city="Tampa")
    pipeline.clock.move(minutes(1))
    pipeline.set_faults("UpdateLead.php=drop_after*1")
    await pipeline.failure("update_lead", **ONE, city="Tampa")
    assert [entry.outcome for entry in await pipeline.entries()] == [Outcome.UNKNOWN] * 2


async def test_an_update_with_more_text_than_is_kept_is_found_too(
    pipeline: SandboxPipeline,
) -> None:
    pipeline.set_faults("UpdateLead.php=drop_after*1")
    result = await pipeline.call("update_lead", **ONE, notes="Roof. " * 1500)
    assert result.outcome is Outcome.DONE


async def test_an_update_of_another_lead_is_in_nobodys_way(pipeline: SandboxPipeline) -> None:
    pipeline.set_faults("UpdateLead.php=drop*1")
    await pipeline.failure("update_lead", **{**ONE, "identifier": "WEB-1002"}, city="Tampa")
    pipeline.clock.move(minutes(1))
    pipeline.set_faults("UpdateLead.php=drop_after*1")
    assert (await pipeline.call("update_lead", **ONE, city="Tampa")).outcome is Outcome.DONE


async def test_an_earlier_insert_of_the_same_phone_of_which_nobody_knows_is_in_the_way(
    pipeline: SandboxPipeline,
) -> None:
    pipeline.set_faults("InjectLead.php=drop*1")
    await pipeline.failure("insert_lead", **INSERT)
    pipeline.clock.move(minutes(1))
    pipeline.set_faults("InjectLead.php=drop_after*1")
    error = await pipeline.failure("insert_lead", **INSERT)
    first, second = await pipeline.entries()
    assert (first.outcome, second.outcome, error.entry) == (*[Outcome.UNKNOWN] * 2, second.id)


@pytest.mark.parametrize("lost", ["text", "search", "switched off"])
async def test_what_no_read_can_tell_stays_unknown(tmp_path: Path, lost: str) -> None:
    async with a_recorded_pipeline(tmp_path, read_back=lost != "switched off") as pipeline:
        pipeline.set_faults("TextOperations.php=drop_after*1,InjectLead.php=drop_after*1")
        if lost == "search":
            pipeline.set_faults("LeadOperations.php=body:<html>*99")
        if lost == "text":
            await pipeline.failure("send_sms", **TEXT)
        else:
            await pipeline.failure("insert_lead", **INSERT, client_id="NEW-1")
        assert (await pipeline.entry()).outcome is Outcome.UNKNOWN


class Meanwhile:
    """A dialer that has another call made between an insert and the search that looks for it."""

    def __init__(self, pipeline: SandboxPipeline, other: Dialer) -> None:
        self._floor = pipeline
        self._other = other
        self._inserted = False

    async def post(self, request: Request) -> Answer:
        self._inserted = self._inserted or request.script is Script.INSERT
        if self._inserted and request.script is Script.LEADS:
            pipeline = self._floor.over(dialer=self._other, read_back=False)
            action = pipeline.read("update_lead", {**ONE, "identifier": "NEW-1", "city": "Tampa"})
            cleared = await pipeline.admit(action, "somebody else")
            await pipeline.send(cleared)  # type: ignore[arg-type]  # it asks nobody
        return await self._other.post(request)


async def test_a_later_update_that_may_have_moved_the_lead_leaves_an_insert_unknown(
    tmp_path: Path,
) -> None:
    async with a_recorded_pipeline(tmp_path) as pipeline:
        pipeline.set_faults("InjectLead.php=drop_after*1")
        overtaken = pipeline.over(dialer=Meanwhile(pipeline, pipeline.dialer))
        await overtaken.failure("insert_lead", **INSERT, client_id="NEW-1")
        insert, update = await pipeline.entries()
    assert (insert.outcome, update.outcome) == (Outcome.UNKNOWN, Outcome.DONE)
