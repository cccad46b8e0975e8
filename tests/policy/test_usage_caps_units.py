"""The usage that each cap counts: marks, switches, places, and people made callable."""

from collections.abc import Mapping

import pytest

from _support.dialer import RecordingDialer
from _support.pipeline import CALLER, a_pipeline, an_action
from _support.sandbox import OWN, PHONE, SandboxPipeline, a_sandbox_pipeline, caps, terms
from chasedata_mcp.history.undo_service import UndoService
from chasedata_mcp.ledger.usage import Unit
from chasedata_mcp.pipeline.pipeline import Cleared
from chasedata_mcp.policy.caps import list_usage
from chasedata_mcp.policy.facts import TargetLead
from chasedata_mcp.tools import effect_records as effects

pytestmark = pytest.mark.anyio
Given = Mapping[str, object]
LISTED: Given = {"agent": "Maria", "list_name": "Warm-Leads", "phone": "9545550101"}
FILTER: Given = {"playlist": "Solar-Main", "filter_name": "Florida-Only"}
STORED: Given = {
    "campaign": "Solar",
    "primary_phone": PHONE,
    "import_only": True,
    "duplicates_check": "none",
}


def phones(*last: int) -> dict[str, str]:
    """Further fields with a phone each."""
    return {f"Phone{n}": f"305-555-01{n}" for n in last}


def people(cap: str, tool: str, **given: object) -> set[str]:
    return {unit.key for unit in list_usage(an_action(tool, given)) if unit.cap == cap}


def made_callable(tool: str, **given: object) -> set[str]:
    return people("made_callable", tool, **given)


OVERWRITING: list[tuple[str, Given]] = [
    ("mark_dial_list_phone_dialed", LISTED),
    ("mark_dial_list_phone_undialed", LISTED),
    ("enable_playlist_filter", FILTER),
    ("disable_playlist_filter", FILTER),
    ("update_skill_priority", {"skill": "Sales", "source": "9545550190", "priority": 2}),
]


@pytest.mark.parametrize(("tool", "given"), OVERWRITING)
async def test_a_mark_a_switch_and_a_skill_are_asked_about_past_the_first_step(
    tool: str, given: Given
) -> None:
    async with a_sandbox_pipeline(terms(**caps(overwrites=(1, 9)))) as live:
        await live.call(tool, **given)
        assert await live.rules_that_ask(tool, **given) == {"caps"}
        pending = await live.pending(tool, **given)
        assert "2 records overwritten within an hour" in pending.approval.question.text


@pytest.mark.parametrize(("tool", "given"), OVERWRITING)
async def test_a_mark_a_switch_and_a_skill_are_refused_past_the_second(
    tool: str, given: Given
) -> None:
    async with a_sandbox_pipeline(terms(**caps(overwrites=(1, 1)))) as live:
        await live.call(tool, **given)
        assert await live.refused_by(tool, **given) == {"caps"}


async def test_a_filter_taken_off_a_playlist_is_a_deletion() -> None:
    async with a_sandbox_pipeline(terms(**caps(deletions=(1, 2)))) as live:
        staged = live.rows("playlist_filters", stage="staged")
        offs = [{"playlist": row["playlist"], "filter_name": row["filter"]} for row in staged]
        first, second, third, *_ = offs
        await live.call("remove_playlist_filter", **first)
        assert await live.rules_that_ask("remove_playlist_filter", **second) == {"caps"}
        await live.with_a_yes("remove_playlist_filter", **second)
        assert await live.refused_by("remove_playlist_filter", **third) == {"caps"}
        assert len(live.rows("playlist_filters", stage="staged")) == len(staged) - 2


@pytest.mark.parametrize(
    ("tool", "given"),
    [
        ("assign_playlist_filter", FILTER),
        ("create_dial_list", {"agent": "A", "list_name": "B"}),
        ("reload_playlist", {"playlist": "Solar-Main"}),
        ("reload_skills", {}),
    ],
)
def test_what_only_adds_or_reloads_is_counted_by_no_cap(tool: str, given: Given) -> None:
    assert list_usage(an_action(tool, given)) == ()


def test_the_marks_that_a_suppression_leaves_count_as_its_number_alone() -> None:
    action = an_action("insert_dnc", {"number": PHONE})
    assert list_usage(action) == (Unit("dnc_insertions", PHONE),)


