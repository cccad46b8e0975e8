"""The effects of each call, as the data that the rules read."""

from datetime import datetime

import pytest

from _support.sandbox import NOON
from _support.tables import each
from _support.wire_forms import EVERYTHING, LEAST_OF
from chasedata_mcp.fields.context import ValidationContext
from chasedata_mcp.tools.effects import (
    ChangesRouting,
    Channel,
    ContactsPerson,
    DeletedKind,
    DeletesForGood,
    Effect,
    EffectTime,
    FormerValue,
    LiveSystem,
    MakesCallable,
    Overwrites,
    Protection,
    ReleasesNumber,
    SuppressesNumber,
    TakesOffDialList,
)
from chasedata_mcp.tools.impact import Impact
from chasedata_mcp.tools.registry import CATALOGUE

PHONE = "9545550123"
AT = datetime(2026, 8, 23, 14, 20)  # noqa: DTZ001 - the time by the clock at the phone
CALLBACK = {"agent": "Maria", "at": "2026-08-23T14:20"}


def of(tool: str, **more: object) -> list[Effect]:
    action = CATALOGUE[tool].read({**LEAST_OF[tool].arguments, **more}, ValidationContext(NOON))
    return list(action.list_effects())


def called(when: EffectTime, **more: object) -> ContactsPerson:
    return ContactsPerson(PHONE, Channel.CALL, when, **more)  # type: ignore[arg-type]  # as it is given


MARK = Overwrites("the phone's former mark on the dial list", FormerValue.MARK_ON_LIST)
SWITCH = Overwrites("whether the playlist's filter was on", FormerValue.SWITCH)
RELOADED_LATER = ChangesRouting(LiveSystem.DIALING, EffectTime.LATER, "Solar-Main")


# Of each tool's call with the least, by hand from the effects in tools.md.
LEAST_BRINGS: dict[str, list[Effect]] = {
    "insert_lead": [called(EffectTime.LATER)],
    "search_lead": [],
    "insert_dnc": [
        SuppressesNumber(PHONE),
        Overwrites("the mark of every lead that bears the number", FormerValue.MARK),
    ],
    "delete_dnc": [ReleasesNumber(PHONE)],
    "send_sms": [ContactsPerson("2125550104", Channel.TEXT, EffectTime.NOW)],
    "available_inbound_agents": [],
    "conference_call": [called(EffectTime.NOW)],
    "create_dial_list": [],
    "delete_dial_list": [DeletesForGood(DeletedKind.DIAL_LIST, "Warm-Leads")],
    "add_dial_list_phone": [called(EffectTime.LATER)],
    "mark_dial_list_phone_dialed": [MARK],
    "mark_dial_list_phone_undialed": [called(EffectTime.LATER), MARK],
    "enable_playlist_filter": [RELOADED_LATER, SWITCH],
    "disable_playlist_filter": [RELOADED_LATER, SWITCH],
    "assign_playlist_filter": [RELOADED_LATER],
    "remove_playlist_filter": [
        RELOADED_LATER,
        Overwrites("the filter's place on the playlist", FormerValue.PLACE),
    ],
    "reload_playlist": [ChangesRouting(LiveSystem.DIALING, EffectTime.NOW, "Solar-Main")],
    "reload_skills": [ChangesRouting(LiveSystem.ROUTING, EffectTime.NOW)],
}


@each("tool, effects", LEAST_BRINGS.items())
def test_a_call_says_what_it_brings_about(tool: str, effects: list[Effect]) -> None:
    assert of(tool) == effects


