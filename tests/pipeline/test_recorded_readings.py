"""An update is read before and after: which fields took, with old and new, and which didn't."""

from pathlib import Path

import pytest

from _support.pipeline import CALLER, AssembledPipeline
from _support.sandbox import a_recorded_pipeline
from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import EntryKind
from chasedata_mcp.tools.results import UpdateResult

pytestmark = pytest.mark.anyio
ONE = {"search_field": "client_id", "identifier": "WEB-1001"}
SEVERAL = {"search_field": "phone", "identifier": "3055550110"}


async def update(pipeline: AssembledPipeline, **arguments: object) -> UpdateResult:
    result = await pipeline.call("update_lead", **arguments)
    assert isinstance(result, UpdateResult)
    return result


def told(result: UpdateResult) -> list[tuple[str, str, str | None, str | None]]:
    return [(read.name, read.fate, read.old, read.new) for read in result.fields or ()]


async def test_a_field_that_took_is_told_with_old_and_new(tmp_path: Path) -> None:
    async with a_recorded_pipeline(tmp_path) as pipeline:
        result = await update(pipeline, **ONE, city="Tampa")
        entry = await pipeline.entry()
    assert told(result) == [("City", "took", "Miami", "Tampa")]
    assert result.message.endswith("Read back: the field took.")
    assert result.warnings == []
    assert (result.entry, entry.outcome) == (entry.id, Outcome.DONE)
    assert [ending.how for ending in entry.endings] == ["answered", "read back"]
    assert isinstance(entry.intent.before, dict)
    assert isinstance(entry.intent.before["fields"], dict)
    assert entry.intent.before["lead_id"] == "1001"
    assert entry.intent.before["fields"]["City"] == "Miami"
    after = entry.endings[-1].after
    assert isinstance(after, dict)
    assert isinstance(after["fields"], dict)
    assert after["fields"]["City"] == "Tampa"


async def test_a_field_that_was_dropped_without_a_word_is_told(tmp_path: Path) -> None:
    async with a_recorded_pipeline(tmp_path) as pipeline:
        result = await update(pipeline, **ONE, city="Tampa", other_fields={"Nope": "x"})
    assert told(result) == [("City", "took", "Miami", "Tampa"), ("Nope", "dropped", None, None)]
    assert result.message.endswith("Read back: 1 of 2 fields took.")
    assert any("dropped Nope without a word" in warning for warning in result.warnings)


async def test_a_field_that_reads_otherwise_than_sent_is_told(tmp_path: Path) -> None:
    async with a_recorded_pipeline(tmp_path) as pipeline:
        # The sandbox cuts nothing, so somebody else's update comes between.
        other = pipeline.over(read_back=False)
        meanwhile = other.read("update_lead", {**ONE, "city": "Orlando"})

        class Meddled:
            """Makes the other update right after ours."""

            async def post(self, request: object) -> object:
                answer = await pipeline.dialer.post(request)  # type: ignore[arg-type]  # a request
                if getattr(request, "script", None) == meanwhile.script:
                    cleared = await other.admit(meanwhile, CALLER)
                    await other.send(cleared)  # type: ignore[arg-type]  # it asks nobody
                return answer

        result = await update(pipeline.over(dialer=Meddled()), **ONE, city="Tampa")
    assert told(result) == [("City", "changed", "Miami", "Orlando")]
    assert result.warnings == ["Read back otherwise than sent: City."]


async def test_an_update_of_several_leads_is_refused_and_on_record(tmp_path: Path) -> None:
    async with a_recorded_pipeline(tmp_path) as pipeline:
        assert await pipeline.refused_by("update_lead", **SEVERAL, city="Tampa") == {
            "several_leads"
        }
        await pipeline.ledger.flush()
        entry = await pipeline.entry()
    assert entry.outcome == "refused"
    assert [ruling.rule for ruling in entry.intent.verdict] == ["several_leads", "policy"]


async def test_one_lead_of_a_phone_asks_nobody(tmp_path: Path) -> None:
    async with a_recorded_pipeline(tmp_path) as pipeline:
        result = await update(pipeline, search_field="phone", identifier="9545550101", city="Tampa")
    assert told(result) == [("City", "took", "Miami", "Tampa")]


@pytest.mark.parametrize("effect", ["status:404", "body:<html>", "drop"])
async def test_where_the_detailed_search_can_not_be_read_an_update_works_as_before(
    tmp_path: Path, effect: str
) -> None:
    async with a_recorded_pipeline(tmp_path) as pipeline:
        pipeline.set_faults(f"LeadOperations.php={effect}*99")
        result = await pipeline.call("update_lead", **SEVERAL, city="Tampa")
        entry = await pipeline.entry()
    assert result.outcome is Outcome.DONE
    assert result.warnings == [
        "The update could not be read back, so which fields took is unknown."
    ]
    assert (entry.outcome, entry.intent.before) == (Outcome.DONE, None)


async def test_where_only_the_second_reading_fails_which_fields_took_is_unknown(
    tmp_path: Path,
) -> None:
    async with a_recorded_pipeline(tmp_path) as pipeline:
        action = pipeline.read("update_lead", {**ONE, "city": "Tampa"})
        cleared = await pipeline.admit(action, CALLER)
        pipeline.set_faults("LeadOperations.php=status:404*99")
        result = await pipeline.send(cleared)  # type: ignore[arg-type]  # it asks nobody
        entry = await pipeline.entry()
    assert result.warnings == [
        "The update could not be read back, so which fields took is unknown."
    ]
    assert [ending.how for ending in entry.endings] == ["answered"]


async def test_one_setting_turns_it_off(tmp_path: Path) -> None:
    async with a_recorded_pipeline(tmp_path, read_back=False) as pipeline:
        result = await pipeline.call("update_lead", **SEVERAL, city="Tampa")
        entry = await pipeline.entry()
    assert (result.outcome, result.warnings) == (Outcome.DONE, [])
    assert not isinstance(result, UpdateResult)
    assert (entry.intent.before, len(entry.endings)) == (None, 1)


async def test_a_lead_that_is_not_there_is_refused_and_not_read_back(tmp_path: Path) -> None:
    async with a_recorded_pipeline(tmp_path) as pipeline:
        error = await pipeline.failure(
            "update_lead", search_field="lead_id", identifier="999", city="Tampa"
        )
        entry = await pipeline.entry()
    assert error.info.outcome is Outcome.REFUSED
    assert (entry.outcome, entry.intent.before) == (Outcome.REFUSED, {"leads": 0})


async def test_the_readings_of_the_servers_own_are_no_entries(tmp_path: Path) -> None:
    async with a_recorded_pipeline(tmp_path) as pipeline:
        await update(pipeline, **ONE, city="Tampa")
        kinds = [entry.kind for entry in await pipeline.entries()]
    assert kinds == [EntryKind.WRITE]
