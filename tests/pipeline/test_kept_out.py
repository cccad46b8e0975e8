"""Fields that are hidden leave no value in the ledger's files, whatever way a call goes."""

from pathlib import Path

import pytest

from _support.sandbox import SandboxPipeline, a_recorded_pipeline
from chasedata_mcp.pipeline.recorder import Keeping
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.policy.models import ConfirmLevel

pytestmark = pytest.mark.anyio
HIDDEN = Keeping(
    ("notes", "ADV_Plan", "ADV_Roof__Type", "SSN", "Email", "ADV_Mobile", "CallbackNotes")
)
SECRETS = {
    "notes": "s3cret-notes",
    "custom_fields": {"Plan": "s3cret-plan", "Roof Type": "s3cret-roof", "Mobile": "3055550177"},
    "other_fields": {"SSN": "s3cret-ssn", "email": "s3cret@example.com"},
    "callback": {"agent": "Maria", "at": "2026-03-03T12:00", "notes": "s3cret-callback"},
}
BYTES = (b"s3cret", b"3055550177", b"dana.reyes")


async def inserted(pipeline: SandboxPipeline) -> None:
    await pipeline.call(
        "insert_lead", campaign="Solar", primary_phone="9545550144", import_only=True, **SECRETS
    )


async def updated(pipeline: SandboxPipeline) -> None:
    where = {"search_field": "client_id", "identifier": "WEB-1001"}
    await pipeline.call("update_lead", **where, **SECRETS)
    await pipeline.call("update_lead", **where, city="Tampa", notes="s3cret again")
    await pipeline.call("update_lead", **where, city="Orlando", clear_fields=["notes"])


async def searched(pipeline: SandboxPipeline) -> None:
    await updated(pipeline)
    found = await pipeline.call(
        "search_lead", search_field="client_id", identifier="WEB-1001", detailed=True
    )
    assert "s3cret" in str(found.model_dump())


async def lost(pipeline: SandboxPipeline) -> None:
    pipeline.set_faults("UpdateLead.php=drop_after*1,InjectLead.php=drop_after*1")
    await updated(pipeline)
    await pipeline.call(
        "insert_lead",
        campaign="Solar",
        primary_phone="9545550144",
        import_only=True,
        client_id="NEW-1",
        notes="s3cret",
    )


async def refused(pipeline: SandboxPipeline) -> None:
    await pipeline.failure(
        "insert_lead", campaign="Nowhere", primary_phone="9545550144", import_only=True, **SECRETS
    )


async def asked(pipeline: SandboxPipeline) -> None:
    await pipeline.over(policy=Policy(ConfirmLevel.WRITES)).with_a_yes(
        "insert_lead", campaign="Solar", primary_phone="9545550144", import_only=True, **SECRETS
    )


@pytest.mark.parametrize("way", [inserted, updated, searched, lost, refused, asked])
async def test_no_value_of_a_hidden_field_is_in_the_files(tmp_path: Path, way: object) -> None:
    assert callable(way)
    async with a_recorded_pipeline(tmp_path, keeping=HIDDEN) as pipeline:
        await way(pipeline)
        assert await pipeline.entries()
        files = pipeline.on_disk()
    for secret in BYTES:
        assert secret not in files


async def test_without_the_setting_they_are_kept(tmp_path: Path) -> None:
    async with a_recorded_pipeline(tmp_path) as pipeline:
        await updated(pipeline)
        assert len(await pipeline.entries()) == 3
        files = pipeline.on_disk()
    for secret in BYTES:
        assert secret in files


async def test_that_a_hidden_field_was_there_is_kept(tmp_path: Path) -> None:
    async with a_recorded_pipeline(tmp_path, keeping=HIDDEN) as pipeline:
        await updated(pipeline)
        first = (await pipeline.entries())[0]
    assert first.intent.arguments == {
        "search_field": "client_id",
        "identifier": "WEB-1001",
        "notes": None,
        "custom_fields": {"Plan": None, "Roof Type": None, "Mobile": None},
        "other_fields": {"SSN": None, "email": None},
        "callback": {"agent": "Maria", "at": "2026-03-03T12:00:00", "notes": None},
    }
    assert isinstance(first.intent.form, dict)
    assert first.intent.form["Notes"] is None
    assert first.intent.form["CallbackNotes"] is None
    assert first.intent.form["CallbackAgent"] == "Maria"
    assert isinstance(first.intent.before, dict)
    assert isinstance(first.intent.before["fields"], dict)
    assert first.intent.before["fields"]["Notes"] is None
    assert first.intent.before["fields"]["City"] == "Miami"
