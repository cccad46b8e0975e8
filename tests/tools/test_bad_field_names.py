"""Names of fields that could mean something else: refused, and nothing is sent."""

import pytest

from _support.tables import each
from _support.transport import refusal
from _support.wire_forms import LEAST_OF
from chasedata_mcp.fields.field_names import refuse_reserved
from chasedata_mcp.tools.base import list_wire_names
from chasedata_mcp.tools.registry import CATALOGUE

pytestmark = pytest.mark.anyio


def least(tool: str, **more: object) -> dict[str, object]:
    return {**LEAST_OF[tool].arguments, **more}


_NO_NAMES = [
    "",
    " ",
    "a.b",
    "a[b]",
    "a&Action",
    "a=b",
    "1st",
    "_x",
    "é",
    "x" * 101,
    "a\nb",
    "\ud83d",
]
_RESERVED = [
    *("Campaign", "campaign", "CAMPAIGN", "PrimaryPhone", "Subcampaign", "timezone", "TimeZone"),
    *("AllowDialingDups", "DialNonCallables", "DuplicatesCheck", "ImportOnly", "SearchField"),
    *("Identifier", "CallbackAgent", "CallbackDate", "CallbackNotes", "token", "TOKEN", "accid"),
    *("Action", "action", "ClientId", "FirstName", "LastName", "Address", "City", "State"),
    *("ZipCode", "Rep", "CallStatus", "Notes", "notes", "NOTES"),
    *(
        "GroupId",
        "group_id",
        "LeadId",
        "Lead_Id",
        "Id",
        "Method",
        "DialNow",
        "Dial_Now",
        "Priority",
    ),
    *("Number", "Detailed", "Agent", "Disposition", "Phone", "List", "DELAY", "Source", "From"),
]


@each("tool", ["insert_lead", "update_lead"])
@each("name", [*_NO_NAMES, "a b", *_RESERVED])
async def test_a_name_that_could_mean_something_else_is_refused(tool: str, name: str) -> None:
    message = await refusal(tool, least(tool, other_fields={name: "x"}))
    assert "other_fields" in message or "A name has half of" in message
    assert len(name) <= 6 or name not in message


@each("tool", ["insert_lead", "update_lead"])
@each("name", ["", " ", "a.b", "a[b]", "adv_", "a&b", "x" * 97, "\u00e9", "a\tb"])
async def test_the_same_goes_for_the_accounts_own_fields(tool: str, name: str) -> None:
    message = await refusal(tool, least(tool, custom_fields={name: "x"}))
    assert message.startswith("`custom_fields`: has a field ")


@pytest.mark.parametrize(
    "given",
    [
        {"other_fields": {"Email": "a", "email": "b"}},
        {"custom_fields": {"Plan": "a", "plan": "b"}},
        {"custom_fields": {"Plan": "a", "adv_Plan": "b"}},
        {"custom_fields": {"Plan": "a"}, "other_fields": {"adv_Plan": "b"}},
        {"custom_fields": {"a b": "a", "a__b": "b"}},
    ],
)
@pytest.mark.parametrize("tool", ["insert_lead", "update_lead"])
async def test_a_field_that_is_there_twice_is_refused(tool: str, given: dict[str, object]) -> None:
    message = await refusal(tool, least(tool, **given))
    assert "_fields`: has the same field twice" in message


@pytest.mark.parametrize(
    "given",
    [
        {"clear_fields": ["city"]},
        {"clear_fields": [" city "]},
        {"clear_fields": ["notes", "notes"]},
        {"clear_fields": ["notes", " notes"]},
        {"clear_fields": ["Email", "EMAIL"]},
        {"clear_fields": ["adv_Plan"], "custom_fields": {"Plan": "x"}},
        {"clear_fields": ["ADV_PLAN"], "custom_fields": {"Plan": "x"}},
        {"clear_fields": ["Email"], "other_fields": {"email": "x"}},
        {"clear_fields": ["Roof Type", "adv_Roof__Type"]},
    ],
)
async def test_a_field_is_not_both_set_and_cleared_nor_cleared_twice(
    given: dict[str, object],
) -> None:
    message = await refusal("update_lead", least("update_lead", **given))
    assert message.startswith("`clear_fields`: ")
    assert "twice" in message


@each(
    "name",
    [
        *_NO_NAMES,
        *(name for name in _RESERVED if name not in {"campaign", "notes"}),
        *("callback", "custom_fields", "other_fields", "clear_fields", "search_field"),
        *("identifier", "callback ", "First Name&"),
    ],
)
async def test_a_name_to_clear_that_is_no_field_is_refused(name: str) -> None:
    message = await refusal("update_lead", least("update_lead", clear_fields=[name]))
    assert message.startswith("`clear_fields`: ")


def test_no_parameter_of_any_tool_can_be_a_further_field() -> None:
    fields = [info for action in CATALOGUE.values() for info in action.model_fields.values()]
    controls = {info.serialization_alias for info in fields if info.serialization_alias}
    assert {"GroupId", "Priority"} - controls == {"GroupId"}
    assert controls <= list_wire_names()
    for name in controls:
        with pytest.raises(ValueError, match="reserved"):
            refuse_reserved([name.upper()], list_wire_names())
