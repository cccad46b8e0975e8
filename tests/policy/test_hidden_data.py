"""Hidden data is redacted from the pipeline's results, whichever tool shows it."""

from pathlib import Path

import pytest

from _support.ledger import read_files
from _support.sandbox import TEXT, a_sandbox_pipeline, terms
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.redaction import HIDDEN

pytestmark = pytest.mark.anyio
PRIYA = {"search_field": "lead_id", "identifier": "1008"}
CARD = "4111 1111 1111 1111"


async def test_a_hidden_field_is_named_and_its_value_is_not_there() -> None:
    async with a_sandbox_pipeline() as pipeline:
        found = (await pipeline.call("search_lead", **PRIYA, detailed=True)).model_dump()
    (lead,) = found["leads"]
    assert lead["fields"]["adv_Card__Last4"] == HIDDEN
    assert lead["fields"]["FirstName"] == "Priya"
    assert found["hidden"] == ["adv_Card__Last4"]


async def test_a_card_number_is_hidden_wherever_it_stands() -> None:
    async with a_sandbox_pipeline(terms(hidden={"writable": True})) as pipeline:
        # Written when it was allowed, as by somebody else.
        updated = (
            await pipeline.call("update_lead", **PRIYA, notes=f"Paid by {CARD}")
        ).model_dump()
        found = (await pipeline.call("search_lead", **PRIYA, detailed=True)).model_dump()
        assert pipeline.rows("leads", LeadId=1008)[0]["Notes"] == f"Paid by {CARD}"
    assert CARD not in str(updated)
    assert CARD not in str(found)
    assert found["leads"][0]["fields"]["Notes"] == f"Paid by {HIDDEN}"


async def test_what_may_be_seen_is_a_setting() -> None:
    shown = terms(hidden={"fields": ["passport"], "values": False})
    async with a_sandbox_pipeline(shown) as pipeline:
        found = (await pipeline.call("search_lead", **PRIYA, detailed=True)).model_dump()
    assert found["leads"][0]["fields"]["adv_Card__Last4"] == "4242"


async def test_an_error_is_veiled_too() -> None:
    async with a_sandbox_pipeline() as pipeline:
        said = CallError(Code.REFUSED_BY_DIALER, "No.", hint="-", dialer_said=f"No {CARD}.")
        assert CARD not in str(pipeline.build_failure(said).model_dump())


async def test_hidden_values_are_not_written_and_not_quoted() -> None:
    async with a_sandbox_pipeline() as pipeline:
        assert await pipeline.refused_by("update_lead", **PRIYA, notes=CARD) == {"hidden"}
        assert await pipeline.refused_by("send_sms", **{**TEXT, "message": CARD}) == {"hidden"}
        assert CARD not in (await pipeline.failure("update_lead", **PRIYA, notes=CARD)).message


async def test_the_ledger_keeps_what_the_policy_hides_out_of_it(tmp_path: Path) -> None:
    async with a_sandbox_pipeline(
        terms(confirm="writes", hidden={"writable": True}), ledger=tmp_path
    ) as pipeline:
        await pipeline.with_a_yes("update_lead", **PRIYA, notes=f"Paid by {CARD}")
        await pipeline.ledger.flush()
        kept = read_files(tmp_path)
    assert CARD.encode() not in kept
