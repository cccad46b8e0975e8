"""What a model wasn't shown of a lead isn't destroyed by it unasked, nor told of falsely."""

from pathlib import Path

import pytest

from _support.pipeline import CALLER
from _support.sandbox import SandboxPipeline, a_recorded_pipeline
from chasedata_mcp.errors import Code, Outcome
from chasedata_mcp.history.undo_service import UndoService
from chasedata_mcp.policy.decision import RefusedError
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.redaction import DEFAULT_REDACTOR, HIDDEN, Redactor
from chasedata_mcp.tools.lead_snapshot import hash_text
from chasedata_mcp.tools.results import LeadsResult, UpdateResult

pytestmark = pytest.mark.anyio
ONE = {"search_field": "client_id", "identifier": "WEB-1001"}
VEILED = Policy(redactor=DEFAULT_REDACTOR)
OPEN = Policy()
CARD = "4111-1111-1111-1111"
LONG = "C" * 9_000


async def notes_read(pipeline: SandboxPipeline) -> str:
    found = await pipeline.call("search_lead", **ONE, detailed=True)
    assert isinstance(found, LeadsResult)
    assert found.leads is not None
    return found.leads[0].fields["Notes"]


async def has_notes(pipeline: SandboxPipeline, notes: str) -> None:
    """Have these notes in the dialer, put there past every rule."""
    await pipeline.over(policy=OPEN).call("update_lead", **ONE, notes=notes)


def notes_held(pipeline: SandboxPipeline) -> str:
    (row,) = pipeline.rows("leads", LeadId=1001)
    return str(row["Notes"])


async def test_appending_to_what_is_hidden_or_cut_is_refused_and_nothing_is_lost(
    tmp_path: Path,
) -> None:
    async with a_recorded_pipeline(tmp_path, policy=VEILED) as pipeline:
        for real in (f"Pays by {CARD}.", LONG):
            await has_notes(pipeline, real)
            shown = await notes_read(pipeline)
            error = await pipeline.failure("update_lead", **ONE, notes=f"{shown} Wants a callback.")
            assert error.code is Code.NOT_ALLOWED
            assert "take the place of what really stands there" in error.message
            assert "can't add to it" in error.hint
            assert notes_held(pipeline) == real


@pytest.mark.parametrize(
    "policy", [OPEN, VEILED, Policy(redactor=DEFAULT_REDACTOR, writes_hidden=True)]
)
@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("update_lead", {**ONE, "notes": HIDDEN}),
        ("update_lead", {**ONE, "custom_fields": {"Plan": "x… [cut]"}}),
        (
            "insert_lead",
            {
                "campaign": "Solar",
                "primary_phone": "3055550144",
                "import_only": True,
                "custom_fields": {"Plan": "x [hidden]"},
            },
        ),
        (
            "send_sms",
            {"from_number": "9545550195", "to_number": "9545550123", "message": "Hi [hidden]"},
        ),
    ],
)
async def test_our_marks_are_never_written_whatever_the_policy(
    tmp_path: Path, policy: Policy, tool: str, arguments: dict[str, object]
) -> None:
    async with a_recorded_pipeline(tmp_path, policy=policy) as pipeline:
        error = await pipeline.failure(tool, **arguments)
        assert isinstance(error, RefusedError)
        assert [rule.rule for rule in error.rules] == ["hidden"]
        assert (await pipeline.entry()).outcome is Outcome.REFUSED


async def test_a_search_by_a_mark_is_only_a_search(tmp_path: Path) -> None:
    async with a_recorded_pipeline(tmp_path, policy=VEILED) as pipeline:
        found = await pipeline.call("search_lead", search_field="client_id", identifier=HIDDEN)
        assert found.outcome is Outcome.DONE


async def test_what_is_hidden_is_not_overwritten_by_another_text_either(tmp_path: Path) -> None:
    async with a_recorded_pipeline(tmp_path, policy=VEILED) as pipeline:
        await has_notes(pipeline, f"Pays by {CARD}.")
        for arguments in ({"notes": "Wants a callback."}, {"clear_fields": ["notes"]}):
            error = await pipeline.failure("update_lead", **ONE, **arguments)
            assert "would be lost unseen" in error.message
            assert CARD not in error.message
        await pipeline.call("update_lead", **ONE, city="Tampa")
        assert notes_held(pipeline) == f"Pays by {CARD}."
        preview = await pipeline.preview(
            pipeline.read("update_lead", {**ONE, "notes": "x"}), CALLER
        )
        assert [no.rule for no in preview.refused] == ["hidden"]