@pytest.mark.parametrize(
    ("given", "when", "passing"),
    [
        ({"import_only": False}, EffectTime.NOW, set()),
        ({"import_only": True}, EffectTime.LATER, set()),
        ({"import_only": False, "dial_non_callables": True}, EffectTime.NOW, {Protection.DNC}),
        ({"import_only": False, "dial_non_callables": False}, EffectTime.NOW, set()),
        (
            {"import_only": False, "allow_dialing_duplicates": True},
            EffectTime.NOW,
            {Protection.DUPLICATES},
        ),
        ({"import_only": False, "allow_dialing_duplicates": False}, EffectTime.NOW, set()),
        ({"import_only": False, "check_timezone": False}, EffectTime.NOW, {Protection.HOURS}),
        ({"import_only": False, "check_timezone": True}, EffectTime.NOW, set()),
        ({"import_only": True, "check_timezone": False}, EffectTime.LATER, set()),
        (
            {"import_only": True, "dial_non_callables": True, "allow_dialing_duplicates": True},
            EffectTime.LATER,
            {Protection.DNC, Protection.DUPLICATES},
        ),
    ],
)
def test_an_insert_reaches_a_person_and_says_which_protections_it_passes_over(
    given: dict[str, object], when: EffectTime, passing: set[Protection]
) -> None:
    assert of("insert_lead", **given) == [called(when, passing=frozenset(passing))]


@pytest.mark.parametrize(
    ("import_only", "when"), [(True, EffectTime.LATER), (False, EffectTime.NOW)]
)
def test_a_callback_on_an_insert_comes_on_top(import_only: object, when: EffectTime) -> None:
    brought = of("insert_lead", import_only=import_only, callback=CALLBACK)
    assert brought == [called(when), called(EffectTime.LATER, at=AT)]


OVERWRITES = Overwrites("the former values of the lead's changed fields")
SOUGHT = "client id “WEB-1001”"


@pytest.mark.parametrize(
    "given", [{"city": "Tampa"}, {"notes": "n"}, {"custom_fields": {"Plan": "x"}}]
)
def test_an_update_of_data_reaches_nobody(given: dict[str, object]) -> None:
    assert of("update_lead", **given) == [OVERWRITES]


@pytest.mark.parametrize(
    "given",
    [
        {"campaign": "Solar"},
        {"subcampaign": "Web"},
        {"call_status": "CALL BACK"},
        {"clear_fields": ["call_status"]},
        {"other_fields": {"Email": "dana@example.com"}},
    ],
)
def test_an_update_of_place_or_status_may_get_the_lead_called_later(
    given: dict[str, object],
) -> None:
    later = ContactsPerson(None, Channel.CALL, EffectTime.LATER, lead=SOUGHT)
    assert of("update_lead", **given) == [OVERWRITES, later]


def test_an_update_of_the_phone_may_get_the_new_one_called_later() -> None:
    later = called(EffectTime.LATER, lead=SOUGHT)
    assert of("update_lead", primary_phone="(954) 555-0123") == [OVERWRITES, later]


def test_a_lead_sought_by_its_phone_tells_that_phone() -> None:
    brought = of("update_lead", search_field="phone", identifier=PHONE, campaign="Solar")
    assert brought == [OVERWRITES, called(EffectTime.LATER, lead="phone 954-555-0123")]


@pytest.mark.parametrize(
    ("given", "number"),
    [({}, None), ({"primary_phone": PHONE}, PHONE)],
)
def test_a_callback_on_an_update_tells_when(given: dict[str, object], number: str | None) -> None:
    callback = ContactsPerson(number, Channel.CALL, EffectTime.LATER, lead=SOUGHT, at=AT)
    assert of("update_lead", callback=CALLBACK, **given)[-1] == callback


def test_a_disposition_replaces_and_may_get_the_lead_called_later() -> None:
    assert of("disposition_lead") == [
        Overwrites("the lead's former disposition", FormerValue.DISPOSITION),
        ContactsPerson(None, Channel.CALL, EffectTime.LATER, lead="lead id 001234"),
    ]


PHONES = {"Phone2": "(305) 555-0120", "Phone3": "305.555.0121 or 305.555.0122 at night"}
THESE = MakesCallable(frozenset({"3055550120", "3055550121", "3055550122"}))