async def test_a_disposition_counts_as_one_alone_though_its_lead_may_be_called_again() -> None:
    async with a_sandbox_pipeline(terms(**caps(made_callable=(1, 1), contacted=(1, 1)))) as live:
        recorded = live.over(dialer=RecordingDialer())
        for lead_id in ("1001", "1002", "1003"):
            await recorded.call("disposition_lead", lead_id=lead_id, disposition="CALL BACK")


async def test_a_disposition_is_counted_as_one() -> None:
    async with a_sandbox_pipeline(terms(**caps(dispositions=(1, 1)))) as live:
        recorded = live.over(dialer=RecordingDialer())
        await recorded.call("disposition_lead", lead_id="1001", disposition="CALL BACK")
        refused = {"lead_id": "1001", "disposition": "CALL BACK"}
        assert await recorded.refused_by("disposition_lead", **refused) == {"caps"}


async def test_every_further_phone_of_an_insert_is_one_made_callable() -> None:
    async with a_sandbox_pipeline(terms(**caps(made_callable=(3, 4)))) as live:
        await live.call("insert_lead", **STORED, other_fields=phones(20, 21))
        # The same phones again are the same people.
        await live.call("insert_lead", **STORED, custom_fields=phones(21, 20))
        one_more = {**STORED, "other_fields": phones(22)}
        pending = await live.pending("insert_lead", **one_more)
        assert "4 people made callable within an hour" in pending.approval.question.text
        await live.with_a_yes("insert_lead", **one_more)
        assert await live.refused_by("insert_lead", **STORED, other_fields=phones(23)) == {"caps"}


async def test_a_single_call_with_too_many_phones_is_refused() -> None:
    async with a_sandbox_pipeline(terms(**caps(made_callable=(20, 40)))) as live:
        many = {**STORED, "other_fields": phones(*range(20, 60))}
        assert await live.refused_by("insert_lead", **many) == {"caps"}
        assert live.dialer.writes == []


@pytest.mark.parametrize("fields", ["custom_fields", "other_fields"])
async def test_every_further_phone_of_an_update_is_one_made_callable(fields: str) -> None:
    async with a_sandbox_pipeline(terms(**caps(made_callable=(3, 9)))) as live:
        recorded = live.over(dialer=RecordingDialer())
        lead: Given = {"search_field": "phone", "identifier": PHONE}
        await recorded.call("update_lead", **lead, **{fields: phones(20, 21)})
        await recorded.call("update_lead", **lead, **{fields: phones(20)})
        asks = await recorded.rules_that_ask("update_lead", **lead, **{fields: phones(22)})
        assert asks == {"caps"}


def test_a_lead_is_counted_however_many_leads_get_the_same_further_phone() -> None:
    seen = [
        made_callable(
            "update_lead",
            search_field="lead_id",
            identifier=lead_id,
            campaign="Solar",
            custom_fields=phones(20),
        )
        for lead_id in ("1001", "1002")
    ]
    assert seen == [
        {"lead id 1001", "3055550120"},
        {"lead id 1002", "3055550120"},
    ]


def test_a_number_that_is_taken_off_the_do_not_call_list_is_made_callable() -> None:
    assert made_callable("delete_dnc", number=PHONE) == {PHONE}
    assert made_callable("insert_dnc", number=PHONE) == set()


def test_a_person_is_one_whether_texted_or_called_and_whether_listed_or_stored() -> None:
    text = people(
        "contacted", "send_sms", from_number=OWN, to_number=PHONE, message="Hi", lead_id="1001"
    )
    assert text == people("contacted", "conference_call", agent="Lena", phone=PHONE) == {PHONE}
    listed = made_callable("mark_dial_list_phone_undialed", **{**LISTED, "phone": PHONE})
    assert listed == made_callable("insert_lead", **STORED) == {PHONE}


def test_whoever_is_called_now_is_contacted_and_whoever_may_be_called_later_made_callable() -> None:
    dialed = {**STORED, "import_only": False}
    assert people("contacted", "insert_lead", **dialed) == {PHONE}
    assert made_callable("insert_lead", **dialed) == set()
    assert people("contacted", "insert_lead", **STORED) == set()