async def test_who_may_write_what_is_hidden_may_overwrite_it(tmp_path: Path) -> None:
    policy = Policy(redactor=DEFAULT_REDACTOR, writes_hidden=True)
    async with a_recorded_pipeline(tmp_path, policy=policy) as pipeline:
        await has_notes(pipeline, f"Pays by {CARD}.")
        await pipeline.call("update_lead", **ONE, notes="Wants a callback.")
        assert notes_held(pipeline) == "Wants a callback."


async def test_what_was_only_begun_to_be_shown_is_overwritten_after_a_yes(tmp_path: Path) -> None:
    async with a_recorded_pipeline(tmp_path, policy=VEILED) as pipeline:
        await has_notes(pipeline, LONG)
        question = await pipeline.question("update_lead", **ONE, notes="short")
        assert "Only the beginning of Notes was shown; the rest of it will be lost." in question
        assert notes_held(pipeline) == LONG
        result = await pipeline.with_a_yes("update_lead", **ONE, notes="short")
        assert isinstance(result, UpdateResult)
        assert [field.fate for field in result.fields or ()] == ["took"]
        assert notes_held(pipeline) == "short"


@pytest.mark.parametrize("sent", [f"{LONG} plus", "D" * 9_000, LONG[:6_000]])
async def test_a_long_text_that_took_is_told_to_have_taken(tmp_path: Path, sent: str) -> None:
    async with a_recorded_pipeline(tmp_path, policy=OPEN) as pipeline:
        await pipeline.call("update_lead", **ONE, notes="short")
        result = await pipeline.call("update_lead", **ONE, notes=sent)
        assert isinstance(result, UpdateResult)
        assert [field.fate for field in result.fields or ()] == ["took"]
        over = await pipeline.with_a_yes("update_lead", **ONE, notes=f"{sent}!")
        assert isinstance(over, UpdateResult)
        assert [field.fate for field in over.fields or ()] == ["took"]
        assert over.warnings == []


async def test_a_short_text_comes_back_after_a_long_one_was_written_over_it(
    tmp_path: Path,
) -> None:
    async with a_recorded_pipeline(tmp_path, policy=OPEN) as pipeline:
        await pipeline.call("update_lead", **ONE, notes="short")
        done = await pipeline.call("update_lead", **ONE, notes=LONG)
        assert done.entry is not None
        undoing = UndoService(pipeline, pipeline.ledger)
        plan = await undoing.plan(done.entry, None)
        assert [action.sent_form["Notes"] for action in plan.group.actions] == ["short"]


async def test_the_hash_of_a_long_text_is_in_the_ledger_under_a_key_only(tmp_path: Path) -> None:
    async with a_recorded_pipeline(tmp_path, policy=OPEN) as pipeline:
        await pipeline.call("update_lead", **ONE, notes=LONG)
        after = (await pipeline.entry()).endings[-1].after
    assert isinstance(after, dict)
    hashes = after["wholes"]
    assert isinstance(hashes, dict)
    assert set(hashes) == {"Notes"}
    assert hashes["Notes"] != hash_text(LONG)


async def test_a_field_name_that_holds_a_number_is_neither_written_nor_recorded(
    tmp_path: Path,
) -> None:
    number = "4111111111111111"
    by_name = {"custom_fields": {f"X{number}": "y"}}
    cleared = {"clear_fields": [f"adv_X{number}"]}
    async with a_recorded_pipeline(tmp_path, policy=VEILED) as pipeline:
        for arguments in (by_name, cleared):
            error = await pipeline.failure("update_lead", **ONE, **arguments)
            assert "card or social security number" in error.message
        assert pipeline.rows("leads", LeadId=1001)[0]["custom_fields"].get(f"adv_X{number}") is None
        await pipeline.ledger.flush()
        assert number.encode() not in pipeline.on_disk()


@pytest.mark.parametrize("policy", [OPEN, Policy(redactor=Redactor(values=False))])
async def test_where_it_may_be_written_it_is_recorded_masked(
    tmp_path: Path, policy: Policy
) -> None:
    number = "4111111111111111"
    async with a_recorded_pipeline(tmp_path, policy=policy) as pipeline:
        await pipeline.call("update_lead", **ONE, custom_fields={f"X{number}": "y"})
        entry = await pipeline.entry()
        assert isinstance(entry.intent.form, dict)
        assert entry.intent.form[f"adv_X{HIDDEN}"] is None
        assert number.encode() not in pipeline.on_disk()
