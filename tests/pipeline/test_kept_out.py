"""Fields that are hidden leave no value in the ledger's files, whatever way a call goes."""

from pathlib import Path

import pytest

from _support.kept import Kept, kept
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


async def inserted(floor: Kept) -> None:
    await floor.call(
        "insert_lead", campaign="Solar", primary_phone="9545550144", import_only=True, **SECRETS
    )


async def updated(floor: Kept) -> None:
    where = {"search_field": "client_id", "identifier": "WEB-1001"}
    await floor.call("update_lead", **where, **SECRETS)
    await floor.call("update_lead", **where, city="Tampa", notes="s3cret again")
    await floor.call("update_lead", **where, city="Orlando", clear_fields=["notes"])


async def searched(floor: Kept) -> None:
    await updated(floor)
    found = await floor.call(
        "search_lead", search_field="client_id", identifier="WEB-1001", detailed=True
    )
    assert "s3cret" in str(found.model_dump())


async def lost(floor: Kept) -> None:
    floor.set_faults("UpdateLead.php=drop_after*1,InjectLead.php=drop_after*1")
    await updated(floor)
    await floor.call(
        "insert_lead",
        campaign="Solar",
        primary_phone="9545550144",
        import_only=True,
        client_id="NEW-1",
        notes="s3cret",
    )


async def refused(floor: Kept) -> None:
    await floor.failure(
        "insert_lead", campaign="Nowhere", primary_phone="9545550144", import_only=True, **SECRETS
    )


async def asked(floor: Kept) -> None:
    floor.policy = Policy(ConfirmLevel.WRITES)
    floor.pipeline = floor.over(floor.client)
    await floor.with_a_yes(
        "insert_lead", campaign="Solar", primary_phone="9545550144", import_only=True, **SECRETS
    )


@pytest.mark.parametrize("way", [inserted, updated, searched, lost, refused, asked])
async def test_no_value_of_a_hidden_field_is_in_the_files(tmp_path: Path, way: object) -> None:
    assert callable(way)
    async with kept(tmp_path, keeping=HIDDEN) as floor:
        await way(floor)
        assert await floor.entries()
        files = floor.on_disk()
    for secret in BYTES:
        assert secret not in files


async def test_without_the_setting_they_are_kept(tmp_path: Path) -> None:
    async with kept(tmp_path) as floor:
        await updated(floor)
        assert len(await floor.entries()) == 3
        files = floor.on_disk()
    for secret in BYTES:
        assert secret in files


async def test_that_a_hidden_field_was_there_is_kept(tmp_path: Path) -> None:
    async with kept(tmp_path, keeping=HIDDEN) as floor:
        await updated(floor)
        first = (await floor.entries())[0]
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
