"""Nothing in a lead's own fields or in a text changes what is asked, or what the call does."""

import pytest

from _support.examples import LEAD
from _support.pipeline import a_pipeline, an_action
from chasedata_mcp.errors import CallError, Code

CONTROLS = ("DialNonCallables", "AllowDialingDups", "timezone", "ImportOnly", "DuplicatesCheck")
WRITTEN = (str, str.lower, str.upper, str.swapcase)
INSERT = {**LEAD, "import_only": False}
UPDATE = {"search_field": "lead_id", "identifier": "1001"}


def refused(tool: str, arguments: dict[str, object]) -> None:
    with pytest.raises(CallError) as caught:
        an_action(tool, arguments)
    assert caught.value.code is Code.INVALID_ARGUMENTS


@pytest.mark.parametrize("control", [*CONTROLS, "Action", "token", "accid", "PrimaryPhone"])
def test_a_field_of_ones_own_is_never_a_control_of_the_vendors(control: str) -> None:
    for written in (write(control) for write in WRITTEN):
        refused("insert_lead", {**INSERT, "other_fields": {written: "1"}})
        refused("update_lead", {**UPDATE, "other_fields": {written: "1"}})


@pytest.mark.parametrize("control", [*CONTROLS, "Action", "token", "accid"])
def test_a_field_to_clear_is_never_a_control_of_the_vendors(control: str) -> None:
    for written in (write(control) for write in WRITTEN):
        refused("update_lead", {**UPDATE, "clear_fields": [written]})


@pytest.mark.parametrize(
    "name",
    [
        "Dial.NonCallables",
        "DialNonCallables ",
        " DialNonCallables",
        "DialNonCallables[]",
        "DialNonCallables\x00",
        "DialNonCallables=1&x",
        "DialNonCallables\u212a",
        "ＤialNonCallables",  # noqa: RUF001 - a letter that only looks the same is the point
    ],
)
def test_a_name_that_could_become_another_is_refused(name: str) -> None:
    refused("insert_lead", {**INSERT, "other_fields": {name: "1"}})


def test_a_custom_field_of_a_controls_name_goes_under_its_prefix() -> None:
    action = an_action("insert_lead", {**INSERT, "custom_fields": {"DialNonCallables": "1"}})
    assert action.build_form()["adv_DialNonCallables"] == "1"
    assert "DialNonCallables" not in action.build_form()


async def _form_of(text: str) -> dict[str, str]:
    pipeline = a_pipeline()
    pending = await pipeline.pending("delete_dial_list", agent="jdoe", list_name=text)
    return pending.calls[0].action.build_form()


@pytest.mark.anyio
@pytest.mark.parametrize("text", ["a&Action=DeleteDnc", "a%26Action=X", "a+b", "a=b;c"])
async def test_a_text_that_looks_like_a_form_is_sent_as_what_it_is(text: str) -> None:
    form = await _form_of(text)
    assert form == {"Action": "DeleteList", "Agent": "jdoe", "List": text}