async def test_a_lead_counts_once_by_whatever_it_is_named() -> None:
    moved = {"campaign": "Medicare"}
    async with a_sandbox_pipeline(terms(**caps(made_callable=(1, 9)))) as live:
        row = live.row("leads", LeadId=1001)
        names = [("lead_id", "1001"), ("lead_id", "01001"), ("client_id", row["ClientId"])]
        for field, name in [*names, ("phone", row["PrimaryPhone"])]:
            await live.call("update_lead", search_field=field, identifier=name, **moved)
        await live.call("add_dial_list_phone", **{**LISTED, "phone": row["PrimaryPhone"]})
        other = {"search_field": "lead_id", "identifier": "1006"}
        assert await live.rules_that_ask("update_lead", **other, **moved) == {"caps"}


def test_a_lead_that_was_read_counts_by_its_phone_and_a_new_phone_by_itself() -> None:
    lead = TargetLead(1, called_at=PHONE)
    named = {"search_field": "lead_id", "identifier": "1001", "campaign": "Solar"}
    found = {"search_field": "phone", "identifier": "3055550110", "campaign": "Solar"}
    for given in (named, found):
        assert Unit("made_callable", PHONE) in list_usage(an_action("update_lead", given), lead)
    moved = {**named, "primary_phone": "3055550177"}
    assert Unit("made_callable", "3055550177") in list_usage(an_action("update_lead", moved), lead)
    text = {"from_number": OWN, "to_number": "3055550110", "message": "Hi", "lead_id": "1001"}
    assert Unit("contacted", "3055550110") in list_usage(an_action("send_sms", text), lead)


async def test_to_undo_uses_up_what_its_calls_use_up() -> None:
    async with a_sandbox_pipeline(terms(**caps(overwrites=(2, 2)))) as live:
        await live.call("enable_playlist_filter", **FILTER)
        await live.call("remove_playlist_filter", **FILTER)
        # To assign it again is none, to switch it on is one.
        await undone(live)
        assert await live.refused_by("disable_playlist_filter", **FILTER) == {"caps"}


async def undone(live: SandboxPipeline) -> None:
    """Take the last entry back; nobody is asked."""
    undoing = UndoService(live, live.ledger)
    plan = await undoing.plan((await live.entries())[-1].id, None)
    admitted = await undoing.admit(plan, CALLER)
    assert isinstance(admitted, Cleared)
    await undoing.execute(plan, admitted)


def test_what_a_person_is_told_stays_short_and_names_no_value() -> None:
    pipeline = a_pipeline()
    insert = pipeline.read("insert_lead", {**STORED, "other_fields": phones(*range(20, 60))})
    assert effects.describe_effects(insert) == [
        "954-555-0123 may be called later.",
        "The lead with phone 9545550123 may be called later.",
        "40 further phones of the lead may be called later.",
    ]
    one = pipeline.read("insert_lead", {**STORED, "custom_fields": phones(20)})
    assert effects.describe_effects(one)[-1] == "A further phone of the lead may be called later."
    kept = [effects.effect_to_json(found) for found in one.effects]
    assert kept[-1] == {"kind": "alsocallable", "count": 1}


@pytest.mark.parametrize(
    ("tool", "given", "told"),
    [
        (
            "mark_dial_list_phone_dialed",
            LISTED,
            ["Replaced or removed: the phone's former mark on the dial list."],
        ),
        (
            "remove_playlist_filter",
            FILTER,
            [
                "Who is dialed next (“Solar-Main”) changes at the next reload.",
                "Replaced or removed: the filter's place on the playlist.",
            ],
        ),
        (
            "disable_playlist_filter",
            FILTER,
            [
                "Who is dialed next (“Solar-Main”) changes at the next reload.",
                "Replaced or removed: whether the playlist's filter was on.",
            ],
        ),
    ],
)
def test_a_person_is_told_what_is_replaced_or_taken_off(
    tool: str, given: Given, told: list[str]
) -> None:
    assert effects.describe_effects(an_action(tool, given)) == told


@pytest.mark.parametrize(("tool", "given"), [*OVERWRITING, ("remove_playlist_filter", FILTER)])
async def test_none_of_these_asks_by_itself(tool: str, given: Given) -> None:
    async with a_sandbox_pipeline() as live:
        assert (await live.call(tool, **given)).outcome == "done"