@pytest.mark.parametrize("fields", ["custom_fields", "other_fields"])
@pytest.mark.parametrize("tool", ["insert_lead", "update_lead"])
def test_every_phone_in_the_accounts_own_fields_may_be_called_later(tool: str, fields: str) -> None:
    brought = of(tool, **{fields: PHONES})
    assert [one for one in brought if isinstance(one, MakesCallable)] == [THESE]


@each("text", ["", "WEB-77", "2026-01-15 10:00", "100-055-0120", "1234567", "555-0120"])
@each("tool", ["insert_lead", "update_lead"])
def test_what_could_not_ring_is_no_further_phone(tool: str, text: str) -> None:
    given = {"custom_fields": {"Reference": text or "x"}}
    assert not any(isinstance(one, MakesCallable) for one in of(tool, **given))


@pytest.mark.parametrize("tool", ["insert_lead", "update_lead"])
def test_a_phone_in_prose_is_no_further_phone(tool: str) -> None:
    given = {"custom_fields": {"Comment": "her brother rang from 305-555-0120"}}
    assert not any(isinstance(one, MakesCallable) for one in of(tool, **given))


def test_the_leads_own_phone_is_no_further_one() -> None:
    same = {"custom_fields": {"Phone2": "954-555-0123"}}
    assert of("insert_lead", **same) == [called(EffectTime.LATER)]
    by_phone = of("update_lead", search_field="phone", identifier=PHONE, **same)
    assert by_phone == [OVERWRITES, called(EffectTime.LATER, lead="phone 954-555-0123")]


def test_a_phone_taken_off_a_list_loses_its_place() -> None:
    off, lost = of("delete_dial_list_phone")
    assert off == TakesOffDialList(PHONE)
    assert isinstance(lost, Overwrites)


def test_a_text_may_name_its_lead() -> None:
    (text,) = of("send_sms", lead_id="1004")
    assert text == ContactsPerson("2125550104", Channel.TEXT, EffectTime.NOW, lead="lead id 1004")


def test_a_skills_priority_changes_routing_at_the_reload() -> None:
    replaced, later = of("update_skill_priority")
    assert isinstance(replaced, Overwrites)
    assert later == ChangesRouting(LiveSystem.ROUTING, EffectTime.LATER, "Sales")


def test_the_effect_agrees_with_the_consequences() -> None:
    for sent in [*EVERYTHING, *LEAST_OF.values()]:
        action = CATALOGUE[sent.tool].read(sent.arguments, ValidationContext(NOON))
        brought = list(action.list_effects())
        now = any(getattr(one, "when", None) is EffectTime.NOW for one in brought)
        lost = any(isinstance(one, DeletesForGood | ReleasesNumber) for one in brought)
        match action.impact:
            case Impact.READ:
                assert brought == []
            case Impact.WRITE:
                assert not now
                assert not lost
            case Impact.OUTWARD:
                assert now
                assert not lost
            case Impact.DESTRUCTIVE:
                assert lost


@pytest.mark.parametrize(("import_only", "impact"), [(True, Impact.WRITE), (False, Impact.OUTWARD)])
def test_a_lead_that_is_only_stored_is_a_write(import_only: object, impact: Impact) -> None:
    given = {**LEAST_OF["insert_lead"].arguments, "import_only": import_only}
    assert CATALOGUE["insert_lead"].read(given, ValidationContext(NOON)).impact is impact
    assert CATALOGUE["insert_lead"].declared_impact is Impact.OUTWARD


def test_no_overwriting_tells_a_value() -> None:
    for sent in EVERYTHING:
        action = CATALOGUE[sent.tool].read(sent.arguments, ValidationContext(NOON))
        for one in action.list_effects():
            if isinstance(one, Overwrites):
                values = [text for text in sent.form.values() if len(text) > 3]
                assert not [text for text in values if text in one.what]
