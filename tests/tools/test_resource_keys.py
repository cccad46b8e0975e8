"""The resource keys that each call touches."""

import pytest

from _support.examples import EXAMPLES
from _support.pipeline import an_action
from _support.tables import each
from chasedata_mcp.settings.scripts import Script
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.impact import Impact
from chasedata_mcp.tools.registry import CATALOGUE
from chasedata_mcp.tools.resource_keys import list_numbers, list_resource_keys

PHONE = "9545550101"
TOUCHED: dict[str, tuple[str, ...]] = {
    "insert_lead": (f"phone:{PHONE}", f"lead:phone/{PHONE}"),
    "update_lead": ("lead:lead_id/1001",),
    "search_lead": (f"lead:phone/{PHONE}",),
    "disposition_lead": ("lead:lead_id/1001",),
    "insert_dnc": (f"dnc:{PHONE}",),
    "delete_dnc": (f"dnc:{PHONE}",),
    "send_sms": (f"phone:{PHONE}",),
    "available_inbound_agents": ("ringgroup:3055550100",),
    "conference_call": (f"phone:{PHONE}",),
    "create_dial_list": ("list:jdoe/spring",),
    "delete_dial_list": ("list:jdoe/spring",),
    "add_dial_list_phone": (f"listphone:jdoe/spring/{PHONE}", "list:jdoe/spring"),
    "delete_dial_list_phone": (f"listphone:jdoe/spring/{PHONE}", "list:jdoe/spring"),
    "mark_dial_list_phone_dialed": (f"listphone:jdoe/spring/{PHONE}", "list:jdoe/spring"),
    "mark_dial_list_phone_undialed": (f"listphone:jdoe/spring/{PHONE}", "list:jdoe/spring"),
    "enable_playlist_filter": ("filter:main/florida", "playlist:main"),
    "disable_playlist_filter": ("filter:main/florida", "playlist:main"),
    "assign_playlist_filter": ("filter:main/florida", "playlist:main"),
    "remove_playlist_filter": ("filter:main/florida", "playlist:main"),
    "reload_playlist": ("playlist:main",),
    "update_skill_priority": ("skill:billing/3055550100", "skill:billing", "skills:"),
    "reload_skills": ("skills:",),
}
HAS_NO_PHONE = {
    "update_lead",
    "disposition_lead",
    "create_dial_list",
    "delete_dial_list",
    "enable_playlist_filter",
    "disable_playlist_filter",
    "assign_playlist_filter",
    "remove_playlist_filter",
    "reload_playlist",
    "reload_skills",
}


@each("tool", CATALOGUE)
def test_every_tool_says_what_it_touches(tool: str) -> None:
    assert list_resource_keys(an_action(tool, EXAMPLES[tool])) == TOUCHED[tool]


@each("tool", CATALOGUE)
def test_every_tool_says_which_phones_it_has(tool: str) -> None:
    found = list_numbers(an_action(tool, EXAMPLES[tool]))
    assert bool(found) is (tool not in HAS_NO_PHONE)
    assert set(found) <= {PHONE, "3055550100"}


def test_an_action_that_nobody_has_thought_of_is_an_error() -> None:
    class Odd(
        Action,
        title="Do something new",
        script=Script.LEADS,
        impact=Impact.WRITE,
        idempotent=True,
        loses=False,
    ):
        """Does something new."""

    with pytest.raises(TypeError, match="what it touches"):
        list_resource_keys(Odd())
    with pytest.raises(TypeError, match="which phones"):
        list_numbers(Odd())


def test_a_slash_in_a_name_makes_no_other_thing_of_it() -> None:
    keys = {
        list_resource_keys(an_action("create_dial_list", {"agent": agent, "list_name": name}))
        for agent, name in (("a/b", "c"), ("a", "b/c"), ("a%2Fb", "c"), ("a", "b%2Fc"))
    }
    assert len(keys) == 4


def test_names_are_compared_without_regard_to_capitals_but_those_of_agents_with() -> None:
    def key(agent: str, name: str) -> tuple[str, ...]:
        return list_resource_keys(
            an_action("create_dial_list", {"agent": agent, "list_name": name})
        )

    assert key("Maria", "SPRING") == key("Maria", "Spring") != key("maria", "Spring")


def test_a_source_is_one_thing_however_its_number_is_written() -> None:
    one, other = (
        list_resource_keys(
            an_action("update_skill_priority", {"skill": "Sales", "source": source, "priority": 1})
        )
        for source in ("(954) 555-0190", "9545550190")
    )
    assert one == other


def test_an_update_touches_the_lead_by_every_name_that_it_has_or_gets() -> None:
    update = an_action(
        "update_lead",
        {
            "search_field": "client_id",
            "identifier": "CRM-7",
            "client_id": "CRM-8",
            "primary_phone": "954-555-0102",
        },
    )
    assert list_resource_keys(update, "1001") == (
        "lead:client_id/crm-7",
        "lead:client_id/crm-8",
        "lead:phone/9545550102",
        "lead:lead_id/1001",
    )


def test_leading_zeros_make_no_other_lead() -> None:
    assert list_resource_keys(
        an_action("disposition_lead", {"lead_id": "001001", "disposition": "SALE"})
    ) == ("lead:lead_id/1001",)


def test_a_text_that_is_filed_under_a_lead_touches_it() -> None:
    text = an_action("send_sms", {**EXAMPLES["send_sms"], "lead_id": "1001"})
    assert list_resource_keys(text) == (f"phone:{PHONE}", "lead:lead_id/1001")
    assert list_numbers(text) == (PHONE, "3055550100")


def test_phones_in_further_fields_are_found_by_what_these_are_called() -> None:
    lead = an_action(
        "update_lead",
        {
            "search_field": "phone",
            "identifier": "954-555-0101",
            "primary_phone": "954-555-0102",
            "other_fields": {"SecondaryPhone": "(954) 555-0103", "Account": "9545550104"},
            "custom_fields": {
                "Mobile": "no number",
                "Cell Phone": "9545550105",
                "Miscellaneous": "9545550106",
                "Cancellation": "9545550107",
            },
        },
    )
    assert set(list_numbers(lead)) == {PHONE, "9545550102", "9545550103", "9545550105"}
