"""A suppressed number is written nowhere that it can be dialed from, in any notation."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from _support.pipeline import CALLER, an_action
from _support.sandbox import DIALED, PHONE, SECOND, TEXT, a_sandbox_pipeline
from _support.tables import each
from chasedata_mcp.ledger.approval_models import Scope
from chasedata_mcp.pipeline.pipeline import Cleared
from chasedata_mcp.policy.contact_numbers import find_contact_numbers
from chasedata_mcp.policy.decision import RefusedError

pytestmark = pytest.mark.anyio
FORMS = [
    *("09545550123", "99545550123", "95455501231", "0000009545550123", "*679545550123"),
    *("%39%35%34%35%35%35%30%31%32%33", "%2539%253545550123", "%25252525399545550123"),
    *("954&#53;&#x35;50123", "&amp;amp;#57;545550123", "954%26%2353%3B550123", "\\u0039545550123"),
    *(
        "&#xff19;545550123",
        "9<b>54</b>5550123",
        "\uff19\uff15\uff14\uff15\uff15\uff15\uff10\uff11\uff12\uff13",
    ),
    *("919545550123", "(954)  -  555  -  0123 x12", "\u277e545550123", "5 9545550123 5"),
]
BY_LEAD: Mapping[str, object] = {"search_field": "lead_id", "identifier": "1007"}
STORED: Mapping[str, object] = {
    "campaign": "Solar",
    "primary_phone": "2125550109",
    "import_only": True,
    "duplicates_check": "none",
}


def ways(text: str) -> list[tuple[str, dict[str, object]]]:
    """The ways to write a text into a lead."""
    return [
        ("update_lead", {**BY_LEAD, "other_fields": {"SecondaryPhone": text}}),
        ("update_lead", {**BY_LEAD, "custom_fields": {"Mobile": text}}),
        ("update_lead", {**BY_LEAD, "custom_fields": {"Roof Type": text}}),
        ("insert_lead", {**STORED, "other_fields": {"SecondaryPhone": text}}),
        ("insert_lead", {**STORED, "custom_fields": {"Mobile": text}}),
    ]


@each("text", FORMS)
async def test_it_is_stored_by_no_tool_however_it_is_written(text: str) -> None:
    async with a_sandbox_pipeline() as pipeline:
        await pipeline.suppress(PHONE)
        for tool, arguments in ways(text):
            assert await pipeline.refused_by(tool, **arguments) == {"suppressed"}


@each("text", FORMS)
async def test_while_it_may_be_called_it_is(text: str) -> None:
    async with a_sandbox_pipeline() as pipeline:
        await pipeline.suppress(SECOND)
        for tool, arguments in ways(text):
            await pipeline.admit(pipeline.read(tool, arguments), CALLER)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-02 14:00:00",
        "1770000000123",
        "120330000012345678",
        "33301-1234, 12 kW, 1998, 250 m2",
    ],
)
async def test_dates_and_ids_are_written_to_a_lead_that_must_not_be_called(text: str) -> None:
    async with a_sandbox_pipeline() as pipeline:
        await pipeline.suppress("9545550101")
        update = {"search_field": "lead_id", "identifier": "1001", "custom_fields": {"Ref": text}}
        assert (await pipeline.call("update_lead", **update)).outcome == "done"


async def test_what_is_written_of_a_number_that_comes_onto_the_list_meanwhile_is_not_sent() -> None:
    async with a_sandbox_pipeline() as pipeline:
        update = {**BY_LEAD, "custom_fields": {"Roof Type": "0000009545550123"}}
        cleared = await pipeline.admit(pipeline.read("update_lead", update), CALLER)
        assert isinstance(cleared, Cleared)
        await pipeline.suppress(PHONE)
        with pytest.raises(RefusedError) as caught:
            await pipeline.send(cleared)
        assert "do-not-call list" in caught.value.message


async def test_more_digits_than_any_statement_takes_are_held_against_the_memory() -> None:
    digits = "".join(f"{number:07}" for number in range(2_000_000, 2_002_800))
    async with a_sandbox_pipeline() as pipeline:
        long = {**DIALED, "other_fields": {"Blob": f"{digits}{PHONE}"}}
        assert len(find_contact_numbers(an_action("insert_lead", long)).possible) > 2000
        await pipeline.suppress(PHONE)
        refused = await pipeline.refused_by(
            "insert_lead", **{**long, "primary_phone": "2125550109", "import_only": True}
        )
        assert "suppressed" in refused
        harmless = {**STORED, "other_fields": {"Blob": digits}}
        assert "suppressed" not in {
            rule.rule
            for rule in (
                await pipeline.preview(pipeline.read("insert_lead", harmless), CALLER)
            ).refused
        }


async def test_a_prefix_makes_another_number_of_none_that_a_grant_covers() -> None:
    async with a_sandbox_pipeline() as pipeline:
        await pipeline.call("search_lead", search_field="lead_id", identifier="1005", detailed=True)
        until = pipeline.clock() + timedelta(hours=1)
        await pipeline.grant(Scope(("insert_lead",), (PHONE,), None, 9, until))
        dialed = {**DIALED, "duplicates_check": "none"}
        for text, covered in (("1 954 555 0123 x 4", True), ("03055550110", False)):
            action = pipeline.read("insert_lead", {**dialed, "custom_fields": {"Spare": text}})
            assert isinstance(await pipeline.admit(action, CALLER), Cleared) is covered


@pytest.mark.parametrize(
    ("listed", "in_file", "said", "hinted"),
    [
        (True, False, "is on this server's do-not-call list.", "takes the number off that list."),
        (False, True, "number is in the suppression file.", "out of the suppression file."),
        (True, True, "list, and is in the suppression file.", "off that list and takes it out of"),
    ],
)
async def test_a_refusal_says_which_of_the_two_has_the_number(
    tmp_path: Path,
    listed: bool,  # noqa: FBT001 - of the table
    in_file: bool,  # noqa: FBT001 - as above
    said: str,
    hinted: str,
) -> None:
    file = tmp_path / "suppressed.txt"
    file.write_text(f"{PHONE}\n" if in_file else "# none\n", encoding="utf-8")
    async with a_sandbox_pipeline(suppression=file) as pipeline:
        if listed:
            await pipeline.suppress(PHONE)
        error = await pipeline.failure("send_sms", **TEXT)
        assert error.message.endswith(said)
        assert hinted in error.hint
        # A lead's own phone is told of alike.
        await pipeline.failure("send_sms", **{**TEXT, "to_number": PHONE})
